/* Commits in this order: fsync of the file, rename, fsync of the directory. Without the first, a
 * crash could leave an empty file under the final name. If only the last one fails, the file is in
 * place although the call fails. The temporary file lies in the same directory, because a rename
 * cannot cross file systems. */
#include "io/atomic_file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "io/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Length of the directory part of path, its slash included; 0 where there is none. */
static size_t directory_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* The directory that holds path, without a trailing slash: "." where path has none. */
static char *directory_of(const char *path) {
    size_t length = directory_length(path);
    if (length == 0)
        return dlt_alloc_text(".");
    char *directory = dlt_alloc_text(path);
    if (directory != NULL)
        directory[length > 1 ? length - 1 : 1] = '\0';
    return directory;
}

char *dlt_temporary_path(const char *path) {
    size_t length = directory_length(path);
    size_t bytes = strlen(path) + sizeof "..tmp";
    char *temporary = dlt_alloc((int64_t)bytes, 1);
    if (temporary != NULL)
        snprintf(temporary, bytes, "%.*s.%s.tmp", (int)length, path, path + length);
    return temporary;
}

static dlt_status sync_path(const char *path) {
    int fd = dlt_posix_open(path, O_RDONLY);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    dlt_status status = dlt_posix_sync(fd, path);
    close(fd);
    return status;
}

static dlt_status sync_directory_of(const char *path) {
    char *directory = directory_of(path);
    if (directory == NULL)
        return DLT_ERR_MEM;
    dlt_status status = sync_path(directory);
    dlt_free(directory);
    return status;
}

/* Renaming over /dev/null would take the device away from everybody. */
static dlt_status check_replaceable(const char *path) {
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return dlt_fail(DLT_ERR_IO, "cannot write %s: it is not a regular file", path);
    return DLT_OK;
}

static dlt_status move_over(const char *temporary, const char *path) {
    DLT_TRY(check_replaceable(path));
    DLT_TRY(sync_path(temporary));
    if (rename(temporary, path) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot rename %s to %s: %s", temporary, path, strerror(errno));
    return DLT_OK;
}

dlt_status dlt_file_commit(const char *temporary, const char *path) {
    dlt_status status = move_over(temporary, path);
    if (status != DLT_OK) {
        unlink(temporary);
        return status;
    }
    return sync_directory_of(path);
}

static dlt_status write_new(const char *path, const void *data, size_t bytes) {
    int fd = dlt_posix_open(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot create %s: %s", path, strerror(errno));
    dlt_status status = dlt_posix_write(fd, path, data, bytes);
    /* Network file systems report a full disk no earlier than here. */
    if (close(fd) != 0 && status == DLT_OK)
        status = dlt_fail(DLT_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    if (status != DLT_OK)
        unlink(path);
    return status;
}

dlt_status dlt_file_write(const char *path, const void *data, size_t bytes) {
    char *temporary = dlt_temporary_path(path);
    if (temporary == NULL)
        return DLT_ERR_MEM;
    dlt_status status = write_new(temporary, data, bytes);
    if (status == DLT_OK)
        status = dlt_file_commit(temporary, path);
    dlt_free(temporary);
    return status;
}

static dlt_status read_all(int fd, const char *path, size_t limit, dlt_text *text) {
    char piece[16384];
    for (;;) {
        size_t got = 0;
        DLT_TRY(dlt_posix_read(fd, path, piece, sizeof piece, &got));
        if (text->used + got > limit)
            return dlt_fail(DLT_ERR_IO, "%s is larger than the limit of %zu bytes", path, limit);
        dlt_text_add_bytes(text, piece, got);
        DLT_TRY(dlt_text_check(text));
        if (got == 0)
            return DLT_OK;
    }
}

dlt_status dlt_file_read(const char *path, size_t limit, char **out, size_t *bytes) {
    int fd = dlt_posix_open(path, O_RDONLY);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_status status = read_all(fd, path, limit, &text);
    close(fd);
    if (status != DLT_OK) {
        dlt_text_destroy(&text);
        return status;
    }
    *out = text.data;
    *bytes = text.used;
    return DLT_OK;
}

static dlt_status make_one_directory(const char *path) {
    if (mkdir(path, 0777) == 0)
        return DLT_OK;
    int reason = errno;
    struct stat facts;
    if (stat(path, &facts) == 0) {
        if (S_ISDIR(facts.st_mode))
            return DLT_OK;
        reason = ENOTDIR;
    }
    return dlt_fail(DLT_ERR_IO, "cannot make the directory %s: %s", path, strerror(reason));
}

/* Cuts path at each slash in turn, outermost first. */
static dlt_status make_directories(char *path) {
    for (char *c = path + 1; *c != '\0'; c++) {
        if (*c != '/' || c[-1] == '/')
            continue;
        *c = '\0';
        dlt_status status = make_one_directory(path);
        *c = '/';
        DLT_TRY(status);
    }
    return make_one_directory(path);
}

dlt_status dlt_directory_make(const char *path) {
    if (path[0] == '\0')
        return DLT_OK;
    char *copy = dlt_alloc_text(path);
    if (copy == NULL)
        return DLT_ERR_MEM;
    dlt_status status = make_directories(copy);
    dlt_free(copy);
    return status;
}

bool dlt_path_exists(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0;
}

long long dlt_free_bytes(const char *path) {
    struct statvfs facts;
    if (statvfs(path, &facts) == 0)
        return (long long)facts.f_bavail * (long long)facts.f_frsize;
    if (errno != ENOENT || strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
        return -1;
    char *directory = directory_of(path);
    long long bytes = directory != NULL ? dlt_free_bytes(directory) : -1;
    dlt_free(directory);
    return bytes;
}
