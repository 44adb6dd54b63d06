/* Bytes come in blocks; a block keeps the rest of the one before, so that a character is never cut.
 * Behind the last byte stands a zero, where the decoder of UTF-8 stops by itself. */
#include "formats/text_reader.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "formats/byte_source.h"

#include <string.h>

enum { BLOCK_BYTES = 1 << 16, CHARACTER_BYTES_MAX = 4, FIRST_LINE_BYTES = 1 << 10 };

struct dlt_text_reader {
    dlt_byte_source *bytes; /* owned */
    char *block;            /* [BLOCK_BYTES + 1]; owned */
    size_t at;
    size_t filled;
    bool ended;       /* the file has no bytes behind the block */
    bool after_cr;    /* a line feed that follows is the second half of a line end */
    bool begins_line; /* the next character is the first of a line */
    int64_t line;
    char *text; /* of the line read last; owned */
    int64_t text_room;
};

static dlt_status fill(dlt_text_reader *reader) {
    size_t got = 0;
    if (reader->filled - reader->at >= CHARACTER_BYTES_MAX || reader->ended)
        return DLT_OK;
    reader->filled -= reader->at;
    memmove(reader->block, reader->block + reader->at, reader->filled);
    reader->at = 0;
    const size_t wanted = BLOCK_BYTES - reader->filled;
    DLT_TRY(dlt_byte_source_read(reader->bytes, reader->block + reader->filled, wanted, &got));
    reader->ended = got < wanted;
    reader->filled += got;
    reader->block[reader->filled] = '\0';
    return DLT_OK;
}

static bool begins_with(const dlt_text_reader *reader, const char *bytes, size_t count) {
    return reader->filled >= count && memcmp(reader->block, bytes, count) == 0;
}

static dlt_status check_beginning(dlt_text_reader *reader) {
    if (begins_with(reader, "\xFF\xFE", 2) || begins_with(reader, "\xFE\xFF", 2))
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
                        dlt_text_reader_path(reader));
    if (begins_with(reader, "\xEF\xBB\xBF", 3))
        reader->at = 3;
    return DLT_OK;
}

dlt_status dlt_text_reader_open(const char *path, dlt_text_reader **out) {
    *out = NULL;
    dlt_text_reader *reader = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(reader, 1));
    reader->begins_line = true;
    DLT_TRY_OUT(dlt_byte_source_open(path, &reader->bytes));
    DLT_TRY_OUT(DLT_NEW(reader->block, BLOCK_BYTES + 1));
    DLT_TRY_OUT(fill(reader));
    DLT_TRY_OUT(check_beginning(reader));
    *out = reader;
    reader = NULL;
out:
    dlt_text_reader_close(&reader);
    return status;
}

void dlt_text_reader_close(dlt_text_reader **reader) {
    if (*reader == NULL)
        return;
    dlt_byte_source_close(&(*reader)->bytes);
    dlt_free((*reader)->block);
    dlt_free((*reader)->text);
    dlt_free(*reader);
    *reader = NULL;
}

const char *dlt_text_reader_path(const dlt_text_reader *reader) {
    return dlt_byte_source_path(reader->bytes);
}

int64_t dlt_text_reader_line(const dlt_text_reader *reader) {
    return reader->line;
}

static dlt_status fail_bytes(const dlt_text_reader *reader) {
    const bool is_zero = reader->block[reader->at] == '\0';
    return dlt_fail(DLT_ERR_FORMAT, "%s:%lld: %s", dlt_text_reader_path(reader),
                    (long long)reader->line,
                    is_zero ? "this line holds a zero byte, which no text contains"
                            : "this line is not UTF-8; convert the file (iconv -t UTF-8)");
}

/* Takes the next character; *bytes is 0 at the end. It stands at reader->at - *bytes, a line end as
 * LF. */
static dlt_status take(dlt_text_reader *reader, int *bytes) {
    for (;;) {
        DLT_TRY(fill(reader));
        *bytes = 0;
        if (reader->at == reader->filled)
            return DLT_OK;
        if (reader->after_cr && reader->block[reader->at] == '\n') {
            reader->after_cr = false;
            reader->at++;
            continue;
        }
        reader->line += reader->begins_line;
        reader->begins_line = false;
        *bytes = dlt_utf8_bytes(reader->block + reader->at);
        if (*bytes == 0)
            return fail_bytes(reader);
        reader->after_cr = reader->block[reader->at] == '\r';
        if (reader->after_cr)
            reader->block[reader->at] = '\n';
        reader->begins_line = reader->block[reader->at] == '\n';
        reader->at += (size_t)*bytes;
        return DLT_OK;
    }
}

dlt_status dlt_text_reader_next(dlt_text_reader *reader, int32_t *character) {
    int bytes = 0;
    DLT_TRY(take(reader, &bytes));
    *character =
        bytes == 0 ? DLT_TEXT_END : dlt_utf8_decode(reader->block + reader->at - bytes, bytes);
    return DLT_OK;
}

/* Room for a character and the zero behind it. */
static dlt_status grow_line(dlt_text_reader *reader, int64_t used) {
    if (used + CHARACTER_BYTES_MAX + 1 <= reader->text_room)
        return DLT_OK;
    if (reader->text_room >= DLT_TEXT_LINE_BYTES_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "%s:%lld: this line is longer than %d bytes",
                        dlt_text_reader_path(reader), (long long)reader->line,
                        DLT_TEXT_LINE_BYTES_MAX);
    const int64_t room = reader->text_room == 0 ? FIRST_LINE_BYTES : 2 * reader->text_room;
    char *larger = NULL;
    DLT_TRY(DLT_NEW(larger, room));
    if (used > 0)
        memcpy(larger, reader->text, (size_t)used);
    dlt_free(reader->text);
    reader->text = larger;
    reader->text_room = room;
    return DLT_OK;
}

dlt_status dlt_text_reader_next_line(dlt_text_reader *reader, char **line, int64_t *bytes) {
    int64_t used = 0;
    int taken = 0;
    *line = NULL;
    for (;;) {
        DLT_TRY(grow_line(reader, used));
        DLT_TRY(take(reader, &taken));
        if (taken == 0 && used == 0)
            return DLT_OK;
        if (taken == 0 || reader->begins_line)
            break;
        memcpy(reader->text + used, reader->block + reader->at - taken, (size_t)taken);
        used += taken;
    }
    reader->text[used] = '\0';
    *line = reader->text;
    *bytes = used;
    return DLT_OK;
}
