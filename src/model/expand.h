/* Lists of nodes with composites in them, made flat. */
#ifndef DLT_MODEL_EXPAND_H
#define DLT_MODEL_EXPAND_H

#include "model/expand_names.h"

#include <stdbool.h>

/** Whether any item of a list stands for others. */
bool dlt_nodes_have_composites(const dlt_selection_list *nodes);

/** The list with the nodes of its composites; *flat lives as long as *out, and borrows settings
 *  from `nodes`.
 *  Errors:     CONFIG with the place in the run file; MEM */
DLT_CHECKED dlt_status dlt_nodes_expand(const dlt_selection_list *nodes, dlt_expansion **out,
                                        dlt_selection_list *flat);
void dlt_expansion_destroy(dlt_expansion **self);

#endif
