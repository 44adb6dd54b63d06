/* Lists of nodes with composites in them, made flat. */
#ifndef DLT_MODEL_EXPAND_H
#define DLT_MODEL_EXPAND_H

#include "dltrain/extend/layer.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct dlt_expansion dlt_expansion;

/** Whether any item of a list stands for others. */
bool dlt_nodes_have_composites(const dlt_selection_list *nodes);

/** The list with the nodes of its composites; *flat lives as long as *out, and borrows settings
 *  from `nodes`.
 *  Errors:     CONFIG with the place in the run file; MEM */
DLT_CHECKED dlt_status dlt_nodes_expand(const dlt_selection_list *nodes, dlt_expansion **out,
                                        dlt_selection_list *flat);
void dlt_expansion_destroy(dlt_expansion **self);

/** The node that the name of a composite stands for, or NULL; so for an expansion that is NULL. */
const char *dlt_expansion_find(const dlt_expansion *self, const char *name);

/** Bytes of NODE in a name NODE.1, which is an output of the node; else of the whole name. */
size_t dlt_output_name_bytes(const char *name);

#endif
