/* `--set a.b.0.c=VALUE` reaches into the tree before anything is read from it. It creates missing
 * keys on its way; the strict read that follows reports those that no table knows. */
#include "config/tree.h"

#include "base/error.h"

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

/* What is no mapping becomes one that remembers what it was; the name of a choice (`adam`) becomes
 * that choice without settings (`adam: null`). */
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

dlt_status dlt_tree_override(dlt_config *config, const char *override_text) {
    static const char prefix[] = "--set ";
    size_t bytes = strlen(override_text);
    char *name = dlt_config_take(config, (int64_t)(sizeof prefix + bytes), 1);
    char *path = dlt_config_take_text(config, override_text, bytes);
    if (name == NULL || path == NULL)
        return DLT_ERR_MEM;
    memcpy(name, prefix, sizeof prefix - 1);
    memcpy(name + sizeof prefix - 1, override_text, bytes);
    dlt_position position = {.file = name, .line = 1, .column = 0};

    char *value_text = strchr(path, '=');
    if (value_text == NULL || value_text == path)
        return dlt_config_fail(&position, "expected KEY=VALUE, such as train.epochs=3");
    *value_text++ = '\0';
    dlt_node *value;
    DLT_TRY(dlt_tree_parse(config, value_text, name, &position, &value));

    dlt_node *node = config->root;
    int depth = 0;
    for (char *part = path; part != NULL; depth++) {
        char *dot = strchr(part, '.');
        if (dot != NULL)
            *dot = '\0';
        if (*part == '\0')
            return dlt_config_fail(&position, "the key has an empty part between its dots");
        if (depth >= DLT_TREE_DEPTH_MAX)
            return dlt_config_fail(&position, "the key has more than %d parts", DLT_TREE_DEPTH_MAX);
        DLT_TRY(descend(config, &node, part, &position));
        part = dot != NULL ? dot + 1 : NULL;
    }
    replace(node, value);
    return DLT_OK;
}
