/* The characters and lines of text files, and what is refused with its line. */
#include "base/utf8.h"
#include "formats/text_reader.h"
#include "unit/ingest/import_fixture.h"

static dlt_text_reader *open_text(const void *data, size_t bytes) {
    dlt_text_reader *reader = NULL;
    put("text", data, bytes);
    assert_int_equal(dlt_text_reader_open(scratch_path(&it.files, "in/text"), &reader), DLT_OK);
    return reader;
}

static void text_reader_decodes_every_character_that_utf8_encodes(void **state) {
    (void)state;
    static char text[4 * 0x110000];
    size_t used = 0;
    for (int32_t c = 1; c < 0x110000; c++)
        if ((c < 0xD800 || c > 0xDFFF) && c != '\r')
            used += (size_t)dlt_utf8_encode(c, text + used);
    dlt_text_reader *reader = open_text(text, used);
    int32_t found = 0;
    for (int32_t c = 1; c < 0x110000; c++)
        if ((c < 0xD800 || c > 0xDFFF) && c != '\r') {
            assert_int_equal(dlt_text_reader_next(reader, &found), DLT_OK);
            assert_int_equal(found, c);
        }
    assert_int_equal(dlt_text_reader_next(reader, &found), DLT_OK);
    assert_int_equal(found, DLT_TEXT_END);
    dlt_text_reader_close(&reader);
}

static void text_reader_makes_all_line_ends_alike(void **state) {
    (void)state;
    static const char text[] = "\xEF\xBB\xBF"
                               "a\r\nb\rc\n\r\n\n\xC3\xA9";
    static const char *const lines[] = {"a", "b", "c", "", "", "\xC3\xA9"};
    dlt_text_reader *reader = open_text(text, sizeof text - 1);
    char *line = NULL;
    int64_t bytes = 0;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(dlt_text_reader_next_line(reader, &line, &bytes), DLT_OK);
        assert_string_equal(line, lines[i]);
        assert_int_equal(bytes, strlen(lines[i]));
        assert_int_equal(dlt_text_reader_line(reader), i + 1);
    }
    assert_int_equal(dlt_text_reader_next_line(reader, &line, &bytes), DLT_OK);
    assert_null(line);
    dlt_text_reader_close(&reader);
}

/* Characters of three bytes, so that one lies across the end of every block. */
static void text_reader_keeps_characters_whole_between_blocks(void **state) {
    (void)state;
    enum { CHARACTERS = 100000 };
    static char text[1 + 3 * CHARACTERS];
    text[0] = 'x';
    for (int i = 0; i < CHARACTERS; i++)
        (void)dlt_utf8_encode(0x4E00 + i % 1000, text + 1 + 3 * i);
    dlt_text_reader *reader = open_text(text, sizeof text);
    int32_t found = 0;
    assert_int_equal(dlt_text_reader_next(reader, &found), DLT_OK);
    for (int i = 0; i < CHARACTERS; i++) {
        assert_int_equal(dlt_text_reader_next(reader, &found), DLT_OK);
        assert_int_equal(found, 0x4E00 + i % 1000);
    }
    dlt_text_reader_close(&reader);
}

static void text_reader_refuses_what_is_no_text(void **state) {
    (void)state;
    static const struct {
        const char *data;
        size_t bytes;
        const char *words;
    } cases[] = {{"ab\ncd\xFFx", 7, "text:2: this line is not UTF-8"},
                 {"ab\r\ncd\r\n\xC3", 9, "text:3: this line is not UTF-8"},
                 {"\xED\xA0\x80", 3, "text:1: this line is not UTF-8"},
                 {"a\n\nb\0c", 6, "text:3: this line holds a zero byte"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dlt_text_reader *reader = open_text(cases[i].data, cases[i].bytes);
        char *line = reader == NULL ? NULL : (char[]){""};
        int64_t bytes = 0;
        dlt_status status = DLT_OK;
        while (status == DLT_OK && line != NULL)
            status = dlt_text_reader_next_line(reader, &line, &bytes);
        assert_int_equal(status, DLT_ERR_FORMAT);
        if (strstr(dlt_error_message(), cases[i].words) == NULL)
            fail_msg("%s", dlt_error_message());
        dlt_text_reader_close(&reader);
    }
    put("text", "\xFF\xFE", 2);
    dlt_text_reader *reader = NULL;
    assert_int_equal(dlt_text_reader_open(scratch_path(&it.files, "in/text"), &reader),
                     DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "is UTF-16"));
}

static void text_reader_refuses_a_line_without_end(void **state) {
    (void)state;
    static char text[DLT_TEXT_LINE_BYTES_MAX + 8];
    memset(text, 'a', sizeof text);
    dlt_text_reader *reader = open_text(text, sizeof text);
    char *line = NULL;
    int64_t bytes = 0;
    assert_int_equal(dlt_text_reader_next_line(reader, &line, &bytes), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "text:1: this line is longer than"));
    dlt_text_reader_close(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(text_reader_decodes_every_character_that_utf8_encodes),
        TEST(text_reader_makes_all_line_ends_alike),
        TEST(text_reader_keeps_characters_whole_between_blocks),
        TEST(text_reader_refuses_what_is_no_text),
        TEST(text_reader_refuses_a_line_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
