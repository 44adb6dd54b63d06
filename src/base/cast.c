/* Narrows an int64_t count to the int that BLAS and MPI take. dlt_cast_int fails with a sentence
 * that names the count. The step narrows with dlt_int (cast.h), which checks nothing because the
 * set-up has done so. */
#include "base/cast.h"

#include "base/error.h"

#include <limits.h>

dlt_status dlt_cast_int(int64_t value, const char *what, int *out) {
    if (value < INT_MIN || value > INT_MAX)
        return dlt_fail(DLT_ERR_ARG, "%s is %lld, above the limit of %d", what, (long long)value,
                        INT_MAX);
    *out = (int)value;
    return DLT_OK;
}
