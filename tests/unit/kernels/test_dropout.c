#include "fixture.h"

static void drop(const dlt_kernels *kernels, const dlt_stream *stream, double rate, int64_t count,
                 const dlt_real *x, dlt_real *y) {
    kernels->dropout(count, stream->key, stream->high, (uint32_t)(rate * 4294967296.0),
                     (dlt_real)(1 / (1 - rate)), x, y);
}

/* The words are those of the library's generator, for sizes around the blocks computed together. */
static void kernels_dropout_uses_the_word_of_each_element(void **state) {
    (void)state;
    static const int64_t counts[] = {1, 3, 4, 63, 127, 128, 129, 1000};
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    dlt_stream stream = dlt_stream_make(7, DLT_PURPOSE_DROPOUT, 3, 11, 5);
    const uint32_t threshold = (uint32_t)(0.3 * 4294967296.0);
    const dlt_real scale = (dlt_real)(1 / (1 - 0.3));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        dlt_real *x = fixture_normal(counts[i], 1);
        dlt_real *y = fixture_zeros(counts[i]);
        drop(&kernels, &stream, 0.3, counts[i], x, y);
        for (int64_t j = 0; j < counts[i]; j++) {
            bool keep = dlt_stream_word(&stream, (uint64_t)j) >= threshold;
            assert_true(y[j] == (keep ? x[j] * scale : 0));
        }
        drop(&kernels, &stream, 0.3, counts[i], x, x);
        assert_memory_equal(x, y, (size_t)counts[i] * sizeof *x);
        dlt_free(x);
        dlt_free(y);
    }
}

/* Dropped elements are binomial: within five standard deviations but for 1 in 10^6 streams, and
 * this stream is fixed. */
static void kernels_dropout_drops_the_fraction(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    static const double rates[] = {0.1, 0.25, 0.5, 0.9};
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    dlt_real *x = fixture_zeros(COUNT);
    dlt_real *y = fixture_zeros(COUNT);
    for (int i = 0; i < COUNT; i++)
        x[i] = 1;
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        dlt_stream stream = dlt_stream_make(7, DLT_PURPOSE_DROPOUT, 0, 0, r);
        drop(&kernels, &stream, rates[r], COUNT, x, y);
        double dropped = 0;
        for (int i = 0; i < COUNT; i++)
            dropped += y[i] == 0;
        double deviation = sqrt(COUNT * rates[r] * (1 - rates[r]));
        assert_true(fabs(dropped - COUNT * rates[r]) <= 5 * deviation);
    }
    dlt_free(x);
    dlt_free(y);
}

static void kernels_dropout_of_rate_zero_keeps_everything(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    dlt_stream stream = dlt_stream_make(7, DLT_PURPOSE_DROPOUT, 0, 0, 0);
    dlt_real *x = fixture_normal(1000, 1);
    dlt_real *y = fixture_zeros(1000);
    drop(&kernels, &stream, 0, 1000, x, y);
    assert_memory_equal(x, y, 1000 * sizeof *x);
    dlt_free(x);
    dlt_free(y);
}

static void kernels_dropout_keeps_a_word_at_the_threshold(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    dlt_stream stream = dlt_stream_make(7, DLT_PURPOSE_DROPOUT, 0, 0, 0);
    const uint32_t word = dlt_stream_word(&stream, 0);
    const dlt_real x = 3;
    dlt_real y = 0;
    kernels.dropout(1, stream.key, stream.high, word, 1, &x, &y);
    assert_true(y == 3);
    kernels.dropout(1, stream.key, stream.high, word + 1, 1, &x, &y);
    assert_true(y == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_dropout_uses_the_word_of_each_element),
        cmocka_unit_test(kernels_dropout_drops_the_fraction),
        cmocka_unit_test(kernels_dropout_of_rate_zero_keeps_everything),
        cmocka_unit_test(kernels_dropout_keeps_a_word_at_the_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
