/* Reads lists of integers, reals and texts. Each element is read by the reader of its scalar type,
 * through a row that is never null and has no default. A scalar stands for a list of one. Null,
 * where the row allows it, gives a count of -1. */
#include "config/range.h"
#include "config/read.h"

#include "base/error.h"
#include "config/config.h"

#include <inttypes.h>

typedef struct element_type {
    dlt_read_value *read;
    size_t size;
    const char *wanted;
} element_type;

dlt_status dlt_read_check_length(const dlt_scope *scope, const dlt_key *key, const dlt_node *node) {
    int64_t count = node->kind == DLT_NODE_SEQUENCE ? node->count : 1;
    if (dlt_length_holds(key, count))
        return DLT_OK;
    char path[DLT_KEY_PATH_BYTES];
    char length[64];
    dlt_scope_format(scope, path, sizeof path);
    dlt_length_describe(key, length, sizeof length);
    return dlt_config_fail(&node->position, "'%s' must have %s, found %" PRId64, path, length,
                           count);
}

dlt_key dlt_read_element_row(const dlt_key *list) {
    dlt_key element = *list;
    element.flags &= ~(unsigned)DLT_KEY_NULLABLE;
    element.default_value = NULL;
    return element;
}

/* A scalar is a list of one. count is -1 for null. */
static dlt_status read_elements(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                                const dlt_node *node, const element_type *elements, int64_t *count,
                                void **out) {
    bool is_null = node->kind == DLT_NODE_NULL && dlt_read_is_nullable(key);
    *count = is_null ? -1 : node->kind == DLT_NODE_SEQUENCE ? node->count : 1;
    *out = NULL;
    if (is_null)
        return DLT_OK;
    if (node->kind == DLT_NODE_MAPPING || node->kind == DLT_NODE_NULL)
        return dlt_read_fail_type(scope, node, elements->wanted);
    DLT_TRY(dlt_read_check_length(scope, key, node));
    char *at = dlt_config_take(config, *count, elements->size);
    if (at == NULL)
        return DLT_ERR_MEM;
    *out = at;
    if (node->kind == DLT_NODE_SCALAR)
        return elements->read(config, scope, key, node, at);
    dlt_scope inner = {.parent = scope};
    dlt_key element = dlt_read_element_row(key);
    for (const dlt_node *item = node->first; item != NULL; item = item->next, inner.index++)
        DLT_TRY(elements->read(config, &inner, &element, item,
                               at + (size_t)inner.index * elements->size));
    return DLT_OK;
}

dlt_status dlt_read_ints(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                         const dlt_node *node, void *field) {
    static const element_type ints = {dlt_read_int, sizeof(int64_t), "a list of whole numbers"};
    dlt_ints *list = field;
    void *at;
    DLT_TRY(read_elements(config, scope, key, node, &ints, &list->count, &at));
    list->at = at;
    return DLT_OK;
}

dlt_status dlt_read_reals(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                          const dlt_node *node, void *field) {
    static const element_type reals = {dlt_read_real, sizeof(double), "a list of numbers"};
    dlt_reals *list = field;
    void *at;
    DLT_TRY(read_elements(config, scope, key, node, &reals, &list->count, &at));
    list->at = at;
    return DLT_OK;
}

dlt_status dlt_read_strings(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                            const dlt_node *node, void *field) {
    static const element_type strings = {dlt_read_string, sizeof(const char *), "a list of texts"};
    dlt_strings *list = field;
    void *at;
    DLT_TRY(read_elements(config, scope, key, node, &strings, &list->count, &at));
    list->at = at;
    return DLT_OK;
}
