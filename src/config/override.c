/* `--set a.b.0.c=VALUE` reaches into the tree before anything is read from it. It creates missing
 * keys on its way; the strict read that follows reports those that no table knows. */
#include "config/tree.h"

#include "base/error.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

static dlt_status make_child(dlt_config *config, dlt_node *parent, const char *key,
                             const dlt_position *position, dlt_node **out) {
    if (parent->count >= DLT_TREE_KEYS_MAX)
        return dlt_config_fail(position, "a mapping has more than %d keys", DLT_TREE_KEYS_MAX);
    DLT_TRY(DLT_TAKE(config, *out, 1));
    **out = (dlt_node){.kind = DLT_NODE_NULL,
                       .text = "",
                       .position = *position,
                       .key = key,
                       .key_position = *position};
    dlt_node_append(parent, *out);
    return DLT_OK;
}

/* What is no mapping becomes one that remembers what it was; the name of an entry (`adam`) becomes
 * that entry without settings (`adam: null`). */
static dlt_status become_mapping(dlt_config *config, dlt_node *node, const char *part) {
    dlt_node *former = NULL;
    bool names_part = node->kind == DLT_NODE_SCALAR && strcmp(node->text, part) == 0;
    if (node->kind != DLT_NODE_NULL && !names_part) {
        DLT_TRY(DLT_TAKE(config, former, 1));
        *former = *node;
    }
    *node = (dlt_node){.kind = DLT_NODE_MAPPING,
                       .position = node->position,
                       .key = node->key,
                       .key_position = node->key_position,
                       .next = node->next,
                       .shorthand = former};
    return DLT_OK;
}

static dlt_status descend(dlt_config *config, dlt_node **node, const char *part,
                          const dlt_position *position) {
    dlt_node *child = dlt_node_find(*node, part);
    if (child != NULL) {
        *node = child;
        return DLT_OK;
    }
    bool is_index = part[strspn(part, "0123456789")] == '\0';
    if ((*node)->kind == DLT_NODE_SEQUENCE && is_index)
        return dlt_config_fail(position, "there is no item %s: the list has %lld, counted from 0",
                               part, (long long)(*node)->count);
    if ((*node)->kind != DLT_NODE_MAPPING)
        DLT_TRY(become_mapping(config, *node, part));
    return make_child(config, *node, part, position, node);
}

/* The value takes the node's place; the key stays where it was written. */
static void replace(dlt_node *node, const dlt_node *value) {
    dlt_node replaced = *node;
    *node = *value;
    node->key = replaced.key;
    node->key_position = replaced.key_position;
    node->next = replaced.next;
}

/* "--set KEY=VALUE" as the place of everything that the override brings. */
static dlt_status make_position(dlt_config *config, const char *override_text, dlt_position *out) {
    static const char prefix[] = "--set ";
    size_t bytes = sizeof prefix + strlen(override_text);
    char *name = dlt_config_take(config, (int64_t)bytes, 1);
    if (name == NULL)
        return DLT_ERR_MEM;
    snprintf(name, bytes, "%s%s", prefix, override_text);
    *out = (dlt_position){.file = name, .line = 1, .column = 0};
    return DLT_OK;
}

/* Goes down the dotted path, which is cut into its parts. */
static dlt_status find_target(dlt_config *config, char *path, const dlt_position *position,
                              dlt_node **out) {
    *out = config->root;
    int depth = 0;
    for (char *part = path; part != NULL; depth++) {
        char *dot = strchr(part, '.');
        if (dot != NULL)
            *dot = '\0';
        if (*part == '\0')
            return dlt_config_fail(position, "the key has an empty part between its dots");
        if (depth >= DLT_TREE_DEPTH_MAX)
            return dlt_config_fail(position, "the key has more than %d parts", DLT_TREE_DEPTH_MAX);
        DLT_TRY(descend(config, out, part, position));
        part = dot != NULL ? dot + 1 : NULL;
    }
    return DLT_OK;
}

dlt_status dlt_tree_reach(dlt_config *config, const char *path, const dlt_position *position,
                          dlt_node **out) {
    char *parts = dlt_config_take_text(config, path, strlen(path));
    return parts != NULL ? find_target(config, parts, position, out) : DLT_ERR_MEM;
}

dlt_status dlt_tree_replace(dlt_config *config, dlt_node *target, const char *text,
                            const dlt_position *position) {
    dlt_node *value = NULL;
    DLT_TRY(dlt_tree_parse(config, text, position->file, position, &value));
    replace(target, value);
    return DLT_OK;
}

dlt_status dlt_tree_override(dlt_config *config, const char *override_text) {
    dlt_position position;
    DLT_TRY(make_position(config, override_text, &position));
    char *path = dlt_config_take_text(config, override_text, strlen(override_text));
    if (path == NULL)
        return DLT_ERR_MEM;
    char *equals = strchr(path, '=');
    if (equals == NULL || equals == path)
        return dlt_config_fail(&position, "expected KEY=VALUE, such as train.epochs=3");
    *equals = '\0';
    dlt_node *value;
    dlt_node *target;
    DLT_TRY(dlt_tree_parse(config, equals + 1, position.file, &position, &value));
    DLT_TRY(find_target(config, path, &position, &target));
    replace(target, value);
    return DLT_OK;
}
