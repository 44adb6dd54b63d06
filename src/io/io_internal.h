/* Module card: io (level 2).
 *
 * What lives here: the only code that calls HDF5 (h5.h), files that appear whole or not at all
 * (atomic_file.h), and completed reads and writes of descriptors (posix.h). May include: base,
 * tensor, <hdf5.h>.
 * Owns: a dlt_h5_lock serialises all HDF5 calls of a process, because the library is not
 * thread-safe; whoever starts the program's work owns one HDF5 lock and lends it to everybody.
 *
 * This header is what the h5_*.c files share. A function ending in _locked expects the HDF5 lock to
 * be held.
 */
#ifndef DLT_IO_INTERNAL_H
#define DLT_IO_INTERNAL_H

#include "io/h5.h"
#include "io/output.h"

#include <hdf5.h>
#include <pthread.h>

struct dlt_h5_lock {
    pthread_mutex_t mutex;
    hid_t output_driver;   /* owned */
    dlt_file_set has_read; /* every file that was opened */
};

struct dlt_h5_file {
    dlt_h5_lock *h5_lock; /* borrowed */
    char *path;           /* owned */
    hid_t id;
    int write_error; /* errno of the first write that failed; 0: none has */
};

typedef struct dlt_h5_virtual dlt_h5_virtual; /* of h5_virtual.c */

struct dlt_h5_dataset {
    dlt_h5_file *file; /* borrowed: the file that was asked */
    dlt_h5_file *home; /* owned: another one that it lies in; NULL if there is none */
    char *name;        /* owned: as asked for */
    char *path;        /* owned: in the file that it lies in */
    hid_t id;
    dlt_h5_info info;
    dlt_h5_virtual *parts; /* owned; NULL unless it is a virtual dataset */
};

/** The file that a dataset lies in. */
static inline dlt_h5_file *dlt_h5_home(const dlt_h5_dataset *dataset) {
    return dataset->home != NULL ? dataset->home : dataset->file;
}

/** How deep in virtual datasets one is, and how many of their parts may still be opened: files can
 * be made to refer to each other without an end. */
typedef struct dlt_h5_nesting {
    int depth;
    int64_t left;
} dlt_h5_nesting;
#define DLT_H5_NESTING_NONE ((dlt_h5_nesting){.left = INT64_C(1) << 16})

void dlt_h5_enter(dlt_h5_lock *h5_lock);
void dlt_h5_leave(dlt_h5_lock *h5_lock);

/** Takes the innermost message of HDF5's error stack, shortened to what the system said where it
 * did. */
void dlt_h5_reason_locked(char *out, size_t bytes);
/** Fails with "WHAT: HDF5's reason". */
__attribute__((format(printf, 2, 3))) dlt_status dlt_h5_fail_locked(dlt_status code,
                                                                    const char *what, ...);

/** Makes the driver of h5_driver.c known to HDF5; negative on failure. It must stay known until the
 * last file that uses it is closed: HDF5 1.10 calls through the driver's class after it has given
 * up its own reference. */
hid_t dlt_h5_register_output_driver_locked(void);
/** Lets a file that is created with these properties be written as h5_driver.c does it; *error,
 * which must stay until the file is closed, becomes the errno of its first failure. False if HDF5
 * refuses. */
bool dlt_h5_use_output_driver_locked(hid_t access, hid_t driver, int *error);
/** IO "cannot write PATH: No space left on device" if anything that was to be written has not been.
 */
DLT_CHECKED dlt_status dlt_h5_check_written(const dlt_h5_file *file);

/** dlt_h5_open and dlt_h5_close with the HDF5 lock held. */
DLT_CHECKED dlt_status dlt_h5_open_locked(dlt_h5_lock *h5_lock, const char *path,
                                          dlt_h5_file **out);
void dlt_h5_close_locked(dlt_h5_file **file);
/** Opens a file that another one names, as HDF5 looks for it. Errors: as dlt_h5_open. */
DLT_CHECKED dlt_status dlt_h5_open_beside_locked(const dlt_h5_file *from, const char *name,
                                                 dlt_h5_file **out);

/** Where a path of names leads once every link was followed. */
typedef struct dlt_h5_place {
    dlt_h5_file *home; /* owned; NULL: the file asked */
    char *path;        /* owned: of hard links only; NULL: there is no such object */
} dlt_h5_place;
/** Errors: FORMAT, IO for a link that leads nowhere, names both ends. */
DLT_CHECKED dlt_status dlt_h5_resolve_locked(dlt_h5_file *file, const char *name,
                                             dlt_h5_place *out);
void dlt_h5_place_close_locked(dlt_h5_place *place);

/** dlt_h5_dataset_open within others; *out NULL if there is no such object. */
DLT_CHECKED dlt_status dlt_h5_dataset_open_locked(dlt_h5_file *file, const char *name,
                                                  dlt_h5_nesting *nesting, dlt_h5_dataset **out);
void dlt_h5_dataset_close_locked(dlt_h5_dataset **dataset);
/** Reads the elements that `file` selects to where `memory` says, as type. Both are hyperslabs. */
DLT_CHECKED dlt_status dlt_h5_read_selection_locked(dlt_h5_dataset *dataset, dlt_h5_type type,
                                                    hid_t memory, hid_t file, void *out);

/** Fails with FORMAT if a virtual dataset's mappings do not all end: HDF5 would look for their
 * files to tell its shape. */
DLT_CHECKED dlt_status dlt_h5_virtual_check_ends_locked(hid_t creation, const char *path,
                                                        const char *name);
/** Opens all sources of a virtual dataset, whose info is known, and proves that they hold all of
 * its elements. */
DLT_CHECKED dlt_status dlt_h5_virtual_open_locked(dlt_h5_dataset *dataset, hid_t creation,
                                                  dlt_h5_nesting *nesting);
void dlt_h5_virtual_close_locked(dlt_h5_virtual **parts);
DLT_CHECKED dlt_status dlt_h5_virtual_read_locked(dlt_h5_dataset *dataset, dlt_h5_type type,
                                                  hid_t memory, hid_t file, void *out);

/** Adds what marks a number as missing; false if there is no room. */
bool dlt_h5_add_missing(dlt_h5_info *info, double value, const char *name);
/** Finds what marks numbers as missing or as other than they are stored. Errors: FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_h5_find_missing_locked(dlt_h5_dataset *dataset, hid_t creation);

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
/** The descriptor that HDF5 reads a file by; -1 on failure. Borrowed. */
int dlt_h5_descriptor_locked(const dlt_h5_file *file);

#endif
