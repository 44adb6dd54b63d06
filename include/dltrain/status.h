/** Status codes and the error record of the calling thread.
 *
 *  Every fallible function returns a dlt_status. The text that explains a failure is written once,
 *  where it happened, into a record of fixed size that belongs to the thread; callers may add
 * frames but never rewrite it. Nothing in the library exits, aborts or asserts.
 */
#ifndef DLTRAIN_STATUS_H
#define DLTRAIN_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/** The one list of codes: X(enumerator, name in messages, meaning). */
#define DLT_STATUS_LIST(X)                                                                         \
    X(DLT_OK, "ok", "success")                                                                     \
    X(DLT_ERR_ARG, "argument", "an argument is invalid")                                           \
    X(DLT_ERR_SHAPE, "shape", "shapes do not fit")                                                 \
    X(DLT_ERR_CONFIG, "config", "the run file is wrong")                                           \
    X(DLT_ERR_MEM, "memory", "memory is exhausted")                                                \
    X(DLT_ERR_IO, "io", "reading or writing failed")                                               \
    X(DLT_ERR_FORMAT, "format", "a file does not have the expected format")                        \
    X(DLT_ERR_MPI, "mpi", "MPI failed")                                                            \
    X(DLT_ERR_UNSUPPORTED, "unsupported", "not available in this build or on this machine")        \
    X(DLT_ERR_MISMATCH, "mismatch", "two things that must agree do not")                           \
    X(DLT_ERR_INTERNAL, "internal", "a defect of dltrain")

#define DLT_STATUS_ENUMERATOR(code, name, meaning) code,
typedef enum dlt_status { DLT_STATUS_LIST(DLT_STATUS_ENUMERATOR) DLT_STATUS_COUNT } dlt_status;
#undef DLT_STATUS_ENUMERATOR

/** Marks functions whose result must be looked at. */
#define DLT_CHECKED __attribute__((warn_unused_result))

/** Short name of a code, for example "shape".
 *  Collective: Not collective
 *  Errors:     none; an unknown code gives "unknown"
 */
const char *dlt_status_name(dlt_status status);

/** The sentence that explains the calling thread's last failure; empty if there was none.
 *  Collective: Not collective
 *  Owns:       borrowed; valid until the thread's next failure
 *  Errors:     none
 */
const char *dlt_error_message(void);

/** Where the last failure happened and what was being done, innermost first, one frame per line.
 *  Collective: Not collective
 *  Owns:       borrowed; valid until the thread's next failure
 *  Errors:     none
 */
const char *dlt_error_trace(void);

/** Forgets the calling thread's last failure.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_error_clear(void);

#ifdef __cplusplus
}
#endif
#endif
