/* Images in a tar archive, plain or compressed (gzip, bzip2, xz, zstd), in the order of the archive
 * (libarchive). Names are only compared and printed, never used as paths. */
#include "data/import/image_files.h"

#include "base/alloc.h"
#include "base/error.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16 };

typedef struct image_archive {
    dlt_image_files files; /* first */
    struct archive *archive;
} image_archive;

static dlt_status fail_archive(struct archive *archive, const char *path) {
    const char *text = archive_error_string(archive);
    return dlt_fail(DLT_ERR_FORMAT, "%s is not a readable tar archive: %s", path,
                    text == NULL ? "no reason given" : text);
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

static dlt_status next_archive(dlt_image_files *files, const char **name) {
    image_archive *self = (image_archive *)files;
    for (;;) {
        struct archive_entry *entry = NULL;
        *name = NULL;
        int code = archive_read_next_header(self->archive, &entry);
        if (code == ARCHIVE_EOF)
            return DLT_OK;
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return fail_archive(self->archive, files->path);
        const char *path = archive_entry_pathname(entry);
        if (path == NULL || archive_entry_filetype(entry) != AE_IFREG)
            continue;
        *name = name_below(path, files->folder);
        if (*name != NULL)
            return DLT_OK;
    }
}

static dlt_status load_archive(dlt_image_files *files) {
    image_archive *self = (image_archive *)files;
    char block[BLOCK_BYTES];
    for (;;) {
        la_ssize_t got = archive_read_data(self->archive, block, sizeof block);
        if (got == 0)
            return DLT_OK;
        if (got < 0)
            return fail_archive(self->archive, files->path);
        DLT_TRY(dlt_image_files_append(files, block, (size_t)got));
    }
}

static void close_archive(dlt_image_files *files) {
    image_archive *self = (image_archive *)files;
    if (self->archive != NULL)
        (void)archive_read_free(self->archive);
}

static const dlt_image_files_ops archive_ops = {
    .next = next_archive, .load = load_archive, .close = close_archive};

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
    (void)archive_read_support_filter_gzip(self->archive);
    (void)archive_read_support_filter_bzip2(self->archive);
    (void)archive_read_support_filter_xz(self->archive);
    (void)archive_read_support_filter_zstd(self->archive);
    (void)archive_read_support_format_tar(self->archive);
    if (archive_read_open_filename(self->archive, path, BLOCK_BYTES) != ARCHIVE_OK)
        return fail_archive(self->archive, path);
    return DLT_OK;
}
