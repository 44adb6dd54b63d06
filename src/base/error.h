/* Writing the error record, and the two control-flow macros of the project. */
#ifndef DLT_BASE_ERROR_H
#define DLT_BASE_ERROR_H

#include "dltrain/status.h"

#include <stddef.h>

#define DLT_ERROR_MESSAGE_BYTES 1024
#define DLT_ERROR_TRACE_BYTES   1024

/** Records the sentence of a failure with the place of its origin; returns code.
 *  Usage: return dlt_fail(DLT_ERR_IO, "%s: %s", path, strerror(errno)); */
#define dlt_fail(code, ...) dlt_fail_at(__FILE__, __LINE__, (code), __VA_ARGS__)

__attribute__((format(printf, 4, 5))) dlt_status
dlt_fail_at(const char *file, int line, dlt_status code, const char *format, ...);

/** Adds what was being done to the trace of the last failure; the sentence stays as it is. */
__attribute__((format(printf, 1, 2))) void dlt_error_frame(const char *format, ...);

/** Replaces the record by one received from elsewhere (another rank or thread). */
void dlt_error_adopt(const char *message, const char *trace);

/** Returns from the calling function on failure; only where nothing is owned. */
#define DLT_TRY(expression)                                                                        \
    do {                                                                                           \
        dlt_status dlt_try_status = (expression);                                                  \
        if (dlt_try_status != DLT_OK)                                                              \
            return dlt_try_status;                                                                 \
    } while (0)

/** Assigns to the local `status` and jumps to the label `out` on failure. */
#define DLT_TRY_OUT(expression)                                                                    \
    do {                                                                                           \
        status = (expression);                                                                     \
        if (status != DLT_OK)                                                                      \
            goto out;                                                                              \
    } while (0)

#endif
