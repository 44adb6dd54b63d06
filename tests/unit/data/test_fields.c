/* Data sets of named fields: any of them, in any order, as reals or as integers with bounds. */
#include "data/loader.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/data/dataset_fixture.h"

enum { ROWS = 7, T = 3, TOKENS = 50 };

/* What the fixture's files hold: tokens of a row are 10 row + position. */
typedef struct fields_file {
    dlt_h5_type token_type;
    int64_t samples;
    int64_t first; /* of the file's samples */
    bool with_weight;
    dlt_h5_layout layout;
} fields_file;

static const fields_file plain = {.token_type = DLT_H5_I64, .samples = ROWS, .with_weight = true};

static void store(dlt_h5_type type, void *to, int64_t i, double value) {
    if (type == DLT_H5_U8)
        ((uint8_t *)to)[i] = (uint8_t)value;
    else if (type == DLT_H5_I16)
        ((int16_t *)to)[i] = (int16_t)value;
    else if (type == DLT_H5_I64)
        ((int64_t *)to)[i] = (int64_t)value;
    else if (type == DLT_H5_U64)
        ((uint64_t *)to)[i] = (uint64_t)value;
    else if (type == DLT_H5_F32)
        ((float *)to)[i] = (float)value;
    else
        ((double *)to)[i] = value;
}

/* tokens [T], map [2, 2] of uint8, value of one float64, and weight of one float32. */
static const char *write_fields(const char *name, const fields_file *file) {
    const char *path = scratch_path(&it.files, name);
    double tokens[ROWS * T]; /* as many bytes as any type has */
    uint8_t map[ROWS * 4];
    double value[ROWS];
    float weight[ROWS];
    for (int64_t i = 0; i < file->samples; i++) {
        const int64_t row = file->first + i;
        for (int64_t t = 0; t < T; t++)
            store(file->token_type, tokens, i * T + t, (double)(row % 5 * 10 + t));
        for (int64_t p = 0; p < 4; p++)
            map[i * 4 + p] = (uint8_t)(p == 3 ? 255 : row);
        value[i] = (double)row + 0.5;
        weight[i] = (float)row;
    }
    const shard_file shard = {.samples = file->samples, .layout = file->layout};
    dlt_h5_file *out = NULL;
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &out), DLT_OK);
    const dlt_shape none = {.rank = 0};
    assert_int_equal(
        shard_file_put(out, &shard, "tokens", &(dlt_shape){1, {T}}, file->token_type, tokens),
        DLT_OK);
    assert_int_equal(shard_file_put(out, &shard, "map", &(dlt_shape){2, {2, 2}}, DLT_H5_U8, map),
                     DLT_OK);
    assert_int_equal(shard_file_put(out, &shard, "value", &none, DLT_H5_F64, value), DLT_OK);
    if (file->with_weight)
        assert_int_equal(shard_file_put(out, &shard, "weight", &none, DLT_H5_F32, weight), DLT_OK);
    dlt_h5_close(&out);
    return path;
}

static const dlt_field_requests all_four = {.count = 4,
                                            .at = {{.name = "value", .required = true},
                                                   {.name = "tokens", .required = true},
                                                   {.name = "map", .required = true},
                                                   {.name = "weight"}}};

enum { VALUE, TOKEN, MAP, WEIGHT };

static dlt_status open_four(const char *source) {
    return dlt_dataset_open(it.h5_lock, source, &all_four, &it.dataset);
}

static const dlt_field_facts *facts_of(int field) {
    return &dlt_dataset_facts_of(it.dataset)->fields[field];
}

static void check_tokens(void) {
    const int64_t samples[] = {6, 0, 3, 4, 5};
    int32_t tokens[5 * T];
    const dlt_loader_field field = dlt_loader_field_integers(facts_of(TOKEN), TOKENS);
    assert_int_equal(dlt_dataset_read(it.dataset, &field, samples, 5, tokens), DLT_OK);
    for (int i = 0; i < 5 * T; i++)
        assert_int_equal(tokens[i], samples[i / T] % 5 * 10 + i % T);
}

static void data_fields_are_read_in_the_order_of_the_requests(void **state) {
    (void)state;
    const dlt_shape scalar = {.rank = 0};
    const dlt_shape square = {2, {2, 2}};
    assert_int_equal(open_four(write_fields("a.h5", &plain)), DLT_OK);
    assert_int_equal(dlt_dataset_facts_of(it.dataset)->field_count, 4);
    assert_true(dlt_shape_equal(&facts_of(VALUE)->shape, &scalar));
    assert_true(dlt_shape_equal(&facts_of(MAP)->shape, &square));
    assert_string_equal(facts_of(WEIGHT)->name, "weight");
    assert_null(dlt_dataset_x(it.dataset));
    assert_null(dlt_dataset_y(it.dataset));
    check_tokens();
    const int64_t samples[] = {5, 2};
    dlt_real reals[2];
    const dlt_loader_field field = dlt_loader_field_reals(facts_of(VALUE));
    assert_int_equal(dlt_dataset_read(it.dataset, &field, samples, 2, reals), DLT_OK);
    assert_true(reals[0] == (dlt_real)5.5 && reals[1] == (dlt_real)2.5);
}

static void data_fields_of_any_stored_type_become_integers(void **state) {
    (void)state;
    static const dlt_h5_type types[] = {DLT_H5_U8,  DLT_H5_I16, DLT_H5_I64,
                                        DLT_H5_U64, DLT_H5_F32, DLT_H5_F64};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        for (int64_t chunk = 0; chunk < 4; chunk += 3) {
            fields_file file = plain;
            file.token_type = types[i];
            file.layout.chunk_rows = chunk;
            assert_int_equal(open_four(write_fields("a.h5", &file)), DLT_OK);
            check_tokens();
            dlt_dataset_close(&it.dataset);
        }
}

static void data_fields_cross_shards(void **state) {
    (void)state;
    fields_file file = plain;
    file.samples = 4;
    (void)write_fields("a-00000-of-00002.h5", &file);
    file.first = 4;
    file.samples = 3;
    file.layout.chunk_rows = 2;
    (void)write_fields("a-00001-of-00002.h5", &file);
    assert_int_equal(open_four(scratch_path(&it.files, "a")), DLT_OK);
    check_tokens();
}

static void expect_unreadable(const dlt_loader_field *field, const char *text) {
    const int64_t samples[] = {0, 5, 1, 2, 3, 4, 6};
    int32_t out[ROWS * 4];
    assert_int_equal(dlt_dataset_read(it.dataset, field, samples, ROWS, out), DLT_ERR_FORMAT);
    expect_message(text);
}

static void data_fields_name_the_integer_that_is_out_of_bounds(void **state) {
    (void)state;
    fields_file file = plain;
    file.token_type = DLT_H5_I16;
    assert_int_equal(open_four(write_fields("a.h5", &file)), DLT_OK);
    dlt_loader_field tokens = dlt_loader_field_integers(facts_of(TOKEN), 41);
    expect_unreadable(&tokens, "index 41 at sample 4, position 1 of ");
    expect_message("a.h5 ('tokens') is outside 0..40");
    dlt_loader_field map = dlt_loader_field_integers(facts_of(MAP), 3);
    expect_unreadable(&map, "index 255 at sample 0, position 1 1 of ");
    map.has_ignored = true;
    map.ignored = 255;
    expect_unreadable(&map, "index 5 at sample 5, position 0 0 of ");
    expect_message("a.h5 ('map') is outside 0..2 and not 255, which is ignored");
    map.below = ROWS;
    const int64_t sample = 6;
    int32_t out[4];
    assert_int_equal(dlt_dataset_read(it.dataset, &map, &sample, 1, out), DLT_OK);
    assert_int_equal(out[2], 6);
    assert_int_equal(out[3], 255);
}

static void data_fields_refuse_what_is_no_int32(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } rows[] = {{-1, "index -1 at sample 0 of "},
                {2147483648.0, "is outside"},
                {0.5, "index 0.5 at sample 0 of "},
                {-2147483649.0, "is outside -2147483648..2147483647"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const shard_file shard = {.samples = 1, .x_type = DLT_H5_F64, .x = &rows[i].value};
        const dlt_field_requests requests = {.count = 1, .at = {{.name = "x", .required = true}}};
        assert_int_equal(
            dlt_dataset_open(it.h5_lock, write_shard("a.h5", &shard), &requests, &it.dataset),
            DLT_OK);
        const dlt_loader_field field = dlt_loader_field_integers(facts_of(0), i == 0 ? 9 : 0);
        const int64_t sample = 0;
        int32_t out = 0;
        assert_int_equal(dlt_dataset_read(it.dataset, &field, &sample, 1, &out), DLT_ERR_FORMAT);
        expect_message(rows[i].text);
        dlt_dataset_close(&it.dataset);
    }
}

static void data_fields_that_are_missing_are_named(void **state) {
    (void)state;
    const char *path = write_fields("a.h5", &plain);
    const dlt_field_requests requests = {
        .count = 2,
        .at = {{.name = "value", .required = true}, {.name = "sentence", .required = true}}};
    assert_int_equal(dlt_dataset_open(it.h5_lock, path, &requests, &it.dataset), DLT_ERR_FORMAT);
    expect_message("has no dataset 'sentence'; it has: map, tokens, value, weight");
    fields_file file = plain;
    file.with_weight = false;
    assert_int_equal(open_four(write_fields("b.h5", &file)), DLT_OK);
    assert_false(facts_of(WEIGHT)->is_there);
    dlt_loader_field field = dlt_loader_field_reals(facts_of(WEIGHT));
    const int64_t sample = 0;
    dlt_real out = 0;
    assert_int_equal(dlt_dataset_read(it.dataset, &field, &sample, 1, &out), DLT_ERR_FORMAT);
    expect_message("b.h5 has no dataset 'weight'");
    field.field = 4;
    assert_int_equal(dlt_dataset_read(it.dataset, &field, &sample, 1, &out), DLT_ERR_ARG);
}

static void data_fields_that_shards_disagree_on_are_refused(void **state) {
    (void)state;
    fields_file file = plain;
    file.samples = 4;
    (void)write_fields("a-00000-of-00002.h5", &file);
    file.with_weight = false;
    (void)write_fields("a-00001-of-00002.h5", &file);
    assert_int_equal(open_four(scratch_path(&it.files, "a")), DLT_ERR_FORMAT);
    expect_message("shards disagree: ");
    expect_message("00000-of-00002.h5 has a dataset 'weight' but ");
    file.with_weight = true;
    file.token_type = DLT_H5_I16;
    (void)write_fields("a-00001-of-00002.h5", &file);
    assert_int_equal(open_four(scratch_path(&it.files, "a")), DLT_ERR_FORMAT);
    expect_message("'tokens' has samples of [3] int16 in ");
}

static void data_fields_of_another_number_of_samples_are_refused(void **state) {
    (void)state;
    const char *path = write_shard("a.h5", &it.shard);
    dlt_h5_file *file = NULL;
    const shard_file longer = {.samples = SAMPLES};
    const shard_file shorter = {.samples = SAMPLES - 1};
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(shard_file_put(file, &longer, "a", &(dlt_shape){0}, DLT_H5_I32, it.y), DLT_OK);
    assert_int_equal(shard_file_put(file, &longer, "b", &(dlt_shape){0}, DLT_H5_I32, it.y), DLT_OK);
    assert_int_equal(shard_file_put(file, &shorter, "c", &(dlt_shape){0}, DLT_H5_I32, it.y),
                     DLT_OK);
    dlt_h5_close(&file);
    const dlt_field_requests requests = {.count = 3,
                                         .at = {{.name = "a", .required = true},
                                                {.name = "b", .required = true},
                                                {.name = "c", .required = true}}};
    assert_int_equal(dlt_dataset_open(it.h5_lock, path, &requests, &it.dataset), DLT_ERR_FORMAT);
    expect_message("a.h5 has 10 samples in 'a' but 9 in 'c'");
}

static void data_fields_refuse_other_shapes_and_too_many_requests(void **state) {
    (void)state;
    const char *path = write_fields("a.h5", &plain);
    const dlt_field_requests none = {.count = 0};
    dlt_field_requests many = {.count = DLT_FIELDS_MAX + 1};
    assert_int_equal(dlt_dataset_open(it.h5_lock, path, &none, &it.dataset), DLT_ERR_ARG);
    assert_int_equal(dlt_dataset_open(it.h5_lock, path, &many, &it.dataset), DLT_ERR_ARG);
    expect_message("1 to 16 fields, not 17");
    assert_int_equal(open_four(path), DLT_OK);
    dlt_loader_field field = dlt_loader_field_reals(facts_of(MAP));
    field.spec.shape = (dlt_shape){1, {5}};
    const int64_t sample = 0;
    dlt_real out[5];
    assert_int_equal(dlt_dataset_read(it.dataset, &field, &sample, 1, out), DLT_ERR_SHAPE);
    expect_message("has samples of shape [2, 2] where 5 numbers each are expected");
}

/* What a run of ranks saw of each sample. */
typedef struct seen {
    dlt_real value[ROWS];
    int32_t tokens[ROWS][T];
    int32_t map[ROWS][4];
    int met[ROWS];
} seen;

static void run_rank(int rank, int size, seen *out) {
    dlt_loader_options options = {
        .dataset = it.dataset,
        .subset = {.seed = 3, .total = ROWS, .count = ROWS, .shuffle = true},
        .sampler = {.partition = {ROWS, 4, 2, rank, size}, .end_epoch = 1},
        .field_count = 3,
        .fields = {dlt_loader_field_integers(facts_of(TOKEN), TOKENS),
                   dlt_loader_field_reals(facts_of(VALUE)),
                   dlt_loader_field_integers(facts_of(MAP), 256)},
        .depth = 2};
    dlt_loader *loader = NULL;
    const dlt_micro_batch *batch = NULL;
    assert_int_equal(dlt_loader_create(&options, &loader), DLT_OK);
    const int64_t made = dlt_alloc_made();
    for (;;) {
        assert_int_equal(dlt_loader_next(loader, &batch), DLT_OK);
        if (batch == NULL)
            break;
        for (int64_t i = 0; i < batch->id.count; i++) {
            const int64_t sample = batch->samples[i];
            out->met[sample]++;
            memcpy(out->tokens[sample], (const int32_t *)batch->fields[0] + i * T,
                   sizeof out->tokens[0]);
            out->value[sample] = ((const dlt_real *)batch->fields[1])[i];
            memcpy(out->map[sample], (const int32_t *)batch->fields[2] + i * 4, sizeof out->map[0]);
        }
        dlt_loader_release(loader, batch);
    }
    assert_int_equal(dlt_alloc_made(), made);
    dlt_loader_destroy(&loader);
}

static void data_fields_are_delivered_once_each_at_any_number_of_ranks(void **state) {
    (void)state;
    assert_int_equal(open_four(write_fields("a.h5", &plain)), DLT_OK);
    for (int size = 1; size <= 4; size++) {
        seen all = {0};
        for (int rank = 0; rank < size; rank++)
            run_rank(rank, size, &all);
        for (int i = 0; i < ROWS; i++) {
            assert_int_equal(all.met[i], 1);
            assert_true(all.value[i] == (dlt_real)(i + 0.5));
            assert_int_equal(all.tokens[i][T - 1], i % 5 * 10 + T - 1);
            assert_int_equal(all.map[i][0], i);
            assert_int_equal(all.map[i][3], 255);
        }
    }
}

static void data_fields_survive_each_failing_allocation(void **state) {
    (void)state;
    const char *path = write_fields("a.h5", &plain);
    const int64_t balance = dlt_alloc_balance();
    dlt_status status = DLT_ERR_MEM;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        dlt_alloc_fail_at(nth);
        status = open_four(path);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        assert_true(status == DLT_OK || dlt_alloc_balance() == balance);
        assert_in_range(nth, 1, 1000);
    }
    dlt_alloc_fail_at(0);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(data_fields_are_read_in_the_order_of_the_requests),
        ROW(data_fields_of_any_stored_type_become_integers),
        ROW(data_fields_cross_shards),
        ROW(data_fields_name_the_integer_that_is_out_of_bounds),
        ROW(data_fields_refuse_what_is_no_int32),
        ROW(data_fields_that_are_missing_are_named),
        ROW(data_fields_that_shards_disagree_on_are_refused),
        ROW(data_fields_of_another_number_of_samples_are_refused),
        ROW(data_fields_refuse_other_shapes_and_too_many_requests),
        ROW(data_fields_are_delivered_once_each_at_any_number_of_ranks),
        ROW(data_fields_survive_each_failing_allocation),
    };
#undef ROW
    return cmocka_run_group_tests_name("data_fields", tests, NULL, NULL);
}
