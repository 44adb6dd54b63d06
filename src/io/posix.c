/* Wraps open, read, pread, write and fsync in loops. A file is opened non-blocking for reading,
 * because opening a pipe without a writer would otherwise wait; regular files ignore that. Every
 * descriptor is close-on-exec. The end of the file is an error only where an exact number of bytes
 * was asked for. */
#include "io/posix.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int dlt_posix_open(const char *path, int flags) {
    int fd;
    if ((flags & O_ACCMODE) == O_RDONLY)
        flags |= O_NONBLOCK;
    do
        fd = open(path, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

dlt_status dlt_posix_read(int fd, const char *path, void *out, size_t bytes, size_t *got) {
    size_t done = 0;
    while (done < bytes) {
        ssize_t step = read(fd, (char *)out + done, bytes - done);
        if (step < 0 && errno == EINTR)
            continue;
        if (step < 0)
            return dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
        if (step == 0)
            break;
        done += (size_t)step;
    }
    *got = done;
    return DLT_OK;
}

dlt_status dlt_posix_read_at(int fd, const char *path, int64_t offset, void *out, size_t bytes) {
    size_t done = 0;
    while (done < bytes) {
        ssize_t step = pread(fd, (char *)out + done, bytes - done, (off_t)offset + (off_t)done);
        if (step < 0 && errno == EINTR)
            continue;
        if (step < 0)
            return dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
        if (step == 0)
            return dlt_fail(DLT_ERR_FORMAT,
                            "%s is truncated: it ends at byte %lld, inside a "
                            "dataset that reaches to byte %lld",
                            path, (long long)offset + (long long)done,
                            (long long)offset + (long long)bytes);
        done += (size_t)step;
    }
    return DLT_OK;
}

dlt_status dlt_posix_write(int fd, const char *path, const void *data, size_t bytes) {
    size_t done = 0;
    while (done < bytes) {
        ssize_t step = write(fd, (const char *)data + done, bytes - done);
        if (step < 0 && errno == EINTR)
            continue;
        /* A file that takes nothing and names no reason is full. */
        if (step <= 0)
            return dlt_fail(DLT_ERR_IO, "cannot write %s: %s", path,
                            strerror(step < 0 ? errno : ENOSPC));
        done += (size_t)step;
    }
    return DLT_OK;
}

dlt_status dlt_posix_sync(int fd, const char *path) {
    int result;
    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    /* Some file systems cannot sync a directory; what they hold is as safe as it gets. */
    if (result != 0 && errno != EINVAL && errno != EROFS)
        return dlt_fail(DLT_ERR_IO, "cannot write %s to disk: %s", path, strerror(errno));
    return DLT_OK;
}
