/* Which part of a prediction is a row, and which shapes of targets, masks and weights fit it. */
#include "dltrain/extend/loss.h"
#include "support/settings.h"

#include <string.h>

typedef struct shapes {
    const char *loss;
    dlt_shape prediction;
    dlt_shape target;
    int mask; /* dimensions of the prediction; -1: no mask */
    int weight;
    int leading; /* expected, as are count and d */
    int64_t count;
    int64_t d;
} shapes;

static dlt_status cut(const char *text, const dlt_shape *prediction, const dlt_shape *target,
                      const dlt_shape *mask, const dlt_shape *weight, dlt_loss_rows *rows) {
    dlt_selection loss = settings_choose(dlt_losses, text);
    const dlt_loss_operands operands = {.prediction = {"node 'head'", prediction},
                                        .target = {"field 'y'", target},
                                        .mask = {"field 'counts'", mask},
                                        .weight = {"field 'w'", weight}};
    return dlt_loss_cut(&loss, &operands, rows);
}

static void loss_cut_gives_each_loss_its_rows(void **state) {
    (void)state;
    static const shapes cases[] = {
        {"cross_entropy", {1, {10}}, {0}, -1, -1, 0, 1, 10},
        {"cross_entropy", {1, {10}}, {1, {1}}, 0, 0, 0, 1, 10},
        {"cross_entropy", {2, {5, 10}}, {1, {5}}, -1, -1, 1, 5, 10},
        {"cross_entropy", {2, {5, 10}}, {2, {5, 1}}, 1, 0, 1, 5, 10},
        {"cross_entropy", {3, {4, 6, 11}}, {2, {4, 6}}, 1, 2, 2, 24, 11},
        {"mse", {1, {3}}, {1, {3}}, -1, -1, 0, 1, 3},
        {"mse", {1, {1}}, {0}, 0, -1, 0, 1, 1},
        {"mae", {2, {4, 3}}, {2, {4, 3}}, -1, 0, 0, 1, 12},
        {"huber", {2, {4, 3}}, {2, {4, 3}}, 1, -1, 1, 4, 3},
        {"binary_cross_entropy", {2, {4, 3}}, {2, {4, 3}}, 1, 2, 2, 12, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const shapes *of = &cases[i];
        dlt_shape mask = of->prediction, weight = of->prediction;
        dlt_loss_rows rows = {0};
        mask.rank = of->mask;
        weight.rank = of->weight;
        assert_int_equal(cut(of->loss, &of->prediction, &of->target, of->mask < 0 ? NULL : &mask,
                             of->weight < 0 ? NULL : &weight, &rows),
                         DLT_OK);
        assert_int_equal(rows.leading, of->leading);
        assert_int_equal(rows.count, of->count);
        assert_int_equal(rows.d, of->d);
    }
}

static void loss_cut_takes_a_mask_with_ones_at_its_end(void **state) {
    (void)state;
    const dlt_shape prediction = {2, {4, 3}}, mask = {2, {4, 1}}, single = {1, {1}};
    dlt_loss_rows rows;
    assert_int_equal(cut("mse", &prediction, NULL, &mask, &single, &rows), DLT_OK);
    assert_int_equal(rows.leading, 1);
    assert_int_equal(rows.d, 3);
}

static void loss_cut_refuses_shapes_that_do_not_fit(void **state) {
    (void)state;
    static const dlt_shape image = {3, {4, 6, 11}}, pixels = {2, {4, 6}}, turned = {2, {6, 4}};
    static const dlt_shape sample = {0}, row = {1, {11}}, flat = {1, {264}};
    static const struct {
        const char *loss;
        const dlt_shape *target, *mask, *weight;
        const char *message;
    } cases[] = {
        {"cross_entropy", &sample, NULL, NULL,
         "class numbers of shape [4, 6] per sample, but field 'y' has shape []"},
        {"cross_entropy", &turned, NULL, NULL, "but field 'y' has shape [6, 4]"},
        {"cross_entropy", &pixels, &turned, NULL, "a mask of the first dimensions of node 'head'"},
        {"cross_entropy", &pixels, &image, NULL,
         "[4, 6] or fewer of them, but field 'counts' has shape [4, 6, 11]"},
        {"cross_entropy", &pixels, NULL, &row, "a weight of the first dimensions"},
        {"mse", &pixels, NULL, NULL, "has output [4, 6, 11], but field 'y' has shape [4, 6]"},
        {"mse", &flat, NULL, NULL, "end the model with a reshape"},
        {"mse", &image, &row, NULL, "but field 'counts' has shape [11]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dlt_loss_rows rows;
        assert_int_equal(
            cut(cases[i].loss, &image, cases[i].target, cases[i].mask, cases[i].weight, &rows),
            DLT_ERR_SHAPE);
        if (strstr(dlt_error_message(), cases[i].message) == NULL)
            fail_msg("%s", dlt_error_message());
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(loss_cut_gives_each_loss_its_rows),
        settings_test(loss_cut_takes_a_mask_with_ones_at_its_end),
        settings_test(loss_cut_refuses_shapes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
