/* Rows that are gathered for one call of the optimizer stay in the first cache. */
#include "engine/row_scratch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "comm/row_owners.h"

enum { GATHERED_ELEMENTS = 2048, ARRAYS_MAX = DLT_OPTIMIZER_STATES_MAX + 2 };

dlt_status dlt_row_scratch_create(const dlt_model *model, dlt_row_scratch *out) {
    const dlt_row_table *tables = NULL;
    *out = (dlt_row_scratch){.table_count = dlt_model_tables(model, &tables),
                             .stride = GATHERED_ELEMENTS};
    if (out->table_count == 0)
        return DLT_OK;
    DLT_TRY(DLT_NEW(out->arrays, ARRAYS_MAX * out->stride));
    return DLT_NEW(out->block_norms, (int64_t)out->table_count * DLT_ROW_BLOCKS);
}

void dlt_row_scratch_destroy(dlt_row_scratch *scratch) {
    dlt_free(scratch->arrays);
    dlt_free(scratch->block_norms);
    *scratch = (dlt_row_scratch){0};
}
