/* Debian 12's OpenBLAS 0.3.21 takes its Prescott kernels on processors that it does not know
 * (OpenBLAS issue 4268), a quarter of the speed. It chooses when it is loaded, before main, by
 * OPENBLAS_CORETYPE or by the processor; but it can be told to choose once more. Its two functions
 * for that are exported by every build that has several kernels (DYNAMIC_ARCH) and declared in no
 * header; where they are missing, the choice stays. Its threads, which start beside main, choose as
 * well before they get their first buffer; so they are ended first, and start again when needed. */
#include "dltrain/kernels_info.h"

#include "base/error.h"
#include "base/log.h"
#include "kernels/kernels_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static const char VARIABLE[] = "OPENBLAS_CORETYPE";

static int set_variable(const char *value) {
    return value != NULL ? setenv(VARIABLE, value, 1) : unsetenv(VARIABLE);
}

/* Lets OpenBLAS choose again: the named core, or NULL for what it makes of the processor. The
 * variable is afterwards what it was: the processes that this one starts are to choose for
 * themselves. */
static dlt_status choose_again(const char *core) {
    char before[64] = "";
    const char *set = getenv(VARIABLE);
    if (set != NULL && strlen(set) >= sizeof before)
        return dlt_fail(DLT_ERR_ARG, "%s is '%s', which is not a type of processor", VARIABLE, set);
    if (set != NULL)
        memcpy(before, set, strlen(set) + 1);
    dlt_blas_end_pool();
    if (set_variable(core) != 0)
        return dlt_fail(DLT_ERR_MEM, "no memory to set %s to '%s'", VARIABLE, core);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    if (set_variable(set != NULL ? before : NULL) != 0)
        return dlt_fail(DLT_ERR_MEM, "no memory to set %s to '%s' again", VARIABLE, before);
    return DLT_OK;
}

static bool can_choose_again(void) {
    return gotoblas_dynamic_init != NULL && gotoblas_dynamic_quit != NULL;
}

/* What somebody has asked for is had, or is an error. */
static dlt_status take_selection(const char *selection) {
    char before[64];
    snprintf(before, sizeof before, "%s", dlt_blas_core_name());
    if (strcasecmp(selection, before) == 0)
        return DLT_OK;
    if (can_choose_again())
        DLT_TRY(choose_again(selection));
    if (strcasecmp(selection, dlt_blas_core_name()) == 0)
        return DLT_OK;
    if (can_choose_again())
        DLT_TRY(choose_again(before));
    return dlt_fail(
        DLT_ERR_UNSUPPORTED,
        "DLTRAIN_BLAS_CORE is '%s', which this OpenBLAS does not know or have; it uses '%s'",
        selection, dlt_blas_core_name());
}

dlt_status dlt_kernels_settle(void) {
    const char *better = NULL;
    const char *selection = getenv("DLTRAIN_BLAS_CORE");
    if (selection != NULL && selection[0] != '\0')
        return take_selection(selection);
    /* First what OpenBLAS makes of the processor itself, so that ranks with the variable and
     * without it agree. */
    if (can_choose_again() && getenv(VARIABLE) != NULL && dlt_blas_core_too_low(&better))
        DLT_TRY(choose_again(NULL));
    if (can_choose_again() && dlt_blas_core_too_low(&better))
        DLT_TRY(choose_again(better));
    if (dlt_blas_core_too_low(&better))
        dlt_log(
            DLT_LOG_WARNING,
            "OpenBLAS uses its kernels for '%s', below this processor, and cannot be set to use "
            "better ones: set OPENBLAS_CORETYPE=%s before the program starts, or use another build",
            dlt_blas_core_name(), better);
    return DLT_OK;
}
