/* Reads a mapping from names of the user's own to settings: `{tokens: {dtype: int32}, label: }`.
 * Every name has the same table of keys. A value that is no mapping is that of the key that the
 * table marks as shorthand. A list of names stands for names whose settings are all defaults. */
#include "config/read.h"

#include "base/error.h"
#include "config/config.h"

#include <string.h>

static dlt_status check_unique(const dlt_scope *scope, const dlt_named *items, int64_t count) {
    const dlt_named *last = &items[count - 1];
    for (int64_t i = 0; i + 1 < count; i++)
        if (strcmp(items[i].name, last->name) == 0) {
            char path[DLT_KEY_PATH_BYTES];
            dlt_scope_format(scope, path, sizeof path);
            return dlt_config_fail(&last->position, "'%s' names '%s' twice", path, last->name);
        }
    return DLT_OK;
}

/* The name of one item, and where its settings stand; NULL: nowhere. */
static dlt_status name_item(const dlt_scope *scope, const dlt_node *list, const dlt_node *item,
                            dlt_named *out, const dlt_node **settings) {
    bool is_mapping = list->kind == DLT_NODE_MAPPING;
    if (!is_mapping && item->kind != DLT_NODE_SCALAR)
        return dlt_read_fail_type(scope, item, "a name");
    *out = (dlt_named){.name = is_mapping ? item->key : item->text,
                       .position = is_mapping ? item->key_position : item->position};
    *settings = is_mapping ? item : NULL;
    if (out->name[0] == '\0')
        return dlt_config_fail(&out->position, "a name is empty");
    return DLT_OK;
}

static dlt_status read_item(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                            const dlt_node *node, void *settings) {
    if (node->kind == DLT_NODE_NULL || node->kind == DLT_NODE_MAPPING ||
        !dlt_read_has_shorthand(key->section))
        return dlt_read_section(config, scope, key, node, settings);
    const dlt_origin origin = {.position = node->position, .shorthand = node};
    return dlt_read_keys(config, scope, key->section, &origin, settings);
}

dlt_status dlt_read_named(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                          const dlt_node *node, void *field) {
    dlt_named_list *list = field;
    *list = (dlt_named_list){.count = -1};
    if (node->kind == DLT_NODE_NULL && dlt_read_is_nullable(key))
        return DLT_OK;
    if (node->kind != DLT_NODE_SEQUENCE && node->kind != DLT_NODE_MAPPING)
        return dlt_read_fail_type(scope, node, "a mapping from names to settings");
    dlt_named *items;
    DLT_TRY(DLT_TAKE(config, items, node->count));
    int64_t count = 0;
    for (const dlt_node *item = node->first; item != NULL; item = item->next) {
        const dlt_node *written = NULL;
        const dlt_node none = {.kind = DLT_NODE_NULL, .position = item->position};
        dlt_named *named = &items[count++];
        DLT_TRY(name_item(scope, node, item, named, &written));
        DLT_TRY(check_unique(scope, items, count));
        dlt_scope inner = {.parent = scope, .name = named->name};
        void *settings = dlt_config_take(config, 1, key->section_size);
        if (settings == NULL)
            return DLT_ERR_MEM;
        named->settings = settings;
        DLT_TRY(read_item(config, &inner, key, written != NULL ? written : &none, settings));
    }
    *list = (dlt_named_list){.count = count, .at = items};
    return DLT_OK;
}
