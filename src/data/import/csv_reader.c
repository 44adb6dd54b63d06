#include "data/import/csv_reader.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/import/byte_source.h"

#include <string.h>

enum { END_OF_FILE = -1, BUFFER_BYTES = 1 << 16, FIRST_TEXT_BYTES = 1 << 10, FIRST_FIELDS = 64 };

struct dlt_csv_reader {
    dlt_byte_source *bytes; /* owned */
    char separator;
    unsigned char *buffer; /* owned */
    size_t at;
    size_t filled;
    int64_t line;        /* that the next character is on */
    int64_t record_line; /* on which the record starts */
    char *text;          /* the fields, each terminated; owned */
    int64_t text_used;
    int64_t text_room;
    int64_t *starts; /* of the fields in text; owned */
    int64_t fields;
    int64_t fields_room;
};

dlt_status dlt_csv_reader_open(const char *path, char separator, dlt_csv_reader **out) {
    *out = NULL;
    dlt_csv_reader *reader = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(reader, 1));
    reader->separator = separator;
    reader->line = 1;
    DLT_TRY_OUT(dlt_byte_source_open(path, &reader->bytes));
    DLT_TRY_OUT(DLT_NEW(reader->buffer, BUFFER_BYTES));
    DLT_TRY_OUT(dlt_byte_source_read(reader->bytes, reader->buffer, BUFFER_BYTES, &reader->filled));
    if (reader->filled >= 3 && memcmp(reader->buffer, "\xEF\xBB\xBF", 3) == 0)
        reader->at = 3;
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
    if (reader->at == reader->filled) {
        reader->at = 0;
        DLT_TRY(dlt_byte_source_read(reader->bytes, reader->buffer, BUFFER_BYTES, &reader->filled));
    }
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

/* True at what ends a field: the separator, a line end, CR LF, the end of the file. */
static dlt_status at_field_end(dlt_csv_reader *reader, int character, bool *end) {
    *end = character == END_OF_FILE || character == reader->separator || character == '\n';
    if (character != '\r')
        return DLT_OK;
    /* A lone CR belongs to the field. */
    take(reader);
    int next = 0;
    DLT_TRY(peek(reader, &next));
    *end = next == '\n' || next == END_OF_FILE;
    return *end ? DLT_OK : append(reader, '\r');
}

/* After the opening quote, up to and with the closing one. */
static dlt_status read_quoted(dlt_csv_reader *reader) {
    int64_t opened = reader->line;
    for (;;) {
        int character = 0;
        DLT_TRY(peek(reader, &character));
        if (character == END_OF_FILE)
            return fail_record(reader, opened, "the quote opened on this line is never closed");
        take(reader);
        if (character == '"') {
            DLT_TRY(peek(reader, &character));
            if (character != '"')
                return DLT_OK;
            take(reader);
        }
        DLT_TRY(append(reader, (char)character));
    }
}

static dlt_status read_field(dlt_csv_reader *reader) {
    int character = 0;
    bool end = false;
    bool quoted = false;
    DLT_TRY(start_field(reader));
    DLT_TRY(peek(reader, &character));
    if (character == '"') {
        take(reader);
        quoted = true;
        DLT_TRY(read_quoted(reader));
    }
    for (;;) {
        DLT_TRY(peek(reader, &character));
        DLT_TRY(at_field_end(reader, character, &end));
        if (end)
            return append(reader, '\0');
        if (quoted)
            return fail_record(reader, reader->line,
                               "a separator or line end is expected after a closing quote");
        if (character == '"')
            return fail_record(reader, reader->line, "a quote stands inside an unquoted field");
        if (character == '\0')
            return fail_record(reader, reader->line, "this line holds a zero byte, not text");
        if (character == '\r')
            continue;
        take(reader);
        DLT_TRY(append(reader, (char)character));
    }
}

static dlt_status skip_empty_lines(dlt_csv_reader *reader, int *character) {
    for (;;) {
        DLT_TRY(peek(reader, character));
        if (*character != '\n' && *character != '\r')
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
