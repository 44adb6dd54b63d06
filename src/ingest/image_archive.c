/* Images in a tar archive, plain or compressed (gzip, bzip2, xz, zstd), in the order of the archive
 * (libarchive). Names are only compared and printed, never used as paths. gzip is unpacked here,
 * because libarchive does not compare its checksum. */
#include "ingest/image_files.h"

#include "base/alloc.h"
#include "base/error.h"
#include "formats/byte_source.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16 };

typedef struct image_archive {
    dlt_image_files files; /* first */
    struct archive *archive;
    dlt_byte_source *bytes; /* owned */
    dlt_status read_status; /* of the bytes; the sentence is set */
    char block[BLOCK_BYTES];
} image_archive;

static dlt_status fail_archive(const image_archive *self, const char *path) {
    const char *text = archive_error_string(self->archive);
    if (self->read_status != DLT_OK)
        return self->read_status;
    return dlt_fail(DLT_ERR_FORMAT, "%s is not a readable tar archive: %s", path,
                    text == NULL ? "no reason given" : text);
}

static la_ssize_t give_bytes(struct archive *archive, void *opaque, const void **block) {
    image_archive *self = opaque;
    size_t got = 0;
    *block = self->block;
    self->read_status = dlt_byte_source_read(self->bytes, self->block, BLOCK_BYTES, &got);
    if (self->read_status == DLT_OK)
        return (la_ssize_t)got;
    archive_set_error(archive, EIO, "the file cannot be read");
    return ARCHIVE_FATAL;
}

/* What stands behind the end mark is read, too: there lies the checksum of gzip. */
static dlt_status read_rest(image_archive *self) {
    size_t got = 0;
    do
        DLT_TRY(dlt_byte_source_read(self->bytes, self->block, BLOCK_BYTES, &got));
    while (got > 0);
    return DLT_OK;
}

/* libarchive passes over a pax header that it cannot read, and with it over names and sizes. */
static bool is_malformed(struct archive *archive) {
    const char *text = archive_error_string(archive);
    return text != NULL && strstr(text, "alformed") != NULL;
}

/* The part of an entry's name below folder, or NULL if it is elsewhere. */
static const char *name_below(const char *name, const char *folder) {
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    size_t length = strlen(folder);
    if (length == 0)
        return name;
    return strncmp(name, folder, length) == 0 && name[length] == '/' ? name + length + 1 : NULL;
}

static dlt_entry_kind kind_of(struct archive_entry *entry, const char **reason) {
    const mode_t type = archive_entry_filetype(entry);
    if (archive_entry_hardlink(entry) != NULL)
        *reason = "hard link";
    else if (type == AE_IFREG)
        return DLT_ENTRY_FILE;
    else if (type == AE_IFDIR)
        return DLT_ENTRY_FOLDER;
    else
        *reason = type == AE_IFLNK ? "link" : "not a regular file";
    return DLT_ENTRY_ODD;
}

static dlt_status next_archive(dlt_image_files *files, dlt_entry *out) {
    image_archive *self = (image_archive *)files;
    for (;;) {
        struct archive_entry *entry = NULL;
        int code = archive_read_next_header(self->archive, &entry);
        if (code == ARCHIVE_EOF)
            return read_rest(self);
        if ((code != ARCHIVE_OK && code != ARCHIVE_WARN) ||
            (code == ARCHIVE_WARN && is_malformed(self->archive)))
            return fail_archive(self, files->path);
        const char *path = archive_entry_pathname(entry);
        if (path == NULL)
            return dlt_fail(DLT_ERR_FORMAT, "%s has an entry whose name cannot be read",
                            files->path);
        out->name = name_below(path, files->folder);
        if (out->name == NULL)
            continue;
        out->kind = kind_of(entry, &out->reason);
        return DLT_OK;
    }
}

static dlt_status load_archive(dlt_image_files *files, size_t most) {
    image_archive *self = (image_archive *)files;
    char block[BLOCK_BYTES];
    while (most > 0) {
        const size_t wanted = most < sizeof block ? most : sizeof block;
        la_ssize_t got = archive_read_data(self->archive, block, wanted);
        if (got == 0)
            return DLT_OK;
        if (got < 0)
            return fail_archive(self, files->path);
        DLT_TRY(dlt_image_files_append(files, block, (size_t)got));
        most -= (size_t)got;
    }
    return DLT_OK;
}

static void close_archive(dlt_image_files *files) {
    image_archive *self = (image_archive *)files;
    if (self->archive != NULL)
        (void)archive_read_free(self->archive);
    dlt_byte_source_close(&self->bytes);
}

static const dlt_image_files_ops archive_ops = {
    .is_archive = true, .next = next_archive, .load = load_archive, .close = close_archive};

dlt_status dlt_image_archive_open(const char *path, dlt_image_files **out) {
    *out = NULL;
    image_archive *self = NULL;
    DLT_TRY(DLT_NEW(self, 1));
    self->files.ops = &archive_ops;
    *out = &self->files;
    self->archive = archive_read_new();
    if (self->archive == NULL)
        return dlt_fail(DLT_ERR_MEM, "cannot open %s: memory is exhausted", path);
    /* Named one by one: "all" would include filters that start other programs. */
    (void)archive_read_support_filter_bzip2(self->archive);
    (void)archive_read_support_filter_xz(self->archive);
    (void)archive_read_support_filter_zstd(self->archive);
    (void)archive_read_support_format_tar(self->archive);
    DLT_TRY(dlt_byte_source_open(path, &self->bytes));
    if (archive_read_open(self->archive, self, NULL, give_bytes, NULL) != ARCHIVE_OK)
        return fail_archive(self, path);
    return DLT_OK;
}
