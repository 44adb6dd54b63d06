#include "fixture.h"

/* One convolution and everything it reads. */
typedef struct sample {
    dlt_conv2d conv;
    int64_t x_count, y_count, weight_count;
    dlt_real *x, *y, *weight, *bias;
} sample;

typedef struct shape {
    int64_t n, h, w, c, k, r, s, groups;
    int64_t stride_h, stride_w, dilation_h, dilation_w;
    int64_t top, bottom, left, right;
} shape;

static const shape shapes[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},     /* one element */
    {2, 5, 7, 3, 4, 3, 3, 1, 1, 1, 1, 1, 0, 0, 0, 0},     /* plain */
    {2, 5, 5, 16, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},   /* same padding, vector channels */
    {3, 8, 8, 32, 64, 3, 3, 1, 1, 1, 1, 1, 0, 0, 0, 0},   /* second layer of a small CNN */
    {2, 9, 6, 5, 7, 3, 2, 1, 2, 3, 1, 1, 1, 0, 2, 1},     /* odd, strided, asymmetric padding */
    {2, 8, 8, 16, 32, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},   /* 1x1 */
    {2, 7, 7, 16, 32, 1, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0},   /* 1x1, strided */
    {2, 11, 10, 8, 8, 3, 3, 1, 1, 2, 2, 3, 2, 2, 3, 3},   /* dilated */
    {2, 6, 6, 8, 12, 3, 3, 4, 1, 1, 1, 1, 1, 1, 1, 1},    /* grouped */
    {2, 6, 6, 6, 12, 3, 3, 6, 2, 1, 1, 1, 1, 1, 0, 2},    /* depthwise, two filters a channel */
    {2, 6, 6, 32, 32, 3, 3, 32, 1, 1, 1, 1, 1, 1, 1, 1},  /* depthwise */
    {3, 6, 6, 64, 32, 1, 1, 2, 1, 1, 1, 1, 0, 0, 0, 0},   /* grouped 1x1 */
    {2, 4, 4, 3, 2, 4, 4, 1, 1, 1, 1, 1, 0, 0, 0, 0},     /* window as large as the image */
    {1, 2, 2, 2, 3, 3, 3, 1, 1, 1, 1, 1, 2, 2, 2, 2},     /* windows that miss the image */
    {64, 28, 28, 1, 8, 3, 3, 1, 1, 1, 1, 1, 0, 0, 0, 0},  /* several blocks of columns */
    {1, 10, 12, 20, 17, 5, 3, 1, 3, 2, 1, 1, 2, 1, 1, 0}, /* rows left over behind the stride */
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static int64_t out_size(int64_t size, int64_t taps, int64_t stride, int64_t dilation, int64_t pad) {
    return (size + pad - (taps - 1) * dilation - 1) / stride + 1;
}

static sample make_sample(const shape *of) {
    sample it = {.conv = {.n = of->n, .k = of->k, .groups = of->groups}};
    it.conv.geometry = (dlt_kernel_geometry){
        .h = of->h,
        .w = of->w,
        .c = of->c,
        .r = of->r,
        .s = of->s,
        .stride_h = of->stride_h,
        .stride_w = of->stride_w,
        .dilation_h = of->dilation_h,
        .dilation_w = of->dilation_w,
        .pad_top = of->top,
        .pad_bottom = of->bottom,
        .pad_left = of->left,
        .pad_right = of->right,
        .out_h = out_size(of->h, of->r, of->stride_h, of->dilation_h, of->top + of->bottom),
        .out_w = out_size(of->w, of->s, of->stride_w, of->dilation_w, of->left + of->right)};
    it.x_count = of->n * of->h * of->w * of->c;
    it.y_count = of->n * it.conv.geometry.out_h * it.conv.geometry.out_w * of->k;
    it.weight_count = of->r * of->s * (of->c / of->groups) * of->k;
    it.x = fixture_normal(it.x_count, 1);
    it.y = fixture_normal(it.y_count, 2);
    it.weight = fixture_normal(it.weight_count, 3);
    it.bias = fixture_normal(of->k, 4);
    return it;
}

static void free_sample(sample *it) {
    dlt_free(it->x);
    dlt_free(it->y);
    dlt_free(it->weight);
    dlt_free(it->bias);
}

/* What the functions give, in arrays that begin `offset` elements behind an allocation; from 1 on,
 * backward is one call. */
typedef struct results {
    dlt_real *memory;
    dlt_real *y, *y_without_bias, *dx, *dweight, *dbias;
    int64_t count;
} results;

static int64_t rounded(int64_t count) {
    return (count + 15) / 16 * 16;
}

static results compute(const dlt_kernels *kernels, const sample *of, int64_t offset) {
    dlt_conv2d conv = of->conv;
    assert_int_equal(kernels->conv2d_create(&conv), DLT_OK);
    results out = {.count = 2 * rounded(of->y_count) + rounded(of->x_count) +
                            rounded(of->weight_count) + rounded(conv.k)};
    out.memory = fixture_zeros(offset + out.count);
    out.y = out.memory + offset;
    out.y_without_bias = out.y + rounded(of->y_count);
    out.dx = out.y_without_bias + rounded(of->y_count);
    out.dweight = out.dx + rounded(of->x_count);
    out.dbias = out.dweight + rounded(of->weight_count);
    /* Nothing may be expected of the workspace or of outputs. */
    char *workspace = dlt_alloc(conv.workspace_bytes + 64, 1);
    assert_non_null(workspace);
    memset(workspace, offset == 0 ? 0xff : 0, (size_t)conv.workspace_bytes);
    for (int64_t i = 0; i < of->x_count; i++)
        out.dx[i] = (dlt_real)NAN;
    for (int64_t i = 0; i < of->weight_count; i++)
        out.dweight[i] = (dlt_real)NAN;
    int64_t made = dlt_alloc_made();
    kernels->conv2d_forward(&conv, of->x, of->weight, of->bias, out.y, workspace);
    kernels->conv2d_forward(&conv, of->x, of->weight, NULL, out.y_without_bias, workspace);
    if (offset == 0) {
        kernels->conv2d_backward_data(&conv, of->y, of->weight, out.dx, workspace);
        kernels->conv2d_backward_weights(&conv, of->x, of->y, out.dweight, out.dbias, workspace);
    } else {
        kernels->conv2d_backward(&conv, of->x, of->y, of->weight, out.dx, out.dweight, out.dbias,
                                 workspace);
    }
    assert_int_equal(dlt_alloc_made(), made);
    dlt_free(workspace);
    kernels->conv2d_destroy(&conv);
    return out;
}

static sample absolute_sample(const sample *of) {
    sample it = *of;
    it.x = fixture_absolute(it.x_count, of->x);
    it.y = fixture_absolute(it.y_count, of->y);
    it.weight = fixture_absolute(it.weight_count, of->weight);
    it.bias = fixture_absolute(it.conv.k, of->bias);
    return it;
}

static void check_against_ref(const dlt_kernels *kernels, const dlt_kernels *ref,
                              const sample *of) {
    const dlt_kernel_geometry *geometry = &of->conv.geometry;
    sample absolute = absolute_sample(of);
    results expected = compute(ref, of, 0);
    results magnitude = compute(ref, &absolute, 0);
    results actual = compute(kernels, of, 0);
    int64_t taps = geometry->r * geometry->s;
    int64_t pixels = of->conv.n * geometry->out_h * geometry->out_w;
    int64_t terms = taps * geometry->c / of->conv.groups;
    fixture_expect_sums(of->y_count, terms + 1, expected.y, magnitude.y, actual.y);
    fixture_expect_sums(of->y_count, terms, expected.y_without_bias, magnitude.y_without_bias,
                        actual.y_without_bias);
    fixture_expect_sums(of->x_count, taps * of->conv.k / of->conv.groups, expected.dx, magnitude.dx,
                        actual.dx);
    fixture_expect_sums(of->weight_count, pixels, expected.dweight, magnitude.dweight,
                        actual.dweight);
    fixture_expect_sums(of->conv.k, pixels, expected.dbias, magnitude.dbias, actual.dbias);
    dlt_free(expected.memory);
    dlt_free(magnitude.memory);
    dlt_free(actual.memory);
    free_sample(&absolute);
}

static void kernels_conv2d_agrees_with_ref(void **state) {
    (void)state;
    dlt_kernels ref;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &ref));
    for (int t = 1; t < FIXTURE_TABLES; t++)
        for (int i = 0; i < SHAPES && fixture_select(fixture_tables[t], &kernels); i++) {
            sample of = make_sample(&shapes[i]);
            check_against_ref(&kernels, &ref, &of);
            free_sample(&of);
        }
}

/* x counts 1 to 9, W is [[1, 2], [3, 4]]: y[0] = 1 + 2*2 + 3*4 + 4*5 = 37, and so on. */
static void kernels_conv2d_forward_gives_known_answers(void **state) {
    (void)state;
    static const double expected[] = {37, 47, 67, 77};
    const shape of = {1, 3, 3, 1, 1, 2, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0};
    dlt_kernels kernels;
    for (int t = 0; t < FIXTURE_TABLES; t++) {
        if (!fixture_select(fixture_tables[t], &kernels))
            continue;
        sample it = make_sample(&of);
        for (int i = 0; i < 9; i++)
            it.x[i] = (dlt_real)(i + 1);
        for (int i = 0; i < 4; i++)
            it.weight[i] = (dlt_real)(i + 1);
        results out = compute(&kernels, &it, 0);
        fixture_expect_near(4, 0, 0, expected, out.y_without_bias);
        dlt_free(out.memory);
        free_sample(&it);
    }
}

static double inner_product(int64_t count, const dlt_real *a, const dlt_real *b) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* The three maps are adjoint: <dy, conv(x, W)> = <dx, x> = <dW, W>. The rounding of each side is
 * bounded through the magnitudes. */
static void kernels_conv2d_ref_passes_are_adjoint(void **state) {
    (void)state;
    dlt_kernels ref;
    assert_true(fixture_select("ref", &ref));
    for (int i = 0; i < SHAPES; i++) {
        sample of = make_sample(&shapes[i]);
        sample absolute = absolute_sample(&of);
        results out = compute(&ref, &of, 0);
        results magnitude = compute(&ref, &absolute, 0);
        double size = inner_product(of.y_count, absolute.y, magnitude.y_without_bias);
        int64_t longest = of.y_count + of.x_count + of.weight_count;
        double bound = (double)longest * (double)FLT_EPSILON * size;
        double by_y = inner_product(of.y_count, of.y, out.y_without_bias);
        assert_true(fabs(by_y - inner_product(of.x_count, of.x, out.dx)) <= bound);
        assert_true(fabs(by_y - inner_product(of.weight_count, of.weight, out.dweight)) <= bound);
        dlt_free(out.memory);
        dlt_free(magnitude.memory);
        free_sample(&absolute);
        free_sample(&of);
    }
}

/* Plans made anew, other scratch, outputs and inputs at other multiples of 64 bytes, backward in
 * one call. */
static void kernels_conv2d_gives_the_same_bits_at_any_address(void **state) {
    (void)state;
    dlt_kernels kernels;
    for (int t = 0; t < FIXTURE_TABLES; t++)
        for (int i = 0; i < SHAPES && fixture_select(fixture_tables[t], &kernels); i++) {
            sample of = make_sample(&shapes[i]);
            results first = compute(&kernels, &of, 0);
            for (int64_t offset = 16; offset <= 48; offset += 16) {
                sample moved = of;
                moved.x = fixture_zeros(of.x_count + offset);
                memcpy(moved.x + offset, of.x, (size_t)of.x_count * sizeof *of.x);
                moved.x += offset;
                results again = compute(&kernels, &moved, offset);
                assert_memory_equal(first.y, again.y, (size_t)first.count * sizeof *first.y);
                dlt_free(again.memory);
                dlt_free(moved.x - offset);
            }
            dlt_free(first.memory);
            free_sample(&of);
        }
}

static void kernels_conv2d_shows_nan_of_an_input(void **state) {
    (void)state;
    dlt_kernels kernels;
    for (int t = 0; t < FIXTURE_TABLES; t++)
        for (int i = 0; i < SHAPES && fixture_select(fixture_tables[t], &kernels); i++) {
            sample of = make_sample(&shapes[i]);
            of.weight[0] = (dlt_real)NAN;
            of.y[0] = (dlt_real)NAN;
            results out = compute(&kernels, &of, 0);
            assert_true(fixture_has_nan(of.y_count, out.y));
            assert_true(fixture_has_nan(of.x_count, out.dx));
            assert_true(isnan(out.dbias[0]));
            dlt_free(out.memory);
            free_sample(&of);
        }
}

static void kernels_conv2d_create_survives_each_failed_allocation(void **state) {
    (void)state;
    dlt_kernels kernels;
    int64_t balance = dlt_alloc_balance();
    for (int t = 0; t < FIXTURE_TABLES; t++) {
        if (!fixture_select(fixture_tables[t], &kernels))
            continue;
        dlt_status status = DLT_ERR_MEM;
        for (int64_t nth = 1; status != DLT_OK; nth++) {
            sample of = make_sample(&shapes[1]);
            dlt_alloc_fail_at(nth);
            status = kernels.conv2d_create(&of.conv);
            dlt_alloc_fail_at(0);
            assert_true(status == DLT_OK || status == DLT_ERR_MEM);
            if (status == DLT_OK)
                kernels.conv2d_destroy(&of.conv);
            free_sample(&of);
            assert_int_equal(dlt_alloc_balance(), balance);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_conv2d_agrees_with_ref),
        cmocka_unit_test(kernels_conv2d_forward_gives_known_answers),
        cmocka_unit_test(kernels_conv2d_ref_passes_are_adjoint),
        cmocka_unit_test(kernels_conv2d_gives_the_same_bits_at_any_address),
        cmocka_unit_test(kernels_conv2d_shows_nan_of_an_input),
        cmocka_unit_test(kernels_conv2d_create_survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
