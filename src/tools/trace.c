/* The trace as a text file: a header, the numbers of columns and rows, a name per line, then a line
 * of hashes per row. The numbers are checked against the size of the file before memory is
 * allocated for them. Names are compared before hashes, because rows of different models have
 * nothing in common. Rows that only one trace has are not compared. */
#include "tools/trace.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "io/atomic_file.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "dltrain-trace 1"

static const size_t FILE_BYTES_MAX = (size_t)1 << 30;

/* More than any trace has; keeps products of the two far from overflow. */
static const int64_t COUNT_MAX = INT64_C(1) << 30;

dlt_status dlt_trace_create(int64_t columns, int64_t room, dlt_trace *out) {
    *out = (dlt_trace){.columns = columns, .room = room};
    if (columns > COUNT_MAX || room > COUNT_MAX)
        return dlt_fail(DLT_ERR_ARG,
                        "a trace of %" PRId64 " updates and %" PRId64 " tensors is too long", room,
                        columns);
    DLT_TRY(DLT_NEW(out->names, columns));
    return DLT_NEW(out->hashes, columns * room);
}

void dlt_trace_destroy(dlt_trace *trace) {
    for (int64_t c = 0; trace->names != NULL && c < trace->columns; c++)
        dlt_free(trace->names[c]);
    dlt_free(trace->names);
    dlt_free(trace->hashes);
    *trace = (dlt_trace){0};
}

uint64_t *dlt_trace_row(const dlt_trace *trace, int64_t row) {
    return trace->hashes + row * trace->columns;
}

static void add_row(const dlt_trace *trace, int64_t row, dlt_text *text) {
    char hash[17];
    for (int64_t c = 0; c < trace->columns; c++) {
        dlt_hash_format(dlt_trace_row(trace, row)[c], hash);
        dlt_text_add_bytes(text, hash, 16);
        dlt_text_add_bytes(text, c + 1 < trace->columns ? " " : "\n", 1);
    }
}

dlt_status dlt_trace_write(const dlt_trace *trace, const char *path) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_text_add(&text, HEADER "\ncolumns %" PRId64 "\nrows %" PRId64 "\n", trace->columns,
                 trace->rows);
    for (int64_t c = 0; c < trace->columns; c++)
        dlt_text_add(&text, "%s\n", trace->names[c]);
    for (int64_t r = 0; r < trace->rows; r++)
        add_row(trace, r, &text);
    dlt_status status = dlt_text_check(&text);
    if (status == DLT_OK)
        status = dlt_file_write(path, text.data, text.used);
    dlt_text_destroy(&text);
    return status;
}

/* Takes the next line from *at, its end replaced by a zero byte; NULL at the end of the text. */
static char *take_line(char **at) {
    char *line = *at;
    char *end = strchr(line, '\n');
    if (end == NULL)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

static bool take_count(char **at, const char *word, int64_t *out) {
    const char *line = take_line(at);
    size_t length = strlen(word);
    if (line == NULL || strncmp(line, word, length) != 0)
        return false;
    char *end = NULL;
    *out = strtoll(line + length, &end, 10);
    return end != line + length && *end == '\0' && *out >= 0 && *out <= COUNT_MAX;
}

static bool take_row(char **at, int64_t columns, uint64_t *hashes) {
    char *word = take_line(at);
    for (int64_t c = 0; word != NULL && c < columns; c++) {
        char *end = NULL;
        hashes[c] = strtoull(word, &end, 16);
        if (end != word + 16 || *end != (c + 1 < columns ? ' ' : '\0'))
            return false;
        word = end + 1;
    }
    return word != NULL;
}

static dlt_status parse(const char *path, char *at, size_t bytes, dlt_trace *out) {
    int64_t columns = 0;
    int64_t rows = 0;
    const char *header = take_line(&at);
    if (header == NULL || strcmp(header, HEADER) != 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s is not a trace that `dltrain verify` has written",
                        path);
    /* A hash takes 17 bytes of the file, which bounds what a damaged header can ask for. */
    bool good = take_count(&at, "columns ", &columns) && take_count(&at, "rows ", &rows) &&
                (uint64_t)columns <= bytes && (uint64_t)(columns * rows) <= bytes / 17;
    if (good)
        DLT_TRY(dlt_trace_create(columns, rows, out));
    for (int64_t c = 0; good && c < columns; c++) {
        const char *name = take_line(&at);
        good = name != NULL;
        if (good && (out->names[c] = dlt_alloc_text(name)) == NULL)
            return DLT_ERR_MEM;
    }
    for (int64_t r = 0; good && r < rows; r++)
        good = take_row(&at, columns, dlt_trace_row(out, r));
    out->rows = rows;
    return good ? DLT_OK : dlt_fail(DLT_ERR_FORMAT, "the trace %s is damaged or cut short", path);
}

dlt_status dlt_trace_read(const char *path, dlt_trace *out) {
    char *text = NULL;
    size_t bytes = 0;
    *out = (dlt_trace){0};
    DLT_TRY(dlt_file_read(path, FILE_BYTES_MAX, &text, &bytes));
    dlt_status status = parse(path, text, bytes, out);
    dlt_free(text);
    return status;
}

static dlt_status check_names(const dlt_trace *first, const dlt_trace *second) {
    for (int64_t c = 0; c < first->columns || c < second->columns; c++) {
        const char *one = c < first->columns ? first->names[c] : "nothing";
        const char *other = c < second->columns ? second->names[c] : "nothing";
        if (strcmp(one, other) != 0)
            return dlt_fail(DLT_ERR_MISMATCH,
                            "the traces are of different models or optimizers: where the first "
                            "has %s, the second has %s",
                            one, other);
    }
    return DLT_OK;
}

dlt_status dlt_trace_compare(const dlt_trace *first, const dlt_trace *second,
                             dlt_trace_parting *out) {
    *out = (dlt_trace_parting){.row = -1};
    DLT_TRY(check_names(first, second));
    for (int64_t r = 0; r < first->rows && r < second->rows && out->row < 0; r++) {
        const uint64_t *one = dlt_trace_row(first, r);
        const uint64_t *other = dlt_trace_row(second, r);
        for (int64_t c = 0; c < first->columns; c++) {
            if (one[c] == other[c])
                continue;
            if (out->differ++ == 0)
                out->column = c;
            out->row = r;
        }
    }
    return DLT_OK;
}
