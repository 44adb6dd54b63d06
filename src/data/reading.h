/* One call of a reading function, and what is done with the rows that it has read. */
#ifndef DLT_DATA_READING_H
#define DLT_DATA_READING_H

#include "data/dataset_internal.h"

/* Neighbouring rows of one shard, and where they go. */
typedef struct dlt_run_of_rows {
    const dlt_shard *shard;
    const dlt_column *column;
    int64_t row;
    int64_t count;
    const char *raw;       /* [count] rows as stored, once they are in memory */
    const dlt_pick *picks; /* [count] */
    bool in_order;         /* output rows are neighbours as well */
    int64_t sample;        /* of a ragged field: in the shard; its elements are the rows */
    int64_t element;       /* of the first row in that sample's sequence */
} dlt_run_of_rows;

/* One call of a reading function. */
typedef struct dlt_reading dlt_reading;
struct dlt_reading {
    dlt_dataset *dataset;
    dlt_paging *paging;
    const dlt_field_facts *facts;
    const dlt_loader_field *field; /* NULL: rows as stored */
    int64_t width;                 /* numbers per sample, or per element of a sequence */
    dlt_status (*take)(const dlt_reading *it, const dlt_run_of_rows *rows);
    dlt_real *reals;
    int32_t *integers;
    const dlt_data_map *map; /* of labels; NULL: they are not mapped */
    char *stored;
};

/** The shard that a sample lies in. */
const dlt_shard *dlt_dataset_shard_of(const dlt_dataset *dataset, int64_t sample);

/** Rows of a shard that can be in memory at once, from `row` on: those of its page, or what staging
 * holds. */
int64_t dlt_reading_rows_at_once(const dlt_reading *it, int64_t row);
/** Reads a run and takes its rows. Errors: IO, FORMAT. */
DLT_CHECKED dlt_status dlt_reading_run(const dlt_reading *it, dlt_run_of_rows *rows);

/** Samples of a ragged field, one by one, each padded with zeros to `length` elements. With the
 * mutex held. Errors: IO, FORMAT. */
DLT_CHECKED dlt_status dlt_reading_sequences(const dlt_reading *it, const int64_t *samples,
                                             int64_t count, int64_t length);

/* What becomes of the rows of a run: checked and converted, or copied. Errors: FORMAT. */
DLT_CHECKED dlt_status dlt_take_reals(const dlt_reading *it, const dlt_run_of_rows *rows);
DLT_CHECKED dlt_status dlt_take_integers(const dlt_reading *it, const dlt_run_of_rows *rows);
DLT_CHECKED dlt_status dlt_take_stored(const dlt_reading *it, const dlt_run_of_rows *rows);
/** Fails if one of `count` rows of reals is NaN or infinite. `raw`: the values as stored; NULL
 * where those are reals. */
DLT_CHECKED dlt_status dlt_take_check_finite(const dlt_reading *it, const dlt_run_of_rows *rows,
                                             const dlt_real *values, const char *raw, int64_t row,
                                             int64_t count);

#endif
