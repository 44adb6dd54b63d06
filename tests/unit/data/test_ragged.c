/* Sequences of different length: their classes, their order, and what the loader delivers. */
#include "data/length_order.h"
#include "data/loader.h"
#include "data/settings.h"
#include "unit/data/ragged_fixture.h"

enum { BATCH = 4, MICRO = 2, EPOCHS = 2 };

static const dlt_position position = {.file = "run.yaml", .line = 3, .column = 12};

static void data_lengths_auto_are_powers_of_two(void **state) {
    (void)state;
    static const struct {
        int64_t longest;
        int count;
        int64_t largest;
    } rows[] = {{0, 1, 8}, {8, 1, 8}, {9, 2, 16}, {100, 5, 128}, {1 << 30, 28, 1 << 30}};
    const int64_t auto_length = DLT_LENGTHS_AUTO;
    const dlt_ints asked = {1, &auto_length};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dlt_shape_classes classes;
        assert_int_equal(dlt_shape_classes_choose(&asked, &position, rows[i].longest, &classes),
                         DLT_OK);
        assert_int_equal(classes.count, rows[i].count);
        assert_int_equal(classes.lengths[classes.count - 1], rows[i].largest);
        assert_int_equal(dlt_shape_class_of(&classes, 8), 0);
        assert_int_equal(dlt_shape_class_of(&classes, rows[i].largest + 1), -1);
    }
}

static void data_lengths_must_ascend(void **state) {
    (void)state;
    const int64_t good[] = {5, 10};
    const int64_t equal[] = {5, 5};
    const int64_t with_auto[] = {5, DLT_LENGTHS_AUTO};
    const int64_t many[DLT_SHAPE_CLASSES_MAX + 1] = {1};
    dlt_shape_classes classes;
    assert_int_equal(dlt_shape_classes_choose(&(dlt_ints){2, good}, &position, 99, &classes),
                     DLT_OK);
    assert_int_equal(classes.lengths[1], 10);
    assert_int_equal(dlt_shape_classes_choose(&(dlt_ints){2, equal}, &position, 9, &classes),
                     DLT_ERR_CONFIG);
    expect_message("run.yaml:3:12: 'data.lengths' must ascend, but 5 stands behind 5");
    assert_int_equal(dlt_shape_classes_choose(&(dlt_ints){2, with_auto}, &position, 9, &classes),
                     DLT_ERR_CONFIG);
    expect_message("is auto or a list of lengths");
    assert_int_equal(dlt_shape_classes_choose(&(dlt_ints){DLT_SHAPE_CLASSES_MAX + 1, many},
                                              &position, 9, &classes),
                     DLT_ERR_CONFIG);
    expect_message("must name 1 to 32 lengths, found 33");
    assert_int_equal(dlt_shape_classes_choose(&(dlt_ints){0, NULL}, &position, 9, &classes),
                     DLT_ERR_CONFIG);
}

static dlt_loader_options options_of(int rank, int size) {
    dlt_loader_options options = {
        .dataset = it.dataset,
        .subset = {.seed = 3, .total = RAGGED_SAMPLES, .count = RAGGED_SAMPLES, .shuffle = true},
        .sampler = {.partition = {RAGGED_SAMPLES, BATCH, MICRO, rank, size}, .end_epoch = EPOCHS},
        .field_count = 4,
        .fields = {dlt_loader_field_integers(ragged_facts(TOKENS), 0),
                   dlt_loader_field_lengths(ragged_facts(TOKENS)),
                   dlt_loader_field_reals(ragged_facts(POINTS)),
                   dlt_loader_field_integers(ragged_facts(LABEL), 3)},
        .classes = {.count = 3, .lengths = {2, 6, 10}},
        .depth = 2};
    return options;
}

/* Which sample stood at each position, and how its micro-batch was padded. */
typedef struct seen {
    int64_t sample[EPOCHS][RAGGED_SAMPLES];
    int shape_class[EPOCHS][RAGGED_SAMPLES];
} seen;

static void check_batch(const dlt_micro_batch *batch, const dlt_shape_classes *classes) {
    const int64_t length = classes->lengths[batch->shape_class];
    const int32_t *tokens = batch->fields[0];
    const int32_t *lengths = batch->fields[1];
    const dlt_real *points = batch->fields[2];
    int32_t longest = 0;
    for (int64_t i = 0; i < batch->id.count; i++) {
        const int64_t sample = batch->samples[i];
        longest = lengths[i] > longest ? lengths[i] : longest;
        assert_int_equal(lengths[i], tokens_of(sample));
        assert_int_equal(((const int32_t *)batch->fields[3])[i], sample % 3);
        for (int64_t k = 0; k < length; k++) {
            const bool is_padding = k >= lengths[i];
            assert_int_equal(tokens[i * length + k], is_padding ? 0 : 100 * sample + k);
            assert_true(points[(i * length + k) * 2] == (dlt_real)(is_padding ? 0 : k));
        }
    }
    assert_int_equal(dlt_shape_class_of(classes, longest), batch->shape_class);
}

static void run_loader(const dlt_loader_options *options, seen *out) {
    dlt_loader *loader = NULL;
    const dlt_micro_batch *batch = NULL;
    assert_int_equal(dlt_loader_create(options, &loader), DLT_OK);
    const int64_t made = dlt_alloc_made();
    for (;;) {
        if (dlt_loader_next(loader, &batch) != DLT_OK)
            fail_msg("%s", dlt_error_message());
        if (batch == NULL)
            break;
        check_batch(batch, &options->classes);
        for (int64_t i = 0; i < batch->id.count; i++) {
            out->sample[batch->id.epoch][batch->id.position + i] = batch->samples[i];
            out->shape_class[batch->id.epoch][batch->id.position + i] = batch->shape_class;
        }
        dlt_loader_release(loader, batch);
    }
    assert_int_equal(dlt_alloc_made(), made);
    dlt_loader_destroy(&loader);
}

static void clear(seen *out) {
    memset(out, 0xff, sizeof *out);
}

static void data_ragged_order_is_the_same_at_any_number_of_ranks(void **state) {
    (void)state;
    seen alone;
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    dlt_loader_options options = options_of(0, 1);
    clear(&alone);
    run_loader(&options, &alone);
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int met[RAGGED_SAMPLES] = {0};
        for (int i = 0; i < RAGGED_SAMPLES; i++)
            met[alone.sample[epoch][i]]++;
        for (int i = 0; i < RAGGED_SAMPLES; i++)
            assert_int_equal(met[i], 1);
    }
    assert_true(memcmp(alone.sample[0], alone.sample[1], sizeof alone.sample[0]) != 0);
    for (int size = 2; size <= 4; size++) {
        seen together;
        clear(&together);
        for (int rank = 0; rank < size; rank++) {
            options = options_of(rank, size);
            run_loader(&options, &together);
        }
        assert_memory_equal(&together, &alone, sizeof alone);
    }
}

static void data_ragged_order_resumes_in_the_middle_of_an_epoch(void **state) {
    (void)state;
    seen whole;
    seen rest;
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    dlt_loader_options options = options_of(0, 1);
    clear(&whole);
    clear(&rest);
    run_loader(&options, &whole);
    options.sampler.epoch = 1;
    options.sampler.step = 4;
    run_loader(&options, &rest);
    const int first = 4 * BATCH;
    assert_memory_equal(rest.sample[1] + first, whole.sample[1] + first,
                        (RAGGED_SAMPLES - first) * sizeof whole.sample[1][0]);
    assert_true(rest.sample[1][first - 1] == -1);
}

/* Batches that need another class than their samples' own hold the border between two classes. */
static void data_ragged_order_groups_lengths_and_shuffles_batches(void **state) {
    (void)state;
    seen alone;
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    dlt_loader_options options = options_of(0, 1);
    clear(&alone);
    run_loader(&options, &alone);
    int mixed = 0;
    int descents = 0;
    for (int first = 0; first < RAGGED_SAMPLES; first += BATCH) {
        bool is_mixed = false;
        for (int i = first; i < first + BATCH && i < RAGGED_SAMPLES; i++)
            is_mixed = is_mixed ||
                       dlt_shape_class_of(&options.classes, tokens_of(alone.sample[0][i])) !=
                           dlt_shape_class_of(&options.classes, tokens_of(alone.sample[0][first]));
        mixed += is_mixed;
        descents += first > 0 && alone.shape_class[0][first] < alone.shape_class[0][first - 1];
    }
    assert_in_range(mixed, 0, options.classes.count - 1);
    assert_true(descents > 0);
}

/* Batches of one sample make three windows of 141 samples: each has the samples that the epoch's
 * order has there, and the last one is not full. */
static void data_ragged_order_goes_window_by_window(void **state) {
    (void)state;
    const dlt_shape_classes classes = {.count = 3, .lengths = {2, 6, 10}};
    const dlt_subset subset = {
        .seed = 8, .total = RAGGED_SAMPLES, .count = RAGGED_SAMPLES, .shuffle = true};
    const dlt_order plain = dlt_subset_order(&subset, 1);
    dlt_length_order order = {0};
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    assert_int_equal(dlt_length_order_create(it.dataset, &classes, &subset, 1, &order), DLT_OK);
    assert_int_equal(order.window, 64);
    int differing = 0;
    for (int64_t first = 0; first < RAGGED_SAMPLES; first += order.window) {
        int met[RAGGED_SAMPLES] = {0};
        for (int64_t i = first; i < first + order.window && i < RAGGED_SAMPLES; i++) {
            int64_t sample = -1;
            assert_int_equal(dlt_length_order_samples(&order, &plain, 1, i, 1, &sample), DLT_OK);
            met[sample]++;
            met[dlt_order_sample(&plain, i)]--;
            differing += sample != dlt_order_sample(&plain, i);
        }
        for (int i = 0; i < RAGGED_SAMPLES; i++)
            assert_int_equal(met[i], 0);
    }
    assert_in_range(differing, RAGGED_SAMPLES / 2, RAGGED_SAMPLES);
    dlt_length_order_destroy(&order);
}

static void data_ragged_evaluation_keeps_the_order_of_the_file(void **state) {
    (void)state;
    seen alone;
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    dlt_loader_options options = options_of(0, 1);
    options.subset.shuffle = false;
    clear(&alone);
    run_loader(&options, &alone);
    for (int i = 0; i < RAGGED_SAMPLES; i++)
        assert_int_equal(alone.sample[0][i], i);
}

static void data_ragged_sequence_that_no_class_holds_is_named(void **state) {
    (void)state;
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        dlt_loader_options options = options_of(0, 1);
        options.classes = (dlt_shape_classes){.count = 2, .lengths = {4, 9}};
        options.subset.shuffle = shuffle == 1;
        dlt_loader *loader = NULL;
        const dlt_micro_batch *batch = NULL;
        dlt_status status = DLT_OK;
        assert_int_equal(dlt_loader_create(&options, &loader), DLT_OK);
        while ((status = dlt_loader_next(loader, &batch)) == DLT_OK && batch != NULL)
            dlt_loader_release(loader, batch);
        assert_int_equal(status, DLT_ERR_FORMAT);
        expect_message("the sequence at sample ");
        expect_message("-of-00003.h5 ('tokens') has 10 elements, more than the largest length of "
                       "a batch, 9");
        dlt_loader_destroy(&loader);
    }
}

static void data_ragged_integer_out_of_bounds_has_a_position(void **state) {
    (void)state;
    const int64_t sample = 3; /* ten tokens: 300 to 309 */
    int32_t out[RAGGED_LONGEST];
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    const dlt_loader_field field = dlt_loader_field_integers(ragged_facts(TOKENS), 307);
    assert_int_equal(dlt_dataset_read(it.dataset, &field, &sample, 1, out), DLT_ERR_FORMAT);
    expect_message("index 307 at sample 3, position 7 of ");
    expect_message("set-00000-of-00003.h5 ('tokens') is outside 0..306");
}

static void data_ragged_loader_without_lengths_is_refused(void **state) {
    (void)state;
    dlt_loader *loader = NULL;
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    dlt_loader_options options = options_of(0, 1);
    options.classes.count = 0;
    assert_int_equal(dlt_loader_create(&options, &loader), DLT_ERR_ARG);
    expect_message("needs lengths for its ragged field 0");
}

static void data_ragged_loader_survives_each_failing_allocation(void **state) {
    (void)state;
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    const dlt_loader_options options = options_of(0, 1);
    dlt_loader *loader = NULL;
    dlt_status status = DLT_ERR_MEM;
    assert_int_equal(dlt_dataset_reserve(it.dataset, RAGGED_SAMPLES, RAGGED_SAMPLES), DLT_OK);
    const int64_t balance = dlt_alloc_balance();
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        dlt_alloc_fail_at(nth);
        status = dlt_loader_create(&options, &loader);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        assert_true(status == DLT_OK || dlt_alloc_balance() == balance);
        assert_in_range(nth, 1, 1000);
    }
    dlt_alloc_fail_at(0);
    dlt_loader_destroy(&loader);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(data_lengths_auto_are_powers_of_two),
        ROW(data_lengths_must_ascend),
        ROW(data_ragged_order_is_the_same_at_any_number_of_ranks),
        ROW(data_ragged_order_resumes_in_the_middle_of_an_epoch),
        ROW(data_ragged_order_groups_lengths_and_shuffles_batches),
        ROW(data_ragged_order_goes_window_by_window),
        ROW(data_ragged_evaluation_keeps_the_order_of_the_file),
        ROW(data_ragged_sequence_that_no_class_holds_is_named),
        ROW(data_ragged_integer_out_of_bounds_has_a_position),
        ROW(data_ragged_loader_without_lengths_is_refused),
        ROW(data_ragged_loader_survives_each_failing_allocation),
    };
#undef ROW
    return cmocka_run_group_tests_name("data_ragged", tests, NULL, NULL);
}
