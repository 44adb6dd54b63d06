/* Picking from a registry: `adam`, `{adam: {lr: 0.1}}`, `{adam: 0.1}`, and lists of these. */
#include "config/read.h"

#include "base/error.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

/* What an item says, before its settings are read. */
typedef struct picked {
    const dlt_registry_entry *kind;
    const dlt_node *body;   /* the settings as written; NULL or a null node: none */
    const dlt_node *beside; /* the mapping that holds the selection, with common keys; or NULL */
    dlt_position position;
} picked;

static dlt_status fail_unknown(const dlt_scope *scope, const dlt_key *key, const dlt_node *node,
                               const char *found) {
    char path[DLT_KEY_PATH_BYTES];
    char hint[DLT_ERROR_MESSAGE_BYTES / 2];
    const dlt_position *position =
        node->key != NULL && node->key == found ? &node->key_position : &node->position;
    dlt_scope_format(scope, path, sizeof path);
    dlt_names_suggest(&(dlt_names){.registry = key->registry, .keys = key->section}, found, hint,
                      sizeof hint);
    return dlt_config_fail(position, "unknown value '%s'%s%s%s%s", found,
                           path[0] != '\0' ? " for '" : "", path, path[0] != '\0' ? "'" : "", hint);
}

static dlt_status fail_no_entry(const dlt_scope *scope, const dlt_node *node) {
    (void)dlt_read_fail_type(scope, node, "one choice such as `name` or `{name: settings}`");
    return DLT_ERR_CONFIG;
}

static dlt_status fail_two(const dlt_scope *scope, const dlt_position *position, const char *one,
                           const char *two) {
    char path[DLT_KEY_PATH_BYTES];
    dlt_scope_format(scope, path, sizeof path);
    return dlt_config_fail(position,
                           "'%s' must be one choice, found both '%s' and '%s'; to replace one by "
                           "the other set '%s' as a whole",
                           path, one, two, path);
}

static dlt_status pick_from_mapping(const dlt_scope *scope, const dlt_key *key,
                                    const dlt_node *node, picked *out) {
    for (const dlt_node *child = node->first; child != NULL; child = child->next) {
        const dlt_registry_entry *kind = dlt_registry_find(key->registry, child->key);
        bool is_common = kind == NULL && dlt_keys_find(key->section, child->key) != NULL;
        if (kind == NULL && !is_common)
            return fail_unknown(scope, key, child, child->key);
        if (kind != NULL && out->kind != NULL)
            return fail_two(scope, &child->key_position, out->kind->name, kind->name);
        if (kind != NULL)
            *out = (picked){kind, child, node, child->key_position};
    }
    if (out->kind == NULL)
        return fail_no_entry(scope, node);
    if (node->shorthand != NULL && node->shorthand->kind == DLT_NODE_SCALAR)
        return fail_two(scope, &out->position, node->shorthand->text, out->kind->name);
    return DLT_OK;
}

static dlt_status pick_selection(const dlt_scope *scope, const dlt_key *key, const dlt_node *node,
                                 picked *out) {
    *out = (picked){.position = node->position};
    if (node->kind == DLT_NODE_MAPPING)
        return pick_from_mapping(scope, key, node, out);
    if (node->kind != DLT_NODE_SCALAR)
        return fail_no_entry(scope, node);
    out->kind = dlt_registry_find(key->registry, node->text);
    return out->kind != NULL ? DLT_OK : fail_unknown(scope, key, node, node->text);
}

/* Splits the body into a mapping and the value that stands for the shorthand's key. */
static dlt_status find_origin(const dlt_scope *scope, const dlt_key *key, const picked *pick,
                              dlt_origin *out) {
    const dlt_node *body = pick->body;
    *out = (dlt_origin){.position = pick->position};
    if (body == NULL || body->kind == DLT_NODE_NULL)
        return DLT_OK;
    if (body->kind == DLT_NODE_MAPPING) {
        out->mapping = body;
        out->shorthand = body->shorthand;
    } else {
        out->shorthand = body;
    }
    if (out->shorthand != NULL && !dlt_read_has_shorthand(pick->kind->keys))
        return dlt_read_fail_type(scope, out->shorthand,
                                  pick->kind->keys != NULL ? "a mapping of keys"
                                                           : "without settings");
    return dlt_read_check_known(scope, out->mapping,
                                &(dlt_names){.keys = pick->kind->keys, .more_keys = key->section});
}

static dlt_status read_settings(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                                const picked *pick, dlt_selection *out) {
    const dlt_registry_entry *kind = pick->kind;
    dlt_scope inner = {.parent = scope, .name = kind->name};
    dlt_origin origin;
    DLT_TRY(find_origin(&inner, key, pick, &origin));
    *out = (dlt_selection){.kind = kind, .position = pick->position};
    if (kind->settings_size == 0)
        return DLT_OK;
    void *settings = dlt_config_take(config, 1, kind->settings_size);
    if (settings == NULL)
        return DLT_ERR_MEM;
    out->settings = settings;
    return dlt_read_keys(config, &inner, kind->keys, &origin, settings);
}

/* Common keys stand beside the selection (`{dense: 10, name: head}`) or among its settings. */
static dlt_status read_common(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                              const picked *pick, dlt_selection *out) {
    if (key->section == NULL)
        return DLT_OK;
    void *common = dlt_config_take(config, 1, key->section_size);
    if (common == NULL)
        return DLT_ERR_MEM;
    out->common = common;
    dlt_origin origin = {.mapping = pick->beside,
                         .other = pick->body,
                         .hidden = pick->kind->keys,
                         .position = pick->position};
    return dlt_read_keys(config, scope, key->section, &origin, common);
}

dlt_status dlt_read_selection(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                              const dlt_node *node, void *field) {
    dlt_selection *out = field;
    if (node->kind == DLT_NODE_NULL && dlt_read_is_nullable(key)) {
        *out = (dlt_selection){.position = node->position};
        return DLT_OK;
    }
    picked pick;
    DLT_TRY(pick_selection(scope, key, node, &pick));
    DLT_TRY(read_settings(config, scope, key, &pick, out));
    return read_common(config, scope, key, &pick, out);
}

dlt_status dlt_read_selections(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                               const dlt_node *node, void *field) {
    dlt_selection_list *list = field;
    if (node->kind == DLT_NODE_NULL && dlt_read_is_nullable(key)) {
        *list = (dlt_selection_list){.count = -1};
        return DLT_OK;
    }
    bool is_single = node->kind != DLT_NODE_SEQUENCE && key->flags & DLT_KEY_SINGLE;
    if (node->kind != DLT_NODE_SEQUENCE && !is_single)
        return dlt_read_fail_type(scope, node, "a list");
    DLT_TRY(dlt_read_check_length(scope, key, node));
    dlt_selection *items;
    if (is_single) {
        const dlt_key one = dlt_read_element_row(key);
        DLT_TRY(DLT_TAKE(config, items, 1));
        *list = (dlt_selection_list){.count = 1, .at = items};
        return dlt_read_selection(config, scope, &one, node, items);
    }
    DLT_TRY(DLT_TAKE(config, items, node->count));
    dlt_scope inner = {.parent = scope};
    dlt_key element = dlt_read_element_row(key);
    for (const dlt_node *item = node->first; item != NULL; item = item->next, inner.index++)
        DLT_TRY(dlt_read_selection(config, &inner, &element, item, &items[inner.index]));
    *list = (dlt_selection_list){.count = node->count, .at = items};
    return DLT_OK;
}

static dlt_status quote(dlt_config *config, const char *text, char **out) {
    size_t bytes = strlen(text) + 3;
    *out = dlt_config_take(config, (int64_t)bytes, 1);
    if (*out == NULL)
        return DLT_ERR_MEM;
    snprintf(*out, bytes, "'%s'", text);
    return DLT_OK;
}

dlt_status dlt_config_choose(dlt_config *config, const char *text,
                             const dlt_registry_entry *const *registry, dlt_selection *out) {
    const dlt_key key = {.name = "", .type = DLT_KEY_SELECTION, .registry = registry};
    dlt_node *node;
    char *source;
    DLT_TRY(quote(config, text, &source));
    DLT_TRY(dlt_tree_parse(config, text, source, NULL, &node));
    return dlt_read_selection(config, NULL, &key, node, out);
}
