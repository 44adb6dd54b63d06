/* Numbers of words: by frequency, then by bytes, whatever the order in which they come. */
#include "base/alloc.h"
#include "ingest/vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add(dlt_vocabulary *vocabulary, const char *word, int times) {
    for (int i = 0; i < times; i++)
        assert_int_equal(dlt_vocabulary_add(vocabulary, word, (int64_t)strlen(word)), DLT_OK);
}

static int32_t number(const dlt_vocabulary *vocabulary, const char *word) {
    return dlt_vocabulary_number(vocabulary, word, (int64_t)strlen(word));
}

static void expect_names(const dlt_vocabulary *vocabulary, const char *expected) {
    dlt_text names = DLT_TEXT_EMPTY;
    assert_int_equal(dlt_vocabulary_print(vocabulary, &names), DLT_OK);
    assert_string_equal(dlt_text_of(&names), expected);
    dlt_text_destroy(&names);
}

static void vocabulary_ranks_by_frequency_then_bytes(void **state) {
    (void)state;
    dlt_vocabulary it = {0};
    add(&it, "zoo", 2);
    add(&it, "\xC3\xA9t\xC3\xA9", 1);
    add(&it, "the", 3);
    add(&it, "ab", 2);
    add(&it, "abc", 2);
    add(&it, "z", 1);
    assert_int_equal(dlt_vocabulary_rank(&it, 1, 100), DLT_OK);
    expect_names(&it, "<pad>\n<unk>\nthe\nab\nabc\nzoo\nz\n\xC3\xA9t\xC3\xA9");
    assert_int_equal(number(&it, "the"), 2);
    assert_int_equal(number(&it, "z"), 6);
    assert_int_equal(number(&it, "nobody"), DLT_WORD_UNKNOWN);
    dlt_vocabulary_destroy(&it);
}

static void vocabulary_keeps_frequent_words_alone(void **state) {
    (void)state;
    dlt_vocabulary it = {0};
    add(&it, "c", 1);
    add(&it, "b", 2);
    add(&it, "a", 2);
    add(&it, "d", 5);
    add(&it, "<unk>", 9);
    add(&it, "<pad>", 9);
    assert_int_equal(dlt_vocabulary_rank(&it, 2, 2), DLT_OK);
    expect_names(&it, "<pad>\n<unk>\nd\na");
    const char *const unknown[] = {"b", "c", "<unk>", "<pad>", "e"};
    for (int i = 0; i < 5; i++)
        assert_int_equal(number(&it, unknown[i]), DLT_WORD_UNKNOWN);
    dlt_vocabulary_destroy(&it);
}

static void vocabulary_without_words_knows_none(void **state) {
    (void)state;
    dlt_vocabulary it = {0};
    assert_int_equal(dlt_vocabulary_rank(&it, 1, 100), DLT_OK);
    assert_int_equal(number(&it, "a"), DLT_WORD_UNKNOWN);
    expect_names(&it, "<pad>\n<unk>");
    dlt_vocabulary_destroy(&it);
}

/* Ten thousand words, added forward and backward. */
static void vocabulary_is_a_function_of_the_text(void **state) {
    (void)state;
    enum { WORDS = 10000 };
    dlt_vocabulary its[2] = {{0}};
    char word[16];
    const int64_t balance = dlt_alloc_balance();
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < 2 * WORDS; i++) {
            snprintf(word, sizeof word, "w%d", (way == 0 ? i : 2 * WORDS - 1 - i) * 7 % WORDS);
            add(&its[way], word, 1);
        }
        assert_int_equal(dlt_vocabulary_rank(&its[way], 2, WORDS), DLT_OK);
    }
    for (int i = 0; i < WORDS; i++) {
        snprintf(word, sizeof word, "w%d", i);
        assert_int_equal(number(&its[0], word), number(&its[1], word));
        assert_true(number(&its[0], word) >= DLT_WORD_FIRST);
    }
    dlt_vocabulary_destroy(&its[0]);
    dlt_vocabulary_destroy(&its[1]);
    assert_int_equal(dlt_alloc_balance(), balance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vocabulary_ranks_by_frequency_then_bytes),
        cmocka_unit_test(vocabulary_keeps_frequent_words_alone),
        cmocka_unit_test(vocabulary_without_words_knows_none),
        cmocka_unit_test(vocabulary_is_a_function_of_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
