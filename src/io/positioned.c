/* Writes by pwrite, which uses no file position, so processes write disjoint parts without a lock.
 * The file must exist; it is not truncated. `predict` writes its outputs this way. */
#include "io/positioned.h"

#include "base/error.h"
#include "io/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

dlt_status dlt_positioned_open(const char *path, dlt_positioned_file *out) {
    *out = (dlt_positioned_file){.descriptor = dlt_posix_open(path, O_WRONLY), .path = path};
    if (out->descriptor < 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s for writing: %s", path, strerror(errno));
    return DLT_OK;
}

dlt_status dlt_positioned_write(const dlt_positioned_file *file, int64_t offset, const void *data,
                                int64_t bytes) {
    for (int64_t done = 0; done < bytes;) {
        ssize_t now = pwrite(file->descriptor, (const char *)data + done, (size_t)(bytes - done),
                             (off_t)(offset + done));
        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return dlt_fail(DLT_ERR_IO, "cannot write %s: %s", file->path,
                            strerror(now < 0 ? errno : ENOSPC));
        done += now;
    }
    return DLT_OK;
}

dlt_status dlt_positioned_finish(dlt_positioned_file *file) {
    if (file->descriptor < 0)
        return DLT_OK;
    dlt_status status = dlt_posix_sync(file->descriptor, file->path);
    close(file->descriptor);
    file->descriptor = -1;
    return status;
}

void dlt_file_remove(const char *path) {
    unlink(path);
}
