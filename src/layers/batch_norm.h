/* Batch norm's settings, shared by the plain layer (batch_norm.c) and the one whose statistics span
 * the whole batch (batch_norm_sync.c). */
#ifndef DLT_LAYERS_BATCH_NORM_H
#define DLT_LAYERS_BATCH_NORM_H

#include "layers/layers_internal.h"

typedef struct batch_norm_settings {
    double eps;
    double momentum;
    bool affine;
    bool sync;
} batch_norm_settings;

enum { RUNNING_MEAN = 0, RUNNING_VARIANCE = 1 };

/** Bytes that a synchronised layer keeps from forward to backward. */
int64_t dlt_batch_norm_sync_saved(int64_t d);

/** The layer's functions where `sync` is set; sums over the batch are in call->batch_sums. */
void dlt_batch_norm_sums_forward(const dlt_layer *layer, const dlt_layer_call *call, double *sums);
void dlt_batch_norm_sums_backward(const dlt_layer *layer, const dlt_layer_call *call, double *sums);
void dlt_batch_norm_sync_forward(const dlt_layer *layer, const dlt_layer_call *call);
void dlt_batch_norm_sync_backward(const dlt_layer *layer, const dlt_layer_call *call);

#endif
