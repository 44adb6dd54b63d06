/* Writing one split of a data set as HDF5 shards that appear whole or not at all. */
#ifndef DLT_DATA_SHARDS_H
#define DLT_DATA_SHARDS_H

#include "data/split.h"
#include "dltrain/status.h"
#include "io/h5.h"
#include "io/output.h"

#include <stdbool.h>
#include <stdint.h>

/* All shards of a split stay open until their attributes are known, hence the bound. */
enum { DLT_SHARDS_MAX = 256 };

/* The attributes of every shard; NULL and 0 are left out. */
typedef struct dlt_shard_attributes {
    const char *name; /* of the data set */
    const char *licence;
    const char *citation;
    const char *class_names;
    const char *feature_names;
    int64_t feature_count;
    const double *mean; /* of x as stored, in the training split */
    const double *std;
    int64_t raw_count;
    const double *raw_mean;
    const double *raw_std;
    const char *left_out;
    const char *target_name;
    double target_scale; /* 0: the target is no number */
    const char *vocabulary;
    const char *vocabulary_kind;
    const int64_t *ignored;
    const char *recipe;
} dlt_shard_attributes;

typedef struct dlt_shard_set dlt_shard_set;

/* Errors: ARG for more shards than samples or than DLT_SHARDS_MAX. */
DLT_CHECKED dlt_status dlt_shards_check(const char *prefix, int64_t samples, int64_t shards);

/* Makes a set whose shards take samples in order, shard i of S the range [i N / S, (i + 1) N / S).
 * Owns: caller owns *out; it borrows the HDF5 lock and prefix. Errors: as dlt_shards_check; MEM. */
DLT_CHECKED dlt_status dlt_shard_set_create(dlt_h5_lock *h5_lock, const char *folder,
                                            const char *prefix, int64_t shards,
                                            const dlt_split_facts *facts, dlt_shard_set **out);
/* Removes what is not committed. */
void dlt_shard_set_destroy(dlt_shard_set **set);

/* Samples that are written next: the rest of a shard, or as many as its fingerprint takes at a
 * time; 0 when the split is complete. */
int64_t dlt_shard_set_room(const dlt_shard_set *set);
/* The most samples that the room has in this set. */
int64_t dlt_shard_set_block(const dlt_shard_set *set);
/* Appends as many samples as there is room for. rows: for each field [count, shape], or, if it is
 * ragged, the elements of these samples one after the other. Errors: ARG for another count; IO,
 * MEM. */
DLT_CHECKED dlt_status dlt_shard_set_write(dlt_shard_set *set, int64_t count,
                                           const void *const *rows);
/* Writes the attributes, each shard's fingerprint among them, and closes all files. Errors: IO. */
DLT_CHECKED dlt_status dlt_shard_set_finish(dlt_shard_set *set,
                                            const dlt_shard_attributes *attributes);
/* Gives the shards their names. Errors: IO. */
DLT_CHECKED dlt_status dlt_shard_set_commit(dlt_shard_set *set);
/* Takes back a commit: for when another split of the same data set could not be committed. */
void dlt_shard_set_withdraw(dlt_shard_set *set);

/* Number of files in folder that are named as shards of prefix. Errors: IO. */
DLT_CHECKED dlt_status dlt_shards_count(const char *folder, const char *prefix, int64_t *count);
/* Fails unless all shards of prefix may be replaced. Errors: ARG naming one that is among the
 * inputs (may be NULL), or is no HDF5 file; IO, MEM. */
DLT_CHECKED dlt_status dlt_shards_check_replaceable(const char *folder, const char *prefix,
                                                    const dlt_file_set *inputs);
/* Removes the shards of prefix. Errors: IO. */
DLT_CHECKED dlt_status dlt_shards_remove(const char *folder, const char *prefix);
/* Removes the temporary files that a killed import left of shards of prefix. Errors: IO. */
DLT_CHECKED dlt_status dlt_shards_remove_temporaries(const char *folder, const char *prefix);

#endif
