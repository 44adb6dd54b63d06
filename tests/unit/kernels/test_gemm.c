#include "fixture.h"

typedef struct product {
    int64_t m, n, k;
} product;

/* Tiny, odd, and large enough for every region of the rule that chooses a library. */
static const product products[] = {{1, 1, 1},      {1, 7, 3},      {3, 1, 5},      {5, 9, 1},
                                   {2, 3, 17},     {17, 33, 31},   {64, 10, 256},  {32, 256, 64},
                                   {4, 512, 96},   {64, 200, 784}, {130, 64, 130}, {7, 1025, 257},
                                   {40, 40, 1000}, {19, 1030, 770}};
enum { PRODUCTS = sizeof products / sizeof products[0] };

typedef struct operands {
    product size;
    bool transpose_a, transpose_b;
    int64_t lda, ldb, ldc;
    dlt_real *a, *b;
} operands;

/* Rows longer than needed show a leading dimension that is not honoured. */
static operands make_operands(product size, bool transpose_a, bool transpose_b) {
    operands of = {size, transpose_a, transpose_b, 0, 0, 0, NULL, NULL};
    int64_t rows_a = transpose_a ? size.k : size.m;
    int64_t rows_b = transpose_b ? size.n : size.k;
    of.lda = (transpose_a ? size.m : size.k) + 3;
    of.ldb = (transpose_b ? size.k : size.n) + 2;
    of.ldc = size.n + 1;
    of.a = fixture_normal(rows_a * of.lda, 1);
    of.b = fixture_normal(rows_b * of.ldb, 2);
    return of;
}

static void free_operands(operands *of) {
    dlt_free(of->a);
    dlt_free(of->b);
}

static void multiply(const dlt_kernels *kernels, const operands *of, dlt_real alpha,
                     const dlt_real *a, const dlt_real *b, dlt_real beta, dlt_real *c) {
    kernels->gemm(of->transpose_a, of->transpose_b, of->size.m, of->size.n, of->size.k, alpha, a,
                  of->lda, b, of->ldb, beta, c, of->ldc);
}

/* C = alpha op(A) op(B) + beta C by the definition, in double; magnitude likewise of absolutes. */
static void define_product(const operands *of, double alpha, double beta, const dlt_real *c,
                           dlt_real *expected, dlt_real *magnitude) {
    for (int64_t i = 0; i < of->size.m; i++)
        for (int64_t j = 0; j < of->size.n; j++) {
            double sum = 0;
            double absolute = 0;
            for (int64_t p = 0; p < of->size.k; p++) {
                double a =
                    (double)(of->transpose_a ? of->a[p * of->lda + i] : of->a[i * of->lda + p]);
                double b =
                    (double)(of->transpose_b ? of->b[j * of->ldb + p] : of->b[p * of->ldb + j]);
                sum += a * b;
                absolute += fabs(a * b);
            }
            int64_t at = i * of->ldc + j;
            expected[at] = (dlt_real)(alpha * sum + beta * (double)c[at]);
            magnitude[at] = (dlt_real)(fabs(alpha) * absolute + fabs(beta * (double)c[at]));
        }
}

static void check_product(const dlt_kernels *kernels, const operands *of, dlt_real alpha,
                          dlt_real beta) {
    int64_t count = of->size.m * of->ldc;
    dlt_real *c = fixture_normal(count, 3);
    dlt_real *expected = fixture_normal(count, 3);
    dlt_real *magnitude = fixture_zeros(count);
    define_product(of, (double)alpha, (double)beta, c, expected, magnitude);
    multiply(kernels, of, alpha, of->a, of->b, beta, c);
    /* Elements behind each row have magnitude 0: they must be as they were. */
    fixture_expect_sums(count, of->size.k + 3, expected, magnitude, c);
    dlt_free(c);
    dlt_free(expected);
    dlt_free(magnitude);
}

static void kernels_gemm_agrees_with_its_definition(void **state) {
    (void)state;
    dlt_kernels kernels;
    for (int t = 0; t < FIXTURE_TABLES; t++)
        for (int i = 0; i < 4 * PRODUCTS && fixture_select(fixture_tables[t], &kernels); i++) {
            operands of = make_operands(products[i / 4], i % 2 != 0, i / 2 % 2 != 0);
            check_product(&kernels, &of, 1, 0);
            check_product(&kernels, &of, (dlt_real)-0.5, (dlt_real)1.5);
            free_operands(&of);
        }
}

static void kernels_gemm_overwrites_nan_when_beta_is_zero(void **state) {
    (void)state;
    dlt_kernels kernels;
    for (int t = 0; t < FIXTURE_TABLES; t++)
        for (int i = 0; i < 4 * PRODUCTS && fixture_select(fixture_tables[t], &kernels); i++) {
            operands of = make_operands(products[i / 4], i % 2 != 0, i / 2 % 2 != 0);
            int64_t count = of.size.m * of.ldc;
            dlt_real *c = fixture_zeros(count);
            for (int64_t row = 0; row < of.size.m; row++)
                for (int64_t j = 0; j < of.size.n; j++)
                    c[row * of.ldc + j] = (dlt_real)NAN;
            multiply(&kernels, &of, 1, of.a, of.b, 0, c);
            assert_false(fixture_has_nan(count, c));
            dlt_free(c);
            free_operands(&of);
        }
}

static void kernels_gemm_shows_nan_of_an_operand(void **state) {
    (void)state;
    dlt_kernels kernels;
    for (int t = 0; t < FIXTURE_TABLES; t++)
        for (int i = 0; i < PRODUCTS && fixture_select(fixture_tables[t], &kernels); i++) {
            operands of = make_operands(products[i], false, false);
            int64_t count = of.size.m * of.ldc;
            dlt_real *c = fixture_zeros(count);
            memset(of.b, 0, (size_t)(of.size.k * of.ldb) * sizeof *of.b);
            of.a[of.size.k - 1] = (dlt_real)NAN;
            multiply(&kernels, &of, 1, of.a, of.b, 0, c);
            for (int64_t j = 0; j < of.size.n; j++)
                assert_true(isnan(c[j]));
            dlt_free(c);
            free_operands(&of);
        }
}

/* The same numbers from another place in memory, 64 bytes further at a time. */
static void check_moved_product(const dlt_kernels *kernels, const operands *of) {
    enum { STEP = 64 / sizeof(dlt_real), MOVES = 5 };
    int64_t rows_a = of->transpose_a ? of->size.k : of->size.m;
    int64_t rows_b = of->transpose_b ? of->size.n : of->size.k;
    int64_t count_a = rows_a * of->lda;
    int64_t count_b = rows_b * of->ldb;
    int64_t count_c = of->size.m * of->ldc;
    dlt_real *first = fixture_zeros(count_c);
    dlt_real *a = fixture_zeros(count_a + STEP * MOVES);
    dlt_real *b = fixture_zeros(count_b + STEP * MOVES);
    dlt_real *c = fixture_zeros(count_c + STEP * MOVES);
    multiply(kernels, of, 1, of->a, of->b, 0, first);
    for (int64_t move = 0; move < STEP * MOVES; move += STEP) {
        int64_t other = STEP * (MOVES - 1) - move;
        memcpy(a + move, of->a, (size_t)count_a * sizeof *a);
        memcpy(b + other, of->b, (size_t)count_b * sizeof *b);
        memset(c, 0, (size_t)(count_c + STEP * MOVES) * sizeof *c);
        multiply(kernels, of, 1, a + move, b + other, 0, c + move);
        assert_memory_equal(first, c + move, (size_t)count_c * sizeof *c);
    }
    dlt_free(first);
    dlt_free(a);
    dlt_free(b);
    dlt_free(c);
}

static void kernels_gemm_gives_the_same_bits_at_any_address(void **state) {
    (void)state;
    dlt_kernels kernels;
    for (int t = 0; t < FIXTURE_TABLES; t++)
        for (int i = 0; i < 4 * PRODUCTS && fixture_select(fixture_tables[t], &kernels); i++) {
            operands of = make_operands(products[i / 4], i % 2 != 0, i / 2 % 2 != 0);
            check_moved_product(&kernels, &of);
            free_operands(&of);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_gemm_agrees_with_its_definition),
        cmocka_unit_test(kernels_gemm_overwrites_nan_when_beta_is_zero),
        cmocka_unit_test(kernels_gemm_shows_nan_of_an_operand),
        cmocka_unit_test(kernels_gemm_gives_the_same_bits_at_any_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
