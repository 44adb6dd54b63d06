/* HDF5 behind a status: every function takes the HDF5 lock, so that one thread at a time is in the
 * library; HDF5's own error printing is off, its innermost message becomes part of the sentence.
 * File locking is switched off for reading (HDF5_USE_FILE_LOCKING is not the user's problem),
 * plugins are not loaded. */
#ifndef DLT_IO_H5_H
#define DLT_IO_H5_H

#include "dltrain/shape.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dlt_file_set;
typedef struct dlt_h5_lock dlt_h5_lock;
typedef struct dlt_h5_file dlt_h5_file;
typedef struct dlt_h5_dataset dlt_h5_dataset;

/** Not collective. Owns: caller owns *out; it must outlive every file opened through it. Errors:
 * MEM, IO. */
DLT_CHECKED dlt_status dlt_h5_lock_create(dlt_h5_lock **out);
void dlt_h5_lock_destroy(dlt_h5_lock **h5_lock);
/** Every file that was opened for reading, those behind links and virtual datasets included;
 * borrowed. To be asked while no other thread opens files. */
const struct dlt_file_set *dlt_h5_lock_has_read(const dlt_h5_lock *h5_lock);

/** Whether the bytes of a file say that it is HDF5, whatever its name; false for one that cannot be
 * read. */
bool dlt_h5_is_hdf5(const char *path);

/** Opens for reading. Errors: IO "cannot open PATH: No such file…", FORMAT "PATH is not an HDF5
 * file", or "PATH is truncated: …". */
DLT_CHECKED dlt_status dlt_h5_open(dlt_h5_lock *h5_lock, const char *path, dlt_h5_file **out);
/** Creates (replaces). Errors: IO. */
DLT_CHECKED dlt_status dlt_h5_create(dlt_h5_lock *h5_lock, const char *path, dlt_h5_file **out);
/** Closes and releases, whatever became of what was written: writers call dlt_h5_finish. NULL-safe.
 */
void dlt_h5_close(dlt_h5_file **file);
/** Closes and releases; OK if all that was written is on disk. Errors: IO. */
DLT_CHECKED dlt_status dlt_h5_finish(dlt_h5_file **file);
const char *dlt_h5_path(const dlt_h5_file *file);

typedef enum dlt_h5_type {
    DLT_H5_U8,
    DLT_H5_I8,
    DLT_H5_U16,
    DLT_H5_I16,
    DLT_H5_U32,
    DLT_H5_I32,
    DLT_H5_U64,
    DLT_H5_I64,
    DLT_H5_F32,
    DLT_H5_F64,
    DLT_H5_OTHER
} dlt_h5_type;

int64_t dlt_h5_type_bytes(dlt_h5_type type);
const char *dlt_h5_type_name(dlt_h5_type type);

enum { DLT_H5_MISSING_MAX = 6 };

/** A value that stands for a number that is missing. */
typedef struct dlt_h5_missing {
    double value;
    const char *name; /* of the attribute that says so; static */
} dlt_h5_missing;

/** Facts on a dataset. */
typedef struct dlt_h5_info {
    dlt_h5_type type; /* nearest native type; what reads deliver */
    dlt_shape shape;  /* with the sample dimension first */
    bool whole;       /* the file stores every element; false where it only claims them */
    bool contiguous;  /* plain bytes at `offset` of the file, in native byte order: pread works */
    int64_t offset;
    int64_t chunk_rows; /* 0 where not chunked */
    char filter[32];    /* "none", "gzip", … */
    bool is_virtual;    /* its elements are those of other datasets */
    int missing_count;  /* of an open dataset */
    dlt_h5_missing missing[DLT_H5_MISSING_MAX];
} dlt_h5_info;

/** Finds out whether there is an object of that name, or a link that cannot be followed, of which
 * whoever opens it hears. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_h5_find(dlt_h5_file *file, const char *name, bool *found);
/** The same, where a lack of memory counts as found: whoever opens it hears of that, too. */
bool dlt_h5_exists(dlt_h5_file *file, const char *name);
/** Finds out whether there is a group of that name. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_h5_find_group(dlt_h5_file *file, const char *name, bool *found);
/** Opens a dataset; links are followed, also to other files, and of a virtual dataset every source
 * is opened. Errors: FORMAT if name is not a dataset of numbers ("PATH has no dataset 'x'; it has:
 * images, labels"), or not all of its elements are stored in HDF5 files that are there; IO, MEM. */
DLT_CHECKED dlt_status dlt_h5_dataset_open(dlt_h5_file *file, const char *name,
                                           dlt_h5_dataset **out);
void dlt_h5_dataset_close(dlt_h5_dataset **dataset);
const dlt_h5_info *dlt_h5_dataset_info(const dlt_h5_dataset *dataset);
/** A descriptor on the file that a contiguous dataset lies in, which may be another than was asked;
 * caller owns *fd. Errors: IO. */
DLT_CHECKED dlt_status dlt_h5_dataset_descriptor(const dlt_h5_dataset *dataset, int *fd);
/** Path of that file; borrowed. */
const char *dlt_h5_dataset_path(const dlt_h5_dataset *dataset);
/** Reads rows [first, first + count) into out in `info.type`. Errors: IO, FORMAT. */
DLT_CHECKED dlt_status dlt_h5_read_rows(dlt_h5_dataset *dataset, int64_t first, int64_t count,
                                        void *out);

/** Reads a whole dataset converted to type. Errors: FORMAT if it is absent or its shape differs. */
DLT_CHECKED dlt_status dlt_h5_read(dlt_h5_file *file, const char *name, dlt_h5_type type,
                                   const dlt_shape *shape, void *out);
/** Reads elements [first, first + count) of a dataset in row-major order, converted to type.
 * Errors: as dlt_h5_read; ARG if they are not in it. */
DLT_CHECKED dlt_status dlt_h5_read_range(dlt_h5_file *file, const char *name, dlt_h5_type type,
                                         const dlt_shape *shape, int64_t first, int64_t count,
                                         void *out);
/** Writes a new dataset, making groups on the way; contiguous. Errors: IO. */
DLT_CHECKED dlt_status dlt_h5_write(dlt_h5_file *file, const char *name, dlt_h5_type type,
                                    const dlt_shape *shape, const void *data);

/** Options of a dataset that is written row by row. */
typedef struct dlt_h5_layout {
    int64_t chunk_rows; /* 0: contiguous */
    int gzip_level;     /* 0: none; needs chunk_rows */
} dlt_h5_layout;
/** Creates a dataset of shape (sample dimension first) to be filled with dlt_h5_write_rows. */
DLT_CHECKED dlt_status dlt_h5_dataset_create(dlt_h5_file *file, const char *name, dlt_h5_type type,
                                             const dlt_shape *shape, const dlt_h5_layout *layout,
                                             dlt_h5_dataset **out);
DLT_CHECKED dlt_status dlt_h5_write_rows(dlt_h5_dataset *dataset, int64_t first, int64_t count,
                                         const void *rows);

/** Attributes of an object ("/" for the file); writing replaces one of the same name. Text is read
 * into a caller-owned dlt_alloc copy, *out NULL if the attribute is absent. Lists of text are
 * newline-separated. */
DLT_CHECKED dlt_status dlt_h5_write_text(dlt_h5_file *file, const char *object, const char *name,
                                         const char *text);
DLT_CHECKED dlt_status dlt_h5_read_text(dlt_h5_file *file, const char *object, const char *name,
                                        char **out);
DLT_CHECKED dlt_status dlt_h5_write_reals(dlt_h5_file *file, const char *object, const char *name,
                                          int64_t count, const double *values);
/** *count 0 and *out NULL if the attribute is absent; else caller owns *out. */
DLT_CHECKED dlt_status dlt_h5_read_reals(dlt_h5_file *file, const char *object, const char *name,
                                         int64_t *count, double **out);
DLT_CHECKED dlt_status dlt_h5_write_int(dlt_h5_file *file, const char *object, const char *name,
                                        int64_t value);
/** Fails with FORMAT if the attribute is absent. */
DLT_CHECKED dlt_status dlt_h5_read_int(dlt_h5_file *file, const char *object, const char *name,
                                       int64_t *out);

/** Calls visit for each dataset below group, with its path from there ("fc/weight" below "/params")
 * and facts, in name order; stops on failure. visit may use the file. */
typedef dlt_status dlt_h5_visitor(void *context, const char *name, const dlt_h5_info *info);
DLT_CHECKED dlt_status dlt_h5_visit(dlt_h5_file *file, const char *group, dlt_h5_visitor *visit,
                                    void *context);

/** The library's version, "1.10.8". Not collective; any thread. */
void dlt_h5_version(char *out, size_t bytes);

#endif
