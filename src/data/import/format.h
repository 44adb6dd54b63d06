/* What a format offers: a data set as a sequence of samples per part, whatever it is read from.
 *
 * The driver (import.c) opens a format once, then for each part begins it and reads its samples in
 * order, in blocks, so that no more than a block of a large set is ever in memory. */
#ifndef DLT_DATA_IMPORT_FORMAT_H
#define DLT_DATA_IMPORT_FORMAT_H

#include "base/text.h"
#include "config/config.h"
#include "dltrain/import.h"
#include "dltrain/plugin/keys.h"
#include "dltrain/shape.h"
#include "dltrain/status.h"
#include "io/h5.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum dlt_part { DLT_PART_TRAIN, DLT_PART_TEST, DLT_PART_VALIDATION, DLT_PARTS } dlt_part;

/* "train", "test" or "validation": the prefix of the part's shards. */
const char *dlt_part_name(dlt_part part);

/* No sample may be larger than this, so that a header's claim cannot exhaust memory. */
enum { DLT_SAMPLE_BYTES_MAX = 1 << 26 };

/* What a format knows of its surroundings; all borrowed, valid until close. */
typedef struct dlt_format_site {
    const char *name;    /* of the data set */
    const char *source;  /* folder with the files; NULL where none is needed */
    const char *folder;  /* where below source the files may lie as well */
    dlt_strings classes; /* given by the description, in label order; count 0: not given */
    const dlt_import_likeness *like; /* the data that this is to be like; NULL: none */
    dlt_text *notes;                 /* takes a line for all that was left out or is doubtful */
    const dlt_config *config;        /* of the description, for which keys it gives */
    dlt_chosen format;
} dlt_format_site;

/* What a part holds. Texts and arrays are borrowed from the format's state until close. */
typedef struct dlt_part_facts {
    int64_t samples; /* 0: the data set has no such part */
    dlt_h5_type x_type;
    dlt_shape x_shape;
    dlt_h5_type y_type;        /* I32: a label per sample; F32, F64: values; OTHER: none */
    dlt_shape y_shape;         /* of the values of one sample; rank 0: one value, or a label */
    const char *class_names;   /* newline-separated; NULL: those of the description, if any */
    const char *feature_names; /* newline-separated; may be NULL */
    const int64_t *record; /* [samples] the number of each in its file; NULL: none is left out */
    int64_t
        raw_count; /* features of which raw_mean and raw_std are known; 0: x is as in the file */
    const double *raw_mean; /* x = (raw - raw_mean) / raw_std was applied */
    const double *raw_std;
    const char *left_out; /* "3 files: 2 not pictures (a.txt, b.md), 1 link (c)"; NULL: nothing */
    const char *target_name; /* may be NULL */
    double target_scale;     /* a target that is a number was divided by this; 0: it is none */
    const char *recipe; /* how a later table becomes samples of the same meaning; may be NULL */
} dlt_part_facts;

typedef struct dlt_format_ops {
    dlt_choice choice;
    bool synthetic; /* needs no source folder */
    /* Makes the state. close is called whenever *state is set, also when open has failed. */
    dlt_status (*open)(const dlt_format_site *site, void **state);
    /* Goes to the first sample of a part. Called for train, then test, then validation. */
    dlt_status (*begin)(void *state, dlt_part part, dlt_part_facts *facts);
    /* Delivers the next count samples: x [count, x_shape] and y [count]. */
    dlt_status (*read)(void *state, int64_t count, void *x, void *y);
    /* Optional: after the last sample, checks that nothing follows it. */
    dlt_status (*finish)(void *state);
    void (*close)(void *state);
} dlt_format_ops;

/* Finds a file of the data set below the source folder: source/file, source/folder/file, and the
 * same with ".gz". *path is a dlt_alloc copy owned by the caller. Errors: ARG without a source, IO
 * saying where it was looked for, MEM. */
DLT_CHECKED dlt_status dlt_format_locate(const dlt_format_site *site, const char *file,
                                         char **path);

#endif
