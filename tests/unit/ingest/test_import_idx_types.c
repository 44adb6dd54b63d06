/* IDX files of all types and ranks, and several of them. */
#include "unit/ingest/import_fixture.h"

#include <math.h>

/* A file that grows at its end. */
typedef struct idx_bytes {
    unsigned char at[4096];
    size_t count;
} idx_bytes;

static void add_big_endian(idx_bytes *file, uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--)
        file->at[file->count++] = (unsigned char)(value >> (8 * i));
}

/* The header of a file of that type and these dimensions, 0 at their end. */
static idx_bytes begin_file(unsigned type, const uint32_t *dimensions) {
    idx_bytes file = {.count = 0};
    int rank = 0;
    while (dimensions[rank] != 0)
        rank++;
    add_big_endian(&file, type << 8 | (unsigned)rank, 4);
    for (int d = 0; d < rank; d++)
        add_big_endian(&file, dimensions[d], 4);
    return file;
}

static void add_value(idx_bytes *file, unsigned type, double value) {
    const float single = (float)value;
    uint32_t half = 0;
    uint64_t bits = 0;
    memcpy(&half, &single, sizeof half);
    memcpy(&bits, &value, sizeof bits);
    if (type == 0x0D)
        add_big_endian(file, half, 4);
    else if (type == 0x0E)
        add_big_endian(file, bits, 8);
    else
        add_big_endian(file, (uint64_t)(int64_t)value, type == 0x0C ? 4 : type == 0x0B ? 2 : 1);
}

/* Writes in/NAME with count values from a list. */
static void put_idx(const char *name, unsigned type, const uint32_t *dimensions, int count,
                    const double *values) {
    idx_bytes file = begin_file(type, dimensions);
    for (int i = 0; i < count; i++)
        add_value(&file, type, values[i]);
    put(name, file.at, file.count);
}

static const char one_pair[] = "{name: t, format: {idx: {train: {x: x, y: y}}}}";
static const uint32_t three[] = {3, 0};
static const uint32_t three_by_two[] = {3, 2, 0};
static const double labels[] = {0, 2, 1};

static void data_import_idx_reads_each_type(void **state) {
    (void)state;
    static const struct {
        unsigned type;
        double values[6];
    } rows[] = {{0x09, {-128, 127, 0, -1, 1, 5}},
                {0x0B, {-32768, 32767, 256, -256, 1, -2}},
                {0x0C, {-16777216, 16777216, 65536, -65537, 1, 0}},
                {0x0D, {-1.5, 3e38, 1e-38, 0.1F, 0, 7}},
                {0x0E, {-1.5, 3e38, 0.25, 1e-30, 0, 7}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float x[6];
        int32_t y[3];
        put_idx("x", rows[i].type, three_by_two, 6, rows[i].values);
        put_idx("y", rows[(i + 1) % 3].type, three, 3, labels);
        assert_int_equal(import_to(one_pair, 1, true), DLT_OK);
        open_shard("train-00000-of-00001.h5");
        read_shard("x", DLT_H5_F32, &(dlt_shape){2, {3, 2}}, x);
        read_shard("y", DLT_H5_I32, &(dlt_shape){1, {3}}, y);
        for (int k = 0; k < 6; k++)
            assert_true(x[k] == (float)rows[i].values[k]);
        assert_true(y[0] == 0 && y[1] == 2 && y[2] == 1);
    }
}

/* Samples of one to five dimensions; two become an image of one channel. */
static void data_import_idx_reads_each_rank(void **state) {
    (void)state;
    static const struct {
        uint32_t dimensions[7];
        dlt_shape stored;
        unsigned type;
    } rows[] = {{{3, 0}, {2, {3, 1}}, 0x0D},
                {{3, 2, 0}, {2, {3, 2}}, 0x08},
                {{3, 1, 2, 0}, {4, {3, 1, 2, 1}}, 0x09},
                {{3, 1, 2, 1, 0}, {4, {3, 1, 2, 1}}, 0x08},
                {{3, 1, 1, 2, 1, 0}, {5, {3, 1, 1, 2, 1}}, 0x0B},
                {{3, 1, 1, 2, 1, 1, 0}, {6, {3, 1, 1, 2, 1, 1}}, 0x0E}};
    static const double values[6] = {1, 2, 3, 4, 5, 6};
    put_idx("y", 0x08, three, 3, labels);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float x[6];
        uint8_t bytes[6];
        const int count = i == 0 ? 3 : 6;
        const bool is_bytes = rows[i].type == 0x08;
        put_idx("x", rows[i].type, rows[i].dimensions, count, values);
        assert_int_equal(import_to(one_pair, 1, true), DLT_OK);
        open_shard("train-00000-of-00001.h5");
        read_shard("x", is_bytes ? DLT_H5_U8 : DLT_H5_F32, &rows[i].stored,
                   is_bytes ? (void *)bytes : (void *)x);
        for (int k = 0; k < count; k++)
            assert_true((is_bytes ? (double)bytes[k] : (double)x[k]) == values[k]);
    }
}

static void data_import_idx_reads_values_as_targets(void **state) {
    (void)state;
    static const double values[6] = {-1, 2.5, 3, 4, 5, 6};
    float y[6];
    put_idx("x", 0x08, three_by_two, 6, (const double[]){1, 2, 3, 4, 5, 6});
    put_idx("y", 0x0E, three, 3, values);
    assert_int_equal(import_to(one_pair, 1, true), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("y", DLT_H5_F32, &(dlt_shape){2, {3, 1}}, y);
    assert_true(y[0] == -1 && y[1] == 2.5F && y[2] == 3);
    put_idx("y", 0x0D, three_by_two, 6, values);
    assert_int_equal(import_to(one_pair, 1, true), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("y", DLT_H5_F32, &(dlt_shape){2, {3, 2}}, y);
    assert_true(y[1] == 2.5F && y[5] == 6);
}

/* A split that is named in half would be none, and splits of two kinds would be trained on one and
 * tested on the other. */
static void data_import_idx_refuses_parts_that_differ(void **state) {
    (void)state;
    static const char *const splits[][2] = {
        {"test: {x: x2}", "split 'test' of t has x but no y"},
        {"validation: {y: y2}", "split 'validation' of t has y but no x"},
        {"test: {x: x2, y: y3}",
         "the targets of split 'test' of t are values, but those of split 'train' are labels"},
        {"validation: {x: x2, y: y4}", "the targets of split 'validation' of t are values"},
        {"test: {x: x3, y: y2}",
         "the samples of split 'test' of t are uint8, but those of split 'train' are float32"},
    };
    static const double values[6] = {1, 2, 3, 4, 5, 6};
    char text[200];
    put_idx("x", 0x0B, three_by_two, 6, values);
    put_idx("x2", 0x0B, three_by_two, 6, values);
    put_idx("x3", 0x08, three_by_two, 6, values);
    put_idx("y", 0x08, three, 3, labels);
    put_idx("y2", 0x0C, three, 3, labels);
    put_idx("y3", 0x0D, three, 3, labels);
    put_idx("y4", 0x0D, three_by_two, 6, values);
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        snprintf(text, sizeof text, "{name: t, format: {idx: {train: {x: x, y: y}, %s}}}",
                 splits[i][0]);
        assert_int_not_equal(import(text), DLT_OK);
        if (strstr(dlt_error_message(), splits[i][1]) == NULL)
            fail_msg("'%s' does not say '%s'", dlt_error_message(), splits[i][1]);
        assert_int_not_equal(access(scratch_path(&it.files, "out"), F_OK), 0);
    }
    assert_refused("{name: t, format: {idx: {train: {x: x, y: y3}, test: {x: x2, y: y4}}}}",
                   DLT_ERR_FORMAT, "have the shape [2]");
    assert_int_equal(
        import("{name: t, format: {idx: {train: {x: x, y: y}, test: {x: x2, y: y2}}}}"), DLT_OK);
}

/* Samples of several files follow each other, each with its file of labels. */
static void data_import_idx_reads_several_files(void **state) {
    (void)state;
    static const char *const descriptions[] = {
        "{name: t, format: {idx: {train: {x: [x-a, x-b], y: [y-a, y-b]}}}}",
        "{name: t, format: {idx: {train: {x: x-*, y: \"y-?\"}}}}",
        "{name: t, format: {idx: {train: {x: \"x-[ab]\", y: [y-a, y-b]}, test: {x: tx, y: ty}, "
        "validation: {x: vx, y: vy}}}}"};
    static const double first[6] = {1, 2, 3, 4, 5, 6};
    static const double second[4] = {7, 8, 9, 10};
    static const double others[2] = {1, 0};
    put_idx("x-a", 0x0B, three_by_two, 6, first);
    put_idx("y-a", 0x08, three, 3, labels);
    put_idx("x-b", 0x0B, (const uint32_t[]){2, 2, 0}, 4, second);
    put_idx("y-b", 0x08, (const uint32_t[]){2, 0}, 2, others);
    put_idx("tx", 0x0B, (const uint32_t[]){2, 2, 0}, 4, second);
    put_idx("ty", 0x08, (const uint32_t[]){2, 0}, 2, others);
    put_idx("vx", 0x0B, three_by_two, 6, first);
    put_idx("vy", 0x08, three, 3, labels);
    for (int i = 0; i < 3; i++) {
        float x[10];
        int32_t y[5];
        assert_int_equal(import_to(descriptions[i], 1, true), DLT_OK);
        open_shard("train-00000-of-00001.h5");
        read_shard("x", DLT_H5_F32, &(dlt_shape){2, {5, 2}}, x);
        read_shard("y", DLT_H5_I32, &(dlt_shape){1, {5}}, y);
        for (int k = 0; k < 10; k++)
            assert_true(x[k] == (float)(k + 1));
        assert_true(y[1] == 2 && y[2] == 1 && y[3] == 1 && y[4] == 0);
    }
    assert_int_equal(files_out(), 3);
}

static void data_import_idx_refuses_files_that_do_not_pair(void **state) {
    (void)state;
    static const double values[6] = {1, 2, 3, 4, 5, 6};
    put_idx("x", 0x0B, three_by_two, 6, values);
    put_idx("x2", 0x0C, three_by_two, 6, values);
    put_idx("x3", 0x0B, (const uint32_t[]){3, 1, 0}, 3, values);
    put_idx("y", 0x08, three, 3, labels);
    put_idx("y2", 0x08, (const uint32_t[]){2, 0}, 2, labels);
    put_idx("y3", 0x08, three, 3, labels);
    assert_refused("{name: t, format: {idx: {train: {x: [x, x2], y: y}}}}", DLT_ERR_CONFIG,
                   "x names 2 files and y 1");
    assert_refused("{name: t, format: {idx: {train: {x: [x, x2], y: [y, y3]}}}}", DLT_ERR_FORMAT,
                   "x2 holds 32-bit integers [2], but");
    assert_refused("{name: t, format: {idx: {train: {x: [x, x3], y: [y, y3]}}}}", DLT_ERR_FORMAT,
                   "x3 holds 16-bit integers [1], but");
    assert_refused("{name: t, format: {idx: {train: {x: x, y: y2}}}}", DLT_ERR_FORMAT,
                   "has 3 samples but");
    assert_refused("{name: t, format: {idx: {train: {x: [x, x], y: [y, y]}}}}", DLT_ERR_CONFIG,
                   "x twice");
    assert_refused("{name: t, format: {idx: {train: {x: \"z*\", y: [y, y]}}}}", DLT_ERR_IO,
                   "no file matches z*");
}

static void data_import_idx_refuses_what_float32_cannot_hold(void **state) {
    (void)state;
    static const double rows[] = {1e39, -1e300, INFINITY, NAN};
    put_idx("y", 0x08, three, 3, labels);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_idx("x", 0x0E, three_by_two, 6, (const double[]){0, 1, 2, rows[i], 4, 5});
        assert_refused(one_pair, DLT_ERR_FORMAT, "x: sample 1 has the value");
        assert_non_null(strstr(dlt_error_message(), "which float32 cannot hold"));
    }
    put_idx("x", 0x0D, three_by_two, 6, (const double[]){0, 1, 2, 3, 4, 5});
    put_idx("y", 0x0B, three, 3, (const double[]){0, -1, 2});
    assert_refused(one_pair, DLT_ERR_FORMAT, "y: label -1 of sample 1 is negative");
}

/* Whole numbers that lose digits are counted. */
static void data_import_idx_counts_rounded_integers(void **state) {
    (void)state;
    char told[2000] = "";
    const char *path = scratch_path(&it.files, "set.yaml");
    put_idx("x", 0x0C, three_by_two, 6, (const double[]){16777217, -16777219, 16777218, 3, 4, 5});
    put_idx("y", 0x0C, three, 3, labels);
    scratch_write(path, one_pair, sizeof one_pair - 1);
    FILE *report = fmemopen(told, sizeof told - 1, "w");
    dlt_import_options options = {.description = path,
                                  .source = scratch_path(&it.files, "in"),
                                  .output = {.folder = scratch_path(&it.files, "out")}};
    assert_int_equal(dlt_import(&options, &(dlt_line_sink){dlt_line_to_file, report}), DLT_OK);
    fclose(report);
    if (strstr(told, "x: 2 integers beyond 16,777,216 are rounded to float32") == NULL)
        fail_msg("'%s' was told", told);
}

/* A file is in one split, whatever it is called there. Samples may be their own targets. */
static void data_import_idx_refuses_a_file_in_two_parts(void **state) {
    (void)state;
    static const char *const tests[] = {
        "x: x, y: y",      "x: x, y: y2",    "x: x2, y: y",      "x: ./x, y: y2",
        "x: soft, y: y2",  "x: hard, y: y2", "x: x2, y: hard_y", "x: [x2, x], y: [y2, y3]",
        "x: 'sof?', y: y2"};
    char text[300];
    put_idx("x", 0x08, three_by_two, 6, (const double[]){0, 1, 2, 3, 4, 5});
    put_idx("x2", 0x08, three_by_two, 6, (const double[]){0, 1, 2, 3, 4, 5});
    put_idx("y", 0x08, three, 3, labels);
    put_idx("y2", 0x08, three, 3, labels);
    put_idx("y3", 0x08, three, 3, labels);
    char *from = strdup(scratch_path(&it.files, "in/x"));
    assert_int_equal(link(from, scratch_path(&it.files, "in/hard")), 0);
    assert_int_equal(symlink("x", scratch_path(&it.files, "in/soft")), 0);
    free(from);
    from = strdup(scratch_path(&it.files, "in/y"));
    assert_int_equal(link(from, scratch_path(&it.files, "in/hard_y")), 0);
    free(from);
    for (size_t i = 0; i < 2 * sizeof tests / sizeof tests[0]; i++) {
        snprintf(text, sizeof text, "{name: t, format: {idx: {train: {x: x, y: y}, %s: {%s}}}}",
                 i % 2 == 0 ? "test" : "validation", tests[i / 2]);
        assert_refused(text, DLT_ERR_CONFIG, "is named twice: for two splits, or under two names");
    }
    assert_int_equal(
        import("{name: t, format: {idx: {train: {x: x, y: x}, test: {x: x2, y: x2}}}}"), DLT_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_idx_reads_each_type),
        TEST(data_import_idx_reads_each_rank),
        TEST(data_import_idx_reads_values_as_targets),
        TEST(data_import_idx_refuses_parts_that_differ),
        TEST(data_import_idx_reads_several_files),
        TEST(data_import_idx_refuses_files_that_do_not_pair),
        TEST(data_import_idx_refuses_what_float32_cannot_hold),
        TEST(data_import_idx_counts_rounded_integers),
        TEST(data_import_idx_refuses_a_file_in_two_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
