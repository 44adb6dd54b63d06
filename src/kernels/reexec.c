/* Debian 12's OpenBLAS 0.3.21 takes its Prescott kernels on processors that it does not know
 * (OpenBLAS issue 4268), a quarter of the speed. It reads OPENBLAS_CORETYPE when it is loaded,
 * before main, so the program sets it and starts itself again. */
#include "dltrain/kernels_info.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Says that the program was started again already. */
static const char GUARD[] = "DLTRAIN_RESTARTED";

static dlt_status restart(char **argv, const char *core) {
    if (setenv("OPENBLAS_CORETYPE", core, 1) != 0 || setenv(GUARD, "1", 1) != 0)
        return dlt_fail(DLT_ERR_MEM, "no memory to set OPENBLAS_CORETYPE to '%s'", core);
    execv("/proc/self/exe", argv);
    dlt_log(DLT_LOG_WARNING,
            "OpenBLAS uses kernels for '%s' and dltrain could not start itself again (%s); set "
            "OPENBLAS_CORETYPE=%s for full speed",
            dlt_blas_core_name(), strerror(errno), core);
    return DLT_OK;
}

dlt_status dlt_kernels_reexec(char **argv) {
    const char *better = NULL;
    const char *chosen = getenv("DLTRAIN_BLAS_CORE");
    bool has_choice = chosen != NULL && chosen[0] != '\0';
    bool settled = has_choice ? strcasecmp(chosen, dlt_blas_core_name()) == 0
                              : !dlt_blas_core_too_low(&better);
    if (settled)
        return DLT_OK;
    if (getenv(GUARD) == NULL)
        return restart(argv, has_choice ? chosen : better);
    if (has_choice)
        return dlt_fail(DLT_ERR_UNSUPPORTED,
                        "DLTRAIN_BLAS_CORE is '%s', which this OpenBLAS does not know or have; it "
                        "uses '%s'",
                        chosen, dlt_blas_core_name());
    return DLT_OK;
}
