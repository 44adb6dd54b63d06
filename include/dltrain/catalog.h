/** What can stand in a run file, printed from the registries and tables of keys. */
#ifndef DLTRAIN_CATALOG_H
#define DLTRAIN_CATALOG_H

#include "dltrain/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Prints the entries of one kind with their summaries, or of all kinds for NULL: layers, losses, optimizers,
 *  schedules, metrics, transforms, initializers, formats of data. Lines are folded to `columns`; 0: not at all.
 *  Collective: Not collective
 *  Errors:     ARG for an unknown kind, naming the known ones; MEM; IO
 */
DLT_CHECKED dlt_status dlt_catalog_list(const char *kind, int columns, FILE *out);

/** Prints all that is known of a key ("train.batch", "optimizer.adam.lr"), of a section ("train") or of an entry
 *  ("conv2d"), of the keys that a bare name ends ("epochs") or of a kind ("layers"); for NULL the whole run file. Lines
 *  are folded to `columns`; 0: not at all.
 *  Collective: Not collective
 *  Errors:     ARG for an unknown key, naming the nearest; MEM; IO
 */
DLT_CHECKED dlt_status dlt_catalog_help(const char *key, int columns, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
