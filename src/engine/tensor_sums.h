/* Sums over whole tensors for optimizers that prepare their updates with them, with the same bits
 * however the flat parameters are divided among ranks. */
#ifndef DLT_ENGINE_TENSOR_SUMS_H
#define DLT_ENGINE_TENSOR_SUMS_H

#include "dltrain/extend/optimizer.h"
#include "model/model.h"

typedef struct dlt_tensor_sums {
    int tensor_count;
    int64_t block_count;
    int64_t *first_blocks; /* [tensor_count + 1]: of each tensor among the blocks; owned */
    double *blocks;        /* [DLT_UPDATE_SUMS_MAX, block_count]; owned */
    double *totals;        /* [tensor_count, DLT_UPDATE_SUMS_MAX]; owned */
} dlt_tensor_sums;

/** Blocks are what multiples of DLT_NORM_BLOCK cut out of each tensor.
 *  Not collective. Owns: caller owns *out. Errors: MEM. */
DLT_CHECKED dlt_status dlt_tensor_sums_create(const dlt_model *model, dlt_tensor_sums *out);
void dlt_tensor_sums_destroy(dlt_tensor_sums *sums);

/** Before the blocks of an update are set: all are 0. */
void dlt_tensor_sums_clear(dlt_tensor_sums *sums);
/** Sets the sums of the block that starts with element `first` of the flat parameters. */
void dlt_tensor_sums_set(dlt_tensor_sums *sums, const dlt_model_tensor *tensors, int tensor,
                         int64_t first, const double values[DLT_UPDATE_SUMS_MAX]);
/** Adds the blocks of each tensor, when all are there. */
void dlt_tensor_sums_add_up(dlt_tensor_sums *sums);

#endif
