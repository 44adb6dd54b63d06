/* Reads --time-limit and the end of the Slurm job. Units descend from d to s, so each occurs at
 * most once; a number without a unit comes last and counts seconds. The earlier of the two counts.
 * A job past its end leaves 1 s, so that the run stops with a checkpoint after the next update. */
#include "time_limit.h"

#include "cli_internal.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

static double seconds_of_unit(char unit) {
    switch (unit) {
    case 'd':
        return 86400;
    case 'h':
        return 3600;
    case 'm':
        return 60;
    case 's':
    case '\0':
        return 1;
    default:
        return 0;
    }
}

bool read_time_limit(const char *text, double *seconds) {
    *seconds = 0;
    double last_unit = INFINITY;
    for (const char *at = text; at != NULL && *at != '\0';) {
        char *end = NULL;
        double number = *at >= '0' && *at <= '9' ? strtod(at, &end) : -1;
        double unit = end != NULL ? seconds_of_unit(*end) : 0;
        /* Units come from large to small, each once. */
        if (end == NULL || unit == 0 || unit >= last_unit) {
            *seconds = 0;
            break;
        }
        *seconds += number * unit;
        last_unit = unit;
        at = *end != '\0' ? end + 1 : end;
    }
    if (text == NULL || (*seconds > 0 && isfinite(*seconds)))
        return true;
    (void)report_usage("'--time-limit' takes a time like 1h30m, 45m or 600 (seconds), found '%s'",
                       text);
    return false;
}

double limit_by_job(double limit_s) {
    const char *text = getenv("SLURM_JOB_END_TIME");
    if (text == NULL)
        return limit_s;
    char *end = NULL;
    double job_end = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(job_end) || job_end <= 0)
        return limit_s;
    /* A job past its end has been given some grace: the next update is the last. */
    double left = fmax(job_end - (double)time(NULL), 1);
    return limit_s > 0 ? fmin(limit_s, left) : left;
}
