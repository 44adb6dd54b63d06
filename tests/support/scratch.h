/* A directory of its own for a test: made empty, removed with all that is in it. */
#ifndef DLT_TESTS_SCRATCH_H
#define DLT_TESTS_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct scratch {
    char directory[64];
    char path[8][512]; /* of the last eight names asked for */
    int next;
} scratch;

static inline int scratch_make(scratch *it) {
    memset(it, 0, sizeof *it);
    strcpy(it->directory, "/tmp/dltrain-test-XXXXXX");
    return mkdtemp(it->directory) == NULL;
}

/* The path of a file in the directory; valid until eight more are asked for. */
static inline const char *scratch_path(scratch *it, const char *name) {
    char *path = it->path[it->next++ % 8];
    if (strlen(it->directory) + strlen(name) + 2 > sizeof it->path[0])
        abort();
    strcat(strcat(strcpy(path, it->directory), "/"), name);
    return path;
}

static inline void scratch_remove_tree(const char *directory) {
    DIR *list = opendir(directory);
    if (list == NULL)
        return;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        char path[1024];
        struct stat facts;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%.500s/%.500s", directory, entry->d_name);
        if (lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
            scratch_remove_tree(path);
        else
            unlink(path);
    }
    closedir(list);
    rmdir(directory);
}

static inline int scratch_remove(scratch *it) {
    scratch_remove_tree(it->directory);
    return 0;
}

/* Writes bytes as a file. */
static inline void scratch_write(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return;
    fwrite(data, 1, bytes, file);
    fclose(file);
}

/* Number of files and directories directly in the directory. */
static inline int scratch_count(const scratch *it) {
    int count = 0;
    DIR *list = opendir(it->directory);
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(list);
    return count;
}

#endif
