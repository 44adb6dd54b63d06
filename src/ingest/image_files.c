/* Names are made comparable first; then a file is judged by its first bytes, not by its name. */
#include "ingest/image_files.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "data/left_out.h"
#include "formats/image_decode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { FIRST_BYTES = 1 << 14, SIGNATURE_BYTES = 32 };

dlt_status dlt_image_files_open(const char *path, const char *folder, bool in_folders,
                                dlt_image_files **out) {
    *out = NULL;
    struct stat facts;
    if (stat(path, &facts) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    if (!S_ISDIR(facts.st_mode) && !S_ISREG(facts.st_mode))
        return dlt_fail(DLT_ERR_IO, "%s is neither a folder nor a regular file", path);
    dlt_image_files *files = NULL;
    dlt_status status = DLT_OK;
    if (S_ISDIR(facts.st_mode))
        DLT_TRY_OUT(dlt_image_directory_open(path, folder, &files));
    else
        DLT_TRY_OUT(dlt_image_archive_open(path, &files));
    files->path = dlt_alloc_text(path);
    DLT_TRY_OUT(files->path == NULL ? DLT_ERR_MEM : DLT_OK);
    files->folder = dlt_alloc_text(folder);
    DLT_TRY_OUT(files->folder == NULL ? DLT_ERR_MEM : DLT_OK);
    files->in_folders = in_folders;
    *out = files;
    files = NULL;
out:
    dlt_image_files_close(&files);
    return status;
}

void dlt_image_files_close(dlt_image_files **files) {
    if (*files == NULL)
        return;
    (*files)->ops->close(*files);
    dlt_free((*files)->path);
    dlt_free((*files)->folder);
    dlt_free((*files)->data);
    dlt_free((*files)->name);
    dlt_free((*files)->seen);
    dlt_free(*files);
    *files = NULL;
}

/* Text and name make one sentence: "PATH: 'FOLDER/NAME' …". */
static dlt_status fail_entry(const dlt_image_files *files, const char *name, const char *what) {
    dlt_text shown = DLT_TEXT_EMPTY;
    dlt_name_print(name, &shown);
    dlt_status status = dlt_fail(DLT_ERR_FORMAT, "%s: '%s%s%s' %s", files->path, files->folder,
                                 files->folder[0] == '\0' ? "" : "/", dlt_text_of(&shown), what);
    dlt_text_destroy(&shown);
    return status;
}

static dlt_status fail_place(const dlt_image_files *files, const char *name) {
    char what[256];
    if (!files->in_folders)
        return fail_entry(files, name, "is in a folder, and the other images are in none");
    snprintf(what, sizeof what, "is not in a class folder: %.180s%sCLASS/NAME is expected",
             files->folder, files->folder[0] == '\0' ? "" : "/");
    return fail_entry(files, name, what);
}

/* Copies a name without "." components, repeated and trailing slashes; *outside for one that leads
 * out. */
static dlt_status copy_name(dlt_image_files *files, const char *name, bool *outside) {
    const size_t bytes = strlen(name) + 1;
    if (bytes > files->name_room) {
        dlt_free(files->name);
        files->name_room = 0;
        DLT_TRY(DLT_NEW(files->name, (int64_t)(2 * bytes)));
        files->name_room = 2 * bytes;
    }
    char *to = files->name;
    *outside = name[0] == '/';
    while (*name != '\0') {
        const size_t length = strcspn(name, "/");
        const bool is_dots = length == 2 && memcmp(name, "..", 2) == 0;
        *outside = *outside || is_dots;
        if (length > 0 && !(length == 1 && name[0] == '.')) {
            if (to != files->name)
                *to++ = '/';
            memcpy(to, name, length);
            to += length;
        }
        name += length + (name[length] == '/' ? 1 : 0);
    }
    *to = '\0';
    return DLT_OK;
}

/* Hidden, as the "._NAME" that some archivers add, or in a folder that holds only such files. */
static bool is_hidden(const char *name) {
    static const char macos[] = "__MACOSX";
    const size_t length = strcspn(name, "/");
    return name[0] == '.' || strstr(name, "/.") != NULL ||
           (length == sizeof macos - 1 && memcmp(name, macos, length) == 0);
}

bool dlt_image_name_has_ending(const char *name) {
    static const char *const endings[] = {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

static int count_slashes(const char *name) {
    int count = 0;
    for (; *name != '\0'; name++)
        count += *name == '/';
    return count;
}

static bool put_seen(uint64_t *table, int64_t room, uint64_t hash) {
    uint64_t at = hash % (uint64_t)room;
    for (; table[at] != 0; at = (at + 1) % (uint64_t)room)
        if (table[at] == hash)
            return false;
    table[at] = hash;
    return true;
}

/* Two files of one name in an archive are versions of one file, of which an unpacker would leave
 * the last. */
static dlt_status check_seen(dlt_image_files *files, const char *name) {
    const uint64_t hash = dlt_hash_text(0, name) | 1;
    if (2 * files->seen_count >= files->seen_room) {
        const int64_t room = files->seen_room == 0 ? 1024 : 4 * files->seen_room;
        uint64_t *larger = NULL;
        DLT_TRY(DLT_NEW(larger, room));
        for (int64_t i = 0; i < files->seen_room; i++)
            if (files->seen[i] != 0)
                (void)put_seen(larger, room, files->seen[i]);
        dlt_free(files->seen);
        files->seen = larger;
        files->seen_room = room;
    }
    if (!put_seen(files->seen, files->seen_room, hash))
        return fail_entry(files, name, "is in the archive twice");
    files->seen_count++;
    return DLT_OK;
}

/* What a regular file is, by its first bytes. */
static dlt_status judge_file(dlt_image_files *files, dlt_image_file *out) {
    const int depth = count_slashes(out->name);
    files->bytes = 0;
    dlt_status status = files->ops->load(files, SIGNATURE_BYTES);
    if (status != DLT_OK) {
        dlt_error_frame("reading %.200s of %s", out->name, files->path);
        return status;
    }
    const char *kind = dlt_image_kind(files->data, files->bytes);
    const int expected = files->in_folders ? 1 : 0;
    out->in_class = files->in_folders && depth >= 1;
    if (dlt_image_kind_is_read(kind)) {
        if (depth != expected)
            return fail_place(files, out->name);
        out->kind = DLT_FILE_PICTURE;
        return DLT_OK;
    }
    if (kind == NULL && dlt_image_name_has_ending(out->name))
        return fail_entry(files, out->name,
                          files->bytes == 0 ? "is an empty file"
                                            : "is neither a PNG nor a JPEG image");
    out->reason = kind == NULL && files->bytes == 0 ? "empty" : "not a picture";
    if (kind != NULL)
        out->reason = kind;
    return DLT_OK;
}

dlt_status dlt_image_files_next(dlt_image_files *files, dlt_image_file *out) {
    for (;;) {
        dlt_entry entry = {.kind = DLT_ENTRY_END};
        bool outside = false;
        *out = (dlt_image_file){.kind = DLT_FILE_LEFT_OUT};
        DLT_TRY(files->ops->next(files, &entry));
        if (entry.kind == DLT_ENTRY_END) {
            out->kind = DLT_FILE_END;
            return DLT_OK;
        }
        DLT_TRY(copy_name(files, entry.name, &outside));
        out->name = files->name;
        if (outside) {
            out->reason = "named outside the folder";
            return DLT_OK;
        }
        if (out->name[0] == '\0' && entry.kind == DLT_ENTRY_FOLDER)
            continue; /* the folder itself */
        if (is_hidden(out->name)) {
            out->reason = "hidden";
            return DLT_OK;
        }
        if (entry.kind == DLT_ENTRY_FOLDER) {
            out->reason = "folder";
            if (strchr(out->name, '/') != NULL && dlt_image_name_has_ending(out->name))
                return DLT_OK;
            if (strchr(out->name, '/') != NULL || !files->in_folders)
                continue; /* what is in it counts */
            out->kind = DLT_FILE_CLASS;
            return DLT_OK;
        }
        if (entry.kind == DLT_ENTRY_FILE) {
            if (files->ops->is_archive)
                DLT_TRY(check_seen(files, out->name));
            return judge_file(files, out);
        }
        out->in_class = files->in_folders && strchr(out->name, '/') != NULL;
        out->reason = entry.reason;
        return DLT_OK;
    }
}

dlt_status dlt_image_files_load(dlt_image_files *files, const char *name) {
    dlt_status status = files->ops->load(files, SIZE_MAX);
    if (status != DLT_OK)
        dlt_error_frame("reading %.200s of %s", name, files->path);
    return status;
}

dlt_status dlt_image_files_append(dlt_image_files *files, const void *data, size_t bytes) {
    if (bytes == 0)
        return DLT_OK; /* there may be no buffer yet */
    if (bytes > (size_t)DLT_IMAGE_FILE_BYTES_MAX - files->bytes)
        return dlt_fail(DLT_ERR_FORMAT, "%s holds an image file of more than %d bytes", files->path,
                        DLT_IMAGE_FILE_BYTES_MAX);
    if (bytes > files->room - files->bytes) {
        size_t room = files->room == 0 ? FIRST_BYTES : files->room;
        while (room < files->bytes + bytes)
            room *= 2;
        unsigned char *larger = NULL;
        DLT_TRY(DLT_NEW(larger, (int64_t)room));
        if (files->bytes > 0)
            memcpy(larger, files->data, files->bytes);
        dlt_free(files->data);
        files->data = larger;
        files->room = room;
    }
    memcpy(files->data + files->bytes, data, bytes);
    files->bytes += bytes;
    return DLT_OK;
}
