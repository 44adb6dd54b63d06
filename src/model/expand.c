/* Replaces composites by the nodes that stand in their place, before the graph is built. A node of
 * a composite is named OUTER.INNER. Names in `from` are sought in the list in which they stand,
 * then in the lists around it; they end up as names of nodes of the flat list. The name of a
 * composite is that of its last node. Errors have the place of the item in the run file.
 *
 * All memory is that of a configuration of its own, which also reads the rows of composites. */
#include "model/expand.h"

#include "base/error.h"
#include "model/expand_names.h"

#include <stdio.h>
#include <string.h>

enum { FLAT_NODES_MAX = 10000 };

static const dlt_layer_ops *ops_of(const dlt_selection *selection) {
    return (const dlt_layer_ops *)(const void *)selection->kind;
}

static dlt_status expand_item(dlt_expansion *self, scope *in, const list_item *it);

bool dlt_nodes_have_composites(const dlt_selection_list *nodes) {
    for (int64_t i = 0; i < nodes->count; i++)
        if (ops_of(&nodes->at[i])->expand != NULL)
            return true;
    return false;
}

static dlt_status join_name(dlt_expansion *self, const scope *in, const list_item *it,
                            const char **flat) {
    char text[DLT_EXPAND_NAME_BYTES];
    const int bytes = snprintf(text, sizeof text, "%s%s", in->prefix, it->local);
    if (bytes >= (int)sizeof text)
        return dlt_config_fail(&it->selection->position,
                               "the name '%.60s...' is longer than %d characters", text,
                               DLT_EXPAND_NAME_BYTES - 1);
    return dlt_expand_keep_text(self, text, flat);
}

/* dense_1, dense_2: the number of items of this kind in the list so far. */
static dlt_status default_name(dlt_expansion *self, const scope *in, const char **out) {
    char text[DLT_EXPAND_NAME_BYTES];
    const dlt_registry_entry *kind = in->list[in->item].kind;
    int64_t number = 1;
    for (int64_t i = 0; i < in->item; i++)
        number += in->list[i].kind == kind;
    snprintf(text, sizeof text, "%s_%lld", kind->name, (long long)number);
    return dlt_expand_keep_text(self, text, out);
}

/* The node before, in the flat list. */
static const char *node_before(const scope *in) {
    if (in->before != NULL)
        return in->before;
    return in->feed_count > 0 ? in->feeds[0] : "input";
}

/* The names behind `from`, resolved; for the first node of a composite's list what feeds it. */
static dlt_status resolve_from(dlt_expansion *self, const scope *in, const list_item *it,
                               dlt_strings *out) {
    *out = it->from;
    const bool is_given = it->from.count >= 0;
    if (!is_given && (in->before != NULL || in->feed_count == 0))
        return DLT_OK;
    const int64_t count = is_given ? it->from.count : 1;
    const char **names = NULL;
    DLT_TRY(DLT_TAKE(self->memory, names, count));
    for (int64_t i = 0; i < count; i++)
        if (!is_given || it->from.at[i][0] == '\0')
            names[i] = node_before(in);
        else
            DLT_TRY(dlt_expand_resolve(self, in, it->from.at[i], &names[i]));
    *out = (dlt_strings){.count = count, .at = names};
    return DLT_OK;
}

static dlt_status add_node(dlt_expansion *self, scope *in, const list_item *it, const char *flat) {
    dlt_node_settings *settings = NULL;
    void *nodes = self->nodes;
    if (self->node_count >= FLAT_NODES_MAX)
        return dlt_config_fail(&it->selection->position,
                               "the model has more than %d nodes, composites expanded",
                               FLAT_NODES_MAX);
    DLT_TRY(dlt_expand_make_room(self, &nodes, self->node_count, &self->node_capacity,
                                 sizeof *self->nodes));
    self->nodes = nodes;
    DLT_TRY(DLT_TAKE(self->memory, settings, 1));
    settings->name = flat;
    DLT_TRY(resolve_from(self, in, it, &settings->from));
    if (it->share != NULL)
        DLT_TRY(dlt_expand_resolve(self, in, it->share, &settings->share));
    self->nodes[self->node_count] = *it->selection;
    self->nodes[self->node_count++].common = settings;
    in->before = flat;
    return DLT_OK;
}

static dlt_status expand_list(dlt_expansion *self, scope *in, const dlt_selection_list *list) {
    in->list = list->at;
    for (in->item = 0; in->item < list->count; in->item++) {
        const dlt_selection *selection = &list->at[in->item];
        const dlt_node_settings *common = selection->common;
        list_item it = {.selection = selection,
                        .local = common->name,
                        .from = common->from,
                        .share = common->share};
        if (it.local == NULL)
            DLT_TRY(default_name(self, in, &it.local));
        DLT_TRY(expand_item(self, in, &it));
    }
    return DLT_OK;
}

static dlt_status expand_rows(dlt_expansion *self, scope *in, const dlt_position *position,
                              const dlt_composite *composite) {
    for (int r = 0; r < composite->row_count; r++) {
        const dlt_composite_row *row = &composite->rows[r];
        dlt_selection selection;
        DLT_TRY(dlt_config_choose(self->memory, row->layer, dlt_layers, &selection));
        selection.position = *position;
        list_item it = {.selection = &selection, .local = row->name, .from = {.at = row->from}};
        while (it.from.count < DLT_COMPOSITE_FROM_MAX && row->from[it.from.count] != NULL)
            it.from.count++;
        if (it.from.count == 0)
            it.from.count = -1;
        DLT_TRY(expand_item(self, in, &it));
    }
    return DLT_OK;
}

/* One copy of a composite, whose nodes have the name of the copy in front. A list of one node
 * without a name of its own, in a composite that is repeated, is the copy itself. */
static dlt_status expand_body(dlt_expansion *self, const scope *in, const list_item *copy,
                              const char *flat, const dlt_composite *composite, scope *body) {
    const dlt_selection_list *list = &composite->body;
    const bool is_one = composite->times > 0 && list->count == 1 && composite->row_count == 0 &&
                        ((const dlt_node_settings *)list->at[0].common)->name == NULL;
    body->before = NULL;
    if (is_one) {
        const dlt_node_settings *common = list->at[0].common;
        const list_item only = {.selection = list->at,
                                .local = copy->local,
                                .from = common->from,
                                .share = common->share};
        body->prefix = in->prefix;
        return expand_item(self, body, &only);
    }
    char prefix[DLT_EXPAND_NAME_BYTES + 2];
    snprintf(prefix, sizeof prefix, "%s.", flat);
    DLT_TRY(dlt_expand_keep_text(self, prefix, &body->prefix));
    DLT_TRY(expand_list(self, body, list));
    return expand_rows(self, body, &copy->selection->position, composite);
}

/* What feeds a composite. */
static dlt_status find_feeds(dlt_expansion *self, const scope *in, const list_item *it,
                             scope *body) {
    const dlt_layer_ops *ops = ops_of(it->selection);
    const int64_t count = it->from.count >= 0 ? it->from.count : 1;
    if (count < ops->inputs_least || count > ops->inputs_most)
        return dlt_config_fail(
            &it->selection->position, "'%s%s' (%s) takes %s, found %lld", in->prefix, it->local,
            ops->entry.name, ops->inputs_most == 1 ? "1 input" : "1 or 2 inputs", (long long)count);
    if (it->share != NULL)
        return dlt_config_fail(&it->selection->position,
                               "'%s%s' (%s) has no parameters of its own to share; name a node in "
                               "it",
                               in->prefix, it->local, ops->entry.name);
    body->feed_count = (int)count;
    body->feeds[0] = node_before(in);
    for (int64_t i = 0; i < it->from.count; i++)
        if (it->from.at[i][0] == '\0')
            body->feeds[i] = node_before(in);
        else
            DLT_TRY(dlt_expand_resolve(self, in, it->from.at[i], &body->feeds[i]));
    return DLT_OK;
}

static dlt_status expand_composite(dlt_expansion *self, scope *in, const list_item *it,
                                   const char *flat) {
    dlt_composite composite = {0};
    scope body = {.outer = in};
    DLT_TRY(find_feeds(self, in, it, &body));
    ops_of(it->selection)->expand(it->selection->settings, body.feed_count, &composite);
    if (composite.times == 0)
        DLT_TRY(expand_body(self, in, it, flat, &composite, &body));
    for (int64_t i = 0; i < composite.times; i++) {
        char name[DLT_EXPAND_NAME_BYTES];
        list_item copy = *it;
        const char *copy_flat = NULL;
        snprintf(name, sizeof name, "%.200s_%lld", it->local, (long long)i + 1);
        DLT_TRY(dlt_expand_keep_text(self, name, &copy.local));
        DLT_TRY(join_name(self, in, &copy, &copy_flat));
        DLT_TRY(expand_body(self, in, &copy, copy_flat, &composite, &body));
        dlt_expand_forget(self, &body);
        DLT_TRY(dlt_expand_remember(self, in, &copy, copy_flat, body.before));
        body.feeds[0] = body.before;
    }
    dlt_expand_forget(self, &body);
    in->before = body.before;
    return DLT_OK;
}

static dlt_status expand_item(dlt_expansion *self, scope *in, const list_item *it) {
    const char *flat = NULL;
    if (in->feed_count > 0 && strcmp(it->local, DLT_EXPAND_PREVIOUS) == 0)
        return dlt_config_fail(&it->selection->position,
                               "'%s' is what feeds a composite; choose another name for this node",
                               DLT_EXPAND_PREVIOUS);
    DLT_TRY(join_name(self, in, it, &flat));
    if (ops_of(it->selection)->expand == NULL)
        DLT_TRY(add_node(self, in, it, flat));
    else
        DLT_TRY(expand_composite(self, in, it, flat));
    return dlt_expand_remember(self, in, it, flat, in->before);
}

dlt_status dlt_nodes_expand(const dlt_selection_list *nodes, dlt_expansion **out,
                            dlt_selection_list *flat) {
    dlt_config *memory = NULL;
    dlt_expansion *self = NULL;
    *out = NULL;
    DLT_TRY(dlt_config_parse("{}", "composite", NULL, 0, &memory));
    scope top = {.prefix = ""};
    dlt_status status = DLT_TAKE(memory, self, 1);
    if (status == DLT_OK) {
        self->memory = memory;
        status = expand_list(self, &top, nodes);
    }
    if (status != DLT_OK) {
        dlt_config_destroy(&memory);
        return status;
    }
    dlt_expand_forget(self, &top);
    *flat = (dlt_selection_list){.count = self->node_count, .at = self->nodes};
    *out = self;
    return DLT_OK;
}

void dlt_expansion_destroy(dlt_expansion **self) {
    if (*self == NULL)
        return;
    dlt_config *memory = (*self)->memory;
    dlt_config_destroy(&memory);
    *self = NULL;
}
