/* Lines of text with labels as ragged sequences of word numbers. */
#include "unit/ingest/import_fixture.h"

#define LINES(settings)                                                                            \
    "name: tiny\nformat:\n  labelled_text: {train: {file: train}, test: {file: test}, "            \
    "text: text, target: label" settings "}\n"

enum { SAMPLES_MAX = 16, WORDS_MAX = 64 };

static void assert_samples(const char *shard, int64_t samples, const int64_t *offsets,
                           const int32_t *tokens, const int32_t *labels) {
    int64_t found_offsets[SAMPLES_MAX + 1];
    int32_t found_tokens[WORDS_MAX];
    int32_t found_labels[SAMPLES_MAX];
    open_shard(shard);
    read_shard("tokens/offsets", DLT_H5_I64, &(dlt_shape){1, {samples + 1}}, found_offsets);
    assert_memory_equal(found_offsets, offsets, (size_t)(samples + 1) * sizeof *offsets);
    read_shard("tokens/values", DLT_H5_I32, &(dlt_shape){1, {offsets[samples]}}, found_tokens);
    assert_memory_equal(found_tokens, tokens, (size_t)offsets[samples] * sizeof *tokens);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {samples}}, found_labels);
    assert_memory_equal(found_labels, labels, (size_t)samples * sizeof *labels);
}

static void put_good_files(void) {
    put_text("train", "text\tlabel\na b  A \t1\nb c\t0\r\n\nb\t1\n");
    put_text("test", "label\ttext\n0\tc d B\n1\t a\n");
}

/* Counts: b 3, a 2, c 1. */
static void import_labelled_text_numbers_the_words_of_training(void **state) {
    (void)state;
    put_good_files();
    assert_int_equal(import(LINES("")), DLT_OK);
    assert_samples("train-00000-of-00001.h5", 3, (const int64_t[]){0, 3, 5, 6},
                   (const int32_t[]){3, 2, 3, 2, 4, 2}, (const int32_t[]){1, 0, 1});
    assert_text_attribute("vocabulary", "<pad>\n<unk>\nb\na\nc");
    assert_text_attribute("vocabulary_kind", "words");
    assert_text_attribute("class_names", "0\n1");
    assert_samples("test-00000-of-00001.h5", 2, (const int64_t[]){0, 3, 4},
                   (const int32_t[]){4, 1, 2, 3}, (const int32_t[]){0, 1});
}

static void import_labelled_text_leaves_out_rare_words(void **state) {
    (void)state;
    put_good_files();
    assert_int_equal(import(LINES(", minimum_count: 2, lower_case: false")), DLT_OK);
    assert_samples("train-00000-of-00001.h5", 3, (const int64_t[]){0, 3, 5, 6},
                   (const int32_t[]){1, 2, 1, 2, 1, 2}, (const int32_t[]){1, 0, 1});
    assert_text_attribute("vocabulary", "<pad>\n<unk>\nb");
    assert_int_equal(import_to(LINES(", words: 3"), 1, true), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    assert_text_attribute("vocabulary", "<pad>\n<unk>\nb");
}

static void import_labelled_text_cuts_long_texts(void **state) {
    (void)state;
    put_good_files();
    assert_int_equal(import(LINES(", longest: 1")), DLT_OK);
    assert_samples("train-00000-of-00001.h5", 3, (const int64_t[]){0, 1, 2, 3},
                   (const int32_t[]){3, 2, 2}, (const int32_t[]){1, 0, 1});
}

static void import_labelled_text_cuts_shards_between_samples(void **state) {
    (void)state;
    put_good_files();
    put_text("test", "text\tlabel\nc\t0\na\t1\n");
    assert_int_equal(import_to(LINES(""), 2, false), DLT_OK);
    assert_samples("train-00000-of-00002.h5", 1, (const int64_t[]){0, 3},
                   (const int32_t[]){3, 2, 3}, (const int32_t[]){1});
    assert_samples("train-00001-of-00002.h5", 2, (const int64_t[]){0, 2, 3},
                   (const int32_t[]){2, 4, 2}, (const int32_t[]){0, 1});
}

static void import_labelled_text_names_classes(void **state) {
    (void)state;
    put_text("train", "10;x\n9;y\n10;z\n");
    put_text("test", "9;x\n");
    assert_int_equal(import("name: tiny\nclasses: [nine, ten]\nformat:\n  labelled_text: {train: "
                            "{file: train}, text: 1, target: 0, header: false, separator: ;}\n"),
                     DLT_OK);
    assert_samples("train-00000-of-00001.h5", 3, (const int64_t[]){0, 1, 2, 3},
                   (const int32_t[]){2, 3, 4}, (const int32_t[]){1, 0, 1});
    assert_text_attribute("class_names", "nine\nten");
}

static void import_labelled_text_refuses_bad_lines(void **state) {
    (void)state;
    static const struct {
        const char *train;
        const char *words;
    } cases[] = {
        {"text\tlabel\na\n", "train:2: this line has 1 columns, but the first has 2"},
        {"text\tlabel\na\t1\tb\n", "train:2: this line has 3 columns"},
        {"text\tlabel\nb\t0\na\t \n", "train:3: the label of this line is missing"},
        {"text\tlabel\n \t0\n", "train:2: the text of this line has no word"},
        {"text\tlabel\na\xFF\t0\n", "train:2: this line is not UTF-8"},
        {"words\tlabel\na\t0\n", "has no column 'text' (given as text)"},
        {"text,label\na,0\n", "has no column 'text' (given as text); its first line has 1 column"},
        {"", "is empty"},
        {"text\tlabel\n", "hold no training samples"},
        {"text\tlabel\na\t0\n", "test:3: label 'x' belongs to none of the 1 classes"},
    };
    put_text("test", "text\tlabel\na\t0\nb\tx\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_text("train", cases[i].train);
        dlt_status status = import(LINES(""));
        if (status == DLT_OK || strstr(dlt_error_message(), cases[i].words) == NULL)
            fail_msg("case %zu: %s", i, dlt_error_message());
        assert_int_not_equal(access(scratch_path(&it.files, "out"), F_OK), 0);
    }
}

static void import_labelled_text_refuses_bad_settings(void **state) {
    (void)state;
    put_good_files();
    assert_refused(LINES(", separator: ab"), DLT_ERR_CONFIG, "one character");
    assert_refused(LINES(", words: 2"), DLT_ERR_CONFIG, "words");
    assert_refused("name: tiny\nformat:\n  labelled_text: {train: {file: train}, test: {file: "
                   "train}, text: text, target: label}\n",
                   DLT_ERR_CONFIG, "is named twice");
    assert_refused("name: tiny\nformat:\n  labelled_text: {train: {file: train}, text: text, "
                   "target: text}\n",
                   DLT_ERR_CONFIG, "the same column");
    assert_refused("name: tiny\nclasses: [a, b, c]\nformat:\n  labelled_text: {train: {file: "
                   "train}, text: text, target: label}\n",
                   DLT_ERR_FORMAT, "has other labels (2)");
}

static void import_labelled_text_survives_each_allocation_failing(void **state) {
    (void)state;
    dlt_status status = DLT_ERR_MEM;
    put_good_files();
    for (int64_t nth = 1; status == DLT_ERR_MEM; nth++) {
        dlt_alloc_fail_at(nth);
        status = import(LINES(""));
        dlt_alloc_fail_at(0);
        if (status == DLT_ERR_MEM)
            assert_int_equal(files_out(), 0);
    }
    assert_int_equal(status, DLT_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(import_labelled_text_numbers_the_words_of_training),
        TEST(import_labelled_text_leaves_out_rare_words),
        TEST(import_labelled_text_cuts_long_texts),
        TEST(import_labelled_text_cuts_shards_between_samples),
        TEST(import_labelled_text_names_classes),
        TEST(import_labelled_text_refuses_bad_lines),
        TEST(import_labelled_text_refuses_bad_settings),
        TEST(import_labelled_text_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
