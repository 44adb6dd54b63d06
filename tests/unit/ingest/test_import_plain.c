/* Data without a description: what its folders and columns are is found out. */
#include "unit/ingest/image_fixture.h"

#include <stdlib.h>

/* Imports in/NAME itself, and reports (NULL: nothing). */
static dlt_status import_reported(const char *name, const char *target, const char *const *settings,
                                  int setting_count, FILE *report) {
    char inside[100];
    snprintf(inside, sizeof inside, "in/%s", name);
    dlt_import_options options = {
        .description = scratch_path(&it.files, inside),
        .target = target,
        .settings = settings,
        .setting_count = setting_count,
        .output = {.folder = scratch_path(&it.files, "out"), .overwrite = true}};
    const dlt_line_sink sink = {dlt_line_to_file, report};
    return dlt_import(&options, report != NULL ? &sink : NULL);
}

static dlt_status import_plain(const char *name, const char *target, const char *const *settings,
                               int setting_count) {
    return import_reported(name, target, settings, setting_count, NULL);
}

static void assert_plain_refused(const char *name, const char *target, const char *words) {
    assert_int_not_equal(import_plain(name, target, NULL, 0), DLT_OK);
    if (strstr(dlt_error_message(), words) == NULL)
        fail_msg("'%s' does not say '%s'", dlt_error_message(), words);
}

static void put_class(const char *folder, uint8_t value) {
    char name[100];
    make_folder(folder);
    snprintf(name, sizeof name, "%s/1.png", folder);
    put_image(name, flat_png(SIDE, value));
}

static void assert_samples(const char *split, int64_t samples, const uint8_t *first_pixels) {
    uint8_t x[8 * PIXELS * 3];
    char name[64];
    snprintf(name, sizeof name, "%s-00000-of-00001.h5", split);
    open_shard(name);
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {samples, SIDE, SIDE, 3}}, x);
    for (int64_t i = 0; i < samples; i++)
        assert_int_equal(x[i * PIXELS * 3], first_pixels[i]);
}

static void data_import_plain_takes_text(void **state) {
    (void)state;
    static const char *const settings[] = {"length=2", "split=[0.5, 0.5]"};
    int32_t tokens[6];
    put_text("book.txt", "abcabcabc\n");
    assert_int_not_equal(import_plain("book.txt", NULL, NULL, 0), DLT_OK);
    assert_non_null(strstr(dlt_error_message(), "but a sample of length 64 takes 65"));
    put_text("book.txt", "abcabcabcabc");
    assert_int_equal(import_plain("book.txt", NULL, settings, 2), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("tokens", DLT_H5_I32, &(dlt_shape){2, {2, 3}}, tokens);
    assert_memory_equal(tokens, ((int32_t[]){0, 1, 2, 2, 0, 1}), sizeof tokens);
    assert_text_attribute("source", "book");
}

static void data_import_plain_takes_class_folders(void **state) {
    (void)state;
    make_folder("set");
    put_class("set/b", 2);
    put_class("set/a", 1);
    assert_int_equal(import_plain("set", NULL, NULL, 0), DLT_OK);
    assert_samples("train", 2, (const uint8_t[]){1, 2});
    assert_text_attribute("class_names", "a\nb");
    assert_text_attribute("source", "set");
}

static void data_import_plain_takes_parts(void **state) {
    (void)state;
    static const char *const words[][3] = {{"train", "val", "test"},
                                           {"training", "validation", "testing"},
                                           {"train", "valid", "test"}};
    for (int i = 0; i < 3; i++) {
        char name[100];
        char set[8];
        snprintf(set, sizeof set, "set%d", i);
        make_folder(set);
        for (int p = 0; p < 3; p++) {
            snprintf(name, sizeof name, "%s/%s", set, words[i][p]);
            make_folder(name);
            snprintf(name, sizeof name, "%s/%s/a", set, words[i][p]);
            put_class(name, (uint8_t)(10 * i + p));
        }
        assert_int_equal(import_plain(set, NULL, NULL, 0), DLT_OK);
        assert_samples("train", 1, (const uint8_t[]){(uint8_t)(10 * i)});
        assert_samples("validation", 1, (const uint8_t[]){(uint8_t)(10 * i + 1)});
        assert_samples("test", 1, (const uint8_t[]){(uint8_t)(10 * i + 2)});
    }
}

/* A class may be called like a split where others are not, and a folder around all classes. */
static void data_import_plain_tells_classes_from_parts(void **state) {
    (void)state;
    make_folder("set");
    put_class("set/test", 7);
    put_class("set/tram", 8);
    assert_int_equal(import_plain("set", NULL, NULL, 0), DLT_OK);
    assert_samples("train", 2, (const uint8_t[]){7, 8});
    make_folder("around");
    make_folder("around/all");
    put_class("around/all/x", 3);
    put_class("around/all/y", 4);
    assert_int_equal(import_plain("around", NULL, NULL, 0), DLT_OK);
    assert_samples("train", 2, (const uint8_t[]){3, 4});
}

static void data_import_plain_refuses_parts_without_classes(void **state) {
    (void)state;
    static const char *const words[][2] = {{"train", "test"},
                                           {"Train", "Test"},
                                           {"train", "eval"},
                                           {"dev", "valid"},
                                           {"test", "test"}};
    static const char without[] = "are named like splits and hold no class folders";
    char name[100];
    char inner[100];
    for (int i = 0; i < 5; i++) {
        char set[16];
        snprintf(set, sizeof set, "flat%d", i);
        make_folder(set);
        for (int p = 0; p < 2; p++) {
            snprintf(name, sizeof name, "%s/%s", set, words[i][p]);
            if (p == 0 || strcmp(words[i][0], words[i][1]) != 0)
                put_class(name, (uint8_t)p);
        }
        assert_plain_refused(set, NULL, without);
        assert_plain_refused(set, NULL,
                             "train, training, test, testing, validation, valid and val");
    }
    for (int i = 1; i < 4; i++) {
        char set[16];
        snprintf(set, sizeof set, "deep%d", i);
        make_folder(set);
        for (int p = 0; p < 2; p++) {
            snprintf(name, sizeof name, "%s/%s", set, words[i][p]);
            make_folder(name);
            snprintf(inner, sizeof inner, "%s/%s/a", set, words[i][p]);
            put_class(inner, (uint8_t)p);
        }
        assert_plain_refused(set, NULL, "is not the name of one; the names of splits are train,");
    }
}

static void data_import_plain_takes_archives(void **state) {
    (void)state;
    static const char *const names[][2] = {{"a/1.png", "b/1.png"},
                                           {"set/a/1.png", "set/b/1.png"},
                                           {"./set/train/a/1.png", "./set/train/b/1.png"}};
    for (int i = 0; i < 3; i++) {
        struct archive *tar = open_tar();
        add_image(tar, names[i][1], flat_png(SIDE, 6));
        add_image(tar, names[i][0], flat_png(SIDE, 5));
        close_tar(tar);
        assert_int_equal(import_plain("all.tar", NULL, NULL, 0), DLT_OK);
        assert_samples("train", 2, (const uint8_t[]){6, 5});
        assert_text_attribute("class_names", "a\nb");
        assert_text_attribute("source", "all");
    }
}

static void data_import_plain_applies_settings(void **state) {
    (void)state;
    const char *const resize[] = {"resize=[4, 6]"};
    const char *const crop[] = {"resize=[4, 4]", "crop=true", "channels=1"};
    make_folder("set");
    put_class("set/a", 1);
    put_image("set/a/2.png", flat_png(2 * SIDE, 9));
    assert_plain_refused("set", NULL, "--resize H[xW]");
    assert_int_equal(import_plain("set", NULL, resize, 1), DLT_OK);
    uint8_t x[2 * 4 * 6 * 3];
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {2, 4, 6, 3}}, x);
    assert_int_equal(import_plain("set", NULL, crop, 3), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {2, 4, 4, 1}}, x);
    assert_int_equal(x[16], 9);
}

static void data_import_plain_refuses_pictures_without_classes(void **state) {
    (void)state;
    make_folder("set");
    put_image("set/1.png", flat_png(SIDE, 1));
    assert_plain_refused("set", NULL, "are not in class folders (CLASS/NAME)");
    make_folder("set/a");
    put_image("set/a/1.png", flat_png(SIDE, 1));
    assert_plain_refused("set", NULL, "'1.png' is not in a class folder");
    make_folder("none");
    assert_plain_refused("none", NULL, "none has no images");
}

/* Of 20 records: a number, a word, a column of many words, an empty one, one without a name. */
static void put_table(const char *name, char separator) {
    static const char *const cities[] = {"Rome", "Paris", "NA", "Oslo"};
    char text[8000] = "";
    size_t at = (size_t)snprintf(text, sizeof text, "a%cc%cid%cnone%c%cy\n", separator, separator,
                                 separator, separator, separator);
    for (int i = 0; i < 100; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%d%c%s%cN%d%c%c%d%c%s\n", i, separator,
                               cities[i % 4], separator, i, separator, separator, i, separator,
                               i % 10 == 0 ? "no" : "yes");
    put_text(name, text);
}

static void data_import_plain_takes_a_table(void **state) {
    (void)state;
    static const char separators[] = {',', ';', '\t', '|'};
    for (size_t i = 0; i < sizeof separators; i++) {
        put_table("t.csv", separators[i]);
        assert_int_equal(import_plain("t.csv", "y", NULL, 0), DLT_OK);
        int32_t y[80];
        int64_t no = 0;
        float x[80 * 5];
        open_shard("train-00000-of-00001.h5");
        read_shard("x", DLT_H5_F32, &(dlt_shape){2, {80, 5}}, x);
        read_shard("y", DLT_H5_I32, &(dlt_shape){1, {80}}, y);
        for (int r = 0; r < 80; r++)
            no += y[r] == 0;
        assert_int_equal(no, 8);
        assert_text_attribute("class_names", "no\nyes");
        assert_text_attribute("feature_names", "a\nc=(missing)\nc=Oslo\nc=Paris\nc=Rome");
    }
}

static void data_import_plain_names_the_columns_of_a_table(void **state) {
    (void)state;
    put_table("t.csv", ',');
    assert_plain_refused("t.csv", NULL, "needs --target with the column to predict; it has: a, c");
    assert_plain_refused("t.csv", "z", "has no column 'z' (given as --target)");
    put_text("e.csv", "");
    assert_plain_refused("e.csv", "z", "e.csv");
}

static void data_import_plain_takes_numbers_without_a_header(void **state) {
    (void)state;
    float y[4];
    put_text("n.csv", "3,2,1\n4,5,6\n7,8,10\n2,3,4\n5,5,5\n");
    assert_int_equal(import_plain("n.csv", "2", NULL, 0), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("y", DLT_H5_F32, &(dlt_shape){2, {4, 1}}, y);
    const char *const as_class[] = {"target_kind=class", "split=[0.5, 0.5]"};
    put_text("c.csv", "1,0\n4,1\n7,1\n2,0\n");
    assert_int_equal(import_plain("c.csv", "1", as_class, 2), DLT_OK);
    int32_t label[2];
    open_shard("test-00000-of-00001.h5");
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {2}}, label);
    assert_int_equal(label[0] + label[1], 1);
}

/* A table, its target, a setting or NULL, and the words of the refusal or note. */
typedef struct told_table {
    const char *text;
    const char *target;
    const char *setting;
    const char *words;
} told_table;

static void assert_tables_refused(const told_table *tables, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const told_table *one = &tables[i];
        put_text("t.csv", one->text);
        assert_int_not_equal(
            import_plain("t.csv", one->target, &one->setting, one->setting != NULL), DLT_OK);
        if (strstr(dlt_error_message(), one->words) == NULL)
            fail_msg("table %zu: '%s' does not say '%s'", i, dlt_error_message(), one->words);
        assert_int_not_equal(access(scratch_path(&it.files, "out"), F_OK), 0);
    }
}

/* The words are those of a note, NULL for none; train must have the given number of samples. */
static void assert_table_told(const told_table *one, int64_t samples) {
    char *told = NULL;
    char count[64];
    size_t bytes = 0;
    FILE *report = open_memstream(&told, &bytes);
    const char *const settings[] = {"test=0", one->setting};
    put_text("t.csv", one->text);
    const dlt_status status =
        import_reported("t.csv", one->target, settings, one->setting != NULL ? 2 : 1, report);
    fclose(report);
    if (status != DLT_OK)
        fail_msg("'%s' is refused: %s", one->text, dlt_error_message());
    snprintf(count, sizeof count, "train: %lld samples", (long long)samples);
    if (strstr(told, count) == NULL ||
        (one->words == NULL ? strstr(told, "note:") != NULL : strstr(told, one->words) == NULL))
        fail_msg("'%s' is told as '%s', not '%s' and '%s'", one->text, told, count,
                 one->words != NULL ? one->words : "no note");
    free(told);
}

/* They would become categories, and such a target classes. */
static void data_import_plain_refuses_commas_and_dates(void **state) {
    (void)state;
    static const told_table tables[] = {
        {"a;y\n0,5;1.5\n1,5;2.5\n", "y", NULL,
         "t.csv:2: '0,5' in column 'a' is not a number: a decimal or thousands comma is not "
         "understood; --set 'encode=[{one_hot: a}]' takes its values as words"},
        {"a;y\n1;1,5\nNA;2,5\n", "y", NULL, "--set target_kind=class takes its values as words"},
        {"a,y\nk.A.,1.5\n\"1,234\",2.5\n-1.5,2.5\n", "y", NULL, "'1,234' in column 'a'"},
        {"a,y\n,1.5\n2024-01-05,2.5\n", "y", NULL, "t.csv:3: '2024-01-05' in column 'a'"},
        {"a,y\n1,12:30:00\n2,12:31:00\n", "y", NULL, "not a number but a date or time"},
        {"a: b,y\n5/6/2020,1.5\n", "y", NULL, "--set 'encode=[{one_hot: \"a: b\"}]'"},
    };
    assert_tables_refused(tables, sizeof tables / sizeof tables[0]);
    assert_table_told(&(told_table){"a;y\n0,5;1.5\n1,5;2.5\n", "y", "encode=[{one_hot: 0}]", NULL},
                      2);
    assert_table_told(
        &(told_table){"a,b,y\n1,5/6/2020,1.5\n2,5/7/2020,2.5\n", "y", "ignore=[b]", NULL}, 2);
    assert_table_told(&(told_table){"a;y\n1;0,5\n2;1,5\n3;0,5\n", "y", "target_kind=class", NULL},
                      3);
}

static void data_import_plain_asks_for_a_doubtful_header(void **state) {
    (void)state;
    static const told_table tables[] = {
        {"0,1,2\n5,4,3\n4,4,3\n", "2", NULL,
         "t.csv:1: the first record may name the columns or be a sample, because its numbers "
         "ascend from column to column; --set header=true or --set header=false says which"},
        {"1990,2000,2010\n5,4,3\n", "0", NULL, "its numbers ascend"},
        {"5.1,NA,1.5,0\n5,4,3,1\n", "3", NULL, "because it holds '5.1'"},
        {"?,Rome,no\n5,Oslo,yes\n", "2", NULL, "because it holds '?'"},
        {"5.1,3.5,setosa\n4.9,3,setosa\n", "2", NULL, "because it holds '5.1'"},
        {"Rome,red,no\nOslo,blue,yes\n", "y", "columns=[a, b, y]", "`columns` names them, too"},
        {"5,,1\n4,3,1\n", NULL, NULL, "because it holds '5'"},
    };
    assert_tables_refused(tables, sizeof tables / sizeof tables[0]);
}

static void data_import_plain_takes_the_header_as_told(void **state) {
    (void)state;
    static const char ascending[] = "0,1,2\n5,4,2.5\n4,3,3.5\n";
    static const char years[] = "2000,2010,2020\n5,4,2.5\n4,3,3.5\n";
    static const char mixed[] = "5.1,NA,1.5\n4,3,2.5\n2,1,3.5\n";
    assert_table_told(&(told_table){ascending, "2", "header=true", NULL}, 2);
    assert_table_told(&(told_table){ascending, "2", "header=false", NULL}, 3);
    assert_table_told(&(told_table){years, "2", "header=true", NULL}, 2);
    assert_table_told(&(told_table){years, "2020", NULL, NULL}, 2);
    assert_table_told(&(told_table){mixed, "2", "header=false",
                                    "1 missing values of column '1' are replaced by 2"},
                      3);
    assert_table_told(&(told_table){"a,2000,y\n4,3,2.5\n2,1,3.5\n", "y", NULL, NULL}, 2);
    assert_table_told(&(told_table){"3.5,2,1\n4,3,2.5\n2,1,3.5\n", "2", NULL,
                                    "the first record is a sample, because it holds numbers alone"},
                      3);
}

/* A name is a column's before a number is its place, in a header as without one. */
static void data_import_plain_finds_the_target_by_name_then_number(void **state) {
    (void)state;
    float y[2];
    put_text("t.csv", "2,b,c\n1.5,7,8\n2.5,7,9\n");
    const char *const settings[] = {"header=true", "test=0"};
    const char *const targets[] = {"2", "1", "0", "c"};
    const float first[] = {1.5f, 7, 1.5f, 8};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(import_plain("t.csv", targets[i], settings, 2), DLT_OK);
        open_shard("train-00000-of-00001.h5");
        read_shard("y", DLT_H5_F32, &(dlt_shape){2, {2, 1}}, y);
        assert_true(y[0] == first[i] || y[1] == first[i]);
    }
}

/* Settings count when the columns are looked at, not only after it. */
static void data_import_plain_surveys_by_its_settings(void **state) {
    (void)state;
    assert_table_told(&(told_table){"a;b,c;y\n1;2;1.5\n2;3;2.5\n", NULL, "target=y", NULL}, 2);
    assert_table_told(&(told_table){"a,y\n-9,1.5\n2,2.5\n3,3.5\n", "y", "missing_tokens=[\"-9\"]",
                                    "1 missing values of column 'a' are replaced by 2.5"},
                      3);
    assert_table_told(&(told_table){"a,b\ty\nu,v\t1.5\nu,w\t2.5\n", "y", "separator=\"\\t\"", NULL},
                      2);
    assert_table_told(&(told_table){"k,a,y\nu,1,1.5\nw,2,2.5\n", "y", "ignore=[k]", NULL}, 2);
    static const told_table tables[] = {
        {"a,y\n1,2\n2,3\n", "y", "separator=\";\"", "there is no separator ';', but there is ','"},
        {"a,y\n1,2\n2,3\n", "y", "missing=often", "missing"},
        {"a,y\n1,2\n2,3\n", "y", "ignore=[b]", "has no column 'b' (given as ignore)"},
        {"a,y\n1,2\n2,3\n", "y", "file=u.csv", "beside which the key 'file' means nothing"},
    };
    scratch_remove_tree(scratch_path(&it.files, "out"));
    assert_tables_refused(tables, sizeof tables / sizeof tables[0]);
}

static void data_import_plain_tells_of_whole_targets(void **state) {
    (void)state;
    char text[4000] = "a,y\n";
    assert_table_told(&(told_table){"a,y\n1,2\n2,3\n2,3\n", "y", NULL,
                                    "--set target_kind=class makes classes of its 2 values"},
                      3);
    size_t at = strlen(text);
    for (int i = 0; i < 100; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%d,%d\n", i, 3 * i);
        char words[64];
        snprintf(words, sizeof words, i < 64 ? "its %d values" : "its more than 64 values", i + 1);
        if (i == 1 || i == 40 || i == 63 || i == 64 || i == 99)
            assert_table_told(&(told_table){text, "y", NULL, words}, i + 1);
    }
    assert_table_told(&(told_table){"a,y\n1,2\n2,3.5\n", "y", NULL, NULL}, 2);
}

/* A model would take long to reach such numbers. */
static void data_import_plain_divides_large_targets(void **state) {
    (void)state;
    static const told_table tables[] = {
        {"a,y\n1,2000.5\n2,3.5\n", "y", NULL,
         "t.csv: the target 'y' is divided by 1000, because it reaches 2000.5; --set "
         "target_scale=1 leaves it as it is"},
        {"a,y\n1,1.5\n2,-1000000\n", "y", NULL, "'y' is divided by 1000000, because"},
        {"a,y\n1,1e3\n2,0.5\n", "y", NULL, "'y' is divided by 1000, because"},
        {"a,y\n1,9999.5\n2,NA\n3,1\n", "y", "missing=drop", "'y' is divided by 1000, because"},
        {"a,y\n5000,999.5\n2,3.5\n", "y", NULL, NULL},
        {"a,y\n1,2000.5\n2,3.5\n", "y", "target_scale=1", NULL},
        {"a,y\n1,2000\n2,3000\n", "y", "target_kind=class", NULL},
    };
    int64_t count = 0;
    double *found = NULL;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        assert_table_told(&tables[i], 2);
    assert_table_told(&tables[1], 2);
    open_shard("train-00000-of-00001.h5");
    assert_int_equal(dlt_h5_read_reals(it.shard, "/", "target_scale", &count, &found), DLT_OK);
    assert_true(count == 1 && found[0] == 1e6);
    dlt_free(found);
}

static void data_import_plain_survives_each_allocation_failing(void **state) {
    (void)state;
    const char *const resize[] = {"resize=[4, 4]"};
    dlt_status status = DLT_ERR_MEM;
    make_folder("set");
    put_class("set/a", 1);
    put_table("t.csv", ';');
    for (int table = 0; table < 2; table++, status = DLT_ERR_MEM) {
        for (int64_t nth = 1; status == DLT_ERR_MEM; nth += 1 + nth / 40) {
            dlt_alloc_fail_at(nth);
            status = table == 1 ? import_plain("t.csv", "y", NULL, 0)
                                : import_plain("set", NULL, resize, 1);
            dlt_alloc_fail_at(0);
        }
        assert_int_equal(status, DLT_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_plain_takes_text),
        TEST(data_import_plain_takes_class_folders),
        TEST(data_import_plain_takes_parts),
        TEST(data_import_plain_tells_classes_from_parts),
        TEST(data_import_plain_refuses_parts_without_classes),
        TEST(data_import_plain_takes_archives),
        TEST(data_import_plain_applies_settings),
        TEST(data_import_plain_refuses_pictures_without_classes),
        TEST(data_import_plain_takes_a_table),
        TEST(data_import_plain_names_the_columns_of_a_table),
        TEST(data_import_plain_takes_numbers_without_a_header),
        TEST(data_import_plain_refuses_commas_and_dates),
        TEST(data_import_plain_asks_for_a_doubtful_header),
        TEST(data_import_plain_takes_the_header_as_told),
        TEST(data_import_plain_finds_the_target_by_name_then_number),
        TEST(data_import_plain_surveys_by_its_settings),
        TEST(data_import_plain_tells_of_whole_targets),
        TEST(data_import_plain_divides_large_targets),
        TEST(data_import_plain_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
