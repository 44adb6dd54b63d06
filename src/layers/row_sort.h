/* Brings the places where rows of a table are used into the order of the rows. */
#ifndef DLT_LAYERS_ROW_SORT_H
#define DLT_LAYERS_ROW_SORT_H

#include <stdint.h>

/** One use of a row. */
typedef struct dlt_row_use {
    int32_t row;
    int32_t place;
} dlt_row_use;

/** Sorts uses [count] by row; uses of one row keep their order. rows: all are below it, and not
 *  negative. scratch: [count]. Returns where the result lies, uses or scratch. */
dlt_row_use *dlt_row_sort(int64_t count, int64_t rows, dlt_row_use *uses, dlt_row_use *scratch);

#endif
