/** What can stand in a run file, printed from the registries and tables of keys. */
#ifndef DLTRAIN_CATALOG_H
#define DLTRAIN_CATALOG_H

#include "dltrain/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Prints the entries of one kind with their summaries, or of all kinds for NULL: layers, losses,
 *  optimizers, schedules, metrics, transforms, initializers, formats of data. Lines are folded to
 *  `columns`; 0: not at all.
 *  Collective: Not collective
 *  Errors:     ARG for an unknown kind, naming the known ones; MEM; IO
 */
DLT_CHECKED dlt_status dlt_catalog_list(const char *kind, int columns, FILE *out);

/** Prints all that is known of a key ("train.batch", "optimizer.adam.lr"), of a section ("train")
 *  or of an entry ("conv2d"), of the keys that a bare name ends ("epochs") or of a kind ("layers");
 *  for NULL the whole run file. Lines are folded to `columns`; 0: not at all.
 *  Collective: Not collective
 *  Errors:     ARG for an unknown key, naming the nearest; MEM; IO
 */
DLT_CHECKED dlt_status dlt_catalog_help(const char *key, int columns, FILE *out);

/** Names that documents and completions of a command line are made from. */
typedef enum dlt_catalog_set {
    DLT_CATALOG_KINDS,       /* of entries: "layers", "losses", ... */
    DLT_CATALOG_ENTRIES,     /* of every kind */
    DLT_CATALOG_RUN_KEYS,    /* of a run file, as --set takes them; a list is one key */
    DLT_CATALOG_IMPORT_KEYS, /* of the formats of data that are read */
    DLT_CATALOG_SYNTH_KINDS, /* of synthetic datasets */
    DLT_CATALOG_SYNTH_KEYS   /* of these kinds */
} dlt_catalog_set;

/** One name; texts are borrowed for the call, and none is NULL. */
typedef struct dlt_catalog_name {
    const char *name;   /* "train.epochs", "conv2d" */
    const char *owner;  /* the kind of an entry, the format of an import's key; else "" */
    const char *help;   /* "" where there is none */
    const char *facts;  /* of a key: "whole number, from 1 to 9, or auto; default 3"; else "" */
    const char *values; /* of a key: the names that it may be set to, with blanks between them */
} dlt_catalog_name;

typedef void dlt_catalog_visit(void *context, const dlt_catalog_name *name);

/** Calls visit for each name of a set, in the order of the registries and tables of keys. A name
 *  that two owners have is given twice.
 *  Collective: Not collective
 *  Errors:     MEM
 */
DLT_CHECKED dlt_status dlt_catalog_each(dlt_catalog_set set, dlt_catalog_visit *visit,
                                        void *context);

#ifdef __cplusplus
}
#endif
#endif
