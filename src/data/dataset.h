/* A data set: HDF5 shards PREFIX-00000-of-00008.h5 or one file, read by sample. */
#ifndef DLT_DATA_DATASET_H
#define DLT_DATA_DATASET_H

#include "data/field.h"
#include "data/identity.h"
#include "data/shape_classes.h"
#include "dltrain/array.h"
#include "dltrain/status.h"

#include <stdatomic.h>
#include <stdint.h>

typedef struct dlt_dataset dlt_dataset;

/** Where the importer keeps the number that each sample had among the records of its table, if it
 * left out some. */
#define DLT_RECORD_NAME "record"

typedef struct dlt_dataset_facts {
    int64_t samples;
    int shards;
    int field_count;
    dlt_field_facts fields[DLT_FIELDS_MAX]; /* in the order of the requests */
    bool has_records;                       /* of a table, some of which are no samples */
    int64_t classes;                        /* from the attribute `class_names`, or 0 if unknown */
    const char *class_names;                /* newline-separated, borrowed; NULL if unknown */
    const dlt_identity *identity;           /* of what is read; borrowed */
    const dlt_identity *stored_identity;    /* of the files, before a match; borrowed */
    int64_t feature_count;                  /* length of mean and std, 0 if none */
    const double *mean;
    const double *std;
    bool has_foreign_moments; /* attributes mean or std that cannot be those of features */
    uint64_t fingerprint; /* of content: attribute `fingerprint` of each shard where present, else a
                             hash of names, sizes, shapes, types and up to 64 rows from the
                             first to the last; chained over shards */
} dlt_dataset_facts;

/** Whether there are files of the name SOURCE.h5, or shards of the prefix SOURCE. Not collective.
 * Errors: IO, FORMAT for shards of two sets, MEM. */
DLT_CHECKED dlt_status dlt_dataset_find(const char *source, bool *out);
/** Opens PREFIX (all of PREFIX-*-of-*.h5), or one .h5 file, for reading the fields that are asked
 * for, of which the files may have more. Relative paths are relative to the working directory. Not
 * collective. Owns: caller owns *out; it borrows the HDF5 lock. Its reads may come from several
 * threads: a part of the set is evaluated while another is read ahead.
 * Errors: IO (missing file: says what was looked for), FORMAT (empty, truncated, not HDF5, no such
 * dataset: names those that there are, shards that disagree in shape, type, count of the fields, or
 * number: names both files), ARG for more than DLT_FIELDS_MAX fields or none, MEM */
DLT_CHECKED dlt_status dlt_dataset_open(dlt_h5_lock *h5_lock, const char *source,
                                        const dlt_field_requests *fields, dlt_dataset **out);
/** Makes a data set of arrays in memory. `source` stands for its name in messages, in the plural:
 * "the training arrays". Not collective. Owns: caller owns *out; it borrows the arrays' memory.
 * Errors: ARG for an array that is no field, is missing, has no memory or an unknown type, and as
 * dlt_dataset_open for the fields; SHAPE for one that is empty, has too many dimensions, or another
 * number of samples; MEM */
DLT_CHECKED dlt_status dlt_dataset_of_arrays(const dlt_arrays *arrays, const char *source,
                                             const dlt_field_requests *fields, dlt_dataset **out);
void dlt_dataset_close(dlt_dataset **dataset);
const dlt_dataset_facts *dlt_dataset_facts_of(const dlt_dataset *dataset);
/** The field of the inputs, and that of the targets; NULL if the data set has none. Borrowed. */
const dlt_field_facts *dlt_dataset_x(const dlt_dataset *dataset);
const dlt_field_facts *dlt_dataset_y(const dlt_dataset *dataset);

/** Compares the data set, called `source`, with the training data it is used beside. From then on
 * its samples and labels are read in the order of the training data's columns and classes, and its
 * identity is theirs. Right after opening. Errors: MISMATCH naming the first difference; MEM. */
DLT_CHECKED dlt_status dlt_dataset_match(dlt_dataset *dataset, const dlt_identity *training,
                                         const char *source);

/** Compares the shape and the dtype of each field of `data.fields` with that of the training data,
 * which was opened with the same fields. Not collective. Errors: SHAPE, MISMATCH, naming the field
 * of `source`. */
DLT_CHECKED dlt_status dlt_dataset_check_fields(const dlt_dataset *dataset,
                                                const dlt_dataset *training, const char *source);

/** What dlt_dataset_match mapped by name, in half a sentence; "" if all is in its place. */
const char *dlt_dataset_mapping(const dlt_dataset *dataset);

/** A column as it is stored; borrowed from the data set. */
typedef struct dlt_stored_column {
    const char *name;
    dlt_shape shape;  /* of one sample, or element; rank 0: a number */
    dlt_h5_info info; /* in the first shard */
    int64_t bytes;    /* of all shards */
    bool is_ragged;
    int64_t elements; /* of all sequences, if ragged */
    int64_t longest;
} dlt_stored_column;

enum { DLT_DATASET_COLUMNS_MAX = DLT_FIELDS_MAX + 1 };

/** The fields and the numbers of records, as far as there are some. Returns how many. */
int dlt_dataset_columns(const dlt_dataset *dataset, dlt_stored_column out[DLT_DATASET_COLUMNS_MAX]);

/** Bytes of all samples as stored. */
int64_t dlt_dataset_bytes(const dlt_dataset *dataset);

/** Whether every shard says what its samples must be. */
bool dlt_dataset_has_fingerprints(const dlt_dataset *dataset);

/** Reads the shards part, part + parts, … from one end to the other and compares their samples with
 * the fingerprints that the importer left; shards without one pass. For the time right after
 * opening. `progress` grows with each block read; it may be NULL. Not collective. Errors: FORMAT
 * "FILE is damaged: …"; IO, MEM. */
DLT_CHECKED dlt_status dlt_dataset_verify(const dlt_dataset *dataset, int part, int parts,
                                          atomic_llong *progress);

/** The file that a thread is reading right now, borrowed from the data set; NULL if none. May be
 * asked at any time by any thread. */
const char *dlt_dataset_reading(const dlt_dataset *dataset);

/** How the samples lie in the files, for an order that suits them. Of x, or else of the first
 * field. */
typedef struct dlt_dataset_layout {
    int64_t bytes; /* of all samples as stored */
    int64_t sample_bytes;
    int64_t page; /* neighbouring samples that are read together */
    bool aligned; /* every shard begins at a multiple of that */
    bool by_row;  /* a sample can be read without its neighbours: plain bytes */
    bool is_held; /* the whole column is kept in memory once it was read */
} dlt_dataset_layout;

dlt_dataset_layout dlt_dataset_layout_of(const dlt_dataset *dataset);

/** Makes room for reads of up to count samples, so that those allocate nothing. `reach`: samples
 * among which those of successive reads lie: all of the data set, the shuffle buffer, or 1 for
 * reading from one end to the other. Errors: MEM. */
DLT_CHECKED dlt_status dlt_dataset_reserve(dlt_dataset *dataset, int64_t count, int64_t reach);

/** Reads a field of samples by index (any order, count of them) as [count, field->spec]. Plain
 * bytes by pread, runs of neighbours in one call; others in whole chunks, of which the last used
 * ones are kept.
 * Errors: IO; SHAPE where the samples stored have another number of elements; FORMAT naming file
 * and sample for a real that is NaN or infinite or outside the range ("target 2 at sample 7 of FILE
 * is outside 0..1, which the loss takes"), and for an integer, also stored as a float, that is
 * outside its bounds ("label 12 at sample 7 of FILE is outside 0..9", "index 70001 at sample 5,
 * position 17 of FILE ('tokens') is outside 0..69999"). Sequences of a ragged field, whose spec is
 * [length, …], are padded with zeros; a longer one: FORMAT. */
DLT_CHECKED dlt_status dlt_dataset_read(dlt_dataset *dataset, const dlt_loader_field *field,
                                        const int64_t *samples, int64_t count, void *out);
/** The class of a micro-batch: the least that holds its longest sequence of any ragged field; 0
 * where there are no ragged fields or no classes. Reads nothing. Errors: FORMAT for a sequence
 * longer than the largest class, naming it. */
DLT_CHECKED dlt_status dlt_dataset_shape_class(const dlt_dataset *dataset,
                                               const dlt_shape_classes *classes,
                                               const int64_t *samples, int64_t count, int *out);
/** Lengths of the sequences of a ragged field. Reads nothing. Errors: ARG. */
DLT_CHECKED dlt_status dlt_dataset_read_lengths(const dlt_dataset *dataset, int field,
                                                const int64_t *samples, int64_t count,
                                                int32_t *out);
/** As dlt_dataset_read without conversion: rows of the field's stored type. Errors: IO, FORMAT;
 * ARG for a ragged field. */
DLT_CHECKED dlt_status dlt_dataset_read_stored(dlt_dataset *dataset, int field,
                                               const int64_t *samples, int64_t count, void *rows);
/** The numbers that `count` samples from `first` on have among the records of their table; only
 * where facts.has_records. Errors: IO, FORMAT; ARG for samples that are not there. */
DLT_CHECKED dlt_status dlt_dataset_read_records(dlt_dataset *dataset, int64_t first, int64_t count,
                                                int64_t *records);

#endif
