/** Row-sparse gradients: those of a table of which a batch uses few rows. */
#ifndef DLTRAIN_ROWS_H
#define DLTRAIN_ROWS_H

#include "dltrain/real.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Some rows of a table. */
typedef struct dlt_row_list {
    int64_t count;
    int32_t *rows;    /* [count] their numbers, ascending, each once */
    dlt_real *values; /* [count, width] */
} dlt_row_list;

/** A parameter tensor whose gradient is a list of rows. */
typedef struct dlt_row_table {
    int64_t offset; /* elements from the start of the flat parameters */
    int64_t rows;
    int64_t width; /* elements of a row */
    int64_t most;  /* rows that the gradient of one micro-batch has at most */
} dlt_row_table;

#ifdef __cplusplus
}
#endif
#endif
