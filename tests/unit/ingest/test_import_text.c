/* Plain text as windows of character numbers. */
#include "unit/ingest/import_fixture.h"

#define TEXT(settings) "name: tiny\nformat:\n  text: {file: text, " settings "}\n"

/* The tokens of a split, `samples` windows of `width`. */
static void assert_tokens(const char *shard, int64_t samples, int64_t width,
                          const int32_t *expected) {
    int32_t found[256];
    assert_true(samples * width <= 256);
    open_shard(shard);
    read_shard("tokens", DLT_H5_I32, &(dlt_shape){2, {samples, width}}, found);
    assert_memory_equal(found, expected, (size_t)(samples * width) * sizeof *found);
}

/* 20 characters; the first 18 are trained on, the last two are too few for a sample. */
static void import_text_cuts_windows_that_share_one_character(void **state) {
    (void)state;
    static const int32_t test[] = {1, 2, 2, 1};
    put_text("text", "bcbabcba"
                     "bcbabcba"
                     "bccb");
    assert_int_equal(import(TEXT("length: 3, split: [0.8, 0.2]")), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    assert_text_attribute("vocabulary", "abc");
    assert_text_attribute("vocabulary_kind", "characters");
    assert_tokens("train-00000-of-00001.h5", 5, 4,
                  (const int32_t[]){1, 2, 1, 0, 0, 1, 2, 1, 1, 0, 1, 2, 2, 1, 0, 1, 1, 2, 1, 0});
    assert_tokens("test-00000-of-00001.h5", 1, 4, test);
}

static void import_text_goes_on_by_its_stride(void **state) {
    (void)state;
    put_text("text", "abcdefghij");
    assert_int_equal(import(TEXT("length: 2, stride: 1, split: [1, 0]")), DLT_OK);
    assert_tokens(
        "train-00000-of-00001.h5", 8, 3,
        (const int32_t[]){0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6, 5, 6, 7, 6, 7, 8, 7, 8, 9});
    assert_int_equal(import_to(TEXT("length: 2, stride: 4, split: [1, 0]"), 1, true), DLT_OK);
    assert_tokens("train-00000-of-00001.h5", 2, 3, (const int32_t[]){0, 1, 2, 4, 5, 6});
}

static void import_text_numbers_characters_as_unicode_does(void **state) {
    (void)state;
    put_text("text", "\xC3\xA9\nz\xF0\x9F\x98\x80\xE2\x82\xAC"
                     "A");
    assert_int_equal(import(TEXT("length: 5, split: [1, 0]")), DLT_OK);
    assert_tokens("train-00000-of-00001.h5", 1, 6, (const int32_t[]){3, 0, 2, 5, 4, 1});
    assert_text_attribute("vocabulary", "\nAz\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

static void import_text_joins_files_in_their_order(void **state) {
    (void)state;
    put_text("a.txt", "ab");
    put_text("b.txt", "ca");
    assert_int_equal(import("name: tiny\nformat:\n  text: {file: '*.txt', length: 3, "
                            "split: [1, 0]}\n"),
                     DLT_OK);
    assert_tokens("train-00000-of-00001.h5", 1, 4, (const int32_t[]){0, 1, 2, 0});
}

static void import_text_has_three_splits_in_order(void **state) {
    (void)state;
    put_text("text", "abcdabcdabcddcba");
    assert_int_equal(import(TEXT("length: 3, split: [0.5, 0.25, 0.25]")), DLT_OK);
    assert_int_equal(files_out(), 3);
    assert_tokens("train-00000-of-00001.h5", 2, 4, (const int32_t[]){0, 1, 2, 3, 3, 0, 1, 2});
    assert_tokens("validation-00000-of-00001.h5", 1, 4, (const int32_t[]){0, 1, 2, 3});
    assert_tokens("test-00000-of-00001.h5", 1, 4, (const int32_t[]){3, 2, 1, 0});
}

static void import_text_refuses_what_it_cannot_number(void **state) {
    (void)state;
    put_text("text", "aaaaaaaa\nb");
    assert_refused(TEXT("length: 1, split: [0.8, 0.2]"), DLT_ERR_FORMAT,
                   "text:1: the character '?' (U+000A) does not occur in the training split");
    put_text("text", "aaaaaaaa\n\xC3\xA9");
    assert_refused(TEXT("length: 1, split: [0.9, 0.1]"), DLT_ERR_FORMAT, "split 'test' of");
    put_text("text", "aaaaaa\naa\xC3\xA9");
    assert_refused(TEXT("length: 1, split: [0.8, 0.2]"), DLT_ERR_FORMAT,
                   "text:2: the character '\xC3\xA9' (U+00E9) does not occur in the training");
    assert_int_equal(import(TEXT("length: 1, split: [0.8, 0.2], vocabulary: all")), DLT_OK);
    open_shard("test-00000-of-00001.h5");
    assert_text_attribute("vocabulary", "\na\xC3\xA9");
}

static void import_text_refuses_bad_files(void **state) {
    (void)state;
    put("text", "ab\nc\xC3", 5);
    assert_refused(TEXT("length: 1"), DLT_ERR_FORMAT, "text:2: this line is not UTF-8");
    put("text", "ab\0c", 4);
    assert_refused(TEXT("length: 1"), DLT_ERR_FORMAT, "text:1: this line holds a zero byte");
    put_text("text", "");
    assert_refused(TEXT("length: 1"), DLT_ERR_FORMAT, "has 0 characters");
    put_text("text", "abcdef");
    assert_refused(TEXT("length: 6, split: [1, 0]"), DLT_ERR_FORMAT, "takes 7");
    assert_refused(TEXT("length: 2, split: [0.5, 0.4]"), DLT_ERR_CONFIG, "split");
    assert_refused(TEXT("length: 0"), DLT_ERR_CONFIG, "length");
    assert_refused("name: tiny\nformat:\n  text: {file: none, length: 2}\n", DLT_ERR_IO,
                   "none is neither in");
}

static void import_text_survives_each_allocation_failing(void **state) {
    (void)state;
    dlt_status status = DLT_ERR_MEM;
    put_text("text", "abcdefabcdef");
    for (int64_t nth = 1; status == DLT_ERR_MEM; nth++) {
        dlt_alloc_fail_at(nth);
        status = import(TEXT("length: 2, split: [0.5, 0.5]"));
        dlt_alloc_fail_at(0);
        if (status == DLT_ERR_MEM)
            assert_int_equal(files_out(), 0);
    }
    assert_int_equal(status, DLT_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(import_text_cuts_windows_that_share_one_character),
        TEST(import_text_goes_on_by_its_stride),
        TEST(import_text_numbers_characters_as_unicode_does),
        TEST(import_text_joins_files_in_their_order),
        TEST(import_text_has_three_splits_in_order),
        TEST(import_text_refuses_what_it_cannot_number),
        TEST(import_text_refuses_bad_files),
        TEST(import_text_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
