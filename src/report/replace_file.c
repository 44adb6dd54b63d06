/* The module `io` has more of this, but what people read of a run must not need HDF5. */
#include "base/alloc.h"
#include "base/error.h"
#include "report/metrics_log_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static dlt_status write_through(const char *path, const char *data, size_t bytes) {
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot create %s: %s", path, strerror(errno));
    bool good =
        fwrite(data, 1, bytes, file) == bytes && fflush(file) == 0 && fsync(fileno(file)) == 0;
    int reason = errno;
    if (fclose(file) != 0 && good) {
        good = false;
        reason = errno;
    }
    if (!good)
        return dlt_fail(DLT_ERR_IO, "cannot write %s: %s", path, strerror(reason));
    return DLT_OK;
}

static dlt_status sync_directory_of(const char *path) {
    dlt_text directory = DLT_TEXT_EMPTY;
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        dlt_text_add(&directory, ".");
    else
        dlt_text_add_bytes(&directory, path, (size_t)(slash - path) + 1);
    dlt_status status = dlt_text_check(&directory);
    int fd = status == DLT_OK ? open(dlt_text_of(&directory), O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fsync(fd); /* some file systems cannot sync a directory; the file itself is safe */
        close(fd);
    }
    dlt_text_destroy(&directory);
    return status;
}

dlt_status dlt_report_replace_file(const char *path, const char *data, size_t bytes) {
    dlt_text temporary = DLT_TEXT_EMPTY;
    dlt_text_add(&temporary, "%s.tmp", path);
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_text_check(&temporary));
    const char *from = dlt_text_of(&temporary);
    status = write_through(from, data, bytes);
    if (status == DLT_OK && rename(from, path) != 0)
        status = dlt_fail(DLT_ERR_IO, "cannot replace %s: %s", path, strerror(errno));
    if (status != DLT_OK) {
        unlink(from);
        goto out;
    }
    DLT_TRY_OUT(sync_directory_of(path));
out:
    dlt_text_destroy(&temporary);
    return status;
}
