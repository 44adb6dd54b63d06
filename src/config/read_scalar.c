/* Reads booleans, numbers, texts and enum names. A value in quotes is text, and never a number or a
 * boolean. A row of numbers may have enum names, stored as -1, -2 and so on; a null is stored as
 * NAN or as a NULL text. */
#include "config/range.h"
#include "config/read.h"
#include "config/scalar.h"

#include "base/error.h"
#include "config/config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_plain(const dlt_node *node) {
    return node->kind == DLT_NODE_SCALAR && !node->quoted;
}

/* `null` can be one of a row's enum names, so that a plain null may be text after all. */
static int find_enum_name(const dlt_key *key, const dlt_node *node) {
    bool has_text = node->kind == DLT_NODE_SCALAR || node->kind == DLT_NODE_NULL;
    return has_text && node->text != NULL ? dlt_enum_names_find(key->enum_names, node->text) : -1;
}

static dlt_status check_range(const dlt_scope *scope, const dlt_key *key, const dlt_node *node,
                              double value) {
    if (dlt_range_holds(key, value))
        return DLT_OK;
    char path[DLT_KEY_PATH_BYTES];
    char range[128];
    dlt_scope_format(scope, path, sizeof path);
    dlt_range_describe(key, range, sizeof range);
    return dlt_config_fail(&node->position, "'%s' must be %s, found %s", path, range, node->text);
}

/* "a whole number" or "a whole number or one of same, valid" */
static dlt_status fail_number(const dlt_scope *scope, const dlt_key *key, const dlt_node *node,
                              const char *wanted) {
    char enum_names[128];
    char all[256];
    dlt_names_join(&(dlt_names){.enum_names = key->enum_names}, enum_names, sizeof enum_names);
    snprintf(all, sizeof all, "%s%s%s", wanted, enum_names[0] != '\0' ? " or one of " : "",
             enum_names);
    return dlt_read_fail_type(scope, node, all);
}

dlt_status dlt_read_bool(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                         const dlt_node *node, void *field) {
    (void)config;
    (void)key;
    bool value;
    if (!is_plain(node) || !dlt_scalar_bool(node->text, &value))
        return dlt_read_fail_type(scope, node, "true or false, as YAML 1.2 spells them");
    *(bool *)field = value;
    return DLT_OK;
}

dlt_status dlt_read_int(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                        const dlt_node *node, void *field) {
    (void)config;
    int64_t value;
    int name = find_enum_name(key, node);
    if (name >= 0) {
        *(int64_t *)field = -1 - name;
        return DLT_OK;
    }
    if (!is_plain(node) || !dlt_scalar_int(node->text, &value))
        return fail_number(scope, key, node,
                           is_plain(node) && dlt_scalar_is_integer(node->text)
                               ? "a whole number that fits in 64 bits"
                               : "a whole number");
    *(int64_t *)field = value;
    return check_range(scope, key, node, (double)value);
}

dlt_status dlt_read_real(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                         const dlt_node *node, void *field) {
    (void)config;
    double value;
    if (node->kind == DLT_NODE_NULL && dlt_read_is_nullable(key)) {
        *(double *)field = NAN;
        return DLT_OK;
    }
    int name = find_enum_name(key, node);
    if (name >= 0) {
        *(double *)field = -1 - name;
        return DLT_OK;
    }
    if (!is_plain(node) || !dlt_scalar_real(node->text, &value))
        return fail_number(scope, key, node, "a number");
    *(double *)field = value;
    return check_range(scope, key, node, value);
}

dlt_status dlt_read_string(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                           const dlt_node *node, void *field) {
    (void)config;
    bool is_null = node->kind == DLT_NODE_NULL && dlt_read_is_nullable(key);
    if (!is_null && node->kind != DLT_NODE_SCALAR)
        return dlt_read_fail_type(scope, node, "a text");
    *(const char **)field = is_null ? NULL : node->text;
    return DLT_OK;
}

dlt_status dlt_read_enum(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                         const dlt_node *node, void *field) {
    (void)config;
    const dlt_names names = {.enum_names = key->enum_names};
    int name = find_enum_name(key, node);
    if (name >= 0) {
        *(int *)field = name;
        return DLT_OK;
    }
    if (node->kind != DLT_NODE_SCALAR)
        return fail_number(scope, key, node, "a word");
    char path[DLT_KEY_PATH_BYTES];
    char hint[DLT_KEY_PATH_BYTES];
    dlt_scope_format(scope, path, sizeof path);
    dlt_names_suggest(&names, node->text, hint, sizeof hint);
    return dlt_config_fail(&node->position, "unknown value '%s' for '%s'%s", node->text, path,
                           hint);
}
