/* Odd tables: each is taken as it is stored, or told of in a note, or refused with a sentence; none
 * becomes other numbers, names or classes in silence. */
#include "unit/ingest/import_fixture.h"

#include <stdlib.h>

/* A description of table.csv without a test split, with more keys of `csv`. */
static const char *describe(const char *keys) {
    static char text[1024];
    snprintf(text, sizeof text,
             "name: table\nformat:\n  csv: {file: table.csv, target: y, test: 0, "
             "standardize: false%s%s}\n",
             keys[0] == '\0' ? "" : ", ", keys);
    return text;
}

/* Imports, and gives what was reported in a text to free. */
static char *import_told(const char *description) {
    char *told = NULL;
    size_t bytes = 0;
    FILE *report = open_memstream(&told, &bytes);
    const char *path = scratch_path(&it.files, "set.yaml");
    scratch_write(path, description, strlen(description));
    dlt_import_options options = {
        .description = path,
        .source = scratch_path(&it.files, "in"),
        .output = {.folder = scratch_path(&it.files, "out"), .overwrite = true}};
    dlt_status status = dlt_import(&options, &(dlt_line_sink){dlt_line_to_file, report});
    fclose(report);
    if (status != DLT_OK)
        fail_msg("%s", dlt_error_message());
    open_shard("train-00000-of-00001.h5");
    return told;
}

static void assert_told(const char *keys, const char *words) {
    char *told = import_told(describe(keys));
    if (words == NULL ? strstr(told, "note:") != NULL : strstr(told, words) == NULL)
        fail_msg("'%s' was told, not '%s'", told, words != NULL ? words : "nothing");
    free(told);
}

/* A file, keys of its description, and what the refusal must say. */
typedef struct odd_table {
    const char *text;
    const char *keys;
    const char *words;
} odd_table;

static const odd_table refused[] = {
    /* names */
    {"a,b,a,y\n1,2,3,4\n", "", "columns 0 and 2 (from 0) are both named 'a'"},
    {"a, a ,y\n1,2,3\n", "", "are both named 'a'"},
    {"y,a,y\n1,2,3\n", "", "are both named 'y'"},
    {"1,2\n", "header: false, columns: [y, y]", "are both named 'y'"},
    {",a,y\n0,1,2\n", "", "column 0 (from 0) has no name in the header, but the value '0'"},
    {"a,,y\n1,2,3\n", "", "ignore: [\"1\"]"},
    {"a,y,\n1,2,\n3,4,5\n", "", "table.csv:3: column 2 (from 0) has no name"},
    {"a,y\n1,2,3\n", "", "has 3 fields where 2 are expected"},
    {"a,b,y\n1,2\n", "", "has 2 fields where 3 are expected"},
    {"a,b,y\n1,2,3\n", "columns: [b, a, y]",
     "`columns` gives column 0 the name 'b', which column 1"},
    {"a;y\n1;2\n", "", "there is no separator ',', but there is ';'"},
    {"a\ty\n1\t2\n", "", "but there is '\\t'"},
    {"a,y\n1,2\n", "separator: \";\"", "there is no separator ';', but there is ','"},
    {"a\xE9,y\n1,2\n", "", "the name of column 0 is not UTF-8"},
    {"a\xED\xBF\xBF,y\n1,2\n", "", "the name of column 0 is not UTF-8"},
    /* files */
    {"\xFF\xFE"
     "a",
     "", "is UTF-16"},
    {"PK\x03\x04", "", "is a ZIP archive or a spreadsheet"},
    {"\xEF\xBB\xBF", "", "is empty"},
    {"\n\n", "", "is empty"},
    {"a,y\n\n", "", "has no records"},
    /* numbers */
    {"a,y\n\"1,234\",2\n", "", "comma is not understood"},
    {"a,y\n\"1,5\",2\n", "", "comma is not understood"},
    {"a,y\ntrue,2\n", "", "a truth value; list the column in `encode`"},
    {"a,y\nNo,2\n", "", "a truth value"},
    {"a,y\n2024-05-01,2\n", "", "a date or time"},
    {"a,y\n12:30:00,2\n", "", "a date or time"},
    {"a,y\n5/6/2020,2\n", "", "a date or time"},
    {"a,y\n0x10,2\n", "", "is not a number"},
    {"a,y\n1_000,2\n", "", "is not a number"},
    {"a,y\n5%,2\n", "", "is not a number"},
    {"a,y\ninf,2\n", "", "is not a number"},
    {"a,y\n-Infinity,2\n", "", "is not a number"},
    {"a,y\n1e400,2\n", "", "too large a number"},
    {"a,y\nNA,2\n", "", "list it in `missing_tokens`"},
    {"a,y\n?,2\n", "", "list it in `missing_tokens`"},
    {"a,y\n-,2\n", "", "list it in `missing_tokens`"},
    {"a,y\nnull,2\n", "", "list it in `missing_tokens`"},
    {"a,y\n  ,2\n", "", "column 'a' has no value"},
    {"a,y\n1, \n", "missing: mean", "column 'y' has no value; only `missing: drop`"},
    {"k,y\n ,2\n", "encode: [one_hot: k], missing: mean",
     "`missing_category: category` or `zeros`"},
    /* categories and classes */
    {"a,y\n1,1\n2,1.0\n", "target_kind: class", "'1' and '1.0', which are the same number"},
    {"a,y\n1,01\n2,1\n", "target_kind: class", "'01' and '1', which are the same number"},
    {"k,y\n2,1\n2e0,1\n", "encode: [one_hot: k]", "which are the same number"},
    {"k,y\nu,1\n", "encode: [one_hot: {column: k, values: [u, u]}]", "given the value 'u' twice"},
    {"k,y\nw,1\n", "encode: [one_hot: {column: k, values: [u]}]", "'w' is not among the values"},
    {"a,y\n1,no\n", "target_kind: class, target_values: [yes]", "'no' is not among the classes"},
    {"k,y\nna\xEFve,1\n", "encode: [one_hot: k]", "text that is not UTF-8"},
    {"k,y\n\xE0\x80\xAF,1\n", "encode: [one_hot: k]", "text that is not UTF-8"},
    {"k,y\n\xED\xA0\x80,1\n", "encode: [one_hot: k]", "text that is not UTF-8"},
    {"k,y\n\xF4\x90\x80\x80,1\n", "encode: [one_hot: k]", "text that is not UTF-8"},
};

static void data_import_csv_refuses_odd_tables(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const odd_table *odd = &refused[i];
        put_text("table.csv", odd->text);
        assert_int_not_equal(import(describe(odd->keys)), DLT_OK);
        if (strstr(dlt_error_message(), odd->words) == NULL)
            fail_msg("'%s' does not say '%s'", dlt_error_message(), odd->words);
        assert_int_not_equal(access(scratch_path(&it.files, "out"), F_OK), 0);
    }
}

static void data_import_csv_refuses_a_header_of_numbers(void **state) {
    (void)state;
    put_text("table.csv", "5.1,3.5,0\n4.9,3.0,1\n");
    assert_refused("name: t\nformat: {csv: {file: table.csv, target: \"2\", test: 0}}",
                   DLT_ERR_FORMAT, "the header holds numbers alone");
    put_text("table.csv", "0,1,2\n4.9,3.0,1\n4.7,3.0,1\n");
    assert_int_equal(import("name: t\nformat: {csv: {file: table.csv, target: \"2\", test: 0}}"),
                     DLT_OK);
}

/* A file, keys of its description, and the note; NULL: there must be none. */
static const odd_table told[] = {
    {"a,y\n1,2\n?,3\n4,5\n", "missing: drop, missing_tokens: [\"?\"]",
     "table.csv: 1 records are left out for a missing value"},
    {"a,y\n1,2\n,3\n4,5\n", "missing: mean", "1 missing values of column 'a' are replaced by 2.5"},
    {"a,y\n1,2\n , 3\n 4 ,5\n", "missing: median", "1 missing values of column 'a'"},
    {"a,y\n7,2\n7,3\n", "", "column 'a' has the same value in all training records"},
    {"a,y,\n1,2,\n3,4,\n", "", "column 2 has neither name nor values and is left out"},
    {"a,y\n16777217,1\n3,2\n", "", "1 whole numbers of column 'a' are beyond 2^24"},
    {"k,a,y\n?,1,1\nu,2,2\n", "encode: [one_hot: k]",
     "1 fields of column 'k' are a category such as '?'"},
    {"k,a,y\nNA,1,1\nu,2,2\n", "encode: [one_hot: k]", "such as 'NA'"},
    {"k,a,y\nw,1,1\nu,2,2\n", "encode: [one_hot: {column: k, values: [u]}], unseen: zeros",
     "1 words of column 'k' are no category and become 0"},
    {"k,a,y\nw,1,1\nu,2,2\n", "encode: [one_hot: {column: k, values: [u]}], unseen: drop",
     "1 records are left out for a word that is no category"},
    {"a,y\n1,2\n3,4\n", "", NULL},
    {"k,a,y\nu,1,1\nw,2,2\n", "encode: [one_hot: k]", NULL},
};

static void data_import_csv_tells_what_it_left_out(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        put_text("table.csv", told[i].text);
        assert_told(told[i].keys, told[i].words);
    }
}

static void data_import_csv_takes_every_line_end(void **state) {
    (void)state;
    static const char *const texts[] = {"a,y\n1,2\n3,4\n", "a,y\r\n1,2\r\n3,4\r\n",
                                        "a,y\r1,2\r3,4\r", "a,y\r\n1,2\r\n3,4"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double x[2];
        put_text("table.csv", texts[i]);
        free(import_told(describe("")));
        read_shard("x", DLT_H5_F64, &(dlt_shape){2, {2, 1}}, x);
        assert_true(x[0] + x[1] == 4);
    }
}

/* Also where CR and LF lie in different buffers of the reader. */
static void data_import_csv_takes_line_ends_across_buffers(void **state) {
    (void)state;
    enum { ROWS = 40000 };
    char *text = malloc(ROWS * 8 + 16);
    size_t used = (size_t)sprintf(text, "a,y\r\n");
    for (int i = 0; i < ROWS; i++)
        used += (size_t)sprintf(text + used, "%d,1\r\n", i % 10);
    put("table.csv", text, used);
    free(text);
    char *report = import_told(describe(""));
    assert_non_null(strstr(report, "train: 40000 samples"));
    free(report);
}

static void data_import_csv_takes_blanks_around_words(void **state) {
    (void)state;
    put_text("table.csv",
             "age, work ,y\n1, Private ,1\n2,\"State\" ,2\n3, \"Private\",3\n4, ?,4\n");
    char *report =
        import_told(describe("encode: [one_hot: work], missing: drop, missing_tokens: [\" ?\"]"));
    assert_non_null(strstr(report, "train: 3 samples"));
    assert_text_attribute("feature_names", "age\nwork=Private\nwork=State");
    free(report);
}

/* Labels and categories that are numbers are in the order of numbers. */
static void data_import_csv_sorts_numbers_as_numbers(void **state) {
    (void)state;
    put_text("table.csv", "k,y\n10,10\n9,9\n-1,2\n2.5,1\n");
    free(import_told(describe("encode: [one_hot: k], target_kind: class")));
    assert_text_attribute("class_names", "1\n2\n9\n10");
    assert_text_attribute("feature_names", "k=-1\nk=2.5\nk=9\nk=10");
    put_text("table.csv", "a,y\n1,b\n2,10\n3,9\n4,a\n");
    free(import_told(describe("target_kind: class")));
    assert_text_attribute("class_names", "9\n10\na\nb");
}

static void data_import_csv_makes_missing_a_category(void **state) {
    (void)state;
    double x[9];
    double y[3];
    put_text("table.csv", "k,y\nu,0\n,1\nw,2\n");
    free(import_told(describe("encode: [one_hot: k], missing_category: category")));
    assert_text_attribute("feature_names", "k=(missing)\nk=u\nk=w");
    read_shard("x", DLT_H5_F64, &(dlt_shape){2, {3, 3}}, x);
    read_shard("y", DLT_H5_F64, &(dlt_shape){2, {3, 1}}, y);
    for (int i = 0; i < 3; i++)
        assert_true(x[3 * i] == (y[i] == 1));
}

static void data_import_csv_makes_missing_zeros(void **state) {
    (void)state;
    double x[4];
    put_text("table.csv", "k,y\nu,0\n,0\n");
    free(import_told(
        describe("encode: [one_hot: {column: k, values: [u, w]}], missing_category: zeros")));
    read_shard("x", DLT_H5_F64, &(dlt_shape){2, {2, 2}}, x);
    assert_true(x[0] + x[1] + x[2] + x[3] == 1);
}

/* The description's classes in another order are an order, not new names. */
static void data_import_csv_orders_classes_as_described(void **state) {
    (void)state;
    double x[2];
    int32_t y[2];
    put_text("table.csv", "a,y\n1,no\n2,yes\n");
    free(import_told("name: t\nclasses: [yes, no]\nformat: {csv: {file: table.csv, target: y, "
                     "target_kind: class, test: 0, standardize: false}}"));
    assert_text_attribute("class_names", "yes\nno");
    read_shard("x", DLT_H5_F64, &(dlt_shape){2, {2, 1}}, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {2}}, y);
    for (int i = 0; i < 2; i++)
        assert_int_equal(y[i], x[i] == 1 ? 1 : 0);
    assert_int_equal(import_to("name: t\nclasses: [yes, nope]\nformat: {csv: {file: table.csv, "
                               "target: y, target_kind: class, test: 0}}",
                               1, true),
                     DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "only 1 are values of column 'y'"));
}

/* Statistics and categories are those of the training file; columns are found by name. */
static void data_import_csv_takes_files_of_both_parts(void **state) {
    (void)state;
    float x[6];
    put_text("a.csv", "a,k,y\n1,u,1\n3,w,2\n");
    put_text("b.csv", "y,k,a\n3,w,5\n4,u,\n");
    free(import_told("name: t\nformat: {csv: {file: a.csv, test: b.csv, target: y, missing: mean, "
                     "encode: [one_hot: k]}}"));
    open_shard("test-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {2, 3}}, x);
    const float expected[] = {3, 0, 1, 0, 1, 0};
    for (int i = 0; i < 6; i++)
        assert_true(x[i] == expected[i]);
    put_text("b.csv", "y,k,a\n3,v,5\n");
    assert_int_equal(import_to("name: t\nformat: {csv: {file: a.csv, test: b.csv, target: y, "
                               "encode: [one_hot: k]}}",
                               1, true),
                     DLT_ERR_FORMAT);
    assert_non_null(
        strstr(dlt_error_message(), "b.csv:2: 'v' is not among the values of column 'k'"));
    put_text("b.csv", "y,k,b\n3,u,5\n");
    assert_int_equal(import_to("name: t\nformat: {csv: {file: a.csv, test: b.csv, target: y, "
                               "encode: [one_hot: k]}}",
                               1, true),
                     DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "has a column 'b', which the first file lacks"));
}

static void data_import_csv_takes_several_files_and_patterns(void **state) {
    (void)state;
    put_text("part-1.csv", "a,y\n1,1\n2,2\n");
    put_text("part-2.csv", "y,a\n3,3\n");
    put_text("more.csv", "a,y\n4,4\n");
    char *report =
        import_told("name: t\nformat: {csv: {file: [\"part-*.csv\", more.csv], target: y, "
                    "test: 0, standardize: false}}");
    assert_non_null(strstr(report, "train: 4 samples"));
    free(report);
    double x[4];
    double y[4];
    read_shard("x", DLT_H5_F64, &(dlt_shape){2, {4, 1}}, x);
    read_shard("y", DLT_H5_F64, &(dlt_shape){2, {4, 1}}, y);
    for (int i = 0; i < 4; i++)
        assert_true(x[i] == y[i]);
    assert_int_equal(
        import_to("name: t\nformat: {csv: {file: \"none-*.csv\", target: y}}", 1, true),
        DLT_ERR_IO);
    assert_int_equal(
        import_to("name: t\nformat: {csv: {file: [more.csv, \"mor*\"], target: y}}", 1, true),
        DLT_ERR_CONFIG);
    assert_int_equal(
        import_to("name: t\nformat: {csv: {file: more.csv, test: 1.5, target: y}}", 1, true),
        DLT_ERR_CONFIG);
}

/* 30 records of class a, 10 of b, 6 of c. */
static void put_three_classes(void) {
    char text[1000] = "n,y\n";
    for (int i = 0; i < 46; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%c\n", i,
                 i < 30   ? 'a'
                 : i < 40 ? 'b'
                          : 'c');
    put_text("table.csv", text);
}

static void expect_labels(const char *split, int64_t a, int64_t b, int64_t c) {
    int32_t y[46];
    int64_t count[3] = {0};
    char name[64];
    snprintf(name, sizeof name, "%s-00000-of-00001.h5", split);
    open_shard(name);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {a + b + c}}, y);
    for (int64_t i = 0; i < a + b + c; i++)
        count[y[i]]++;
    assert_true(count[0] == a && count[1] == b && count[2] == c);
}

static void data_import_csv_splits_each_class(void **state) {
    (void)state;
    put_three_classes();
    assert_int_equal(import_to("name: t\nformat: {csv: {file: table.csv, target: y, target_kind: "
                               "class, split: [0.5, 0.5]}}",
                               1, true),
                     DLT_OK);
    expect_labels("train", 15, 5, 3);
    expect_labels("test", 15, 5, 3);
    assert_int_equal(import_to("name: t\nformat: {csv: {file: table.csv, target: y, target_kind: "
                               "class, split: [0.8, 0.1, 0.1]}}",
                               1, true),
                     DLT_OK);
    expect_labels("train", 24, 8, 5);
    expect_labels("validation", 3, 1, 0);
    expect_labels("test", 3, 1, 1);
}

/* A target that is a number is one class. */
static void data_import_csv_splits_numbers(void **state) {
    (void)state;
    float y[23];
    double sum = 0;
    put_three_classes();
    assert_int_equal(import("name: t\nformat: {csv: {file: table.csv, target: n, encode: [one_hot: "
                            "y], split: [0.5, 0.5]}}"),
                     DLT_OK);
    for (int split = 0; split < 2; split++) {
        open_shard(split == 0 ? "train-00000-of-00001.h5" : "test-00000-of-00001.h5");
        read_shard("y", DLT_H5_F32, &(dlt_shape){2, {23, 1}}, y);
        for (int i = 0; i < 23; i++)
            sum += (double)y[i];
    }
    assert_true(sum == 45 * 46 / 2);
}

static void data_import_csv_refuses_odd_splits(void **state) {
    (void)state;
    static const struct {
        const char *name;
        const char *keys;
        const char *words;
    } rows[] = {
        {"t", "split: [0.5, 0.4]", "shares of split make 0.9 together"},
        {"t", "split: [0.5, 0.5], test: 0.3", "split replaces test"},
        {"t", "split: [0.99, 0.005, 0.005]", "split leaves no record of"},
        {"a/b", "test: 0", "the name of a data set must not be empty, '.' or '..'"},
        {"..", "test: 0", "the name of a data set must not"},
        {"''", "test: 0", "the name of a data set must not"},
        {"\"a\\nb\"", "test: 0", "the name of a data set must not"},
    };
    put_three_classes();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "name: %s\nformat: {csv: {file: table.csv, target: n, encode: [one_hot: y], %s}}",
                 rows[i].name, rows[i].keys);
        const dlt_status status = import(text);
        assert_true(status == DLT_ERR_CONFIG || status == DLT_ERR_FORMAT);
        assert_refused(text, status, rows[i].words);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(data_import_csv_refuses_odd_tables),
        TEST(data_import_csv_refuses_a_header_of_numbers),
        TEST(data_import_csv_tells_what_it_left_out),
        TEST(data_import_csv_takes_every_line_end),
        TEST(data_import_csv_takes_line_ends_across_buffers),
        TEST(data_import_csv_takes_blanks_around_words),
        TEST(data_import_csv_sorts_numbers_as_numbers),
        TEST(data_import_csv_makes_missing_a_category),
        TEST(data_import_csv_makes_missing_zeros),
        TEST(data_import_csv_orders_classes_as_described),
        TEST(data_import_csv_takes_files_of_both_parts),
        TEST(data_import_csv_takes_several_files_and_patterns),
        TEST(data_import_csv_splits_each_class),
        TEST(data_import_csv_splits_numbers),
        TEST(data_import_csv_refuses_odd_splits),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
