/* Records of a CSV file (RFC 4180): fields in quotes may hold separators, doubled quotes and line
 * ends, which become blanks; lines end with LF, CR LF or CR; a byte order mark, empty lines and
 * blanks around fields are skipped. */
#ifndef DLT_FORMATS_CSV_READER_H
#define DLT_FORMATS_CSV_READER_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Bounds of one record: beyond them, a quote was most likely never closed. */
enum { DLT_CSV_RECORD_BYTES_MAX = 1 << 22, DLT_CSV_FIELDS_MAX = 1 << 16 };

typedef struct dlt_csv_reader dlt_csv_reader;

/* Opens a file, plain or gzip. Owns: caller owns *out. Errors: IO; FORMAT for UTF-16 and
 * spreadsheets; MEM. */
DLT_CHECKED dlt_status dlt_csv_reader_open(const char *path, char separator, dlt_csv_reader **out);
void dlt_csv_reader_close(dlt_csv_reader **reader);

/* Reads the next record; *more is false at the end. Errors: FORMAT with file and line, IO, MEM. */
DLT_CHECKED dlt_status dlt_csv_reader_next(dlt_csv_reader *reader, bool *more);

/* The record read last: number of fields, their text (borrowed until the next record), its line. */
int64_t dlt_csv_reader_fields(const dlt_csv_reader *reader);
const char *dlt_csv_reader_field(const dlt_csv_reader *reader, int64_t index);
int64_t dlt_csv_reader_line(const dlt_csv_reader *reader);
const char *dlt_csv_reader_path(const dlt_csv_reader *reader);

#endif
