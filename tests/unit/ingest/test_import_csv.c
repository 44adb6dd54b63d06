#include "unit/ingest/import_fixture.h"

#include <stdlib.h>

#include <math.h>

/* A description of table.csv without a test split, with more keys of `csv`. */
static const char *describe(const char *keys) {
    static char text[1024];
    snprintf(text, sizeof text,
             "name: table\nformat:\n  csv: {file: table.csv, target: y, test: 0, "
             "standardize: false%s%s}\n",
             keys[0] == '\0' ? "" : ", ", keys);
    return text;
}

/* Imports table.csv, then reads its rows of x and values of y, sorted by y, which must be 1, 2, …
 */
static void import_sorted(const char *keys, int64_t rows, int64_t features, double *x) {
    double stored_x[64];
    double stored_y[16];
    if (import(describe(keys)) != DLT_OK)
        fail_msg("%s", dlt_error_message());
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F64, &(dlt_shape){2, {rows, features}}, stored_x);
    read_shard("y", DLT_H5_F64, &(dlt_shape){2, {rows, 1}}, stored_y);
    for (int64_t r = 0; r < rows; r++) {
        int64_t place = (int64_t)stored_y[r] - 1;
        assert_in_range(place, 0, rows - 1);
        for (int64_t f = 0; f < features; f++)
            x[place * features + f] = stored_x[r * features + f];
    }
}

static void assert_x(const double *x, int64_t count, const double *expected) {
    for (int64_t i = 0; i < count; i++)
        if (x[i] != expected[i])
            fail_msg("element %lld is %g where %g is expected", (long long)i, x[i], expected[i]);
}

static void data_import_csv_reads_numbers(void **state) {
    (void)state;
    double x[6];
    put_text("table.csv", "a,b,y\n1,-2.5,1\n3e2, 4 ,2\n.5,0,3\n");
    import_sorted("", 3, 2, x);
    assert_x(x, 6, (const double[]){1, -2.5, 300, 4, .5, 0});
    assert_text_attribute("feature_names", "a\nb");
}

static void data_import_csv_takes_crlf_blank_lines_and_a_byte_order_mark(void **state) {
    (void)state;
    double x[2];
    put_text("table.csv", "\xEF\xBB\xBF"
                          "a,y\r\n\r\n1,1\r\n2,2");
    import_sorted("", 2, 1, x);
    assert_x(x, 2, (const double[]){1, 2});
}

static void data_import_csv_takes_quotes(void **state) {
    (void)state;
    double x[4];
    put_text("table.csv", "\"a, \"\"b\"\"\nc\",kind,y\n\"1\",\"u,v\",1\n2,w,\"2\"\n");
    import_sorted("encode: [one_hot: kind], ignore: [0]", 2, 2, x);
    assert_x(x, 4, (const double[]){1, 0, 0, 1});
    assert_text_attribute("feature_names", "kind=u,v\nkind=w");
}

static void data_import_csv_keeps_names_on_one_line(void **state) {
    (void)state;
    put_text("table.csv", "\"a\nb\",y\n1,1\n");
    assert_int_equal(import(describe("")), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    assert_text_attribute("feature_names", "a b");
}

static void data_import_csv_takes_another_separator_and_numbered_columns(void **state) {
    (void)state;
    double x[2];
    put_text("table.csv", "7;1;x\n8;2;x\n");
    assert_int_equal(import("name: t\nformat: {csv: {file: table.csv, header: false, separator: "
                            "\";\", target: \"1\", ignore: [\"2\"], test: 0, standardize: false}}"),
                     DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F64, &(dlt_shape){2, {2, 1}}, x);
    assert_true(x[0] + x[1] == 15);
}

static void data_import_csv_sorts_discovered_categories(void **state) {
    (void)state;
    double x[9];
    put_text("table.csv", "k,y\nred,1\nblue,2\ngreen,3\n");
    import_sorted("encode: [one_hot: k]", 3, 3, x);
    assert_text_attribute("feature_names", "k=blue\nk=green\nk=red");
    assert_x(x, 9, (const double[]){0, 0, 1, 1, 0, 0, 0, 1, 0});
}

static void data_import_csv_keeps_given_categories_in_order(void **state) {
    (void)state;
    double x[6];
    put_text("table.csv", "k,y\nred,1\nblue,2\n");
    import_sorted("encode: [one_hot: {column: k, values: [red, green, blue]}]", 2, 3, x);
    assert_x(x, 6, (const double[]){1, 0, 0, 0, 0, 1});
}

static void data_import_csv_refuses_an_unknown_category(void **state) {
    (void)state;
    put_text("table.csv", "k,y\nred,1\npink,2\n");
    assert_refused(describe("encode: [one_hot: {column: k, values: [red]}]"), DLT_ERR_FORMAT,
                   "table.csv:3: 'pink' is not among the values of column 'k'");
}

static void data_import_csv_replaces_missing_by_the_median(void **state) {
    (void)state;
    double x[5];
    put_text("table.csv", "a,y\n1,1\n,2\n2,3\n100,4\n4,5\n");
    import_sorted("missing: median", 5, 1, x);
    assert_x(x, 5, (const double[]){1, 3, 2, 100, 4});
}

static void data_import_csv_replaces_missing_by_the_mean(void **state) {
    (void)state;
    double x[3];
    put_text("table.csv", "a,y\n1,1\nNA,2\n4,3\n");
    import_sorted("missing: mean, missing_tokens: [NA]", 3, 1, x);
    assert_x(x, 3, (const double[]){1, 2.5, 4});
}

static void data_import_csv_drops_records_with_missing_values(void **state) {
    (void)state;
    double x[2];
    put_text("table.csv", "a,y\n1,1\n,9\n4,2\n5,\n");
    import_sorted("missing: drop", 2, 1, x);
    assert_x(x, 2, (const double[]){1, 4});
}

static void data_import_csv_refuses_missing_values_by_default(void **state) {
    (void)state;
    put_text("table.csv", "a,y\n1,1\n,2\n");
    assert_refused(describe(""), DLT_ERR_FORMAT, "table.csv:3: column 'a' has no value");
}

static void data_import_csv_refuses_a_missing_target(void **state) {
    (void)state;
    put_text("table.csv", "a,y\n1,1\n2,\n");
    assert_refused(describe("missing: mean"), DLT_ERR_FORMAT,
                   "table.csv:3: column 'y' has no value");
}

static void data_import_csv_scales_the_target(void **state) {
    (void)state;
    double x[2];
    put_text("table.csv", "a,y\n1,100\n2,200\n");
    import_sorted("target_scale: 100", 2, 1, x);
    assert_x(x, 2, (const double[]){1, 2});
}

static void data_import_csv_numbers_classes(void **state) {
    (void)state;
    int32_t y[3];
    double x[3];
    put_text("table.csv", "a,y\n0,M\n1,B\n2,M\n");
    assert_int_equal(
        import("name: t\nclasses: [benign, malignant]\nformat: {csv: {file: table.csv, "
               "target: y, target_kind: class, target_values: [B, M], test: 0, "
               "standardize: false}}"),
        DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {3}}, y);
    read_shard("x", DLT_H5_F64, &(dlt_shape){2, {3, 1}}, x);
    for (int i = 0; i < 3; i++)
        assert_int_equal(y[i], x[i] != 1);
    assert_text_attribute("class_names", "benign\nmalignant");
}

static void data_import_csv_standardizes_by_the_training_part(void **state) {
    (void)state;
    char table[1024] = "a,b,y\n";
    double raw_mean[2];
    double raw_std[2];
    double x[2 * 16];
    double y[16];
    for (int i = 0; i < 20; i++)
        snprintf(table + strlen(table), sizeof table - strlen(table), "%d,7,%d\n", i * i, i);
    put_text("table.csv", table);
    assert_int_equal(
        import("name: t\nformat: {csv: {file: table.csv, target: y, test: 0.2, seed: 3}}"), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F64, &(dlt_shape){2, {16, 2}}, x);
    read_shard("y", DLT_H5_F64, &(dlt_shape){2, {16, 1}}, y);
    read_attribute("raw_mean", 2, raw_mean);
    read_attribute("raw_std", 2, raw_std);
    double mean = 0;
    double square = 0;
    for (int i = 0; i < 16; i++) {
        mean += y[i] * y[i] / 16;
        square += pow(y[i], 4) / 16;
    }
    /* Sums of 16 terms of at most 361^2, rounded in double: 16 eps 361^2 / std < 1e-11. */
    assert_true(fabs(raw_mean[0] - mean) < 1e-10);
    assert_true(fabs(raw_std[0] - sqrt(square - mean * mean)) < 1e-9);
    assert_true(raw_mean[1] == 7 && raw_std[1] == 1);
    for (int i = 0; i < 16; i++) {
        /* |x| < 4, stored as float. */
        assert_true(fabs(x[2 * i] - (y[i] * y[i] - raw_mean[0]) / raw_std[0]) < 4 * 0x1p-24);
        assert_true(x[2 * i + 1] == 0);
    }
}

static void data_import_csv_splits_every_record_once(void **state) {
    (void)state;
    char table[4096] = "a,y\n";
    double train[80];
    double test[20];
    int seen[100] = {0};
    for (int i = 0; i < 100; i++)
        snprintf(table + strlen(table), sizeof table - strlen(table), "0,%d\n", i);
    put_text("table.csv", table);
    assert_int_equal(import("name: t\nformat: {csv: {file: table.csv, target: y, test: 0.2}}"),
                     DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("y", DLT_H5_F64, &(dlt_shape){2, {80, 1}}, train);
    open_shard("test-00000-of-00001.h5");
    read_shard("y", DLT_H5_F64, &(dlt_shape){2, {20, 1}}, test);
    for (int i = 0; i < 80; i++)
        seen[(int)train[i]]++;
    for (int i = 0; i < 20; i++)
        seen[(int)test[i]]++;
    for (int i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
}

/* A file, keys of its description, and what the refusal must say. */
typedef struct bad_table {
    const char *text;
    const char *keys;
    dlt_status code;
    const char *words;
} bad_table;

static const bad_table bad_tables[] = {
    {"", "", DLT_ERR_FORMAT, "table.csv is empty"},
    {"a,y\n", "", DLT_ERR_FORMAT, "has no records"},
    {"a,y\n,1\n", "missing: drop", DLT_ERR_FORMAT, "has no records without missing values"},
    {"a,y\n1,2\n\"3,4\n", "", DLT_ERR_FORMAT, "table.csv:3: the quote opened on this line"},
    {"a,y\n\"1\"2,3\n", "", DLT_ERR_FORMAT, "table.csv:2: a separator or line end is expected"},
    {"a,y\n1\"2,3\n", "", DLT_ERR_FORMAT, "table.csv:2: a quote stands inside"},
    {"a,y\n1,2\n1,2,3\n", "", DLT_ERR_FORMAT, "table.csv:3: this record has 3 fields where 2"},
    {"a,y\n1,2\n1\n", "", DLT_ERR_FORMAT, "table.csv:3: this record has 1 fields where 2"},
    {"a,y\none,2\n", "", DLT_ERR_FORMAT, "table.csv:2: 'one' in column 'a' is not a number"},
    {"a,y\n1,2x\n", "", DLT_ERR_FORMAT, "table.csv:2: '2x' in column 'y' is not a number"},
    {"a,y\nnan,2\n", "", DLT_ERR_FORMAT, "'nan' in column 'a' is not a number"},
    {"a,y\n1e39,2\n", "", DLT_ERR_FORMAT, "'1e39' in column 'a' is too large"},
    {"a,b\n1,2\n", "", DLT_ERR_CONFIG, "has no column 'y' (given as target); it has: a, b"},
    {"a,y\n1,2\n", "ignore: [z]", DLT_ERR_CONFIG, "has no column 'z' (given as ignore)"},
    {"a,y\n1,2\n", "ignore: [y]", DLT_ERR_CONFIG, "the target 'y' is also ignored"},
    {"a,y\n1,2\n", "ignore: [a]", DLT_ERR_FORMAT, "makes 0 features"},
    {"a,y\n1,2\n", "columns: [a, y, z]", DLT_ERR_CONFIG, "there are 2 columns"},
    {"a,y\n1,2\n", "separator: \",,\"", DLT_ERR_CONFIG, "the separator must be one character"},
    {"a,y\n1,1e30\n", "target_scale: 1e-30", DLT_ERR_FORMAT, "too large once scaled"},
    {"a,y\n,2\n,3\n", "missing: mean", DLT_ERR_FORMAT, "has no value in the training split"},
};

static void data_import_csv_refuses_bad_tables(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_tables / sizeof bad_tables[0]; i++) {
        const bad_table *bad = &bad_tables[i];
        put_text("table.csv", bad->text);
        assert_refused(describe(bad->keys), bad->code, bad->words);
    }
}

static void data_import_csv_refuses_zero_bytes(void **state) {
    (void)state;
    put("table.csv", "a,y\n1\0,2\n", 9);
    assert_refused(describe(""), DLT_ERR_FORMAT, "table.csv:2: this line holds a zero byte");
}

static void data_import_csv_bounds_a_record(void **state) {
    (void)state;
    enum { BYTES = 5 << 20 };
    char *text = malloc(BYTES);
    memset(text, 'a', BYTES);
    memcpy(text, "a,y\n\"", 5);
    put("table.csv", text, BYTES);
    free(text);
    assert_refused(describe(""), DLT_ERR_FORMAT, "table.csv:2: this record is too large");
}

static void data_import_csv_refuses_too_many_categories(void **state) {
    (void)state;
    char *table = malloc(1 << 16);
    strcpy(table, "k,y\n");
    size_t used = strlen(table);
    for (int i = 0; i <= 1024; i++)
        used += (size_t)sprintf(table + used, "word%d,1\n", i);
    put_text("table.csv", table);
    free(table);
    assert_refused(describe("encode: [one_hot: k]"), DLT_ERR_FORMAT,
                   "more than 1024 different values");
}

static void data_import_csv_refuses_a_split_without_test_records(void **state) {
    (void)state;
    put_text("table.csv", "a,y\n1,2\n3,4\n");
    assert_refused("name: t\nformat: {csv: {file: table.csv, target: y, test: 0.2}}",
                   DLT_ERR_CONFIG, "too few for a test split");
}

static void data_import_csv_refuses_a_file_in_two_parts(void **state) {
    (void)state;
    static const char *const names[] = {"a.csv", "./a.csv", "hard.csv", "soft.csv", "[as]*.csv"};
    char text[200];
    put_text("a.csv", "x,y\n1,2\n3,4\n");
    put_text("b.csv", "x,y\n1,2\n3,4\n");
    char *from = strdup(scratch_path(&it.files, "in/a.csv"));
    assert_int_equal(link(from, scratch_path(&it.files, "in/hard.csv")), 0);
    assert_int_equal(symlink("a.csv", scratch_path(&it.files, "in/soft.csv")), 0);
    free(from);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(text, sizeof text,
                 "{name: t, format: {csv: {file: a.csv, target: y, test: '%s'}}}", names[i]);
        assert_refused(text, DLT_ERR_CONFIG, "is named twice: for two splits, or under two names");
    }
    assert_refused("{name: t, format: {csv: {file: [b.csv, a.csv, soft.csv], target: y, test: 0}}}",
                   DLT_ERR_CONFIG, "soft.csv is named twice");
    assert_int_equal(import("{name: t, format: {csv: {file: a.csv, target: y, test: b.csv}}}"),
                     DLT_OK);
}

static void data_import_csv_survives_each_allocation_failing(void **state) {
    (void)state;
    const char *keys = "encode: [one_hot: k], missing: median";
    dlt_status status = DLT_ERR_MEM;
    int64_t nth = 0;
    put_text("table.csv", "k,a,y\nu,1,1\nv,,2\n");
    while (status == DLT_ERR_MEM) {
        dlt_alloc_fail_at(++nth);
        status = import(describe(keys));
        dlt_alloc_fail_at(0);
        if (status == DLT_ERR_MEM)
            assert_int_equal(files_out(), 0);
    }
    assert_int_equal(status, DLT_OK);
    assert_true(nth > 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_csv_reads_numbers),
        TEST(data_import_csv_takes_crlf_blank_lines_and_a_byte_order_mark),
        TEST(data_import_csv_takes_quotes),
        TEST(data_import_csv_keeps_names_on_one_line),
        TEST(data_import_csv_takes_another_separator_and_numbered_columns),
        TEST(data_import_csv_sorts_discovered_categories),
        TEST(data_import_csv_keeps_given_categories_in_order),
        TEST(data_import_csv_refuses_an_unknown_category),
        TEST(data_import_csv_replaces_missing_by_the_median),
        TEST(data_import_csv_replaces_missing_by_the_mean),
        TEST(data_import_csv_drops_records_with_missing_values),
        TEST(data_import_csv_refuses_missing_values_by_default),
        TEST(data_import_csv_refuses_a_missing_target),
        TEST(data_import_csv_scales_the_target),
        TEST(data_import_csv_numbers_classes),
        TEST(data_import_csv_standardizes_by_the_training_part),
        TEST(data_import_csv_splits_every_record_once),
        TEST(data_import_csv_refuses_bad_tables),
        TEST(data_import_csv_refuses_zero_bytes),
        TEST(data_import_csv_bounds_a_record),
        TEST(data_import_csv_refuses_too_many_categories),
        TEST(data_import_csv_refuses_a_split_without_test_records),
        TEST(data_import_csv_refuses_a_file_in_two_parts),
        TEST(data_import_csv_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
