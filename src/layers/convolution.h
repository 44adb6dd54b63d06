/* What a convolution and a transposed one have in common: groups of channels, and one plan of the
 * kernels for each number of samples. */
#ifndef DLT_LAYERS_CONVOLUTION_H
#define DLT_LAYERS_CONVOLUTION_H

#include "layers/layers_internal.h"

/** SHAPE if the groups do not divide the channels of input 0; CONFIG if they do not divide the
 * filters. */
DLT_CHECKED dlt_status dlt_convolution_check_groups(const dlt_layer_context *context,
                                                    const char *kind, int64_t filters,
                                                    int64_t groups);

/** Makes layer->state: a plan like `shape` for calls of each of the sizes, which may repeat. Raises
 * the workspace. On failure nothing is left behind. Errors: MEM, UNSUPPORTED. */
DLT_CHECKED dlt_status dlt_convolution_create(dlt_layer *layer, const dlt_conv2d *shape,
                                              const int64_t *sizes, int size_count);
void dlt_convolution_destroy(dlt_layer *layer);

/** The plan for calls of n samples. */
const dlt_conv2d *dlt_convolution_find(const dlt_layer *layer, int64_t n);

#endif
