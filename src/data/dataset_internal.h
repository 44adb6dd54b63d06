/* A data set from inside: what the dataset*.c files, paging.c and shard.c share. */
#ifndef DLT_DATA_DATASET_INTERNAL_H
#define DLT_DATA_DATASET_INTERNAL_H

#include "data/dataset.h"
#include "data/identity.h"
#include "data/pages.h"

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

/** A field of one shard. */
typedef struct dlt_column {
    const char *name;       /* borrowed from the data set */
    bool is_there;          /* false: the shard lacks it */
    int64_t *offsets;       /* owned: of a ragged one, [samples + 1], as rows; else NULL */
    int64_t longest;        /* rows of the longest sequence, if ragged */
    dlt_h5_info info;       /* of the rows: one per sample, or NAME/values */
    dlt_h5_dataset *handle; /* owned; NULL where the bytes are read from the descriptor */
    int fd;                 /* owned; -1 where HDF5 reads */
    const char *memory; /* borrowed: the rows of a program's array; NULL where a file has them */
    char *path;         /* owned: of the file that the descriptor reads */
    int64_t first_page; /* number of its first page in the whole data set */
} dlt_column;

typedef struct dlt_shard {
    char *path;        /* owned */
    dlt_h5_file *file; /* owned; NULL once no column needs it */
    int64_t first;     /* index of its first sample in the data set */
    int64_t samples;
    dlt_column fields[DLT_FIELDS_MAX];
    dlt_column record;    /* see DLT_RECORD_NAME */
    bool has_fingerprint; /* its importer left one */
    uint64_t fingerprint;
} dlt_shard;

/** Bytes that are kept of a column which HDF5 reads, unless an order asks for more. */
#define DLT_CACHE_BYTES (INT64_C(1) << 26)

/** How a field of all shards is read. */
typedef struct dlt_paging {
    int64_t bytes;    /* of the column */
    bool by_hdf5;     /* in some shard */
    bool is_held;     /* all pages stay in memory */
    bool is_on;       /* read by pages; else row by row, from the descriptor */
    bool with_buffer; /* by an order that comes back to a page while it is kept */
    int64_t row_bytes;
    int64_t page_rows;
    int64_t page_bytes;
    int64_t total; /* pages of the column */
    int64_t rows;  /* of all shards: samples, or elements of sequences */
    dlt_pages pages;
} dlt_paging;

/** A sample to read and where its row goes. */
typedef struct dlt_pick {
    int64_t sample;
    int64_t out_row;
} dlt_pick;

struct dlt_dataset {
    dlt_h5_lock *h5_lock; /* borrowed */
    dlt_dataset_facts facts;
    dlt_shard *shards; /* owned */
    int shard_count;
    int field_count;
    int x; /* the field of that role; -1: none */
    int y;
    bool finds_roles;
    bool required[DLT_FIELDS_MAX];
    dlt_field_dtype dtypes[DLT_FIELDS_MAX];
    dlt_field_role roles[DLT_FIELDS_MAX];
    char *names[DLT_FIELDS_MAX]; /* owned; of the fields */
    dlt_identity identity;       /* as the files say */
    dlt_identity matched;        /* that of the training data, once samples are read in its order */
    dlt_data_map map;            /* of what is stored to the training data's columns and labels */
    dlt_real *permuted;          /* owned: one row of x where columns are mapped */
    double *mean;                /* owned; NULL if none */
    double *std;                 /* owned; NULL if none */
    dlt_paging pagings[DLT_FIELDS_MAX];
    char *staging; /* owned: rows as they are in the file */
    int64_t staging_bytes;
    dlt_pick *picks; /* owned */
    int64_t pick_room;
    bool has_mutex;
    pthread_mutex_t mutex;         /* of a read: guards picks, staging and HDF5's handles */
    _Atomic(const char *) at_path; /* of the shard being read; NULL between reads */
};

/** Opens one shard: its datasets and their facts. */
DLT_CHECKED dlt_status dlt_shard_open(dlt_h5_lock *h5_lock, const char *path,
                                      const dlt_dataset *dataset, dlt_shard *out);
void dlt_shard_close(dlt_shard *shard);
/** One without a file or columns; source stands for its path. Errors: MEM. */
DLT_CHECKED dlt_status dlt_shard_of_memory(const char *source, dlt_shard *out);
/** Opens the numbers of its records, if an importer wrote the shard and left some; its fingerprint
 * is known. Errors: IO, MEM; FORMAT where they are not one per sample. */
DLT_CHECKED dlt_status dlt_shard_open_records(dlt_shard *shard);
/** Reads rows of one column as they are stored (info.type). */
DLT_CHECKED dlt_status dlt_shard_read(const dlt_shard *shard, const dlt_column *column,
                                      int64_t first, int64_t count, void *out);

/** A data set that knows its fields and has no shards. Errors: as dlt_dataset_open; MEM. */
DLT_CHECKED dlt_status dlt_dataset_begin(const dlt_field_requests *fields, dlt_dataset **out);
/** Fills the facts of the fields from the first shard. */
void dlt_dataset_take_facts(dlt_dataset *dataset);
/** Once the shards and the identity are there: what is read how. Errors: MEM. */
DLT_CHECKED dlt_status dlt_dataset_plan_reads(dlt_dataset *dataset);
/** Decides how the columns of an open data set are read. */
void dlt_paging_plan(dlt_dataset *dataset);
/** Makes memory for reads of samples that lie within `reach` of each other. Errors: MEM. */
DLT_CHECKED dlt_status dlt_paging_reserve(dlt_dataset *dataset, int64_t reach);
/** The rows from `row` to the end of its page, as stored; borrowed until the next call. */
DLT_CHECKED dlt_status dlt_paging_rows(dlt_paging *paging, const dlt_shard *shard,
                                       const dlt_column *column, int64_t row, const char **out);

/** Has the processor fetch the beginning of a row that is in memory and will be read soon. */
void dlt_paging_expect(dlt_paging *paging, const dlt_column *column, int64_t row);

/** Rows of a column: samples, or elements of all sequences. */
int64_t dlt_column_rows(const dlt_column *column);
/** Shape of one sample of a column whose dataset has rows first. */
dlt_shape dlt_column_shape(const dlt_column *column);
/** Bytes of one row as stored. */
int64_t dlt_column_row_bytes(const dlt_column *column);
/** The fingerprint of a shard, chained: its attribute, which the shard then keeps, or a hash of its
 * facts and outer rows. */
DLT_CHECKED dlt_status dlt_shard_fingerprint(dlt_shard *shard, const dlt_dataset *dataset,
                                             uint64_t *chain);

#endif
