/* Turns a source into a list of files. An existing file, or a name that ends in .h5 or .hdf5,
 * stands for itself; any other name is a prefix. The directory is listed, because only the names of
 * the shards tell how many there are. A missing shard, shards of two sets, or a single file beside
 * shards is an error: nothing is guessed. */
#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset_internal.h"
#include "io/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SHARDS_MAX = 99999 };

void dlt_shard_paths_destroy(dlt_shard_paths *paths) {
    for (int i = 0; i < paths->count; i++)
        dlt_free(paths->at[i]);
    dlt_free(paths->at);
    *paths = (dlt_shard_paths){0};
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    size_t tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static char *format_path(const char *prefix, int index, int count) {
    char suffix[32] = ".h5";
    if (count > 0)
        snprintf(suffix, sizeof suffix, "-%05d-of-%05d.h5", index, count);
    size_t bytes = strlen(prefix) + strlen(suffix) + 1;
    char *path = dlt_alloc((int64_t)bytes, 1);
    if (path != NULL)
        snprintf(path, bytes, "%s%s", prefix, suffix);
    return path;
}

static dlt_status one_path(char *path, dlt_shard_paths *out) {
    if (path == NULL)
        return DLT_ERR_MEM;
    if (DLT_NEW(out->at, 1) != DLT_OK) {
        dlt_free(path);
        return DLT_ERR_MEM;
    }
    out->at[0] = path;
    out->count = 1;
    return DLT_OK;
}

/* True if name is BASE-00001-of-00004.h5: the 4 is *count. */
static bool parse_shard_name(const char *name, const char *base, int *count) {
    size_t length = strlen(base);
    int index = 0;
    int used = 0;
    if (strncmp(name, base, length) != 0)
        return false;
    int fields = sscanf(name + length, "-%5d-of-%5d.h5%n", &index, count, &used);
    return fields == 2 && used > 0 && name[length + (size_t)used] == '\0' && index >= 0 &&
           index < *count && *count <= SHARDS_MAX;
}

/* The number of shards that the names beside prefix speak of; 0 if there are none. */
static dlt_status count_shards(const char *prefix, const char *directory, const char *base,
                               int *out) {
    *out = 0;
    DIR *list = opendir(directory);
    if (list == NULL)
        return errno == ENOENT || errno == ENOTDIR
                   ? DLT_OK
                   : dlt_fail(DLT_ERR_IO, "cannot list %s: %s", directory, strerror(errno));
    dlt_status status = DLT_OK;
    for (const struct dirent *entry = readdir(list); entry != NULL && status == DLT_OK;
         entry = readdir(list)) {
        int count = 0;
        if (!parse_shard_name(entry->d_name, base, &count))
            continue;
        if (*out != 0 && *out != count)
            status = dlt_fail(DLT_ERR_FORMAT,
                              "'%s' has shards of two data sets: some of %d and some of %d files; "
                              "remove those that are left over",
                              prefix, *out < count ? *out : count, *out < count ? count : *out);
        *out = count;
    }
    closedir(list);
    return status;
}

static dlt_status list_shards(const char *prefix, int count, dlt_shard_paths *out) {
    DLT_TRY(DLT_NEW(out->at, count));
    for (int i = 0; i < count; i++) {
        out->at[i] = format_path(prefix, i, count);
        if (out->at[i] == NULL)
            return DLT_ERR_MEM;
        out->count = i + 1;
        if (!dlt_path_exists(out->at[i]))
            return dlt_fail(DLT_ERR_IO, "%s is missing: data set '%s' has %d shards", out->at[i],
                            prefix, count);
    }
    return DLT_OK;
}

/* What is called by a prefix. */
typedef struct names {
    char *single; /* PREFIX.h5; owned */
    bool has_single;
    int shards; /* that those beside it speak of */
} names;

static dlt_status look_beside(const char *prefix, names *out) {
    *out = (names){.single = format_path(prefix, 0, 0)};
    char *directory = dlt_alloc_text(prefix);
    dlt_status status = out->single != NULL && directory != NULL ? DLT_OK : DLT_ERR_MEM;
    if (status == DLT_OK) {
        char *slash = strrchr(directory, '/');
        const char *base = slash != NULL ? prefix + (slash - directory) + 1 : prefix;
        if (slash != NULL)
            slash[slash == directory ? 1 : 0] = '\0';
        out->has_single = dlt_path_exists(out->single);
        status = count_shards(prefix, slash != NULL ? directory : ".", base, &out->shards);
    }
    dlt_free(directory);
    return status;
}

static dlt_status find_prefix(const char *prefix, names *found, dlt_shard_paths *out) {
    if (found->has_single && found->shards == 0) {
        char *single = found->single;
        found->single = NULL;
        return one_path(single, out);
    }
    if (found->has_single)
        return dlt_fail(DLT_ERR_FORMAT,
                        "'%s' may be %s.h5 or %d shards beside it; name the file to use it, or "
                        "remove it",
                        prefix, prefix, found->shards);
    if (found->shards > 0)
        return list_shards(prefix, found->shards, out);
    return dlt_fail(DLT_ERR_IO,
                    "no data set '%s': neither %s.h5 nor %s-00000-of-*.h5 exists; "
                    "`dltrain data import` or `dltrain data synth` makes one",
                    prefix, prefix, prefix);
}

dlt_status dlt_dataset_find(const char *source, bool *out) {
    names found;
    dlt_status status = look_beside(source, &found);
    *out = found.has_single || found.shards > 0;
    dlt_free(found.single);
    return status;
}

dlt_status dlt_shard_paths_find(const char *source, dlt_shard_paths *out) {
    *out = (dlt_shard_paths){0};
    struct stat facts;
    const bool is_file = stat(source, &facts) == 0 && !S_ISDIR(facts.st_mode);
    if (is_file || ends_with(source, ".h5") || ends_with(source, ".hdf5"))
        return one_path(dlt_alloc_text(source), out);
    names found;
    dlt_status status = look_beside(source, &found);
    if (status == DLT_OK)
        status = find_prefix(source, &found, out);
    dlt_free(found.single);
    if (status != DLT_OK)
        dlt_shard_paths_destroy(out);
    return status;
}
