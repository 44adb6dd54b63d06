/* What a format offers: a data set as a sequence of samples per split, whatever it is read from.
 *
 * The driver (import.c) opens a format once, then for each split begins it and reads its samples in
 * order, in blocks, so that no more than a block of a large set is ever in memory. */
#ifndef DLT_INGEST_FORMAT_H
#define DLT_INGEST_FORMAT_H

#include "base/text.h"
#include "config/config.h"
#include "data/split.h"
#include "dltrain/extend/keys.h"
#include "dltrain/import.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

/* What a format knows of its surroundings; all borrowed, valid until close. */
typedef struct dlt_format_context {
    const char *name;    /* of the data set */
    const char *source;  /* folder with the files; NULL where none is needed */
    const char *folder;  /* where below source the files may lie as well */
    dlt_strings classes; /* given by the description, in label order; count 0: not given */
    const dlt_import_output *output; /* for dlt_import_go_on */
    const dlt_import_likeness *like; /* the data that this is to be like; NULL: none */
    dlt_text *notes;                 /* takes a line for all that was left out or is doubtful */
    const dlt_config *config;        /* of the description, for which keys it gives */
    dlt_selection format;
} dlt_format_context;

typedef struct dlt_format_ops {
    dlt_registry_entry entry;
    bool synthetic; /* needs no source folder */
    /* Makes the state. close is called whenever *state is set, also when open has failed. */
    dlt_status (*open)(const dlt_format_context *context, void **state);
    /* Goes to the first sample of a split. Called for train, then test, then validation. */
    dlt_status (*begin)(void *state, dlt_split split, dlt_split_facts *facts);
    /* Delivers the next count samples: of each field [count, shape], of a ragged one the elements
     * of one sample behind the other. */
    dlt_status (*read)(void *state, int64_t count, void *const *fields);
    /* Optional: after the last sample, checks that nothing follows it. */
    dlt_status (*finish)(void *state);
    void (*close)(void *state);
} dlt_format_ops;

/* For loops over whole files before the first sample is known, with the number of records or files
 * done: says now and then that the import is alive. Errors: IO where it is to stop. */
DLT_CHECKED dlt_status dlt_import_go_on(const dlt_import_output *output, int64_t done);

/* Finds a file of the data set below the source folder: source/file, source/folder/file, and the
 * same with ".gz". *path is a dlt_alloc copy owned by the caller. Errors: ARG without a source, IO
 * saying where it was looked for, MEM. */
DLT_CHECKED dlt_status dlt_format_locate(const dlt_format_context *context, const char *file,
                                         char **path);

#endif
