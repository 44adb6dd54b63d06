/* Reading a file front to back, plain or compressed with gzip. */
#ifndef DLT_FORMATS_BYTE_SOURCE_H
#define DLT_FORMATS_BYTE_SOURCE_H

#include "dltrain/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct dlt_byte_source dlt_byte_source;

/* Owns: caller owns *out; path is copied. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_byte_source_open(const char *path, dlt_byte_source **out);
void dlt_byte_source_close(dlt_byte_source **source);
const char *dlt_byte_source_path(const dlt_byte_source *source);

/* Reads up to bytes; *got is less only at the end. Errors: IO; FORMAT for a damaged or truncated
 * gzip stream. */
DLT_CHECKED dlt_status dlt_byte_source_read(dlt_byte_source *source, void *out, size_t bytes,
                                            size_t *got);

/* The most bytes that the file can hold when unpacked; exact if it is not compressed. */
int64_t dlt_byte_source_most(const dlt_byte_source *source);

#endif
