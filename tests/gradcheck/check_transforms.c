/* Walks every transform of the registry and every one of its self-tests: known answers, or, where a
 * transform draws numbers, that it depends on seed, epoch and sample, and changes something. */
#include "data/transform_plan.h"
#include "selftest.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ELEMENTS_MOST = 64 };

typedef struct transform_case {
    selftest_case it;
    const dlt_transform_selftest *test;
    dlt_transform_plan plan;
} transform_case;

/* Elements behind the transform. */
static int64_t count_of(const transform_case *of) {
    const dlt_transform_selftest *test = of->test;
    return dlt_shape_count(test->output_shape.rank > 0 ? &test->output_shape : &test->shape);
}

static void transform(const transform_case *of, int64_t epoch, dlt_real *x) {
    dlt_real from[ELEMENTS_MOST];
    const void *const in[] = {from};
    void *const out[] = {x};
    for (int64_t i = 0; i < dlt_shape_count(&of->test->shape); i++)
        x[i] = from[i] = (dlt_real)of->test->input[i];
    dlt_transform_plan_apply(&of->plan, 1, epoch, 5, in, out);
}

/* A few operations on numbers of about the size of the result. */
static void check_known_answer(transform_case *of) {
    dlt_real x[ELEMENTS_MOST];
    for (int64_t epoch = 0; epoch < 10; epoch++) {
        transform(of, epoch, x);
        for (int64_t i = 0; i < count_of(of); i++)
            selftest_near(&of->it, "element", i, (double)x[i], of->test->output[i],
                          8 * (double)FLT_EPSILON * (1 + fabs(of->test->output[i])));
    }
}

static void check_pure_and_not_identity(transform_case *of) {
    dlt_real x[ELEMENTS_MOST];
    dlt_real again[ELEMENTS_MOST];
    const size_t bytes = (size_t)count_of(of) * sizeof x[0];
    bool changes = false;
    bool varies = false;
    bool pure = true;
    transform(of, 0, again);
    for (int64_t epoch = 0; epoch < 50; epoch++) {
        transform(of, epoch, x);
        varies = varies || memcmp(x, again, bytes) != 0;
        transform(of, epoch, again);
        pure = pure && memcmp(x, again, bytes) == 0;
        for (int64_t i = 0; i < count_of(of); i++)
            changes = changes || (double)x[i] != of->test->input[i];
    }
    selftest_expect(&of->it, pure, "a second call gives other values");
    selftest_expect(&of->it, changes, "it changes nothing in 50 epochs");
    selftest_expect(&of->it, varies, "it does the same in each of 50 epochs");
}

static void run_selftest(transform_case *of) {
    const dlt_transform_selftest *test = of->test;
    const dlt_transform_inputs inputs = {
        .count = 1,
        .fields = {{.name = "x", .spec = {DLT_DTYPE_REAL, test->shape}}},
        .feature_count = test->feature_count,
        .mean = test->mean,
        .std = test->std};
    const dlt_selection_list list = {1, &of->it.selection};
    bool made = dlt_shape_count(&test->shape) <= ELEMENTS_MOST &&
                dlt_transform_plan_make(&list, &inputs, true, &of->plan) == DLT_OK;
    selftest_expect(&of->it, made, "more than %d elements, or: %s", ELEMENTS_MOST,
                    dlt_error_message());
    if (made)
        selftest_expect(&of->it, dlt_shape_count(&of->plan.out[0].shape) == count_of(of),
                        "its output has another shape");
    if (made && test->output != NULL)
        check_known_answer(of);
    else if (made)
        check_pure_and_not_identity(of);
    dlt_transform_plan_destroy(&of->plan);
}

int main(void) {
    selftest_run run = selftest_begin("transform", dlt_transforms);
    for (const dlt_registry_entry *const *row = dlt_transforms; *row != NULL; row++) {
        const dlt_transform_ops *ops = (const dlt_transform_ops *)(const void *)*row;
        selftest_row_begin(&run, *row);
        for (int i = 0; i < ops->selftest_count; i++) {
            transform_case of = {.test = &ops->selftests[i]};
            if (!selftest_open(&run, of.test->name, of.test->settings, &of.it))
                continue;
            run_selftest(&of);
            selftest_close(&of.it);
        }
        selftest_row_end(&run);
    }
    return selftest_end(&run);
}
