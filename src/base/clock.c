/* Reads CLOCK_MONOTONIC, which does not jump when somebody sets the date. Its origin differs
 * between machines, so only differences of two readings on one machine mean anything. */
#include "base/clock.h"

#include <time.h>

double dlt_clock_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
