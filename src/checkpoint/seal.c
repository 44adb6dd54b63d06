/* The seal of a checkpoint; checkpoint_internal.h describes it. Checksums are XXH3 chained over
 * blocks, so that a range of a file can be measured without holding it in memory. */
#include "checkpoint/seal.h"
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "io/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20, FOOTER_BYTES = 49 };
static const char MAGIC[] = "dltrain-seal-1";
static const char STRUCTURE[] = "(structure)";
static const uint64_t LINES_BYTES_MAX = UINT64_C(1) << 24;

uint64_t dlt_seal_checksum(const void *data, int64_t bytes) {
    uint64_t hash = 0;
    for (int64_t at = 0; at < bytes; at += BLOCK_BYTES)
        hash =
            dlt_hash(hash, (const char *)data + at, (size_t)dlt_min_i64(BLOCK_BYTES, bytes - at));
    return hash;
}

/* Chains the bytes [from, to) of the file onto *hash. */
static dlt_status measure_range(int fd, const char *path, int64_t from, int64_t to, char *block,
                                uint64_t *hash) {
    for (int64_t at = from; at < to; at += BLOCK_BYTES) {
        size_t bytes = (size_t)dlt_min_i64(BLOCK_BYTES, to - at);
        DLT_TRY(dlt_posix_read_at(fd, path, at, block, bytes));
        *hash = dlt_hash(*hash, block, bytes);
    }
    return DLT_OK;
}

static dlt_status measure_all(int fd, const char *path, dlt_seal *seal, char *block) {
    int64_t at = 0;
    seal->structure.found = 0;
    for (int64_t i = 0; i < seal->count; i++) {
        dlt_seal_entry *entry = &seal->entries[i];
        DLT_TRY(measure_range(fd, path, at, entry->offset, block, &seal->structure.found));
        at = entry->offset + entry->bytes;
        entry->found = 0;
        DLT_TRY(measure_range(fd, path, entry->offset, at, block, &entry->found));
    }
    return measure_range(fd, path, at, seal->structure.bytes, block, &seal->structure.found);
}

static dlt_status open_to_read(const char *path, int *fd) {
    *fd = dlt_posix_open(path, O_RDONLY);
    if (*fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot open checkpoint %s: %s", path, strerror(errno));
    return DLT_OK;
}

dlt_status dlt_seal_measure(const char *path, dlt_seal *seal) {
    int fd = -1;
    char *block = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(open_to_read(path, &fd));
    DLT_TRY_OUT(DLT_NEW(block, dlt_min_i64(BLOCK_BYTES, seal->structure.bytes)));
    DLT_TRY_OUT(measure_all(fd, path, seal, block));
out:
    dlt_free(block);
    if (fd >= 0)
        close(fd);
    return status;
}

const dlt_seal_entry *dlt_seal_damage(const dlt_seal *seal) {
    for (int64_t i = 0; i < seal->count; i++)
        if (seal->entries[i].found != seal->entries[i].checksum)
            return &seal->entries[i];
    return seal->structure.found != seal->structure.checksum ? &seal->structure : NULL;
}

static void add_line(dlt_text *lines, const dlt_seal_entry *entry) {
    dlt_text_add(lines, "%016" PRIx64 " %" PRId64 " %" PRId64 " %s\n", entry->checksum,
                 entry->offset, entry->bytes, entry->name);
}

/* Of fixed length, so that it is found from the end of the file. */
static void format_footer(const char *lines, size_t bytes, char out[FOOTER_BYTES + 1]) {
    snprintf(out, FOOTER_BYTES + 1, "%s %016zx %016" PRIx64 "\n", MAGIC, bytes,
             dlt_hash(0, lines, bytes));
}

static dlt_status append_text(const char *path, const dlt_text *text) {
    int fd = dlt_posix_open(path, O_WRONLY | O_APPEND);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot write checkpoint %s: %s", path, strerror(errno));
    dlt_status status = dlt_posix_write(fd, path, dlt_text_of(text), text->used);
    if (close(fd) != 0 && status == DLT_OK)
        status = dlt_fail(DLT_ERR_IO, "cannot write checkpoint %s: %s", path, strerror(errno));
    return status;
}

dlt_status dlt_seal_append(const char *path, const dlt_seal *seal) {
    char footer[FOOTER_BYTES + 1];
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    for (int64_t i = 0; i < seal->count; i++)
        add_line(&text, &seal->entries[i]);
    dlt_seal_entry structure = seal->structure;
    snprintf(structure.name, sizeof structure.name, "%s", STRUCTURE);
    add_line(&text, &structure);
    format_footer(dlt_text_of(&text), text.used, footer);
    dlt_text_add(&text, "%s", footer);
    DLT_TRY_OUT(dlt_text_check(&text));
    DLT_TRY_OUT(append_text(path, &text));
out:
    dlt_text_destroy(&text);
    return status;
}

static dlt_status fail_without_seal(const char *path) {
    return dlt_fail(DLT_ERR_FORMAT,
                    "checkpoint %s is damaged: the seal at its end is missing; it was cut short, "
                    "or changed by another program",
                    path);
}

/* Reads the footer; what it says is compared with the lines by the caller. */
static dlt_status read_footer(int fd, const char *path, char footer[FOOTER_BYTES + 1],
                              int64_t *file_bytes, int64_t *lines_bytes) {
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot read checkpoint %s: %s", path, strerror(errno));
    *file_bytes = facts.st_size;
    if (!S_ISREG(facts.st_mode) || facts.st_size < FOOTER_BYTES)
        return fail_without_seal(path);
    DLT_TRY(dlt_posix_read_at(fd, path, facts.st_size - FOOTER_BYTES, footer, FOOTER_BYTES));
    footer[FOOTER_BYTES] = '\0';
    uint64_t bytes = 0;
    if (memcmp(footer, MAGIC, sizeof MAGIC - 1) != 0 ||
        sscanf(footer + sizeof MAGIC - 1, " %16" SCNx64, &bytes) != 1 || bytes > LINES_BYTES_MAX ||
        (int64_t)bytes > facts.st_size - FOOTER_BYTES)
        return fail_without_seal(path);
    *lines_bytes = (int64_t)bytes;
    return DLT_OK;
}

bool dlt_seal_present(const char *path) {
    char footer[FOOTER_BYTES + 1];
    int64_t file_bytes = 0;
    int64_t lines_bytes = 0;
    int fd = dlt_posix_open(path, O_RDONLY);
    if (fd < 0)
        return false;
    dlt_status status = read_footer(fd, path, footer, &file_bytes, &lines_bytes);
    close(fd);
    return status == DLT_OK;
}

static dlt_status read_lines(int fd, const char *path, char **lines, int64_t *body_bytes) {
    char footer[FOOTER_BYTES + 1];
    char expected[FOOTER_BYTES + 1];
    int64_t file_bytes = 0;
    int64_t lines_bytes = 0;
    DLT_TRY(read_footer(fd, path, footer, &file_bytes, &lines_bytes));
    DLT_TRY(DLT_NEW(*lines, lines_bytes + 1));
    *body_bytes = file_bytes - FOOTER_BYTES - lines_bytes;
    DLT_TRY(dlt_posix_read_at(fd, path, *body_bytes, *lines, (size_t)lines_bytes));
    format_footer(*lines, (size_t)lines_bytes, expected);
    if (memcmp(footer, expected, FOOTER_BYTES) != 0)
        return dlt_fail(DLT_ERR_FORMAT,
                        "checkpoint %s is damaged: the checksum of its seal does not match", path);
    return DLT_OK;
}

static int64_t count_lines(const char *lines) {
    int64_t count = 0;
    for (const char *c = lines; *c != '\0'; c++)
        count += *c == '\n';
    return count;
}

/* Takes one line apart; false if it does not have the form of add_line or its range is not behind
 * `after` and inside of the file. */
static bool parse_line(const char *line, int64_t after, int64_t body_bytes, dlt_seal_entry *out) {
    int end = 0;
    int fields = sscanf(line, "%16" SCNx64 " %" SCNd64 " %" SCNd64 " %255[^\n]%n", &out->checksum,
                        &out->offset, &out->bytes, out->name, &end);
    return fields == 4 && line[end] == '\0' && out->offset >= after && out->bytes >= 0 &&
           out->offset <= body_bytes && out->bytes <= body_bytes - out->offset;
}

/* Ends the first line of *rest and steps over it. */
static const char *next_line(char **rest) {
    char *line = *rest;
    size_t length = strcspn(line, "\n");
    *rest = line + length + (line[length] == '\n');
    line[length] = '\0';
    return line;
}

/* The last line is the structure's, which spans the whole of the HDF5 part. */
static bool parse_lines(char *lines, int64_t body_bytes, dlt_seal *seal) {
    int64_t after = 0;
    char *rest = lines;
    for (int64_t i = 0; i < seal->count; i++) {
        if (!parse_line(next_line(&rest), after, body_bytes, &seal->entries[i]))
            return false;
        after = seal->entries[i].offset + seal->entries[i].bytes;
    }
    return parse_line(next_line(&rest), 0, body_bytes, &seal->structure) &&
           strcmp(seal->structure.name, STRUCTURE) == 0 && seal->structure.bytes == body_bytes;
}

dlt_status dlt_seal_read(const char *path, dlt_seal *out) {
    int fd = -1;
    char *lines = NULL;
    int64_t body_bytes = 0;
    dlt_status status = DLT_OK;
    *out = (dlt_seal){0};
    DLT_TRY_OUT(open_to_read(path, &fd));
    DLT_TRY_OUT(read_lines(fd, path, &lines, &body_bytes));
    out->count = dlt_max_i64(count_lines(lines) - 1, 0);
    DLT_TRY_OUT(DLT_NEW(out->entries, out->count));
    if (!parse_lines(lines, body_bytes, out))
        status =
            dlt_fail(DLT_ERR_FORMAT, "checkpoint %s is damaged: its seal cannot be read", path);
out:
    dlt_free(lines);
    if (fd >= 0)
        close(fd);
    if (status != DLT_OK)
        dlt_seal_destroy(out);
    return status;
}

void dlt_seal_destroy(dlt_seal *seal) {
    dlt_free(seal->entries);
    *seal = (dlt_seal){0};
}
