/* One IDX file: its header, and its values as numbers of this machine. */
#ifndef DLT_FORMATS_IDX_FILE_H
#define DLT_FORMATS_IDX_FILE_H

#include "dltrain/shape.h"
#include "dltrain/status.h"
#include "formats/byte_source.h"

#include <stdbool.h>
#include <stdint.h>

/* The type of most IDX files. */
enum { DLT_IDX_UNSIGNED_BYTE = 0x08 };

/* A type of element, as the header numbers it. */
typedef struct dlt_idx_type {
    uint8_t code;
    const char *name;
    int bytes;
    bool is_whole;
} dlt_idx_type;

/* A file whose header has been read. */
typedef struct dlt_idx_file {
    dlt_byte_source *bytes; /* owned */
    const dlt_idx_type *type;
    int64_t samples;
    dlt_shape shape; /* of one sample */
    int64_t sample;  /* next */
    int64_t rounded; /* whole numbers so far that float32 cannot hold */
} dlt_idx_file;

/* Owns: caller owns what *out holds, also after a failure. Errors: IO; FORMAT for a header that is
 * none or claims more than the file can hold; MEM. */
DLT_CHECKED dlt_status dlt_idx_open(const char *path, dlt_idx_file *out);
void dlt_idx_close(dlt_idx_file *file);

/* The next samples: unsigned bytes as they are, numbers as float32, or whole numbers as labels.
 * Errors: FORMAT if the file ends before, for a number that is not finite or beyond float32, and
 * for a negative label; IO. */
DLT_CHECKED dlt_status dlt_idx_read_bytes(dlt_idx_file *file, int64_t samples, uint8_t *out);
DLT_CHECKED dlt_status dlt_idx_read_reals(dlt_idx_file *file, int64_t samples, float *out);
DLT_CHECKED dlt_status dlt_idx_read_labels(dlt_idx_file *file, int64_t samples, int32_t *out);

/* Errors: FORMAT unless the file ends here; this also makes zlib verify a checksum. */
DLT_CHECKED dlt_status dlt_idx_check_end(dlt_idx_file *file);

#endif
