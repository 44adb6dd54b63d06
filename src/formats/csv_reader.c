/* Records of a CSV file by one character of lookahead. Line ends become LF where the bytes arrive,
 * so that all else knows one kind of them. */
#include "formats/csv_reader.h"

#include "base/alloc.h"
#include "base/error.h"
#include "formats/byte_source.h"

#include <string.h>

enum { END_OF_FILE = -1, BUFFER_BYTES = 1 << 16, FIRST_TEXT_BYTES = 1 << 10, FIRST_FIELDS = 64 };

struct dlt_csv_reader {
    dlt_byte_source *bytes; /* owned */
    char separator;
    unsigned char *buffer; /* owned */
    size_t at;
    size_t filled;
    bool after_cr;       /* the last byte of the file that was read is a CR */
    int64_t line;        /* that the next character is on */
    int64_t record_line; /* on which the record starts */
    char *text;          /* the fields, each terminated; owned */
    int64_t text_used;
    int64_t text_room;
    int64_t *starts; /* of the fields in text; owned */
    int64_t fields;
    int64_t fields_room;
};

/* CR LF and a lone CR become LF. */
static void unify_line_ends(dlt_csv_reader *reader) {
    size_t kept = 0;
    for (size_t i = 0; i < reader->filled; i++) {
        unsigned char byte = reader->buffer[i];
        bool second_half = byte == '\n' && reader->after_cr;
        reader->after_cr = byte == '\r';
        if (!second_half)
            reader->buffer[kept++] = byte == '\r' ? '\n' : byte;
    }
    reader->filled = kept;
}

/* The next bytes; none at the end of the file. */
static dlt_status fill(dlt_csv_reader *reader) {
    size_t got = 0;
    do {
        DLT_TRY(dlt_byte_source_read(reader->bytes, reader->buffer, BUFFER_BYTES, &got));
        reader->at = 0;
        reader->filled = got;
        unify_line_ends(reader);
    } while (reader->filled == 0 && got > 0);
    return DLT_OK;
}

static bool begins_with(const dlt_csv_reader *reader, const char *bytes, size_t count) {
    return reader->filled >= count && memcmp(reader->buffer, bytes, count) == 0;
}

/* Files that are no CSV in bytes, though their users may think so. */
static dlt_status check_beginning(dlt_csv_reader *reader) {
    const char *path = dlt_csv_reader_path(reader);
    if (begins_with(reader, "\xFF\xFE", 2) || begins_with(reader, "\xFE\xFF", 2))
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)", path);
    if (begins_with(reader, "PK\x03\x04", 4))
        return dlt_fail(DLT_ERR_FORMAT, "%s is a ZIP archive or a spreadsheet, not a CSV file",
                        path);
    if (begins_with(reader, "\xEF\xBB\xBF", 3))
        reader->at = 3;
    return DLT_OK;
}

dlt_status dlt_csv_reader_open(const char *path, char separator, dlt_csv_reader **out) {
    *out = NULL;
    dlt_csv_reader *reader = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(reader, 1));
    reader->separator = separator;
    reader->line = 1;
    DLT_TRY_OUT(dlt_byte_source_open(path, &reader->bytes));
    DLT_TRY_OUT(DLT_NEW(reader->buffer, BUFFER_BYTES));
    DLT_TRY_OUT(fill(reader));
    DLT_TRY_OUT(check_beginning(reader));
    *out = reader;
    reader = NULL;
out:
    dlt_csv_reader_close(&reader);
    return status;
}

void dlt_csv_reader_close(dlt_csv_reader **reader) {
    if (*reader == NULL)
        return;
    dlt_byte_source_close(&(*reader)->bytes);
    dlt_free((*reader)->buffer);
    dlt_free((*reader)->text);
    dlt_free((*reader)->starts);
    dlt_free(*reader);
    *reader = NULL;
}

int64_t dlt_csv_reader_fields(const dlt_csv_reader *reader) {
    return reader->fields;
}

const char *dlt_csv_reader_field(const dlt_csv_reader *reader, int64_t index) {
    return reader->text + reader->starts[index];
}

int64_t dlt_csv_reader_line(const dlt_csv_reader *reader) {
    return reader->record_line;
}

const char *dlt_csv_reader_path(const dlt_csv_reader *reader) {
    return dlt_byte_source_path(reader->bytes);
}

/* The next character without taking it. */
static dlt_status peek(dlt_csv_reader *reader, int *character) {
    if (reader->at == reader->filled)
        DLT_TRY(fill(reader));
    *character = reader->filled == 0 ? END_OF_FILE : reader->buffer[reader->at];
    return DLT_OK;
}

static void take(dlt_csv_reader *reader) {
    if (reader->buffer[reader->at] == '\n')
        reader->line++;
    reader->at++;
}

/* Doubles the room of an array that is full. */
static dlt_status grow(void **array, int64_t *room, int64_t first, int64_t most, size_t size,
                       const dlt_csv_reader *reader) {
    if (*room >= most)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%lld: this record is too large (more than %d fields or %d bytes); is a "
                        "quote missing?",
                        dlt_csv_reader_path(reader), (long long)reader->record_line,
                        DLT_CSV_FIELDS_MAX, DLT_CSV_RECORD_BYTES_MAX);
    int64_t new_room = *room == 0 ? first : *room * 2;
    void *larger = dlt_alloc(new_room, size);
    if (larger == NULL)
        return DLT_ERR_MEM;
    if (*room > 0)
        memcpy(larger, *array, (size_t)*room * size);
    dlt_free(*array);
    *array = larger;
    *room = new_room;
    return DLT_OK;
}

static dlt_status append(dlt_csv_reader *reader, char character) {
    if (reader->text_used == reader->text_room) {
        void *text = reader->text;
        DLT_TRY(
            grow(&text, &reader->text_room, FIRST_TEXT_BYTES, DLT_CSV_RECORD_BYTES_MAX, 1, reader));
        reader->text = text;
    }
    reader->text[reader->text_used++] = character;
    return DLT_OK;
}

static dlt_status start_field(dlt_csv_reader *reader) {
    if (reader->fields == reader->fields_room) {
        void *starts = reader->starts;
        DLT_TRY(grow(&starts, &reader->fields_room, FIRST_FIELDS, DLT_CSV_FIELDS_MAX,
                     sizeof *reader->starts, reader));
        reader->starts = starts;
    }
    reader->starts[reader->fields++] = reader->text_used;
    return DLT_OK;
}

static dlt_status fail_record(const dlt_csv_reader *reader, int64_t line, const char *what) {
    return dlt_fail(DLT_ERR_FORMAT, "%s:%lld: %s", dlt_csv_reader_path(reader), (long long)line,
                    what);
}

static bool ends_field(const dlt_csv_reader *reader, int character) {
    return character == END_OF_FILE || character == reader->separator || character == '\n';
}

static bool is_blank(int character) {
    return character == ' ' || character == '\t';
}

static dlt_status fail_zero_byte(const dlt_csv_reader *reader) {
    return fail_record(reader, reader->line,
                       "this line holds a zero byte, which no text contains (is it UTF-16?)");
}

/* After the opening quote, up to and with the closing one. A line end is a blank, because names and
 * words are of one line: lists of them are kept newline-separated, and a word that was broken in
 * one table is not in another. */
static dlt_status read_quoted(dlt_csv_reader *reader) {
    int64_t opened = reader->line;
    for (;;) {
        int character = 0;
        DLT_TRY(peek(reader, &character));
        if (character == END_OF_FILE)
            return fail_record(reader, opened, "the quote opened on this line is never closed");
        if (character == '\0')
            return fail_zero_byte(reader);
        take(reader);
        if (character == '"') {
            DLT_TRY(peek(reader, &character));
            if (character != '"')
                return DLT_OK;
            take(reader);
        }
        DLT_TRY(append(reader, character == '\n' ? ' ' : (char)character));
    }
}

/* Blanks before the field are left out, so that a quote may follow them. */
static dlt_status skip_blanks(dlt_csv_reader *reader, int *character) {
    for (;;) {
        DLT_TRY(peek(reader, character));
        if (!is_blank(*character) || *character == reader->separator)
            return DLT_OK;
        take(reader);
    }
}

static dlt_status read_unquoted(dlt_csv_reader *reader) {
    for (;;) {
        int character = 0;
        DLT_TRY(peek(reader, &character));
        if (ends_field(reader, character))
            return DLT_OK;
        if (character == '"')
            return fail_record(reader, reader->line, "a quote stands inside an unquoted field");
        if (character == '\0')
            return fail_zero_byte(reader);
        take(reader);
        DLT_TRY(append(reader, (char)character));
    }
}

/* Blanks around a field, also inside its quotes, are no part of it. */
static void cut_blanks(dlt_csv_reader *reader) {
    int64_t *start = &reader->starts[reader->fields - 1];
    while (reader->text_used > *start && is_blank(reader->text[reader->text_used - 1]))
        reader->text_used--;
    while (*start < reader->text_used && is_blank(reader->text[*start]))
        (*start)++;
}

static dlt_status read_field(dlt_csv_reader *reader) {
    int character = 0;
    DLT_TRY(start_field(reader));
    DLT_TRY(skip_blanks(reader, &character));
    if (character == '"') {
        take(reader);
        DLT_TRY(read_quoted(reader));
        DLT_TRY(skip_blanks(reader, &character));
        if (!ends_field(reader, character))
            return fail_record(reader, reader->line,
                               "a separator or line end is expected after a closing quote");
    } else {
        DLT_TRY(read_unquoted(reader));
    }
    cut_blanks(reader);
    return append(reader, '\0');
}

static dlt_status skip_empty_lines(dlt_csv_reader *reader, int *character) {
    for (;;) {
        DLT_TRY(peek(reader, character));
        if (*character != '\n')
            return DLT_OK;
        take(reader);
    }
}

dlt_status dlt_csv_reader_next(dlt_csv_reader *reader, bool *more) {
    int character = 0;
    DLT_TRY(skip_empty_lines(reader, &character));
    reader->fields = 0;
    reader->text_used = 0;
    reader->record_line = reader->line;
    *more = character != END_OF_FILE;
    if (!*more)
        return DLT_OK;
    for (;;) {
        DLT_TRY(read_field(reader));
        DLT_TRY(peek(reader, &character));
        if (character == END_OF_FILE)
            return DLT_OK;
        take(reader);
        if (character == '\n')
            return DLT_OK;
    }
}
