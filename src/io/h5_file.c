/* Opening, creating and finishing HDF5 files, with a sentence that says why it fails. */
#include "base/alloc.h"
#include "base/error.h"
#include "io/io_internal.h"
#include "io/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a user meets most is told apart before HDF5 sees the file. */
static dlt_status check_readable(const char *path) {
    struct stat facts;
    int fd = dlt_posix_open(path, O_RDONLY);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    int result = fstat(fd, &facts);
    int reason = errno;
    close(fd);
    if (result != 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(reason));
    if (!S_ISREG(facts.st_mode))
        return dlt_fail(DLT_ERR_IO, "cannot open %s: it is not a regular file", path);
    if (facts.st_size == 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s is empty", path);
    return DLT_OK;
}

/* The signature stands at the beginning, or behind a user block of 512, 1024, 2048, ... bytes. */
bool dlt_h5_is_hdf5(const char *path) {
    static const char signature[8] = "\211HDF\r\n\032\n";
    char found[sizeof signature];
    const off_t block = 512;
    struct stat facts;
    bool is_hdf5 = false;
    int fd = dlt_posix_open(path, O_RDONLY);
    if (fd < 0)
        return false;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        facts.st_size = 0;
    for (off_t at = 0; !is_hdf5 && at < facts.st_size; at = at == 0 ? block : 2 * at)
        is_hdf5 = pread(fd, found, sizeof found, at) == (ssize_t)sizeof found &&
                  memcmp(found, signature, sizeof found) == 0;
    close(fd);
    return is_hdf5;
}

/* Locks are neither taken nor missed: shared file systems without flock make HDF5 fail otherwise.
 * Files are written in the format of HDF5 1.8, whose metadata carry checksums and whose attributes
 * may exceed 64 KiB. Closing a file closes what is still open in it. */
static hid_t access_properties(void) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0)
        return access;
    if (H5Pset_file_locking(access, false, true) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_LATEST) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0) {
        H5Pclose(access);
        return H5I_INVALID_HID;
    }
    return access;
}

static dlt_status explain_open_failure(const char *path) {
    char reason[512];
    dlt_h5_reason_locked(reason, sizeof reason);
    unsigned long long has = 0;
    unsigned long long base = 0;
    unsigned long long needs = 0;
    if (strncmp(reason, "truncated file", 14) != 0)
        return strstr(reason, "signature not found") != NULL
                   ? dlt_fail(DLT_ERR_FORMAT, "%s is not an HDF5 file", path)
                   : dlt_fail(DLT_ERR_FORMAT, "%s cannot be read as HDF5: %s", path, reason);
    if (sscanf(reason, "truncated file: eof = %llu, sblock->base_addr = %llu, stored_eof = %llu",
               &has, &base, &needs) == 3)
        return dlt_fail(DLT_ERR_FORMAT, "%s is truncated: it has %llu bytes of %llu", path, has,
                        base + needs);
    return dlt_fail(DLT_ERR_FORMAT, "%s is truncated: %s", path, reason);
}

static dlt_status open_locked(dlt_h5_file *file) {
    hid_t access = access_properties();
    if (access < 0)
        return dlt_h5_fail_locked(DLT_ERR_IO, "cannot open %s", file->path);
    file->id = H5Fopen(file->path, H5F_ACC_RDONLY, access);
    dlt_status status = file->id < 0 ? explain_open_failure(file->path) : DLT_OK;
    H5Pclose(access);
    return status;
}

static dlt_status explain_create_failure(const dlt_h5_file *file) {
    if (file->write_error != 0)
        return dlt_fail(file->write_error == ENOMEM ? DLT_ERR_MEM : DLT_ERR_IO,
                        "cannot create %s: %s", file->path, strerror(file->write_error));
    return dlt_h5_fail_locked(DLT_ERR_IO, "cannot create %s", file->path);
}

/* Without time stamps the same content gives the same bytes. Without a sieve buffer a full disk is
 * met by the write that fills it. */
static dlt_status create_locked(dlt_h5_file *file) {
    hid_t access = access_properties();
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    if (access >= 0 && creation >= 0 && H5Pset_sieve_buf_size(access, 0) >= 0 &&
        H5Pset_obj_track_times(creation, false) >= 0 &&
        dlt_h5_use_output_driver_locked(access, file->h5_lock->output_driver, &file->write_error))
        file->id = H5Fcreate(file->path, H5F_ACC_TRUNC, creation, access);
    dlt_status status = file->id < 0 ? explain_create_failure(file) : DLT_OK;
    H5Pclose(creation);
    H5Pclose(access);
    return status;
}

typedef dlt_status opener(dlt_h5_file *file);

static dlt_status make_file_locked(dlt_h5_lock *h5_lock, const char *path, opener *open,
                                   dlt_h5_file **out) {
    dlt_h5_file *file = NULL;
    DLT_TRY(DLT_NEW(file, 1));
    *file = (dlt_h5_file){.h5_lock = h5_lock, .path = dlt_alloc_text(path), .id = H5I_INVALID_HID};
    dlt_status status = file->path != NULL ? open(file) : DLT_ERR_MEM;
    if (status != DLT_OK) {
        dlt_h5_close_locked(&file);
        return status;
    }
    *out = file;
    return DLT_OK;
}

dlt_status dlt_h5_open_locked(dlt_h5_lock *h5_lock, const char *path, dlt_h5_file **out) {
    DLT_TRY(check_readable(path));
    DLT_TRY(dlt_file_set_add(&h5_lock->has_read, path));
    return make_file_locked(h5_lock, path, open_locked, out);
}

dlt_status dlt_h5_open(dlt_h5_lock *h5_lock, const char *path, dlt_h5_file **out) {
    dlt_h5_enter(h5_lock);
    dlt_status status = dlt_h5_open_locked(h5_lock, path, out);
    dlt_h5_leave(h5_lock);
    return status;
}

dlt_status dlt_h5_create(dlt_h5_lock *h5_lock, const char *path, dlt_h5_file **out) {
    dlt_h5_enter(h5_lock);
    dlt_status status = make_file_locked(h5_lock, path, create_locked, out);
    dlt_h5_leave(h5_lock);
    return status;
}

static void close_id_locked(dlt_h5_file *file) {
    if (file->id >= 0)
        H5Fclose(file->id);
    file->id = H5I_INVALID_HID;
}

void dlt_h5_close_locked(dlt_h5_file **file) {
    if (*file == NULL)
        return;
    close_id_locked(*file);
    dlt_free((*file)->path);
    dlt_free(*file);
    *file = NULL;
}

void dlt_h5_close(dlt_h5_file **file) {
    if (file == NULL || *file == NULL)
        return;
    dlt_h5_lock *h5_lock = (*file)->h5_lock;
    dlt_h5_enter(h5_lock);
    dlt_h5_close_locked(file);
    dlt_h5_leave(h5_lock);
}

int dlt_h5_descriptor_locked(const dlt_h5_file *file) {
    void *handle = NULL;
    if (H5Fget_vfd_handle(file->id, H5P_DEFAULT, &handle) < 0 || handle == NULL)
        return -1;
    return *(const int *)handle;
}

dlt_status dlt_h5_check_written(const dlt_h5_file *file) {
    if (file->write_error != 0)
        return dlt_fail(DLT_ERR_IO, "cannot write %s: %s", file->path, strerror(file->write_error));
    return DLT_OK;
}

static dlt_status sync_file(const char *path) {
    int fd = dlt_posix_open(path, O_RDONLY);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    dlt_status status = dlt_posix_sync(fd, path);
    close(fd);
    return status;
}

dlt_status dlt_h5_finish(dlt_h5_file **file) {
    dlt_h5_enter((*file)->h5_lock);
    close_id_locked(*file);
    dlt_h5_leave((*file)->h5_lock);
    dlt_status status = dlt_h5_check_written(*file);
    if (status == DLT_OK)
        status = sync_file((*file)->path);
    dlt_h5_close(file);
    return status;
}

const char *dlt_h5_path(const dlt_h5_file *file) {
    return file->path;
}
