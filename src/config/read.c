/* Fills the settings of a table of keys. Each row takes its value from the document, else from its
 * default, which is parsed as YAML and read in the same way. `readers` is the only place that
 * selects by type; sections and selections call back into dlt_read_keys. Unknown keys are refused
 * before the rows are read, because reading looks up rows, not keys. */
#include "config/read.h"

#include "base/error.h"
#include "config/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void dlt_scope_format(const dlt_scope *scope, char *out, size_t bytes) {
    out[0] = '\0';
    if (scope == NULL)
        return;
    dlt_scope_format(scope->parent, out, bytes);
    size_t used = strlen(out);
    const char *dot = used > 0 ? "." : "";
    if (scope->name != NULL)
        snprintf(out + used, bytes - used, "%s%s", dot, scope->name);
    else
        snprintf(out + used, bytes - used, "%s%" PRId64, dot, scope->index);
}

bool dlt_read_is_nullable(const dlt_key *key) {
    return key->flags & DLT_KEY_NULLABLE ||
           (key->default_value != NULL && strcmp(key->default_value, "null") == 0);
}

static void describe_found(const dlt_node *node, char *out, size_t bytes) {
    static const char *const kinds[] = {[DLT_NODE_NULL] = "null",
                                        [DLT_NODE_SEQUENCE] = "a list",
                                        [DLT_NODE_MAPPING] = "a mapping of keys"};
    if (node->kind == DLT_NODE_SCALAR)
        snprintf(out, bytes, "the text '%s'%s", node->text, node->quoted ? " in quotes" : "");
    else if (node->shorthand != NULL)
        snprintf(out, bytes, "the key '%s'", node->first->key);
    else
        snprintf(out, bytes, "%s", kinds[node->kind]);
}

dlt_status dlt_read_fail_type(const dlt_scope *scope, const dlt_node *node, const char *wanted) {
    char path[DLT_KEY_PATH_BYTES];
    char found[DLT_KEY_PATH_BYTES];
    dlt_scope_format(scope, path, sizeof path);
    describe_found(node, found, sizeof found);
    /* The override is at fault that reached into the value, not the value. */
    const dlt_position *position =
        node->shorthand != NULL ? &node->first->key_position : &node->position;
    if (path[0] == '\0')
        return dlt_config_fail(position, "expected %s, found %s", wanted, found);
    return dlt_config_fail(position, "'%s' must be %s, found %s", path, wanted, found);
}

/* The row that had this name in an earlier version, or NULL; keys may be NULL. */
static const dlt_key *find_former(const dlt_key *keys, const char *name) {
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++)
        if (key->formerly != NULL && strcmp(key->formerly, name) == 0)
            return key;
    return NULL;
}

dlt_status dlt_read_check_known(const dlt_scope *scope, const dlt_node *mapping,
                                const dlt_names *names) {
    if (mapping == NULL || mapping->kind != DLT_NODE_MAPPING)
        return DLT_OK;
    for (const dlt_node *child = mapping->first; child != NULL; child = child->next) {
        bool is_entry = names->registry != NULL && dlt_registry_find(names->registry, child->key);
        if (is_entry || dlt_keys_find(names->keys, child->key) != NULL ||
            dlt_keys_find(names->more_keys, child->key) != NULL)
            continue;
        char path[DLT_KEY_PATH_BYTES];
        char hint[DLT_ERROR_MESSAGE_BYTES / 2];
        dlt_scope_format(scope, path, sizeof path);
        const dlt_key *renamed = find_former(names->keys, child->key);
        const char *dot = path[0] != '\0' ? "." : "";
        if (renamed != NULL)
            return dlt_config_fail(&child->key_position, "'%s%s%s' is now called '%s%s%s'", path,
                                   dot, child->key, path, dot, renamed->name);
        dlt_names_suggest(names, child->key, hint, sizeof hint);
        return dlt_config_fail(&child->key_position, "unknown key '%s'%s%s%s%s", child->key,
                               scope != NULL ? " in '" : "", path, scope != NULL ? "'" : "", hint);
    }
    return DLT_OK;
}

static dlt_read_value *const readers[] = {
    [DLT_KEY_BOOL] = dlt_read_bool,
    [DLT_KEY_INT] = dlt_read_int,
    [DLT_KEY_REAL] = dlt_read_real,
    [DLT_KEY_STRING] = dlt_read_string,
    [DLT_KEY_ENUM] = dlt_read_enum,
    [DLT_KEY_INTS] = dlt_read_ints,
    [DLT_KEY_REALS] = dlt_read_reals,
    [DLT_KEY_STRINGS] = dlt_read_strings,
    [DLT_KEY_SECTION] = dlt_read_section,
    [DLT_KEY_SELECTION] = dlt_read_selection,
    [DLT_KEY_SELECTIONS] = dlt_read_selections,
    [DLT_KEY_NAMED] = dlt_read_named,
};

bool dlt_read_has_shorthand(const dlt_key *keys) {
    for (; keys != NULL && keys->name != NULL; keys++)
        if (keys->flags & DLT_KEY_SHORTHAND)
            return true;
    return false;
}

static dlt_status find_value(const dlt_origin *origin, const dlt_scope *scope, const dlt_key *key,
                             const dlt_node **out) {
    const dlt_node *own = dlt_node_find(origin->mapping, key->name);
    const dlt_node *other = dlt_keys_find(origin->hidden, key->name) != NULL
                                ? NULL
                                : dlt_node_find(origin->other, key->name);
    if (own != NULL && other != NULL) {
        char path[DLT_KEY_PATH_BYTES];
        dlt_scope_format(scope, path, sizeof path);
        return dlt_config_fail(&other->key_position, "'%s' is given twice: here and in line %d",
                               path, own->key_position.line);
    }
    *out = own != NULL ? own : other;
    if (*out == NULL && key->flags & DLT_KEY_SHORTHAND)
        *out = origin->shorthand;
    return DLT_OK;
}

static dlt_status fail_missing(const dlt_origin *origin, const dlt_scope *scope,
                               const dlt_key *key) {
    char path[DLT_KEY_PATH_BYTES];
    dlt_scope_format(scope, path, sizeof path);
    return dlt_config_fail(&origin->position, "the required key '%s' is missing%s%s%s", path,
                           key->help != NULL ? " (" : "", key->help != NULL ? key->help : "",
                           key->help != NULL ? ")" : "");
}

/* A default is YAML like any other value; its position says that it is a default. */
static dlt_status parse_default(dlt_config *config, const dlt_scope *scope,
                                const char *default_value, const dlt_node **out) {
    char path[DLT_KEY_PATH_BYTES];
    char source[DLT_KEY_PATH_BYTES + 16];
    dlt_scope_format(scope, path, sizeof path);
    snprintf(source, sizeof source, "default of '%s'", path);
    dlt_position position = {.file = dlt_config_take_text(config, source, strlen(source))};
    if (position.file == NULL)
        return DLT_ERR_MEM;
    dlt_node *node;
    DLT_TRY(dlt_tree_parse(config, default_value, position.file, &position, &node));
    *out = node;
    return DLT_OK;
}

static dlt_status read_row(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                           const dlt_origin *origin, void *settings) {
    const dlt_node *node = NULL;
    DLT_TRY(find_value(origin, scope, key, &node));
    dlt_node absent = {.kind = DLT_NODE_NULL, .position = origin->position};
    if (node == NULL && key->type == DLT_KEY_SECTION)
        node = &absent;
    else if (node == NULL && key->default_value == NULL)
        return fail_missing(origin, scope, key);
    else if (node == NULL)
        DLT_TRY(parse_default(config, scope, key->default_value, &node));
    return readers[key->type](config, scope, key, node, (char *)settings + key->offset);
}

dlt_status dlt_read_keys(dlt_config *config, const dlt_scope *scope, const dlt_key *keys,
                         const dlt_origin *origin, void *settings) {
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        dlt_scope inner = {.parent = scope, .name = key->name};
        DLT_TRY(read_row(config, &inner, key, origin, settings));
    }
    return DLT_OK;
}

dlt_status dlt_read_section(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                            const dlt_node *node, void *field) {
    bool is_mapping = node->kind == DLT_NODE_MAPPING && node->shorthand == NULL;
    if (node->kind != DLT_NODE_NULL && !is_mapping)
        return dlt_read_fail_type(scope, node->shorthand != NULL ? node->shorthand : node,
                                  "a mapping of keys");
    DLT_TRY(dlt_read_check_known(scope, node, &(dlt_names){.keys = key->section}));
    dlt_origin origin = {.mapping = node, .position = node->position};
    return dlt_read_keys(config, scope, key->section, &origin, field);
}

dlt_status dlt_config_read(dlt_config *config, const dlt_key *keys, void *settings) {
    dlt_key whole = {.name = "", .type = DLT_KEY_SECTION, .section = keys};
    return dlt_read_section(config, NULL, &whole, config->root, settings);
}

dlt_status dlt_config_read_key(dlt_config *config, const dlt_key *keys, const char *name,
                               void *settings) {
    const dlt_scope scope = {.name = name};
    const dlt_origin origin = {.mapping = config->root, .position = config->root->position};
    return read_row(config, &scope, dlt_keys_find(keys, name), &origin, settings);
}

dlt_status dlt_config_defaults(dlt_config *config, const dlt_key *keys, void *settings) {
    dlt_origin origin = {.position = {.file = config->source}};
    return dlt_read_keys(config, NULL, keys, &origin, settings);
}
