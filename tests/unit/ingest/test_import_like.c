/* Images that are to be like those of other data: its classes, size and channels; and tables. */
#include "unit/ingest/image_fixture.h"

static const char classes[] =
    "{name: p, format: {images: {train: {path: .}, channels: 1, resize: [8, 8]}}}";
static const char flat[] = "{name: p, format: {images: {train: {path: .}, class_folders: false}}}";
static const char recipe[] = "images:\n  height: 8\n  width: 8\n  channels: 1\n  alpha: white\n  "
                             "resized: true\n  crop: false\n";

static dlt_status import_like(const char *description, const dlt_import_likeness *like) {
    const char *path = scratch_path(&it.files, "set.yaml");
    scratch_write(path, description, strlen(description));
    dlt_import_options options = {
        .description = path,
        .source = scratch_path(&it.files, "in"),
        .like = like,
        .output = {.folder = scratch_path(&it.files, "out"), .overwrite = true}};
    return dlt_import(&options, NULL);
}

static void assert_unlike(const char *description, const dlt_import_likeness *like,
                          const char *words) {
    assert_int_not_equal(import_like(description, like), DLT_OK);
    if (strstr(dlt_error_message(), words) == NULL)
        fail_msg("'%s' does not say '%s'", dlt_error_message(), words);
}

/* The labels are those of the other data, though it has them in another order and more of them. */
static void data_import_like_takes_labels_by_name(void **state) {
    (void)state;
    const dlt_import_likeness like = {
        .source = "run", .recipe = recipe, .class_names = "zebra\nbee\ncat\nant"};
    uint8_t x[3 * PIXELS];
    int32_t y[3];
    make_folder("ant");
    make_folder("bee");
    make_folder("zebra");
    put_image("ant/1.png", flat_png(SIDE, 10));
    put_image("bee/1.png", flat_png(SIDE, 20));
    put_image("zebra/1.png", flat_png(2 * SIDE, 30));
    assert_int_equal(import_like(classes, &like), DLT_OK);
    read_part("train", 3, x, y);
    assert_true(y[0] == 3 && y[1] == 1 && y[2] == 0);
    assert_true(x[0] == 10 && x[PIXELS] == 20 && x[2 * PIXELS] == 30);
    assert_text_attribute("class_names", "zebra\nbee\ncat\nant");
    assert_text_attribute("recipe", recipe);
}

static void data_import_like_refuses_unknown_classes(void **state) {
    (void)state;
    const dlt_import_likeness like = {.source = "run", .recipe = recipe, .class_names = "ant\nbee"};
    const dlt_import_likeness twice = {
        .source = "run", .recipe = recipe, .class_names = "ant\nbee\nant"};
    const dlt_import_likeness nameless = {.source = "run", .recipe = recipe};
    make_folder("ant");
    put_image("ant/1.png", flat_png(SIDE, 1));
    make_folder("wasp");
    put_image("wasp/1.png", flat_png(SIDE, 1));
    assert_unlike(classes, &like, "class folder 'wasp' belongs to none of the 2 classes");
    assert_unlike(classes, &twice, "run has two classes named 'ant'");
    assert_unlike(classes, &nameless, "run has no class names");
}

static void data_import_like_takes_images_in_no_folder(void **state) {
    (void)state;
    const dlt_import_likeness like = {.source = "run", .recipe = recipe, .class_names = "ant\nbee"};
    uint8_t x[3 * PIXELS];
    put_image("2.png", flat_png(2 * SIDE, 2));
    put_image("1.png", flat_png(SIDE, 1));
    put_image("3.jpg", flat_jpeg(200));
    put_text("notes.txt", "x");
    assert_int_equal(import_like(flat, &like), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {3, SIDE, SIDE, 1}}, x);
    assert_true(x[0] == 1 && x[PIXELS] == 2 && x[2 * PIXELS] >= 199);
    assert_false(dlt_h5_exists(it.shard, "/y"));
    assert_text_attribute("left_out", "1 file: not a picture (1): notes.txt");
    make_folder("sub");
    put_image("sub/1.png", flat_png(SIDE, 1));
    assert_unlike(flat, &like, "'sub/1.png' is in a folder, and the other images are in none");
    assert_unlike(flat, NULL, "images without class folders have no targets");
}

/* Without a recipe the shape of a sample says the size, if it is one of an image. */
static void data_import_like_needs_no_recipe(void **state) {
    (void)state;
    const dlt_import_likeness digits = {
        .source = "dg", .sample = {3, {28, 28, 1}}, .sample_type = "uint8"};
    const dlt_import_likeness table = {.source = "t", .sample = {1, {28}}, .sample_type = "uint8"};
    const dlt_import_likeness deep = {
        .source = "d", .sample = {3, {28, 28, 16}}, .sample_type = "uint8"};
    dlt_import_likeness real = {.source = "r", .sample = {3, {28, 28, 1}}};
    static const char *const types[] = {"float32", "float64", "uint16", "int8"};
    const dlt_import_likeness other = {.source = "t", .recipe = "csv:\n  file: x\n"};
    uint8_t x[28 * 28];
    put_image("1.png", flat_png(SIDE, 5));
    assert_int_equal(import_like(flat, &digits), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {1, 28, 28, 1}}, x);
    assert_int_equal(x[0], 5);
    assert_unlike(flat, &table, "the samples of t are no images of bytes");
    assert_unlike(flat, &deep, "the samples of d are no images of bytes");
    assert_unlike(flat, &other, "t does not come from images that were imported");
    /* Bytes would be on another scale than these. */
    assert_unlike(flat, &real, "the samples of r are no images of bytes");
    for (size_t i = 0; i < 2 * sizeof types / sizeof types[0]; i++) {
        char expected[80];
        real.sample_type = types[i / 2];
        real.recipe = i % 2 == 0 ? NULL : recipe;
        (void)snprintf(expected, sizeof expected,
                       "the samples of r are %s, and pictures are imported as uint8", types[i / 2]);
        assert_unlike(flat, &real, expected);
    }
}

/* What is imported says how later images are to be. */
static void data_import_like_keeps_how_images_were_made(void **state) {
    (void)state;
    make_folder("a");
    put_image("a/1.png", flat_png(2 * SIDE, 1));
    assert_int_equal(import(classes), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    assert_text_attribute("recipe", "images:\n  height: 8\n  width: 8\n  channels: 1\n"
                                    "  alpha: refuse\n  resized: true\n  crop: false\n");
}

/* What would have no effect is refused; the same as in the recipe is not. */
static void data_import_like_refuses_other_settings_of_images(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"channels: 3", "the setting channels is 3"},
        {"resize: 16", "the setting resize is 16 x 16, but the images are to be like those of run, "
                       "where it is 8 x 8; leave it out"},
        {"resize: [8, 9]", "the setting resize is 8 x 9"},
        {"crop: true", "the setting crop is true"},
        {"resize: 8, crop: true", "the setting crop is true"},
        {"split: [0.5, 0.5]", "split divides data for training"},
        {"channels: 1, resize: [8, 8], crop: false, alpha: black", NULL},
    };
    const dlt_import_likeness like = {.source = "run", .recipe = recipe, .class_names = "ant"};
    char text[200];
    make_folder("ant");
    put_image("ant/1.png", flat_png(SIDE, 1));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text, "{name: p, format: {images: {train: {path: .}, %s}}}",
                 cases[i][0]);
        if (cases[i][1] != NULL)
            assert_unlike(text, &like, cases[i][1]);
        else
            assert_int_equal(import_like(text, &like), DLT_OK);
    }
}

/* Classes of the description would have no effect; those of the run change nothing. */
static void data_import_like_refuses_other_classes(void **state) {
    (void)state;
    static const char *const given[] = {"bee, ant", "ant, bee, cat", "ant", "a, b", "ant, bee"};
    const dlt_import_likeness like = {.source = "run", .recipe = recipe, .class_names = "ant\nbee"};
    const dlt_import_likeness nameless = {.source = "run", .recipe = recipe};
    char text[200];
    make_folder("ant");
    put_image("ant/1.png", flat_png(SIDE, 1));
    for (size_t i = 0; i < 5; i++) {
        snprintf(text, sizeof text,
                 "{name: p, classes: [%s], format: {images: {train: {path: .}}}}", given[i]);
        assert_unlike(text, &nameless, "the description names other classes");
        if (i < 4)
            assert_unlike(text, &like, "names other classes, or in another order, than run");
        else
            assert_int_equal(import_like(text, &like), DLT_OK);
    }
}

/* The recipe of a table that was separated by semicolons, without a header, "-9" for missing. */
static char *make_table_recipe(void) {
    char *text = NULL;
    put_text("t.csv", "1;u;no\n3;w;yes\n-9;u;no\n2;u;yes\n");
    assert_int_equal(import("{name: t, format: {csv: {file: t.csv, separator: ';', header: false, "
                            "missing_tokens: ['-9'], missing: mean, columns: [a, k, y], target: y, "
                            "target_kind: class, encode: [{one_hot: k}], test: 0}}}"),
                     DLT_OK);
    open_shard("train-00000-of-00001.h5");
    assert_int_equal(dlt_h5_read_text(it.shard, "/", "recipe", &text), DLT_OK);
    assert_non_null(text);
    return text;
}

static const char *describe_table(const char *file, const char *more) {
    static char text[300];
    snprintf(text, sizeof text, "{name: t, format: {csv: {file: %s%s}}}", file, more);
    return text;
}

/* The settings are the recipe's whether the target is named or not. */
static void data_import_like_takes_the_settings_of_a_table(void **state) {
    (void)state;
    static const char *const same[] = {"", ", target: y", ", target: 2",
                                       ", encode: [{one_hot: k}], target_values: ['no', 'yes']"};
    char *text = make_table_recipe();
    const dlt_import_likeness like = {.source = "run", .recipe = text};
    float x[2 * 3];
    put_text("n.csv", "3;w;no\n-9;u;yes\n");
    put_text("h.csv", "k,y,a\nw,no,3\nu,yes,?\n");
    for (size_t i = 0; i < 5; i++) {
        const char *description = describe_table("n.csv", same[i % 4]);
        if (i == 4)
            description = describe_table(
                "h.csv", ", header: true, columns: null, separator: ',', missing_tokens: ['?']");
        if (import_like(description, &like) != DLT_OK)
            fail_msg("%zu: %s", i, dlt_error_message());
        open_shard("train-00000-of-00001.h5");
        read_shard("x", DLT_H5_F32, &(dlt_shape){2, {2, 3}}, x);
        assert_true(x[0] > 0 && x[3] == 0); /* -9 is the mean */
        assert_true(x[2] == 1 && x[4] == 1);
    }
    assert_unlike("{name: t, classes: ['yes', 'no'], format: {csv: {file: n.csv}}}", &like,
                  "the description names other classes");
    dlt_free(text);
}

static void data_import_like_refuses_other_settings_of_a_table(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {", target: a",
         "the setting target is a, but the table is to be like that of run, where it "
         "is y; leave it out"},
        {", target: 0", "the setting target is 0"},
        {", target: z", "the setting target is z"},
        {", split: [0.5, 0.5]", "split divides data for training"},
        {", test: 0.2", "test draws a part of the records"},
        {", standardize: false", "the setting standardize is false"},
        {", target_kind: number", "the setting target_kind is number"},
        {", target_scale: 2", "the setting target_scale is 2"},
        {", target_values: ['yes', 'no']", "target_values names other classes"},
        {", encode: [{one_hot: a}]", "the setting encode has column 'a'"},
        {", ignore: [k]", "the setting ignore has column 'k'"},
    };
    char *text = make_table_recipe();
    const dlt_import_likeness like = {.source = "run", .recipe = text};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_unlike(describe_table("t.csv", cases[i][0]), &like, cases[i][1]);
    dlt_free(text);
}

static void data_import_like_survives_each_allocation_failing(void **state) {
    (void)state;
    const dlt_import_likeness like = {.source = "run", .recipe = recipe, .class_names = "ant\nbee"};
    dlt_status status = DLT_ERR_MEM;
    make_folder("ant");
    put_image("ant/1.png", flat_png(2 * SIDE, 1));
    for (int64_t nth = 1; status == DLT_ERR_MEM; nth++) {
        dlt_alloc_fail_at(nth);
        status = import_like(classes, &like);
        dlt_alloc_fail_at(0);
    }
    assert_int_equal(status, DLT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_like_takes_labels_by_name),
        TEST(data_import_like_refuses_unknown_classes),
        TEST(data_import_like_takes_images_in_no_folder),
        TEST(data_import_like_needs_no_recipe),
        TEST(data_import_like_keeps_how_images_were_made),
        TEST(data_import_like_refuses_other_settings_of_images),
        TEST(data_import_like_refuses_other_classes),
        TEST(data_import_like_takes_the_settings_of_a_table),
        TEST(data_import_like_refuses_other_settings_of_a_table),
        TEST(data_import_like_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
