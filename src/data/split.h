/* The splits of a data set, and what one holds. */
#ifndef DLT_DATA_SPLIT_H
#define DLT_DATA_SPLIT_H

#include "data/field.h"

#include <stdint.h>

typedef enum dlt_split {
    DLT_SPLIT_TRAIN,
    DLT_SPLIT_TEST,
    DLT_SPLIT_VALIDATION,
    DLT_SPLITS
} dlt_split;

/* "train", "test" or "validation": the prefix of the split's shards. */
const char *dlt_split_name(dlt_split split);

/* A field of a split. Texts and arrays are borrowed. */
typedef struct dlt_split_field {
    const char *name; /* of the HDF5 dataset, or of the group of a ragged field */
    dlt_h5_type type;
    dlt_shape shape;        /* of one sample; of one element of a ragged field */
    const int64_t *lengths; /* [samples] elements of each if it is ragged; else NULL */
} dlt_split_field;

/* What a split holds. Texts and arrays are borrowed. */
typedef struct dlt_split_facts {
    int64_t samples; /* 0: the data set has no such split */
    int field_count; /* 0: the fields are x and, unless its type is OTHER, y, as follows */
    dlt_split_field fields[DLT_FIELDS_MAX];
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
    const char *target_name;     /* may be NULL */
    double target_scale;         /* a target that is a number was divided by this; 0: it is none */
    const char *vocabulary;      /* names of the integers of a field in their order: characters, or
                                    words, a line each; may be NULL */
    const char *vocabulary_kind; /* "characters", "words" */
    const int64_t *ignored;      /* the label that is no class; NULL: there is none */
    const char *recipe; /* how a later table becomes samples of the same meaning; may be NULL */
} dlt_split_facts;

/* The fields of a split, also where they are given as x and y. Returns how many. */
int dlt_split_fields(const dlt_split_facts *facts, dlt_split_field out[DLT_FIELDS_MAX]);

#endif
