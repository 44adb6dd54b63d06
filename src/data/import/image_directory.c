/* Images in a directory, classes and files in the order of their sorted names. */
#include "data/import/image_files.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 16 };

/* The sorted names in one directory. */
typedef struct name_list {
    int64_t count;
    int64_t room;
    char **at; /* owned */
} name_list;

typedef struct image_directory {
    dlt_image_files files; /* first */
    dlt_text root;         /* directory of the class folders */
    dlt_text path;         /* of the current file */
    dlt_text name;         /* "CLASS/NAME" of the current file */
    name_list classes;
    name_list members; /* of the current class */
    int64_t next_class;
    int64_t next_member;
} image_directory;

static void clear_names(name_list *names) {
    for (int64_t i = 0; i < names->count; i++)
        dlt_free(names->at[i]);
    dlt_free(names->at);
    *names = (name_list){0};
}

static dlt_status add_name(name_list *names, const char *name) {
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

/* Fills names with the entries of path that are not hidden. */
static dlt_status list_names(const char *path, name_list *names) {
    clear_names(names);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot list the folder %s: %s", path, strerror(errno));
    dlt_status status = DLT_OK;
    for (const struct dirent *entry; status == DLT_OK && (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.')
            status = add_name(names, entry->d_name);
    (void)closedir(directory);
    if (names->count > 1)
        qsort(names->at, (size_t)names->count, sizeof *names->at, compare_names);
    return status;
}

static bool is_directory(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* Goes to the next entry of the top that is a folder; a file there stands for itself. */
static dlt_status next_class(image_directory *self, const char **name) {
    const char *entry = self->classes.at[self->next_class++];
    self->next_member = 0;
    clear_names(&self->members);
    dlt_text_clear(&self->path);
    dlt_text_add(&self->path, "%s/%s", dlt_text_of(&self->root), entry);
    DLT_TRY(dlt_text_check(&self->path));
    if (is_directory(dlt_text_of(&self->path)))
        return list_names(dlt_text_of(&self->path), &self->members);
    *name = entry;
    return DLT_OK;
}

static dlt_status next_member(image_directory *self, const char **name) {
    const char *class_name = self->classes.at[self->next_class - 1];
    const char *member = self->members.at[self->next_member++];
    dlt_text_clear(&self->name);
    dlt_text_add(&self->name, "%s/%s", class_name, member);
    dlt_text_clear(&self->path);
    dlt_text_add(&self->path, "%s/%s", dlt_text_of(&self->root), dlt_text_of(&self->name));
    DLT_TRY(dlt_text_check(&self->name));
    DLT_TRY(dlt_text_check(&self->path));
    *name = dlt_text_of(&self->name);
    return DLT_OK;
}

static dlt_status next_directory(dlt_image_files *files, const char **name) {
    image_directory *self = (image_directory *)files;
    *name = NULL;
    while (*name == NULL) {
        if (self->next_member < self->members.count)
            DLT_TRY(next_member(self, name));
        else if (self->next_class < self->classes.count)
            DLT_TRY(next_class(self, name));
        else
            return DLT_OK;
    }
    return DLT_OK;
}

static dlt_status load_directory(dlt_image_files *files) {
    image_directory *self = (image_directory *)files;
    const char *path = dlt_text_of(&self->path);
    char block[BLOCK_BYTES];
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = descriptor < 0 ? -1 : 1;
    dlt_status status = DLT_OK;
    while (got > 0 && status == DLT_OK) {
        got = read(descriptor, block, sizeof block);
        if (got > 0)
            status = dlt_image_files_append(files, block, (size_t)got);
    }
    if (got < 0)
        status = dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    if (descriptor >= 0)
        (void)close(descriptor);
    return status;
}

static void close_directory(dlt_image_files *files) {
    image_directory *self = (image_directory *)files;
    dlt_text_destroy(&self->root);
    dlt_text_destroy(&self->path);
    dlt_text_destroy(&self->name);
    clear_names(&self->classes);
    clear_names(&self->members);
}

static const dlt_image_files_ops directory_ops = {
    .next = next_directory, .load = load_directory, .close = close_directory};

dlt_status dlt_image_directory_open(const char *path, const char *folder, dlt_image_files **out) {
    *out = NULL;
    image_directory *self = NULL;
    DLT_TRY(DLT_NEW(self, 1));
    self->files.ops = &directory_ops;
    *out = &self->files;
    dlt_text_add(&self->root, "%s%s%s", path, folder[0] == '\0' ? "" : "/", folder);
    DLT_TRY(dlt_text_check(&self->root));
    return list_names(dlt_text_of(&self->root), &self->classes);
}
