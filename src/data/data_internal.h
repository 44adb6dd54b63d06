/* Room card: data (level 3).
 *
 * What lives here: data sets in HDF5 shards (dataset.h), which samples a part of them has and in
 * which order they come (subset.h), which of them this rank computes and when (itinerary.h),
 * transforms (transforms/), the prefetch thread (loader.h), importers (import/) and synthetic sets
 * (synth/). May include: base, tensor, config, io, report (progress of an import). It takes (rank,
 * size) as integers and never sees MPI, so all of it is tested without.
 * Owns: a loader owns its thread and its ring of buffers; it borrows the data sets and the gate.
 *
 * This header is what the dataset_*.c files share.
 */
#ifndef DLT_DATA_INTERNAL_H
#define DLT_DATA_INTERNAL_H

#include "data/dataset.h"

#include <pthread.h>
#include <stdatomic.h>

/** The files that a source stands for, in order. */
typedef struct dlt_shard_paths {
    int count;
    char **at; /* owned, each owned */
} dlt_shard_paths;

/** Finds them. Errors: IO "no data set 'SOURCE': …" or "… is missing"; FORMAT for shards of two
 * sets; MEM. */
DLT_CHECKED dlt_status dlt_shard_paths_find(const char *source, dlt_shard_paths *out);
void dlt_shard_paths_destroy(dlt_shard_paths *paths);

/** x or y of one shard. */
typedef struct dlt_column {
    dlt_h5_info info;
    dlt_h5_dataset *handle; /* owned; NULL where the bytes are read from the descriptor */
} dlt_column;

typedef struct dlt_shard {
    char *path;        /* owned */
    dlt_h5_file *file; /* owned; NULL once no column needs it */
    int fd;            /* owned; -1 where no column is read from it */
    int64_t first;     /* index of its first sample in the data set */
    int64_t samples;
    dlt_column x;
    dlt_column y;
    bool has_y;
} dlt_shard;

/** A sample to read and where its row goes. */
typedef struct dlt_pick {
    int64_t sample;
    int64_t slot;
} dlt_pick;

struct dlt_dataset {
    dlt_dataset_facts facts;
    dlt_shard *shards; /* owned */
    int shard_count;
    char *x_name;      /* owned */
    char *y_name;      /* owned */
    char *class_names; /* owned; NULL if unknown */
    double *mean;      /* owned; NULL if none */
    double *std;       /* owned; NULL if none */
    char *staging;     /* owned: rows as they are in the file */
    int64_t staging_bytes;
    dlt_pick *picks; /* owned */
    int64_t pick_room;
    bool has_mutex;
    pthread_mutex_t mutex;         /* of a read: guards picks, staging and HDF5's handles */
    _Atomic(const char *) at_path; /* of the shard being read; NULL between reads */
};

/** Opens one shard: its datasets and their facts. */
DLT_CHECKED dlt_status dlt_shard_open(dlt_h5_gate *gate, const char *path,
                                      const dlt_dataset *dataset, bool y_required, dlt_shard *out);
void dlt_shard_close(dlt_shard *shard);
/** Reads rows of one column as they are stored (info.type). */
DLT_CHECKED dlt_status dlt_shard_read(const dlt_shard *shard, const dlt_column *column,
                                      int64_t first, int64_t count, void *out);
/** Shape of one sample of a column whose dataset has rows first. */
dlt_shape dlt_column_shape(const dlt_column *column);
/** Bytes of one row as stored. */
int64_t dlt_column_row_bytes(const dlt_column *column);
/** The fingerprint of a shard, chained: its attribute, or a hash of its facts and outer rows. */
DLT_CHECKED dlt_status dlt_shard_fingerprint(const dlt_shard *shard, const dlt_dataset *dataset,
                                             uint64_t *chain);

#endif
