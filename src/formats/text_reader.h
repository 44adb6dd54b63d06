/* The characters of a text file, plain or gzip: UTF-8, whose line ends (LF, CR LF, CR) all become
 * LF; a byte order mark is skipped. */
#ifndef DLT_FORMATS_TEXT_READER_H
#define DLT_FORMATS_TEXT_READER_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

/* No line that is read as a whole may be longer. */
enum { DLT_TEXT_LINE_BYTES_MAX = 1 << 22, DLT_TEXT_END = -1 };

typedef struct dlt_text_reader dlt_text_reader;

/* Owns: caller owns *out. Errors: IO; FORMAT for UTF-16, and as dlt_text_reader_next; MEM. */
DLT_CHECKED dlt_status dlt_text_reader_open(const char *path, dlt_text_reader **out);
void dlt_text_reader_close(dlt_text_reader **reader);
const char *dlt_text_reader_path(const dlt_text_reader *reader);
/* Of the character or line that was read last, from 1. */
int64_t dlt_text_reader_line(const dlt_text_reader *reader);

/* The next character as its number in Unicode; DLT_TEXT_END at the end. Errors: FORMAT with file
 * and line for what is not UTF-8, and for a zero byte; IO. */
DLT_CHECKED dlt_status dlt_text_reader_next(dlt_text_reader *reader, int32_t *character);

/* The next line without its end, borrowed until the next call, and its length in bytes; *line is
 * NULL at the end. Errors: as dlt_text_reader_next; FORMAT for a line that is too long; MEM. */
DLT_CHECKED dlt_status dlt_text_reader_next_line(dlt_text_reader *reader, char **line,
                                                 int64_t *bytes);

#endif
