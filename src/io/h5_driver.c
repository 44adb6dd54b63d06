/* How files that are being written get to disk: a virtual file driver that keeps the first error to
 * itself.
 *
 * HDF5 cannot give up on a file. Where a write fails while it closes one, version 1.10 leaves the
 * file half released in its tables and crashes over it when the library ends (H5F__close_cb, called
 * from MPI_Finalize); and what fails after the last flush nobody hears of. So here every write
 * succeeds in HDF5's eyes. The first that does not in truth is remembered, nothing is written after
 * it, and whoever writes the file asks for it.
 *
 * Nor does HDF5 survive every file with damaged structures of its own. So these, which are small,
 * are read back at once; the data are for those to compare who know them.
 */
#include "base/alloc.h"
#include "io/io_internal.h"
#include "io/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

/* What the access properties carry. */
typedef struct output_info {
    int *error; /* borrowed: errno of the first failure, 0 before it */
} output_info;

typedef struct output_file {
    H5FD_t common; /* HDF5's part; first */
    int fd;
    haddr_t end_of_addresses; /* that HDF5 has given out */
    haddr_t end_of_file;
    int *error; /* borrowed */
} output_file;

static H5FD_t *open_output(const char *path, unsigned flags, hid_t access, haddr_t last_address) {
    (void)last_address;
    const output_info *info = H5Pget_driver_info(access);
    if (info == NULL || (flags & H5F_ACC_TRUNC) == 0)
        return NULL;
    output_file *file = dlt_alloc(1, sizeof *file);
    if (file == NULL) {
        *info->error = ENOMEM;
        return NULL;
    }
    file->error = info->error;
    file->fd = dlt_posix_open(path, O_RDWR | O_CREAT | O_TRUNC);
    if (file->fd < 0) {
        *info->error = errno;
        dlt_free(file);
        return NULL;
    }
    return &file->common;
}

static void note_error(const output_file *file, int number) {
    if (*file->error == 0)
        *file->error = number;
}

static herr_t close_output(H5FD_t *common) {
    output_file *file = (output_file *)common;
    /* Network file systems report a full disk no earlier than here. */
    if (close(file->fd) != 0)
        note_error(file, errno);
    dlt_free(file);
    return 0;
}

/* As of HDF5's own driver for POSIX files: the same calls give the same bytes. */
static herr_t query_output(const H5FD_t *common, unsigned long *features) {
    (void)common;
    *features = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
                H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
                H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t get_end_of_addresses(const H5FD_t *common, H5FD_mem_t type) {
    (void)type;
    return ((const output_file *)common)->end_of_addresses;
}

static herr_t set_end_of_addresses(H5FD_t *common, H5FD_mem_t type, haddr_t end) {
    (void)type;
    ((output_file *)common)->end_of_addresses = end;
    return 0;
}

static haddr_t get_end_of_file(const H5FD_t *common, H5FD_mem_t type) {
    (void)type;
    return ((const output_file *)common)->end_of_file;
}

/* HDF5 expects zeros behind the end of the file. False if the system cannot read. */
static bool read_all(const output_file *file, haddr_t at, size_t bytes, char *out) {
    for (size_t done = 0; done < bytes;) {
        ssize_t now = pread(file->fd, out + done, bytes - done, (off_t)(at + done));
        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0)
            return false;
        if (now == 0) {
            memset(out + done, 0, bytes - done);
            break;
        }
        done += (size_t)now;
    }
    return true;
}

static herr_t read_output(H5FD_t *common, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t bytes,
                          void *out) {
    (void)type;
    (void)transfer;
    return read_all((const output_file *)common, at, bytes, out) ? 0 : -1;
}

static void write_all(const output_file *file, haddr_t at, size_t bytes, const char *data) {
    for (size_t done = 0; done < bytes && *file->error == 0;) {
        ssize_t now = pwrite(file->fd, data + done, bytes - done, (off_t)(at + done));
        if (now > 0)
            done += (size_t)now;
        else if (now == 0 || errno != EINTR)
            note_error(file, now == 0 ? ENOSPC : errno);
    }
}

static void check_written(const output_file *file, haddr_t at, size_t bytes, const char *data) {
    char piece[4096];
    for (size_t done = 0; done < bytes && *file->error == 0;) {
        size_t now = bytes - done < sizeof piece ? bytes - done : sizeof piece;
        if (!read_all(file, at + done, now, piece))
            note_error(file, errno);
        else if (memcmp(piece, data + done, now) != 0)
            note_error(file, EIO);
        done += now;
    }
}

static herr_t write_output(H5FD_t *common, H5FD_mem_t type, hid_t transfer, haddr_t at,
                           size_t bytes, const void *data) {
    (void)transfer;
    output_file *file = (output_file *)common;
    write_all(file, at, bytes, data);
    if (type != H5FD_MEM_DRAW)
        check_written(file, at, bytes, data);
    if (at + bytes > file->end_of_file)
        file->end_of_file = at + bytes;
    return 0;
}

static herr_t truncate_output(H5FD_t *common, hid_t transfer, hbool_t closing) {
    (void)transfer;
    (void)closing;
    output_file *file = (output_file *)common;
    if (file->end_of_file == file->end_of_addresses)
        return 0;
    if (*file->error == 0 && ftruncate(file->fd, (off_t)file->end_of_addresses) != 0)
        note_error(file, errno);
    file->end_of_file = file->end_of_addresses;
    return 0;
}

static const H5FD_class_t output_driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value =
        1024, /* of those for test drivers and drivers in development, up to 511 are registered */
#endif
    .name = "dltrain_output",
    .maxaddr = (haddr_t)INT64_MAX,
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_size = sizeof(output_info),
    .open = open_output,
    .close = close_output,
    .query = query_output,
    .get_eoa = get_end_of_addresses,
    .set_eoa = set_end_of_addresses,
    .get_eof = get_end_of_file,
    .read = read_output,
    .write = write_output,
    .truncate = truncate_output,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t dlt_h5_register_output_driver_locked(void) {
    return H5FDregister(&output_driver);
}

bool dlt_h5_use_output_driver_locked(hid_t access, hid_t driver, int *error) {
    const output_info info = {.error = error};
    *error = 0;
    return H5Pset_driver(access, driver, &info) >= 0;
}
