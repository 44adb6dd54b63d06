/* The files that `bench data` reads: the same images as plain bytes, in chunks, and compressed. */
#ifndef DLT_BENCH_DATA_FILES_H
#define DLT_BENCH_DATA_FILES_H

#include "dltrain/bench.h"
#include "dltrain/status.h"
#include "io/h5.h"

#include <stdint.h>

enum {
    DLT_BENCH_LAYOUTS = 3,
    DLT_BENCH_IMAGE_BYTES = 784,
    DLT_BENCH_CHUNK_ROWS = 256,
    DLT_BENCH_GZIP_LEVEL = 4, /* what h5py takes unless told otherwise */
    DLT_BENCH_PATH_BYTES = 1024
};

typedef struct dlt_bench_files {
    char folder[DLT_BENCH_PATH_BYTES - 64];
    char path[DLT_BENCH_LAYOUTS][DLT_BENCH_PATH_BYTES];
} dlt_bench_files;

/** "contiguous", "chunks of 256", "gzip". */
const char *dlt_bench_layout_name(int layout);

/** Draws images and writes them three times, into a folder of its own in options->folder.
 *  Not collective. Owns: the files, until remove, also after a failure. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_bench_files_make(dlt_h5_lock *h5_lock,
                                            const dlt_bench_data_options *options,
                                            dlt_bench_files *out);
/** Removes files and folder; files that are open stay readable. */
void dlt_bench_files_remove(dlt_bench_files *files);

#endif
