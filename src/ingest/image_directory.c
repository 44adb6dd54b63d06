/* Images in a directory: depth first, the entries of each folder in the order of their names.
 * Nothing but a regular file is opened, so that nothing here waits for a writer. */
#include "ingest/image_files.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "io/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 16, DEPTH_MAX = 32 };

/* The sorted names in one directory. */
typedef struct file_names {
    int64_t count;
    int64_t room;
    char **at; /* owned */
} file_names;

/* A folder that is being gone through. */
typedef struct level {
    file_names names;
    int64_t next;
    size_t name_bytes; /* of the folder's own path below the root */
} level;

typedef struct image_directory {
    dlt_image_files files; /* first */
    dlt_text root;         /* directory of the class folders */
    dlt_text path;         /* of the current entry */
    dlt_text name;         /* of the current entry below the root */
    int depth;             /* levels open; 1: the root alone */
    level levels[DEPTH_MAX];
    int descriptor; /* of the current file; -1 unless it was begun to be read */
} image_directory;

static void clear_names(file_names *names) {
    for (int64_t i = 0; i < names->count; i++)
        dlt_free(names->at[i]);
    dlt_free(names->at);
    *names = (file_names){0};
}

static dlt_status add_name(file_names *names, const char *name) {
    if (names->count == names->room) {
        int64_t room = names->room == 0 ? 64 : 2 * names->room;
        char **larger = NULL;
        DLT_TRY(DLT_NEW(larger, room));
        for (int64_t i = 0; i < names->count; i++)
            larger[i] = names->at[i];
        dlt_free(names->at);
        names->at = larger;
        names->room = room;
    }
    names->at[names->count] = dlt_alloc_text(name);
    if (names->at[names->count] == NULL)
        return DLT_ERR_MEM;
    names->count++;
    return DLT_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Fills names with the entries of path. */
static dlt_status list_names(const char *path, file_names *names) {
    clear_names(names);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot list the folder %s: %s", path, strerror(errno));
    dlt_status status = DLT_OK;
    for (const struct dirent *entry; status == DLT_OK && (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = add_name(names, entry->d_name);
    (void)closedir(directory);
    if (names->count > 1)
        qsort(names->at, (size_t)names->count, sizeof *names->at, compare_names);
    return status;
}

/* Opens the folder whose path is in self->path as the innermost one. */
static dlt_status enter(image_directory *self) {
    if (self->depth == DEPTH_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "%s is nested too deeply", dlt_text_of(&self->path));
    level *inner = &self->levels[self->depth++];
    inner->next = 0;
    inner->name_bytes = self->name.used;
    return list_names(dlt_text_of(&self->path), &inner->names);
}

/* What stands at self->path. A link stands for the file it leads to, and at the top for the class
 * folder; deeper down a link to a folder may lead back. */
static dlt_status look(const image_directory *self, bool at_top, dlt_entry *out) {
    const char *path = dlt_text_of(&self->path);
    struct stat facts;
    if (lstat(path, &facts) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    const bool is_link = S_ISLNK(facts.st_mode);
    out->kind = DLT_ENTRY_ODD;
    if (is_link && stat(path, &facts) != 0)
        out->reason = "broken link";
    else if (S_ISREG(facts.st_mode))
        out->kind = DLT_ENTRY_FILE;
    else if (!S_ISDIR(facts.st_mode))
        out->reason = "not a regular file";
    else if (is_link && !at_top)
        out->reason = "link to a folder";
    else
        out->kind = DLT_ENTRY_FOLDER;
    return DLT_OK;
}

static void close_file(image_directory *self) {
    if (self->descriptor >= 0)
        (void)close(self->descriptor);
    self->descriptor = -1;
}

/* Depth first, a folder before what is in it. Hidden folders are not entered. */
static dlt_status next_directory(dlt_image_files *files, dlt_entry *out) {
    image_directory *self = (image_directory *)files;
    close_file(self);
    while (self->depth > 0) {
        level *inner = &self->levels[self->depth - 1];
        if (inner->next == inner->names.count) {
            clear_names(&inner->names);
            self->depth--;
            continue;
        }
        const char *member = inner->names.at[inner->next++];
        dlt_text_cut(&self->name, inner->name_bytes);
        dlt_text_add(&self->name, "%s%s", inner->name_bytes == 0 ? "" : "/", member);
        dlt_text_clear(&self->path);
        dlt_text_add(&self->path, "%s/%s", dlt_text_of(&self->root), dlt_text_of(&self->name));
        DLT_TRY(dlt_text_check(&self->name));
        DLT_TRY(dlt_text_check(&self->path));
        DLT_TRY(look(self, self->depth == 1, out));
        out->name = dlt_text_of(&self->name);
        return out->kind == DLT_ENTRY_FOLDER && member[0] != '.' ? enter(self) : DLT_OK;
    }
    return DLT_OK;
}

static dlt_status load_directory(dlt_image_files *files, size_t most) {
    image_directory *self = (image_directory *)files;
    const char *path = dlt_text_of(&self->path);
    char block[BLOCK_BYTES];
    if (self->descriptor < 0)
        self->descriptor = dlt_posix_open(path, O_RDONLY);
    if (self->descriptor < 0)
        return dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    while (most > 0) {
        const size_t wanted = most < sizeof block ? most : sizeof block;
        size_t got = 0;
        DLT_TRY(dlt_posix_read(self->descriptor, path, block, wanted, &got));
        DLT_TRY(dlt_image_files_append(files, block, got));
        if (got < wanted)
            return DLT_OK;
        most -= got;
    }
    return DLT_OK;
}

static void close_directory(dlt_image_files *files) {
    image_directory *self = (image_directory *)files;
    close_file(self);
    dlt_text_destroy(&self->root);
    dlt_text_destroy(&self->path);
    dlt_text_destroy(&self->name);
    for (int i = 0; i < self->depth; i++)
        clear_names(&self->levels[i].names);
}

static const dlt_image_files_ops directory_ops = {
    .next = next_directory, .load = load_directory, .close = close_directory};

dlt_status dlt_image_directory_open(const char *path, const char *folder, dlt_image_files **out) {
    *out = NULL;
    image_directory *self = NULL;
    DLT_TRY(DLT_NEW(self, 1));
    self->files.ops = &directory_ops;
    self->descriptor = -1;
    *out = &self->files;
    dlt_text_add(&self->root, "%s%s%s", path, folder[0] == '\0' ? "" : "/", folder);
    dlt_text_add(&self->path, "%s", dlt_text_of(&self->root));
    DLT_TRY(dlt_text_check(&self->root));
    DLT_TRY(dlt_text_check(&self->path));
    return enter(self);
}
