/* A rank of a sharded run owns whole multiples of DLT_NORM_BLOCK elements, so each block has one
 * owner. Blocks of the others stay 0 and are summed over the ranks, which is exact; then every rank
 * adds the blocks of a tensor along the tree of optim/norm.c. */
#include "engine/tensor_sums.h"

#include "base/alloc.h"
#include "base/error.h"
#include "optim/norm.h"

#include <string.h>

static int64_t block_of(int64_t element) {
    return element / DLT_NORM_BLOCK;
}

dlt_status dlt_tensor_sums_create(const dlt_model *model, dlt_tensor_sums *out) {
    const dlt_model_tensor *tensors = NULL;
    dlt_status status = DLT_OK;
    *out = (dlt_tensor_sums){.tensor_count = dlt_model_param_tensors(model, &tensors)};
    DLT_TRY_OUT(DLT_NEW(out->first_blocks, out->tensor_count + 1));
    for (int t = 0; t < out->tensor_count; t++) {
        out->first_blocks[t] = out->block_count;
        if (tensors[t].count > 0)
            out->block_count += block_of(tensors[t].offset + tensors[t].count - 1) -
                                block_of(tensors[t].offset) + 1;
    }
    out->first_blocks[out->tensor_count] = out->block_count;
    DLT_TRY_OUT(DLT_NEW(out->blocks, DLT_UPDATE_SUMS_MAX * out->block_count));
    DLT_TRY_OUT(DLT_NEW(out->totals, (int64_t)DLT_UPDATE_SUMS_MAX * out->tensor_count));
out:
    if (status != DLT_OK)
        dlt_tensor_sums_destroy(out);
    return status;
}

void dlt_tensor_sums_destroy(dlt_tensor_sums *sums) {
    dlt_free(sums->first_blocks);
    dlt_free(sums->blocks);
    dlt_free(sums->totals);
    *sums = (dlt_tensor_sums){0};
}

void dlt_tensor_sums_clear(dlt_tensor_sums *sums) {
    memset(sums->blocks, 0,
           (size_t)(DLT_UPDATE_SUMS_MAX * sums->block_count) * sizeof *sums->blocks);
}

void dlt_tensor_sums_set(dlt_tensor_sums *sums, const dlt_model_tensor *tensors, int tensor,
                         int64_t first, const double values[DLT_UPDATE_SUMS_MAX]) {
    const int64_t block =
        sums->first_blocks[tensor] + block_of(first) - block_of(tensors[tensor].offset);
    for (int i = 0; i < DLT_UPDATE_SUMS_MAX; i++)
        sums->blocks[i * sums->block_count + block] = values[i];
}

void dlt_tensor_sums_add_up(dlt_tensor_sums *sums) {
    for (int t = 0; t < sums->tensor_count; t++) {
        const int64_t first = sums->first_blocks[t];
        for (int i = 0; i < DLT_UPDATE_SUMS_MAX; i++)
            sums->totals[t * DLT_UPDATE_SUMS_MAX + i] = dlt_norm_of_blocks(
                sums->first_blocks[t + 1] - first, sums->blocks + i * sums->block_count + first);
    }
}
