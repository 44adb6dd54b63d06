/* Sets of any fields: written as shards, read back, and found damaged wherever a byte changes. */
#include "unit/data/ragged_fixture.h"

#include <hdf5.h>

static void data_shards_of_any_fields_are_read_back(void **state) {
    (void)state;
    assert_int_equal(open_ragged(write_ragged()), DLT_OK);
    assert_int_equal(dlt_dataset_facts_of(it.dataset)->samples, RAGGED_SAMPLES);
    assert_int_equal(dlt_dataset_facts_of(it.dataset)->shards, RAGGED_SHARDS);
    assert_true(ragged_facts(TOKENS)->is_ragged);
    assert_int_equal(ragged_facts(TOKENS)->longest, RAGGED_LONGEST);
    assert_int_equal(ragged_facts(TOKENS)->shape.rank, 0);
    assert_int_equal(ragged_facts(POINTS)->shape.dim[0], 2);
    assert_false(ragged_facts(LABEL)->is_ragged);
    int64_t samples[RAGGED_SAMPLES];
    int32_t tokens[RAGGED_SAMPLES][RAGGED_LONGEST + 1];
    dlt_real points[RAGGED_SAMPLES][RAGGED_LONGEST][2];
    int32_t lengths[RAGGED_SAMPLES];
    int32_t labels[RAGGED_SAMPLES];
    for (int i = 0; i < RAGGED_SAMPLES; i++)
        samples[i] = i * 5 % RAGGED_SAMPLES;
    dlt_loader_field token_field = dlt_loader_field_integers(ragged_facts(TOKENS), 0);
    token_field.spec.shape.dim[0]++;
    const dlt_loader_field point_field = dlt_loader_field_reals(ragged_facts(POINTS));
    const dlt_loader_field label_field = dlt_loader_field_integers(ragged_facts(LABEL), 3);
    const dlt_loader_field length_field = dlt_loader_field_lengths(ragged_facts(TOKENS));
    assert_int_equal(dlt_dataset_read(it.dataset, &token_field, samples, RAGGED_SAMPLES, tokens),
                     DLT_OK);
    assert_int_equal(dlt_dataset_read(it.dataset, &point_field, samples, RAGGED_SAMPLES, points),
                     DLT_OK);
    assert_int_equal(dlt_dataset_read(it.dataset, &label_field, samples, RAGGED_SAMPLES, labels),
                     DLT_OK);
    assert_int_equal(dlt_dataset_read(it.dataset, &length_field, samples, RAGGED_SAMPLES, lengths),
                     DLT_OK);
    for (int i = 0; i < RAGGED_SAMPLES; i++) {
        assert_int_equal(lengths[i], tokens_of(samples[i]));
        assert_int_equal(labels[i], samples[i] % 3);
        for (int k = 0; k <= RAGGED_LONGEST; k++)
            assert_int_equal(tokens[i][k], k < lengths[i] ? 100 * samples[i] + k : 0);
        for (int k = 0; k < RAGGED_LONGEST; k++) {
            assert_true(points[i][k][0] == (dlt_real)(k < lengths[i] ? k : 0));
            assert_true(points[i][k][1] == (dlt_real)(k < lengths[i] ? -samples[i] : 0));
        }
    }
}

static void data_shards_are_written_block_by_block(void **state) {
    (void)state;
    ragged_set set;
    dlt_shard_set *shards = NULL;
    fill_ragged(&set);
    const dlt_split_facts facts = facts_of_ragged(&set);
    assert_int_equal(dlt_shard_set_create(it.h5_lock, scratch_path(&it.files, ""), "set",
                                          RAGGED_SHARDS, &facts, &shards),
                     DLT_OK);
    const void *const rows[] = {set.tokens, set.points, set.labels};
    assert_int_equal(dlt_shard_set_write(shards, 2, rows), DLT_ERR_ARG);
    expect_message("a shard takes 47 samples now, not 2");
    dlt_shard_set_destroy(&shards);
}

static void change_byte(const char *name, const char *dataset) {
    const hid_t file = H5Fopen(scratch_path(&it.files, name), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t set = H5Dopen2(file, dataset, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    double *values = calloc((size_t)count, sizeof *values);
    assert_true(file >= 0 && set >= 0 && values != NULL);
    assert_true(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    values[count / 2] += 1;
    assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    free(values);
    H5Sclose(space);
    H5Dclose(set);
    H5Fclose(file);
}

static void data_shards_fingerprint_covers_all_fields(void **state) {
    (void)state;
    static const char *const names[] = {"tokens/values", "points/values", "label",
                                        "tokens/offsets"};
    const dlt_field_requests label = {.count = 1, .at = {{.name = "label", .required = true}}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *source = write_ragged();
        assert_int_equal(dlt_dataset_open(it.h5_lock, source, &label, &it.dataset), DLT_OK);
        assert_true(dlt_dataset_has_fingerprints(it.dataset));
        assert_int_equal(dlt_dataset_verify(it.dataset, 0, 1, NULL), DLT_OK);
        change_byte("set-00001-of-00003.h5", names[i]);
        assert_int_equal(dlt_dataset_verify(it.dataset, 0, 2, NULL), DLT_OK);
        assert_int_equal(dlt_dataset_verify(it.dataset, 1, 2, NULL), DLT_ERR_FORMAT);
        expect_message("set-00001-of-00003.h5 is damaged: its samples do not match");
        dlt_dataset_close(&it.dataset);
        for (int s = 0; s < RAGGED_SHARDS; s++) {
            char name[64];
            (void)snprintf(name, sizeof name, "set-0000%d-of-00003.h5", s);
            assert_int_equal(unlink(scratch_path(&it.files, name)), 0);
        }
    }
}

/* A file with the ragged field t of 3 sequences in 4 values. */
static const char *write_offsets(int64_t count, const int64_t *offsets, dlt_h5_type type) {
    const char *path = scratch_path(&it.files, "a.h5");
    const int32_t values[] = {5, 6, 7, 8};
    const shard_file four = {.samples = 4};
    const shard_file some = {.samples = count};
    const dlt_shape none = {.rank = 0};
    dlt_h5_file *file = NULL;
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(shard_file_put(file, &four, "t/values", &none, DLT_H5_I32, values), DLT_OK);
    assert_int_equal(shard_file_put(file, &some, "t/offsets", &none, type, offsets), DLT_OK);
    dlt_h5_close(&file);
    return path;
}

static void data_shards_with_foolish_offsets_are_refused(void **state) {
    (void)state;
    static const struct {
        int64_t count;
        int64_t offsets[4];
        dlt_h5_type type;
        const char *message; /* NULL: it opens */
    } rows[] = {
        {4, {0, 1, 1, 4}, DLT_H5_I64, NULL},
        {4, {1, 1, 1, 4}, DLT_H5_I64, "goes from 1 to 4, but must go from 0"},
        {4,
         {0, 1, 1, 3},
         DLT_H5_I64,
         "goes from 0 to 3, but must go from 0 to the number of "
         "values, 4"},
        {4, {0, 2, 1, 4}, DLT_H5_I64, "goes from 2 to 1 at sample 1, but must rise"},
        {4, {0, 9, 9, 4}, DLT_H5_I64, "goes from 0 to 9 at sample 0"},
        {4, {0, 1, 1, 4}, DLT_H5_F64, "'t/offsets' of "},
        {1, {0}, DLT_H5_I64, "but must go from 0 to the number of values, 4"},
    };
    const dlt_field_requests requests = {.count = 1, .at = {{.name = "t", .required = true}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *path = write_offsets(rows[i].count, rows[i].offsets, rows[i].type);
        const dlt_status status = dlt_dataset_open(it.h5_lock, path, &requests, &it.dataset);
        if (rows[i].message != NULL) {
            assert_int_equal(status, DLT_ERR_FORMAT);
            expect_message(rows[i].message);
        } else {
            assert_int_equal(status, DLT_OK);
            assert_int_equal(ragged_facts(0)->longest, 3);
        }
        dlt_dataset_close(&it.dataset);
    }
}

static void data_shards_must_agree_on_being_ragged(void **state) {
    (void)state;
    const int64_t offsets[] = {0, 1, 1, 4};
    const dlt_field_requests requests = {.count = 1, .at = {{.name = "t", .required = true}}};
    const dlt_shape none = {.rank = 0};
    dlt_h5_file *file = NULL;
    (void)write_offsets(4, offsets, DLT_H5_I64);
    assert_int_equal(
        rename(scratch_path(&it.files, "a.h5"), scratch_path(&it.files, "s-00000-of-00002.h5")), 0);
    const char *path = scratch_path(&it.files, "s-00001-of-00002.h5");
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(shard_file_put(file, &it.shard, "t", &none, DLT_H5_I32, it.y), DLT_OK);
    dlt_h5_close(&file);
    assert_int_equal(
        dlt_dataset_open(it.h5_lock, scratch_path(&it.files, "s"), &requests, &it.dataset),
        DLT_ERR_FORMAT);
    expect_message("shards disagree: 't' is ragged in ");
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(data_shards_of_any_fields_are_read_back),
        ROW(data_shards_are_written_block_by_block),
        ROW(data_shards_fingerprint_covers_all_fields),
        ROW(data_shards_with_foolish_offsets_are_refused),
        ROW(data_shards_must_agree_on_being_ragged),
    };
#undef ROW
    return cmocka_run_group_tests_name("data_shards", tests, NULL, NULL);
}
