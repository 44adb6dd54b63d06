/* Lists the calls that `dltrain bench kernels` times. A family says how a kernel is called, how
 * many floating-point operations a call needs, and how many bytes it must read or write at least;
 * intermediate results count nothing. The table at the end lists the families at the shapes that
 * the nodes of the workloads have. All calls work on the same few arrays, so their results mean
 * nothing. */
#include "bench/kernel_cases.h"

#include <math.h>
#include <string.h>

dlt_kernel_geometry dlt_kernel_case_geometry(const dlt_kernel_case *of) {
    int64_t out = (of->size + 2 * of->padding - of->window) / of->stride + 1;
    return (dlt_kernel_geometry){.h = of->size,
                                 .w = of->size,
                                 .c = of->c,
                                 .r = of->window,
                                 .s = of->window,
                                 .stride_h = of->stride,
                                 .stride_w = of->stride,
                                 .dilation_h = 1,
                                 .dilation_w = 1,
                                 .pad_top = of->padding,
                                 .pad_bottom = of->padding,
                                 .pad_left = of->padding,
                                 .pad_right = of->padding,
                                 .out_h = out,
                                 .out_w = out};
}

static double bytes_of_elements(double elements) {
    return elements * (double)sizeof(dlt_real);
}

/* Products of dense layers: the result is [n, d], the inner dimension k. */

static void call_forward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    (void)of;
    memory->kernels->dense_forward(&memory->dense, memory->array[0], memory->array[1], NULL,
                                   memory->array[2], memory->workspace);
}

static void call_weights(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    (void)of;
    memory->kernels->dense_backward_weights(&memory->dense, memory->array[0], memory->array[1],
                                            memory->array[2], NULL, memory->workspace);
}

static void call_data(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    (void)of;
    memory->kernels->dense_backward_data(&memory->dense, memory->array[0], memory->array[1],
                                         memory->array[2], memory->workspace);
}

static dlt_dense layer_forward(const dlt_kernel_case *of) {
    return (dlt_dense){.n = of->n, .d = of->k, .k = of->d};
}

static dlt_dense layer_weights(const dlt_kernel_case *of) {
    return (dlt_dense){.n = of->k, .d = of->n, .k = of->d};
}

static dlt_dense layer_data(const dlt_kernel_case *of) {
    return (dlt_dense){.n = of->n, .d = of->d, .k = of->k};
}

static double flops_gemm(const dlt_kernel_case *of) {
    return 2.0 * (double)of->n * (double)of->d * (double)of->k;
}

static double bytes_gemm(const dlt_kernel_case *of) {
    return bytes_of_elements((double)(of->n * of->k + of->k * of->d + of->n * of->d));
}

/* Convolutions. */

static void call_conv_forward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    (void)of;
    memory->kernels->conv2d_forward(&memory->conv, memory->array[0], memory->array[1], NULL,
                                    memory->array[2], memory->workspace);
}

static void call_conv_data(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    (void)of;
    memory->kernels->conv2d_backward_data(&memory->conv, memory->array[0], memory->array[1],
                                          memory->array[2], memory->workspace);
}

static void call_conv_weights(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    (void)of;
    memory->kernels->conv2d_backward_weights(&memory->conv, memory->array[0], memory->array[1],
                                             memory->array[2], NULL, memory->workspace);
}

static double outputs_of(const dlt_kernel_case *of) {
    dlt_kernel_geometry geometry = dlt_kernel_case_geometry(of);
    return (double)(of->n * geometry.out_h * geometry.out_w);
}

static double flops_conv(const dlt_kernel_case *of) {
    return 2.0 * outputs_of(of) * (double)(of->k * of->window * of->window * of->c);
}

static double bytes_conv(const dlt_kernel_case *of) {
    double weights = (double)(of->k * of->window * of->window * of->c);
    double images = (double)(of->n * of->size * of->size * of->c);
    return bytes_of_elements(images + weights + outputs_of(of) * (double)of->k);
}

/* Passes over rows. */

static double elements_of(const dlt_kernel_case *of) {
    return (double)(of->n * of->d);
}

static double bytes_of_two(const dlt_kernel_case *of) {
    return bytes_of_elements(2 * elements_of(of));
}

static double bytes_of_three(const dlt_kernel_case *of) {
    return bytes_of_elements(3 * elements_of(of));
}

static double bytes_of_one(const dlt_kernel_case *of) {
    return bytes_of_elements(elements_of(of));
}

static dlt_batch_norm batch_norm_of(const dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    return (dlt_batch_norm){.n = of->n,
                            .d = of->d,
                            .epsilon = (dlt_real)1e-5,
                            .weight = memory->features,
                            .bias = memory->features + of->d};
}

static void call_batch_norm_forward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    dlt_batch_norm norm = batch_norm_of(memory, of);
    dlt_real *at = memory->features + 2 * of->d;
    memory->kernels->batch_norm_forward(&norm, memory->array[0], memory->array[2], at, at + of->d,
                                        at + 2 * of->d);
}

static void call_batch_norm_backward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    dlt_batch_norm norm = batch_norm_of(memory, of);
    dlt_real *at = memory->features + 2 * of->d;
    memory->kernels->batch_norm_backward(&norm, memory->array[0], NULL, memory->array[1], at,
                                         at + 2 * of->d, memory->array[2], NULL, at + 3 * of->d,
                                         at + 4 * of->d);
}

static void call_batch_norm_relu_forward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    dlt_batch_norm norm = batch_norm_of(memory, of);
    dlt_real *at = memory->features + 2 * of->d;
    norm.relu = true;
    memory->kernels->batch_norm_forward(&norm, memory->array[0], memory->array[2], at, at + of->d,
                                        at + 2 * of->d);
}

static void call_batch_norm_relu_backward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    dlt_batch_norm norm = batch_norm_of(memory, of);
    dlt_real *at = memory->features + 2 * of->d;
    norm.relu = true;
    memory->kernels->batch_norm_backward(&norm, memory->array[0], NULL, memory->array[1], at,
                                         at + 2 * of->d, memory->array[2], NULL, at + 3 * of->d,
                                         at + 4 * of->d);
}

static double bytes_lstm(const dlt_kernel_case *of) {
    return bytes_of_elements(11 * elements_of(of)); /* gates twice, c before, c and h */
}

static void call_lstm_forward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    for (int64_t i = 0; i < of->n; i++)
        memory->kernels->lstm_forward(of->d, memory->array[0] + 4 * i * of->d,
                                      memory->array[1] + i * of->d, memory->array[2] + i * of->d,
                                      memory->array[3] + i * of->d);
}

static void call_relu_forward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    memory->kernels->relu_forward(of->n * of->d, memory->array[0], memory->array[2]);
}

static void call_relu_backward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    memory->kernels->relu_backward(of->n * of->d, memory->array[0], memory->array[1],
                                   memory->array[2]);
}

static void call_bias_add(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    memory->kernels->bias_add(of->n, of->d, memory->array[0], memory->array[2]);
}

static void call_column_sum(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    memory->kernels->column_sum(of->n, of->d, memory->array[0], memory->array[2]);
}

static void call_dropout(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    const uint32_t key[2] = {1, 2};
    memory->kernels->dropout(of->n * of->d, key, key, 1u << 30, (dlt_real)1.25, memory->array[0],
                             memory->array[2]);
}

static void call_add(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    memory->kernels->add(of->n * of->d, memory->array[0], memory->array[1], memory->array[2]);
}

static void call_cross_entropy(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    double weight = 0;
    (void)memory->kernels->cross_entropy(of->n, of->d, memory->array[0], memory->labels, NULL, NULL,
                                         0, memory->array[2], &weight);
}

static void call_max_pool_forward(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    dlt_kernel_geometry geometry = dlt_kernel_case_geometry(of);
    memory->kernels->max_pool2d_forward(of->n, &geometry, true, memory->array[0], memory->array[2],
                                        (int32_t *)(void *)memory->array[3]);
}

static double bytes_max_pool(const dlt_kernel_case *of) {
    double images = (double)(of->n * of->size * of->size * of->c);
    return bytes_of_elements(images + 2 * outputs_of(of) * (double)of->c);
}

/* Updates: parameters, gradients and optimizer states, each read, all but the gradients written. */

static void call_optimizer(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    const dlt_optimizer_ops *ops = (const dlt_optimizer_ops *)(const void *)memory->optimizer.kind;
    const dlt_update update = {.count = of->n * of->d,
                               .step = 1,
                               .lr = 1e-6,
                               .scale = (dlt_real)1e-3,
                               .clip_value = (dlt_real)INFINITY,
                               .l2 = (dlt_real)1e-4,
                               .grad = memory->array[0],
                               .param = memory->array[1],
                               .states = {memory->array[2], memory->array[3]}};
    ops->step(memory->optimizer.settings, &update);
}

static double bytes_of_momentum(const dlt_kernel_case *of) {
    return bytes_of_elements(5 * elements_of(of));
}

static double bytes_of_adam(const dlt_kernel_case *of) {
    return bytes_of_elements(7 * elements_of(of));
}

static const dlt_kernel_family gemm_forward = {.name = "gemm forward",
                                               .call = call_forward,
                                               .flops = flops_gemm,
                                               .bytes = bytes_gemm,
                                               .layer = layer_forward};
static const dlt_kernel_family gemm_weights = {.name = "gemm weights",
                                               .call = call_weights,
                                               .flops = flops_gemm,
                                               .bytes = bytes_gemm,
                                               .layer = layer_weights};
static const dlt_kernel_family gemm_data = {.name = "gemm data",
                                            .call = call_data,
                                            .flops = flops_gemm,
                                            .bytes = bytes_gemm,
                                            .layer = layer_data};
static const dlt_kernel_family conv_forward = {.name = "conv2d forward",
                                               .call = call_conv_forward,
                                               .flops = flops_conv,
                                               .bytes = bytes_conv,
                                               .is_convolution = true};
static const dlt_kernel_family conv_data = {.name = "conv2d data",
                                            .call = call_conv_data,
                                            .flops = flops_conv,
                                            .bytes = bytes_conv,
                                            .is_convolution = true};
static const dlt_kernel_family conv_weights = {.name = "conv2d weights",
                                               .call = call_conv_weights,
                                               .flops = flops_conv,
                                               .bytes = bytes_conv,
                                               .is_convolution = true};
static const dlt_kernel_family batch_norm_forward = {
    .name = "batch_norm forward", .call = call_batch_norm_forward, .bytes = bytes_of_two};
static const dlt_kernel_family batch_norm_backward = {
    .name = "batch_norm backward", .call = call_batch_norm_backward, .bytes = bytes_of_three};
static const dlt_kernel_family batch_norm_relu_forward = {
    .name = "batch_norm+relu forward", .call = call_batch_norm_relu_forward, .bytes = bytes_of_two};
static const dlt_kernel_family batch_norm_relu_backward = {.name = "batch_norm+relu backward",
                                                           .call = call_batch_norm_relu_backward,
                                                           .bytes = bytes_of_three};
static const dlt_kernel_family lstm_forward = {
    .name = "lstm forward", .call = call_lstm_forward, .bytes = bytes_lstm};
static const dlt_kernel_family relu_forward = {
    .name = "relu forward", .call = call_relu_forward, .bytes = bytes_of_two};
static const dlt_kernel_family relu_backward = {
    .name = "relu backward", .call = call_relu_backward, .bytes = bytes_of_three};
static const dlt_kernel_family bias_add = {
    .name = "bias_add", .call = call_bias_add, .bytes = bytes_of_two};
static const dlt_kernel_family column_sum = {
    .name = "column_sum", .call = call_column_sum, .bytes = bytes_of_one};
static const dlt_kernel_family dropout = {
    .name = "dropout", .call = call_dropout, .bytes = bytes_of_two};
static const dlt_kernel_family add = {.name = "add", .call = call_add, .bytes = bytes_of_three};
static const dlt_kernel_family cross_entropy = {
    .name = "cross_entropy", .call = call_cross_entropy, .bytes = bytes_of_two};
static const dlt_kernel_family max_pool = {
    .name = "max_pool2d forward", .call = call_max_pool_forward, .bytes = bytes_max_pool};
static const dlt_kernel_family sgd = {
    .name = "sgd", .call = call_optimizer, .bytes = bytes_of_three, .optimizer = "sgd: 0.01"};
static const dlt_kernel_family momentum = {.name = "sgd, momentum",
                                           .call = call_optimizer,
                                           .bytes = bytes_of_momentum,
                                           .optimizer = "sgd: {lr: 0.01, momentum: 0.9}"};
static const dlt_kernel_family adam = {
    .name = "adam", .call = call_optimizer, .bytes = bytes_of_adam, .optimizer = "adam: 0.001"};

#define GEMM(family, place, rows, columns, inner)                                                  \
    { &(family), place, .n = (rows), .d = (columns), .k = (inner) }
#define CONV(family, place, samples, side, channels, filters, taps, step, pad)                     \
    {                                                                                              \
        &(family), place, .n = (samples), .size = (side), .c = (channels), .k = (filters),         \
                          .window = (taps), .stride = (step), .padding = (pad)                     \
    }
#define CONV_PASSES(place, samples, side, channels, filters, taps, step, pad)                      \
    CONV(conv_forward, place, samples, side, channels, filters, taps, step, pad),                  \
        CONV(conv_data, place, samples, side, channels, filters, taps, step, pad),                 \
        CONV(conv_weights, place, samples, side, channels, filters, taps, step, pad)
#define ROWS(family, place, rows, columns)                                                         \
    { &(family), place, .n = (rows), .d = (columns) }

const dlt_kernel_case dlt_kernel_cases[] = {
    GEMM(gemm_forward, "mlp 784-256", 64, 256, 784),
    GEMM(gemm_weights, "mlp 784-256", 784, 256, 64),
    GEMM(gemm_forward, "mlp 256-10", 64, 10, 256),
    GEMM(gemm_weights, "mlp 256-10", 256, 10, 64),
    GEMM(gemm_data, "mlp 256-10", 64, 256, 10),
    GEMM(gemm_forward, "keras_mlp 784-128", 32, 128, 784),
    GEMM(gemm_weights, "keras_mlp 784-128", 784, 128, 32),
    GEMM(gemm_forward, "cnn 9216-128", 64, 128, 9216),
    GEMM(gemm_weights, "cnn 9216-128", 9216, 128, 64),
    GEMM(gemm_data, "cnn 9216-128", 64, 9216, 128),
    GEMM(gemm_forward, "widemlp 2048-4096", 64, 4096, 2048),
    GEMM(gemm_weights, "widemlp 2048-4096", 2048, 4096, 64),
    GEMM(gemm_data, "widemlp 2048-4096", 64, 2048, 4096),
    CONV_PASSES("cnn 28x28 1-32", 64, 28, 1, 32, 3, 1, 0),
    CONV_PASSES("cnn 26x26 32-64", 64, 26, 32, 64, 3, 1, 0),
    CONV_PASSES("resnet20 32x32 3-16", 128, 32, 3, 16, 3, 1, 1),
    CONV_PASSES("resnet20 32x32 16-16", 128, 32, 16, 16, 3, 1, 1),
    CONV_PASSES("resnet20 32x32 16-32 /2", 128, 32, 16, 32, 3, 2, 1),
    CONV_PASSES("resnet20 32x32 16-32 1x1 /2", 128, 32, 16, 32, 1, 2, 0),
    CONV_PASSES("resnet20 16x16 32-32", 128, 16, 32, 32, 3, 1, 1),
    CONV_PASSES("resnet20 16x16 32-64 /2", 128, 16, 32, 64, 3, 2, 1),
    CONV_PASSES("resnet20 8x8 64-64", 128, 8, 64, 64, 3, 1, 1),
    ROWS(batch_norm_forward, "resnet20 32x32x16", 128 * 32 * 32, 16),
    ROWS(batch_norm_backward, "resnet20 32x32x16", 128 * 32 * 32, 16),
    ROWS(batch_norm_relu_forward, "resnet20 32x32x16", 128 * 32 * 32, 16),
    ROWS(batch_norm_relu_backward, "resnet20 32x32x16", 128 * 32 * 32, 16),
    ROWS(batch_norm_forward, "resnet20 8x8x64", 128 * 8 * 8, 64),
    ROWS(batch_norm_backward, "resnet20 8x8x64", 128 * 8 * 8, 64),
    ROWS(lstm_forward, "lstm 256", 64, 256),
    ROWS(relu_forward, "mlp 256", 64, 256),
    ROWS(relu_forward, "resnet20 32x32x16", 128 * 32 * 32, 16),
    ROWS(relu_backward, "resnet20 32x32x16", 128 * 32 * 32, 16),
    ROWS(add, "resnet20 32x32x16", 128 * 32 * 32, 16),
    ROWS(bias_add, "mlp 256", 64, 256),
    ROWS(column_sum, "mlp 256", 64, 256),
    ROWS(column_sum, "cnn 24x24x64", 64 * 24 * 24, 64),
    ROWS(dropout, "keras_mlp 128", 32, 128),
    CONV(max_pool, "cnn 24x24x64", 64, 24, 64, 0, 2, 2, 0),
    ROWS(cross_entropy, "mlp 10", 64, 10),
    ROWS(cross_entropy, "widemlp 1000", 64, 1000),
    ROWS(sgd, "mlp", 203530, 1),
    ROWS(momentum, "widemlp 2048-4096", 2048 * 4096, 1),
    ROWS(adam, "keras_mlp", 101770, 1),
    ROWS(adam, "cnn", 1199882, 1),
};
const int dlt_kernel_case_count = sizeof dlt_kernel_cases / sizeof dlt_kernel_cases[0];
