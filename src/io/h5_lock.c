/* The lock around HDF5, which is not thread-safe, and what is registered in it once. */
#include "base/alloc.h"
#include "base/error.h"
#include "io/io_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void dlt_h5_enter(dlt_h5_lock *h5_lock) {
    pthread_mutex_lock(&h5_lock->mutex);
}

void dlt_h5_leave(dlt_h5_lock *h5_lock) {
    pthread_mutex_unlock(&h5_lock->mutex);
}

/* HDF5 as dltrain wants it: silent, without plugins (a data file must not choose code to load), and
 * without its own end at exit(), which speaks on stderr about files it could not flush. */
static dlt_status set_up_library(void) {
    (void)H5dont_atexit();
    if (H5open() < 0)
        return dlt_fail(DLT_ERR_IO, "the HDF5 library cannot be started");
    if (H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0 || H5PLset_loading_state(0) < 0)
        return dlt_h5_fail_locked(DLT_ERR_IO, "the HDF5 library cannot be set up");
    return DLT_OK;
}

dlt_status dlt_h5_lock_create(dlt_h5_lock **out) {
    dlt_h5_lock *h5_lock = NULL;
    DLT_TRY(DLT_NEW(h5_lock, 1));
    dlt_status status = DLT_OK;
    h5_lock->output_driver = H5I_INVALID_HID;
    if (pthread_mutex_init(&h5_lock->mutex, NULL) != 0) {
        dlt_free(h5_lock);
        return dlt_fail(DLT_ERR_MEM, "cannot create the HDF5 mutex");
    }
    DLT_TRY_OUT(dlt_file_set_reserve(&h5_lock->has_read));
    DLT_TRY_OUT(set_up_library());
    h5_lock->output_driver = dlt_h5_register_output_driver_locked();
    if (h5_lock->output_driver < 0)
        DLT_TRY_OUT(dlt_h5_fail_locked(DLT_ERR_MEM, "the HDF5 library cannot be set up"));
    *out = h5_lock;
    return DLT_OK;
out:
    dlt_h5_lock_destroy(&h5_lock);
    return status;
}

void dlt_h5_lock_destroy(dlt_h5_lock **h5_lock) {
    if (h5_lock == NULL || *h5_lock == NULL)
        return;
    if ((*h5_lock)->output_driver >= 0)
        H5FDunregister((*h5_lock)->output_driver);
    pthread_mutex_destroy(&(*h5_lock)->mutex);
    dlt_file_set_destroy(&(*h5_lock)->has_read);
    dlt_free(*h5_lock);
    *h5_lock = NULL;
}

const dlt_file_set *dlt_h5_lock_has_read(const dlt_h5_lock *h5_lock) {
    return &h5_lock->has_read;
}

typedef struct reason {
    char *out;
    size_t bytes;
} reason;

static herr_t take_description(unsigned depth, const H5E_error2_t *error, void *context) {
    reason *wanted = context;
    if (depth == 0 && error->desc != NULL)
        snprintf(wanted->out, wanted->bytes, "%s", error->desc);
    return 0;
}

/* "file write failed: time = …, error message = 'No space left on device', …" says too much. */
static void shorten_reason(char *text) {
    static const char marker[] = "error message = '";
    char *said = strstr(text, marker);
    if (said == NULL)
        return;
    said += sizeof marker - 1;
    size_t length = strcspn(said, "'");
    memmove(text, said, length);
    text[length] = '\0';
}

void dlt_h5_reason_locked(char *out, size_t bytes) {
    snprintf(out, bytes, "HDF5 gives no reason");
    reason wanted = {out, bytes};
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_description, &wanted);
    shorten_reason(out);
}

dlt_status dlt_h5_fail_locked(dlt_status code, const char *what, ...) {
    char said[512];
    dlt_h5_reason_locked(said, sizeof said);
    char sentence[512];
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(sentence, sizeof sentence, what, arguments);
    va_end(arguments);
    return dlt_fail(code, "%s: %s", sentence, said);
}
