#include "train/bench/scratch.h"

#include "base/error.h"
#include "io/atomic_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dlt_status make_folder(const char *parent, char *out, size_t bytes) {
    DLT_TRY(dlt_directory_make(parent));
    static const char name[] = "/dltrain-bench-";
    /* mkdtemp replaces as many letters X. */
    const int letters = 6;
    int length = snprintf(out, bytes, "%s%s%*s", parent, name, letters, "");
    if (length < 0 || (size_t)length >= bytes)
        return dlt_fail(DLT_ERR_ARG, "the path %s is too long", parent);
    memset(out + length - letters, 'X', (size_t)letters);
    if (mkdtemp(out) == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot make a folder in %s: %s", parent, strerror(errno));
    return DLT_OK;
}

dlt_status dlt_bench_scratch_make(const char *parent, char *out, size_t bytes) {
    dlt_status status = make_folder(parent, out, bytes);
    if (status != DLT_OK)
        out[0] = '\0';
    return status;
}
