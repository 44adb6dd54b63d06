/* The table onednn-bf16: products of operands rounded to bf16, summed in float. What it gives is
 * compared with the plain kernels on operands that are rounded here. */
#include "fixture.h"

enum { RANDOM_SHAPES = 40 };

static bool select_tables(dlt_kernels *ref, dlt_kernels *bf16) {
    assert_true(fixture_select("ref", ref));
    return fixture_select("onednn-bf16", bf16);
}

/* To the nearest number of 8 significant bits, ties to even: to float's upper half, from its lower
 * one. */
static dlt_real rounded(dlt_real value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits += 0x7fffu + (bits >> 16 & 1u);
    bits &= 0xffff0000u;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static dlt_real *rounded_array(int64_t count, const dlt_real *values) {
    dlt_real *out = fixture_zeros(count);
    for (int64_t i = 0; i < count; i++)
        out[i] = rounded(values[i]);
    return out;
}

static int64_t draw(dlt_stream *stream, uint64_t *at, int64_t least, int64_t most) {
    double uniform = dlt_stream_uniform(stream, (*at)++);
    return least + (int64_t)(uniform * (double)(most - least + 1));
}

/* A call and everything that it reads and writes; dense or convolution. */
typedef struct operands {
    int64_t x_count, y_count, weight_count, k;
    dlt_real *x, *dy, *weight, *bias;
} operands;

typedef struct results {
    dlt_real *y, *dx, *dweight, *dbias;
} results;

static operands make_operands(int64_t x_count, int64_t y_count, int64_t weight_count, int64_t k) {
    return (operands){.x_count = x_count,
                      .y_count = y_count,
                      .weight_count = weight_count,
                      .k = k,
                      .x = fixture_normal(x_count, 1),
                      .dy = fixture_normal(y_count, 2),
                      .weight = fixture_normal(weight_count, 3),
                      .bias = fixture_normal(k, 4)};
}

/* The bias and its gradient are not multiplied: they stay as they are. */
static operands with_each(const operands *of, dlt_real *change(int64_t count, const dlt_real *)) {
    operands out = *of;
    out.x = change(of->x_count, of->x);
    out.dy = change(of->y_count, of->dy);
    out.weight = change(of->weight_count, of->weight);
    out.bias =
        change == fixture_absolute ? fixture_absolute(of->k, of->bias) : fixture_normal(of->k, 4);
    return out;
}

static void free_operands(operands *of) {
    dlt_free(of->x);
    dlt_free(of->dy);
    dlt_free(of->weight);
    dlt_free(of->bias);
}

static results make_results(const operands *of) {
    return (results){fixture_normal(of->y_count, 5), fixture_normal(of->x_count, 6),
                     fixture_normal(of->weight_count, 7), fixture_normal(of->k, 8)};
}

static void free_results(results *of) {
    dlt_free(of->y);
    dlt_free(of->dx);
    dlt_free(of->dweight);
    dlt_free(of->dbias);
}

/* Nothing may be expected of the workspace: `scratch` fills it. With 0, a convolution's backward is
 * one call. */
static void *make_workspace(int64_t bytes, int scratch) {
    void *workspace = dlt_alloc(bytes + 64, 1);
    assert_non_null(workspace);
    memset(workspace, scratch, (size_t)bytes);
    return workspace;
}

static results run_dense(const dlt_kernels *kernels, const dlt_dense *shape, const operands *of,
                         int scratch) {
    dlt_dense dense = *shape;
    dense.kernels = kernels;
    assert_int_equal(kernels->dense_create(&dense), DLT_OK);
    void *workspace = make_workspace(dense.workspace_bytes, scratch);
    results out = make_results(of);
    int64_t made = dlt_alloc_made();
    kernels->dense_forward(&dense, of->x, of->weight, of->bias, out.y, workspace);
    kernels->dense_backward_data(&dense, of->dy, of->weight, out.dx, workspace);
    kernels->dense_backward_weights(&dense, of->x, of->dy, out.dweight, out.dbias, workspace);
    assert_int_equal(dlt_alloc_made(), made);
    dlt_free(workspace);
    kernels->dense_destroy(&dense);
    return out;
}

static results run_conv2d(const dlt_kernels *kernels, const dlt_conv2d *shape, const operands *of,
                          int scratch) {
    dlt_conv2d conv = *shape;
    assert_int_equal(kernels->conv2d_create(&conv), DLT_OK);
    void *workspace = make_workspace(conv.workspace_bytes, scratch);
    results out = make_results(of);
    int64_t made = dlt_alloc_made();
    kernels->conv2d_forward(&conv, of->x, of->weight, of->bias, out.y, workspace);
    if (scratch != 0) {
        kernels->conv2d_backward_data(&conv, of->dy, of->weight, out.dx, workspace);
        kernels->conv2d_backward_weights(&conv, of->x, of->dy, out.dweight, out.dbias, workspace);
    } else {
        kernels->conv2d_backward(&conv, of->x, of->dy, of->weight, out.dx, out.dweight, out.dbias,
                                 workspace);
    }
    assert_int_equal(dlt_alloc_made(), made);
    dlt_free(workspace);
    kernels->conv2d_destroy(&conv);
    return out;
}

/* One shape, dense or convolution, and how many products each result sums up. */
typedef struct trial {
    const dlt_dense *dense; /* NULL: conv */
    const dlt_conv2d *conv;
    int64_t forward_terms, data_terms, weights_terms;
} trial;

static results run_trial(const dlt_kernels *kernels, const trial *of, const operands *with,
                         int scratch) {
    return of->dense != NULL ? run_dense(kernels, of->dense, with, scratch)
                             : run_conv2d(kernels, of->conv, with, scratch);
}

static void check_trial(const trial *of, operands *plain) {
    dlt_kernels ref;
    dlt_kernels bf16;
    assert_true(select_tables(&ref, &bf16));
    operands near = with_each(plain, rounded_array);
    operands absolute = with_each(plain, fixture_absolute);
    results of_plain = run_trial(&ref, of, plain, 0);
    results expected = run_trial(&ref, of, &near, 0);
    results magnitude = run_trial(&ref, of, &absolute, 0);
    results actual = run_trial(&bf16, of, plain, 0xff);
    results again = run_trial(&bf16, of, plain, 0);
    fixture_expect_sums(plain->y_count, of->forward_terms + 1, expected.y, magnitude.y, actual.y);
    fixture_expect_sums(plain->x_count, of->data_terms, expected.dx, magnitude.dx, actual.dx);
    fixture_expect_sums(plain->weight_count, of->weights_terms, expected.dweight, magnitude.dweight,
                        actual.dweight);
    fixture_expect_sums(plain->k, of->weights_terms, of_plain.dbias, magnitude.dbias, actual.dbias);
    assert_memory_equal(actual.y, again.y, (size_t)plain->y_count * sizeof *actual.y);
    assert_memory_equal(actual.dx, again.dx, (size_t)plain->x_count * sizeof *actual.dx);
    assert_memory_equal(actual.dweight, again.dweight,
                        (size_t)plain->weight_count * sizeof *actual.dweight);
    results *all[] = {&of_plain, &expected, &magnitude, &actual, &again};
    for (int i = 0; i < 5; i++)
        free_results(all[i]);
    free_operands(&near);
    free_operands(&absolute);
}

static void check_dense(int64_t n, int64_t d, int64_t k) {
    const dlt_dense dense = {.n = n, .d = d, .k = k};
    const trial of = {.dense = &dense, .forward_terms = d, .data_terms = k, .weights_terms = n};
    operands plain = make_operands(n * d, n * k, d * k, k);
    check_trial(&of, &plain);
    free_operands(&plain);
}

static void check_conv2d(const dlt_conv2d *conv) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t taps = geometry->r * geometry->s;
    int64_t pixels = conv->n * geometry->out_h * geometry->out_w;
    const trial of = {.conv = conv,
                      .forward_terms = taps * geometry->c / conv->groups,
                      .data_terms = taps * conv->k / conv->groups,
                      .weights_terms = pixels};
    operands plain =
        make_operands(conv->n * geometry->h * geometry->w * geometry->c, pixels * conv->k,
                      taps * geometry->c / conv->groups * conv->k, conv->k);
    check_trial(&of, &plain);
    free_operands(&plain);
}

static dlt_conv2d square(int64_t n, int64_t size, int64_t c, int64_t k, int64_t taps,
                         int64_t stride, int64_t pad, int64_t groups) {
    int64_t out = (size + 2 * pad - taps) / stride + 1;
    return (dlt_conv2d){.n = n,
                        .k = k,
                        .groups = groups,
                        .geometry = {.h = size,
                                     .w = size,
                                     .c = c,
                                     .r = taps,
                                     .s = taps,
                                     .stride_h = stride,
                                     .stride_w = stride,
                                     .dilation_h = 1,
                                     .dilation_w = 1,
                                     .pad_top = pad,
                                     .pad_bottom = pad,
                                     .pad_left = pad,
                                     .pad_right = pad,
                                     .out_h = out,
                                     .out_w = out}};
}

static void kernels_bf16_dense_rounds_operands_only(void **state) {
    (void)state;
    static const int64_t shapes[][3] = {{1, 1, 1},     {1, 3, 2},      {3, 1, 1},    {2, 5, 7},
                                        {64, 784, 10}, {32, 128, 256}, {37, 65, 33}, {5, 1000, 3}};
    dlt_kernels ref;
    dlt_kernels bf16;
    if (!select_tables(&ref, &bf16))
        skip();
    dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 1, 0, 0);
    uint64_t at = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        check_dense(shapes[i][0], shapes[i][1], shapes[i][2]);
    for (int i = 0; i < RANDOM_SHAPES; i++) {
        int64_t n = draw(&stream, &at, 1, 70);
        int64_t d = draw(&stream, &at, 1, 130);
        check_dense(n, d, draw(&stream, &at, 1, 130));
    }
}

static void kernels_bf16_conv2d_rounds_operands_only(void **state) {
    (void)state;
    const dlt_conv2d usual[] = {
        square(4, 28, 1, 32, 3, 1, 0, 1),   square(2, 12, 32, 64, 3, 1, 0, 1),
        square(2, 16, 3, 16, 3, 1, 1, 1),   square(2, 16, 16, 32, 3, 2, 1, 1),
        square(2, 16, 16, 32, 1, 2, 0, 1),  square(36, 32, 16, 16, 3, 1, 1, 1), /* 3 blocks */
        square(37, 32, 16, 32, 3, 1, 1, 1),                                     /* 37 blocks */
    };
    dlt_kernels ref;
    dlt_kernels bf16;
    if (!select_tables(&ref, &bf16))
        skip();
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        check_conv2d(&usual[i]);
    dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 2, 0, 0);
    uint64_t at = 0;
    for (int i = 0; i < RANDOM_SHAPES; i++) {
        int64_t taps = draw(&stream, &at, 1, 3);
        int64_t groups = draw(&stream, &at, 1, 2);
        int64_t n = draw(&stream, &at, 1, 3);
        int64_t size = draw(&stream, &at, taps, 9);
        int64_t c = groups * draw(&stream, &at, 1, 17);
        int64_t k = groups * draw(&stream, &at, 1, 17);
        int64_t stride = draw(&stream, &at, 1, 2);
        dlt_conv2d conv =
            square(n, size, c, k, taps, stride, draw(&stream, &at, 0, taps - 1), groups);
        check_conv2d(&conv);
    }
}

static void kernels_bf16_shows_nan_of_an_input(void **state) {
    (void)state;
    const dlt_dense dense = {.n = 3, .d = 20, .k = 5};
    const dlt_conv2d conv = square(2, 6, 4, 8, 3, 1, 1, 1);
    dlt_kernels ref;
    dlt_kernels bf16;
    if (!select_tables(&ref, &bf16))
        skip();
    for (int i = 0; i < 2; i++) {
        operands of = i == 0 ? make_operands(3 * 20, 3 * 5, 20 * 5, 5)
                             : make_operands(2 * 36 * 4, 2 * 36 * 8, 9 * 4 * 8, 8);
        of.weight[0] = (dlt_real)NAN;
        of.dy[0] = (dlt_real)NAN;
        results out = i == 0 ? run_dense(&bf16, &dense, &of, 0) : run_conv2d(&bf16, &conv, &of, 0);
        assert_true(fixture_has_nan(of.y_count, out.y));
        assert_true(fixture_has_nan(of.x_count, out.dx));
        assert_true(fixture_has_nan(of.weight_count, out.dweight));
        free_results(&out);
        free_operands(&of);
    }
}

static void kernels_bf16_create_survives_each_failed_allocation(void **state) {
    (void)state;
    dlt_kernels ref;
    dlt_kernels bf16;
    if (!select_tables(&ref, &bf16))
        skip();
    int64_t balance = dlt_alloc_balance();
    for (int kind = 0; kind < 2; kind++) {
        dlt_status status = DLT_ERR_MEM;
        for (int64_t nth = 1; status != DLT_OK; nth++) {
            dlt_dense dense = {.n = 3, .d = 20, .k = 5, .kernels = &bf16};
            dlt_conv2d conv = square(2, 6, 4, 8, 3, 1, 1, 1);
            dlt_alloc_fail_at(nth);
            status = kind == 0 ? bf16.dense_create(&dense) : bf16.conv2d_create(&conv);
            dlt_alloc_fail_at(0);
            assert_true(status == DLT_OK || status == DLT_ERR_MEM);
            if (status == DLT_OK && kind == 0)
                bf16.dense_destroy(&dense);
            if (status == DLT_OK && kind == 1)
                bf16.conv2d_destroy(&conv);
            assert_int_equal(dlt_alloc_balance(), balance);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_bf16_dense_rounds_operands_only),
        cmocka_unit_test(kernels_bf16_conv2d_rounds_operands_only),
        cmocka_unit_test(kernels_bf16_shows_nan_of_an_input),
        cmocka_unit_test(kernels_bf16_create_survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
