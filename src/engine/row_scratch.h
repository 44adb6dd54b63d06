/* Memory of a strategy for the update of tables (row_update.h). */
#ifndef DLT_ENGINE_ROW_SCRATCH_H
#define DLT_ENGINE_ROW_SCRATCH_H

#include "dltrain/extend/optimizer.h"
#include "model/model.h"

typedef struct dlt_row_scratch {
    int table_count;
    dlt_real *arrays;    /* rows of a call of the optimizer: gradient, parameters, states; owned */
    int64_t stride;      /* elements of each of these */
    double *block_norms; /* [table_count, DLT_ROW_BLOCKS]; owned */
} dlt_row_scratch;

/** Nothing for a model without tables. Not collective. Owns: caller owns *out, also after a
 * failure. Errors: MEM. */
DLT_CHECKED dlt_status dlt_row_scratch_create(const dlt_model *model, dlt_row_scratch *out);
void dlt_row_scratch_destroy(dlt_row_scratch *scratch);

#endif
