/* Tables whose columns are divided into fields. */
#include "unit/ingest/import_fixture.h"

#define TABLE(settings) "name: tiny\nformat:\n  csv: {file: table, test: 0, " settings "}\n"

/* a and b have mean 2 and 20, deviation 1 and 10. */
static const char table[] = "a,b,price,place,junk\n1,10,300,sea,u\n3,30,100,land,v\n";

static void import_csv_fields_divides_columns(void **state) {
    (void)state;
    float pair[4], price[2];
    int32_t place[2];
    put_text("table", table);
    assert_int_equal(import(TABLE("fields: {pair: [b, a], price: {columns: price, kind: target, "
                                  "scale: 100}, place: {columns: place, kind: class}}, seed: 1")),
                     DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("pair", DLT_H5_F32, &(dlt_shape){2, {2, 2}}, pair);
    read_shard("price", DLT_H5_F32, &(dlt_shape){2, {2, 1}}, price);
    read_shard("place", DLT_H5_I32, &(dlt_shape){1, {2}}, place);
    const int first = price[0] == 3 ? 0 : 1; /* the seed draws the order */
    assert_true(price[first] == 3 && price[1 - first] == 1);
    for (int i = 0; i < 2; i++) {
        assert_true(pair[2 * first + i] == -1 && pair[2 * (1 - first) + i] == 1);
        assert_int_equal(place[i], i == first);
    }
    assert_text_attribute("class_names", "land\nsea");
}

static void import_csv_fields_takes_words_and_rows_of_targets(void **state) {
    (void)state;
    float x[6], both[4];
    put_text("table", table);
    assert_int_equal(import(TABLE("standardize: false, encode: [{one_hot: place}], fields: {x: "
                                  "[place, a], both: {columns: [price, b], kind: target}}")),
                     DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {2, 3}}, x);
    read_shard("both", DLT_H5_F32, &(dlt_shape){2, {2, 2}}, both);
    const int first = both[0] == 300 ? 0 : 1;
    assert_memory_equal(x + 3 * first, ((float[]){0, 1, 1}), 3 * sizeof *x);
    assert_memory_equal(x + 3 * (1 - first), ((float[]){1, 0, 3}), 3 * sizeof *x);
    assert_memory_equal(both + 2 * first, ((float[]){300, 10}), 2 * sizeof *both);
}

static void import_csv_fields_refuses_what_contradicts(void **state) {
    (void)state;
    put_text("table", table);
    assert_refused(TABLE("fields: {x: [a, c]}"), DLT_ERR_CONFIG,
                   "has no column 'c' (given as fields)");
    assert_refused(TABLE("fields: {x: [a, b], z: a}"), DLT_ERR_CONFIG,
                   "column 'a' of the field 'z' is in a field already");
    assert_refused(TABLE("fields: {x: a}, ignore: a"), DLT_ERR_CONFIG, "is also ignored");
    assert_refused(TABLE("fields: {x: a}, target: b"), DLT_ERR_CONFIG,
                   "`fields` replaces `target`");
    assert_refused(TABLE("fields: {x: a, y: {columns: [place, b], kind: class}}"), DLT_ERR_CONFIG,
                   "a field of a class has one column");
    assert_refused(TABLE("fields: {x: place}"), DLT_ERR_FORMAT, "'sea' in column 'place'");
    assert_refused(TABLE("fields: {x/y: a}"), DLT_ERR_CONFIG, "x/y");
    assert_refused(TABLE("fields: {record: a}"), DLT_ERR_CONFIG, "record");
    put_text("table", "a,b,price,place,junk\n1,10,,sea,u\n3,30,100,land,v\n");
    assert_refused(TABLE("missing: median, fields: {x: a, y: {columns: price, kind: target}}"),
                   DLT_ERR_FORMAT, "column 'price' has no value");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(import_csv_fields_divides_columns),
        TEST(import_csv_fields_takes_words_and_rows_of_targets),
        TEST(import_csv_fields_refuses_what_contradicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
