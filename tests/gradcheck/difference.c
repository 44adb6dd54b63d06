#include "difference.h"

#include <float.h>
#include <math.h>

static const double STEP = 1e-5;
static const double RELATIVE = 1e-6;

static double central_difference(difference_function *function, void *context, dlt_real *value) {
    dlt_real kept = *value;
    double step = STEP * fmax(1, fabs((double)kept));
    *value = (dlt_real)(kept + step);
    double above = function(context);
    *value = (dlt_real)(kept - step);
    double below = function(context);
    *value = kept;
    return (above - below) / (2 * step);
}

double difference_error(difference_function *function, void *context, double magnitude,
                        int64_t count, dlt_real *values, const dlt_real *gradient) {
    double noise = 4 * DBL_EPSILON * magnitude / STEP;
    double error_norm = 0;
    double norm = 0;
    double error_most = 0;
    double most = 0;
    for (int64_t i = 0; i < count; i++) {
        double numeric = central_difference(function, context, &values[i]);
        double error = fabs(numeric - (double)gradient[i]);
        if (isnan(error))
            return error;
        error_norm += error * error;
        norm += numeric * numeric;
        error_most = fmax(error_most, error);
        most = fmax(most, fabs(numeric));
    }
    double by_norm = sqrt(error_norm) / (RELATIVE * sqrt(norm) + noise * sqrt((double)count));
    double by_most = error_most / (RELATIVE * most + noise);
    return count == 0 ? 0 : fmax(by_norm, by_most);
}
