/* Reads through zlib's gzFile, which detects gzip by the first bytes and passes any other file
 * through. A short read is no error to zlib: gzerror tells the end of the file from a truncated or
 * damaged stream, so check_stream follows each short read. */
#include "formats/byte_source.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* Deflate cannot shrink by more than this factor (zlib's technical notes: 1032 to 1). */
enum { DEFLATE_RATIO_MAX = 1032, BUFFER_BYTES = 1 << 17, READ_BYTES_MAX = 1 << 30 };

struct dlt_byte_source {
    char *path;
    gzFile file;
    int64_t file_bytes;
};

dlt_status dlt_byte_source_open(const char *path, dlt_byte_source **out) {
    *out = NULL;
    struct stat facts;
    if (stat(path, &facts) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return dlt_fail(DLT_ERR_IO, "%s is not a regular file", path);
    dlt_byte_source *source = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(source, 1));
    source->file_bytes = facts.st_size;
    source->path = dlt_alloc_text(path);
    DLT_TRY_OUT(source->path == NULL ? DLT_ERR_MEM : DLT_OK);
    source->file = gzopen(path, "rbe");
    if (source->file == NULL) {
        status = dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
        goto out;
    }
    (void)gzbuffer(source->file, BUFFER_BYTES);
    *out = source;
    source = NULL;
out:
    dlt_byte_source_close(&source);
    return status;
}

void dlt_byte_source_close(dlt_byte_source **source) {
    if (*source == NULL)
        return;
    if ((*source)->file != NULL)
        (void)gzclose_r((*source)->file);
    dlt_free((*source)->path);
    dlt_free(*source);
    *source = NULL;
}

const char *dlt_byte_source_path(const dlt_byte_source *source) {
    return source->path;
}

/* zlib reports a stream that stops early only as a pending error beside the bytes it could give. */
static dlt_status check_stream(const dlt_byte_source *source) {
    int code = Z_OK;
    const char *text = gzerror(source->file, &code);
    if (code == Z_OK || code == Z_STREAM_END)
        return DLT_OK;
    if (code == Z_ERRNO)
        return dlt_fail(DLT_ERR_IO, "cannot read %s: %s", source->path, strerror(errno));
    if (code == Z_MEM_ERROR)
        return dlt_fail(DLT_ERR_MEM, "cannot read %s: memory is exhausted", source->path);
    if (code == Z_BUF_ERROR)
        return dlt_fail(DLT_ERR_FORMAT, "%s is truncated: its gzip stream ends early",
                        source->path);
    return dlt_fail(DLT_ERR_FORMAT, "%s is damaged: %s", source->path, text);
}

dlt_status dlt_byte_source_read(dlt_byte_source *source, void *out, size_t bytes, size_t *got) {
    *got = 0;
    while (*got < bytes) {
        size_t wanted = bytes - *got < READ_BYTES_MAX ? bytes - *got : READ_BYTES_MAX;
        int part = gzread(source->file, (char *)out + *got, (unsigned)wanted);
        if (part > 0)
            *got += (size_t)part;
        if (part < (int)wanted)
            return check_stream(source);
    }
    return DLT_OK;
}

int64_t dlt_byte_source_most(const dlt_byte_source *source) {
    bool plain = gzdirect(source->file) != 0;
    int64_t most = 0;
    if (plain || __builtin_mul_overflow(source->file_bytes, DEFLATE_RATIO_MAX, &most))
        return plain ? source->file_bytes : INT64_MAX;
    return most;
}
