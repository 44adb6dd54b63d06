/* Data sets of arrays in memory: read like files, laid out like them, and refused in one sentence
 * where they are no data set. */
#include "data/dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "dltrain/status.h"
#include "support/fields.h"

enum { ROWS = 5, WIDTH = 2 };

static const double x[ROWS * WIDTH] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const int64_t y[ROWS] = {0, 1, 2, 1, 0};
static const uint8_t pixels[ROWS * 4];

static const dlt_array good[] = {
    {.name = "x", .element = DLT_ELEMENT_FLOAT64, .shape = {2, {ROWS, WIDTH}}, .at = x},
    {.name = "y", .element = DLT_ELEMENT_INT64, .shape = {1, {ROWS}}, .at = y}};

static dlt_status open_arrays(const dlt_array *at, int count, bool y_required, dlt_dataset **out) {
    const dlt_arrays arrays = {.count = count, .at = at};
    const dlt_field_requests fields = dlt_field_requests_x_y(NULL, NULL, y_required);
    return dlt_dataset_of_arrays(&arrays, "the arrays", &fields, out);
}

static void dataset_of_arrays_reads_and_converts(void **state) {
    (void)state;
    const int64_t samples[] = {4, 1, 2};
    dlt_real reals[3 * WIDTH];
    int32_t labels[3];
    dlt_dataset *dataset = NULL;
    assert_int_equal(open_arrays(good, 2, true, &dataset), DLT_OK);
    assert_int_equal(dlt_dataset_facts_of(dataset)->samples, ROWS);
    assert_int_equal(read_x(dataset, samples, 3, reals), DLT_OK);
    assert_int_equal(read_labels(dataset, samples, 3, 3, labels), DLT_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(reals[i * WIDTH] == (dlt_real)(2 * samples[i]));
        assert_int_equal(labels[i], y[samples[i]]);
    }
    assert_int_equal(read_labels(dataset, samples, 3, 2, labels), DLT_ERR_FORMAT);
    assert_string_equal(dlt_error_message(), "label 2 at sample 2 of the arrays is outside 0..1");
    dlt_dataset_close(&dataset);
    assert_int_equal(dlt_alloc_balance(), 0);
}

/* Another value in the middle, another name or another type is another set. */
static void dataset_of_arrays_fingerprint_is_of_all(void **state) {
    (void)state;
    double other[ROWS * WIDTH];
    dlt_array arrays[] = {good[0], good[1]};
    dlt_dataset *a = NULL;
    dlt_dataset *b = NULL;
    for (int i = 0; i < ROWS * WIDTH; i++)
        other[i] = x[i];
    arrays[0].at = other;
    assert_int_equal(open_arrays(good, 2, true, &a), DLT_OK);
    assert_int_equal(open_arrays(arrays, 2, true, &b), DLT_OK);
    assert_true(dlt_dataset_facts_of(a)->fingerprint == dlt_dataset_facts_of(b)->fingerprint);
    dlt_dataset_close(&b);
    other[5] = 17;
    assert_int_equal(open_arrays(arrays, 2, true, &b), DLT_OK);
    assert_true(dlt_dataset_facts_of(a)->fingerprint != dlt_dataset_facts_of(b)->fingerprint);
    dlt_dataset_close(&b);
    dlt_dataset_close(&a);
}

static void refused(const dlt_array *at, int count, bool y_required, dlt_status status,
                    const char *sentence) {
    dlt_dataset *dataset = NULL;
    assert_int_equal(open_arrays(at, count, y_required, &dataset), status);
    assert_null(dataset);
    assert_string_equal(dlt_error_message(), sentence);
    assert_int_equal(dlt_alloc_balance(), 0);
}

static void dataset_of_arrays_refuses_what_is_none(void **state) {
    (void)state;
    dlt_array bad[] = {good[0], good[1], good[1]};
    refused(good, 1, true, DLT_ERR_ARG, "the arrays lack an array 'y'");
    refused(bad, 3, true, DLT_ERR_ARG, "the arrays have two arrays 'y'");
    bad[2].name = "z";
    refused(bad, 3, true, DLT_ERR_ARG,
            "the arrays have an array 'z', which is no field of the run; it has 'x', 'y'");
    bad[1].shape.dim[0] = 4;
    refused(bad, 2, true, DLT_ERR_SHAPE, "the arrays have 5 samples in 'x' but 4 in 'y'");
    bad[1] = good[1];
    bad[0].shape.dim[1] = 0;
    refused(bad, 2, true, DLT_ERR_SHAPE, "array 'x' of the arrays has shape [5, 0]: it is empty");
    bad[0].shape.rank = 0;
    refused(bad, 2, true, DLT_ERR_SHAPE,
            "array 'x' of the arrays has 0 dimensions, not 1 to 6; samples are the first");
    bad[0] = good[0];
    bad[0].element = (dlt_element)17;
    refused(bad, 2, true, DLT_ERR_ARG, "array 'x' of the arrays has the unknown element type 17");
    bad[0] = good[0];
    bad[0].at = NULL;
    refused(bad, 2, true, DLT_ERR_ARG, "array 'x' of the arrays has no memory");
    bad[0].name = NULL;
    refused(bad, 2, true, DLT_ERR_ARG, "an array of the arrays has no name");
}

static void dataset_of_arrays_without_targets(void **state) {
    (void)state;
    const dlt_array images = {
        .name = "x", .element = DLT_ELEMENT_UINT8, .shape = {4, {ROWS, 2, 2, 1}}, .at = pixels};
    dlt_dataset *dataset = NULL;
    assert_int_equal(open_arrays(&images, 1, false, &dataset), DLT_OK);
    assert_null(dlt_dataset_y(dataset));
    assert_int_equal(dlt_dataset_x(dataset)->shape.rank, 3);
    dlt_dataset_close(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dataset_of_arrays_reads_and_converts),
        cmocka_unit_test(dataset_of_arrays_fingerprint_is_of_all),
        cmocka_unit_test(dataset_of_arrays_refuses_what_is_none),
        cmocka_unit_test(dataset_of_arrays_without_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
