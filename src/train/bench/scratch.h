/* A folder for the files of a benchmark. */
#ifndef DLT_TRAIN_BENCH_SCRATCH_H
#define DLT_TRAIN_BENCH_SCRATCH_H

#include "dltrain/status.h"

#include <stddef.h>

/** Makes a folder of a new name in parent, which is made if it is absent; out has so many bytes and
 * becomes empty on failure. Not collective. Errors: IO; ARG if the path is too long. */
DLT_CHECKED dlt_status dlt_bench_scratch_make(const char *parent, char *out, size_t bytes);

#endif
