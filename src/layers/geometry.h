/* Where a window slides over an image: what the settings of convolution and pooling mean. */
#ifndef DLT_LAYERS_GEOMETRY_H
#define DLT_LAYERS_GEOMETRY_H

#include "layers/layers_internal.h"

/** The settings as they stand in the run file. An empty stride means the window's size, an empty
 * dilation 1, an empty padding none. */
typedef struct dlt_geometry_settings {
    dlt_ints size;     /* one number, or rows and columns */
    dlt_ints stride;   /* likewise */
    dlt_ints padding;  /* all sides; top and bottom, left and right; or top, bottom, left, right */
    dlt_ints dilation; /* as size */
} dlt_geometry_settings;

enum { DLT_GEOMETRY_SIDE_MAX = 1 << 20 };

extern const char *const dlt_padding_names[];

#define DLT_PADDING_KEY(settings, field)                                                           \
    {                                                                                              \
        .name = "padding", .type = DLT_KEY_INTS,                                                   \
        .offset = offsetof(settings, field) + offsetof(dlt_geometry_settings, padding),            \
        .default_value = "valid", .minimum = 0, .maximum = DLT_GEOMETRY_SIDE_MAX, .least = 1,      \
        .most = 4, .enum_names = dlt_padding_names,                                                \
        .help = "Rows and columns added around the image: one number for all sides, two (top and " \
                "bottom, left and right), four (top, bottom, left, right), valid for none, or "    \
                "same for ceil(input / stride) outputs as in Keras (ONNX SAME_UPPER)."             \
    }

#define DLT_POOL_SIZE_KEY(settings, field)                                                         \
    {                                                                                              \
        .name = "size", .type = DLT_KEY_INTS,                                                      \
        .offset = offsetof(settings, field) + offsetof(dlt_geometry_settings, size), .minimum = 1, \
        .maximum = DLT_GEOMETRY_SIDE_MAX, .least = 1, .most = 2, .flags = DLT_KEY_SHORTHAND,       \
        .help = "Size of the window: one number, or height and width."                             \
    }

#define DLT_POOL_STRIDE_KEY(settings, field)                                                       \
    {                                                                                              \
        .name = "stride", .type = DLT_KEY_INTS,                                                    \
        .offset = offsetof(settings, field) + offsetof(dlt_geometry_settings, stride),             \
        .default_value = "null", .minimum = 1, .maximum = DLT_GEOMETRY_SIDE_MAX, .least = 1,       \
        .most = 2, .flags = DLT_KEY_NULLABLE,                                                      \
        .help = "Step from window to window: one number, or down and across; null: the size."      \
    }

/** SHAPE if input 0 is not an image [H, W, C] or the window does not fit into it; CONFIG if the
 * padding has three numbers. */
DLT_CHECKED dlt_status dlt_geometry_check(const dlt_layer_context *context, const char *kind,
                                          const dlt_geometry_settings *settings);

/** Output, flops of one operation per element of each window, and all checks of a pooling layer.
 * Errors: as dlt_geometry_check; CONFIG also if a window could lie in the padding alone, where a
 * maximum or mean has no elements. */
DLT_CHECKED dlt_status dlt_geometry_infer_pool(const dlt_layer_context *context, const char *kind,
                                               const dlt_geometry_settings *settings,
                                               dlt_layer_spec *spec);

/** The same for a window that covers the whole image: output [C]. Errors: SHAPE. */
DLT_CHECKED dlt_status dlt_geometry_infer_global(const dlt_layer_context *context, const char *kind,
                                                 dlt_layer_spec *spec);

/** The window over an image of the given shape; the settings have been checked. */
dlt_kernel_geometry dlt_geometry_make(const dlt_geometry_settings *settings,
                                      const dlt_shape *image);

/** The window of the convolution whose gradient a transposed convolution is: it slides over the
 * output, an image of `channels`, and has one position for each pixel of input 0.
 * Errors: SHAPE if input 0 is not an image or nothing is left of the output; CONFIG if the padding
 * has three numbers, or rows and columns of output_padding are not fewer than the stride or stand
 * beside padding `same`, which gives input * stride outputs. */
DLT_CHECKED dlt_status dlt_geometry_transposed(const dlt_layer_context *context, const char *kind,
                                               const dlt_geometry_settings *settings,
                                               const dlt_ints *output_padding, int64_t channels,
                                               dlt_kernel_geometry *out);

/** The window that covers a whole image once. */
dlt_kernel_geometry dlt_geometry_whole(const dlt_shape *image);

#endif
