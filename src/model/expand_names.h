/* Names while composites are made flat: what stands in which list, and what a name in `from` means
 * there. expand.c makes the nodes. */
#ifndef DLT_MODEL_EXPAND_NAMES_H
#define DLT_MODEL_EXPAND_NAMES_H

#include "config/config.h"
#include "config/memory.h"
#include "dltrain/extend/layer.h"

#include <stddef.h>
#include <stdint.h>

typedef struct dlt_expansion dlt_expansion;

enum { DLT_EXPAND_NAME_BYTES = 256, DLT_EXPAND_FEEDS_MAX = DLT_LAYER_INPUTS_MAX };

/* In a list of a composite: what feeds the composite. */
#define DLT_EXPAND_PREVIOUS "previous"

/* A list of nodes that is under way. */
typedef struct scope {
    const struct scope *outer;
    const char *prefix; /* of the names of its nodes: "", or "block_1." */
    int feed_count;     /* 0: the model's own list */
    const char *feeds[DLT_EXPAND_FEEDS_MAX];
    const char *before;        /* flat name of the node before, NULL in front of the first */
    const dlt_selection *list; /* its items so far, for default names */
    int64_t item;
} scope;

/* An item of a list, from the run file or from a row of a composite. */
typedef struct list_item {
    const dlt_selection *selection;
    const char *local; /* its name in its list */
    dlt_strings from;
    const char *share;
} list_item;

typedef struct known_name {
    const scope *where; /* the list in which it stands; compared, not read */
    const char *local;
    const char *flat;
    const char *last; /* the node that it stands for */
} known_name;

struct dlt_expansion {
    dlt_config *memory; /* owned */
    dlt_selection *nodes;
    int64_t node_count, node_capacity;
    known_name *names;
    int64_t name_count, name_capacity;
};

/* Room for one element more in an array of count; the old one stays until the end. Errors: MEM. */
DLT_CHECKED dlt_status dlt_expand_make_room(dlt_expansion *self, void **array, int64_t count,
                                            int64_t *capacity, size_t size);
/* A copy that lives as long as the expansion. Errors: MEM. */
DLT_CHECKED dlt_status dlt_expand_keep_text(dlt_expansion *self, const char *text,
                                            const char **out);
/* An item of a list is there from now on; `last` is the node that it stands for. Errors: CONFIG if
 * the list has one of that name; MEM. */
DLT_CHECKED dlt_status dlt_expand_remember(dlt_expansion *self, const scope *in,
                                           const list_item *it, const char *flat, const char *last);
/* A list ends: its names must not be found in a later one at its address. */
void dlt_expand_forget(dlt_expansion *self, const scope *in);
/* What a name in `from` or `share` stands for in the flat list; other names are those of fields, or
 * unknown, which the graph finds out. Errors: MEM. */
DLT_CHECKED dlt_status dlt_expand_resolve(dlt_expansion *self, const scope *in, const char *name,
                                          const char **out);

/** The node that the name of a composite stands for, or NULL; so for an expansion that is NULL. */
const char *dlt_expansion_find(const dlt_expansion *self, const char *name);

/** Bytes of NODE in a name NODE.1, which is an output of the node; else of the whole name. */
size_t dlt_output_name_bytes(const char *name);

#endif
