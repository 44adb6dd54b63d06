/* Room card: io (level 2).
 *
 * What lives here: the only code that calls HDF5 (h5.h), files that appear whole or not at all
 * (atomic_file.h), and completed reads and writes of descriptors (posix.h). May include: base,
 * tensor, <hdf5.h>.
 * Owns: a dlt_h5_gate serialises all HDF5 calls of a process, because the library is not
 * thread-safe; whoever starts the program's work owns one gate and lends it to everybody.
 *
 * This header is what the h5_*.c files share. A function ending in _locked expects the gate to be
 * held.
 */
#ifndef DLT_IO_INTERNAL_H
#define DLT_IO_INTERNAL_H

#include "io/h5.h"

#include <hdf5.h>

struct dlt_h5_file {
    dlt_h5_gate *gate; /* borrowed */
    char *path;        /* owned */
    hid_t id;
    int write_error; /* errno of the first write that failed; 0: none has */
};

struct dlt_h5_dataset {
    dlt_h5_file *file; /* borrowed */
    char *name;        /* owned */
    hid_t id;
    dlt_h5_info info;
};

void dlt_h5_enter(dlt_h5_gate *gate);
void dlt_h5_leave(dlt_h5_gate *gate);

/** Takes the innermost message of HDF5's error stack, shortened to what the system said where it
 * did. */
void dlt_h5_reason_locked(char *out, size_t bytes);
/** Fails with "WHAT: HDF5's reason". */
__attribute__((format(printf, 2, 3))) dlt_status dlt_h5_fail_locked(dlt_status code,
                                                                    const char *what, ...);

/** Lets a file that is created with these properties be written as h5_driver.c does it; *error, which must stay until
 * the file is closed, becomes the errno of its first failure. False if HDF5 refuses. */
bool dlt_h5_use_output_driver_locked(hid_t access, int *error);
/** IO "cannot write PATH: No space left on device" if anything that was to be written has not been. */
DLT_CHECKED dlt_status dlt_h5_check_written(const dlt_h5_file *file);

/** The library's type in memory; negative for OTHER. */
hid_t dlt_h5_native(dlt_h5_type type);
/** The native type nearest to one in a file; OTHER if it holds no numbers. */
dlt_h5_type dlt_h5_nearest_locked(hid_t file_type);
/** A data space of shape; negative on failure; to be closed. */
hid_t dlt_h5_space_locked(const dlt_shape *shape);
/** FORMAT naming both shapes if a dataset has another. */
DLT_CHECKED dlt_status dlt_h5_check_shape(const dlt_h5_dataset *dataset, const dlt_shape *shape);
/** What is known of an open dataset. FORMAT names path and name. */
DLT_CHECKED dlt_status dlt_h5_inspect_locked(hid_t dataset, const char *path, const char *name,
                                             dlt_h5_info *out);

#endif
