/* A document that a program composes: values and list items as YAML text, each at the place that
 * its label names. The strict read that follows checks them like those of a file. */
#include "config/config.h"

#include "base/error.h"
#include "config/tree.h"

#include <string.h>

static dlt_status make_place(dlt_config *config, const char *label, dlt_position *out) {
    *out = (dlt_position){.file = dlt_config_take_text(config, label, strlen(label)), .line = 1};
    return out->file != NULL ? DLT_OK : DLT_ERR_MEM;
}

dlt_status dlt_config_put(dlt_config *config, const char *path, const char *text,
                          const char *label) {
    dlt_position position;
    dlt_node *target = NULL;
    DLT_TRY(make_place(config, label, &position));
    DLT_TRY(dlt_tree_reach(config, path, &position, &target));
    return dlt_tree_replace(config, target, text, &position);
}

/* An item that is a mere name becomes a mapping of it, so that keys can stand beside it. */
static dlt_status open_item(dlt_config *config, dlt_node **item, const dlt_position *position) {
    dlt_node *name = *item;
    if (name->kind != DLT_NODE_SCALAR)
        return DLT_OK;
    dlt_node *mapping = NULL;
    DLT_TRY(DLT_TAKE(config, mapping, 1));
    *mapping = (dlt_node){.kind = DLT_NODE_MAPPING, .position = *position};
    name->key = name->text;
    name->key_position = *position;
    name->kind = DLT_NODE_NULL;
    name->text = "";
    dlt_node_append(mapping, name);
    *item = mapping;
    return DLT_OK;
}

static dlt_status add_key(dlt_config *config, dlt_node *item, const dlt_config_key *key,
                          const dlt_position *position) {
    dlt_node *value = NULL;
    if (dlt_node_find(item, key->name) != NULL)
        return dlt_config_fail(position, "'%s' is given twice", key->name);
    DLT_TRY(dlt_tree_parse(config, key->text, position->file, position, &value));
    value->key = key->name;
    value->key_position = *position;
    dlt_node_append(item, value);
    return DLT_OK;
}

dlt_status dlt_config_append(dlt_config *config, const char *path, const char *text,
                             const char *label, const dlt_config_key *beside, int count) {
    dlt_position position;
    dlt_node *list = NULL;
    dlt_node *item = NULL;
    DLT_TRY(make_place(config, label, &position));
    DLT_TRY(dlt_tree_reach(config, path, &position, &list));
    if (list->kind == DLT_NODE_NULL)
        list->kind = DLT_NODE_SEQUENCE;
    if (list->kind != DLT_NODE_SEQUENCE)
        return dlt_config_fail(&position, "'%s' is no list, so nothing can be added to it", path);
    DLT_TRY(dlt_tree_parse(config, text, position.file, &position, &item));
    for (int i = 0; i < count; i++) {
        if (beside[i].text == NULL)
            continue;
        DLT_TRY(open_item(config, &item, &position));
        if (item->kind != DLT_NODE_MAPPING)
            return dlt_config_fail(&position, "expected one choice such as `name` or `{name: "
                                              "settings}`");
        DLT_TRY(add_key(config, item, &beside[i], &position));
    }
    dlt_node_append(list, item);
    return DLT_OK;
}
