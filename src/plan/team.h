/* Threads that do the same work at the same moment, timed together: what the cores of a node do to each other's speed. */
#ifndef DLT_PLAN_TEAM_H
#define DLT_PLAN_TEAM_H

#include "comm/arrivals.h"
#include "dltrain/status.h"

/** A member's place among the others, which meet as the ranks of a node do. */
typedef struct dlt_team_seat {
    dlt_arrivals arrivals;
    uint64_t stage; /* meetings so far */
} dlt_team_seat;

/** Waits until all members have come. */
void dlt_team_meet(dlt_team_seat *seat);

/** One member's part of a trial; members may meet. */
typedef void dlt_team_work(void *context, int member, dlt_team_seat *seat);

/** Seconds of a trial, from the moment at which all members begin until the last one ends. */
typedef struct dlt_team_times {
    double best_s;
    double median_s;
} dlt_team_times;

/** Lets `members` threads, this one among them, each on a core of its own, do the work again and again for about so many
 *  seconds, after a trial that does not count.
 *  Collective: Not collective
 *  Errors:     INTERNAL if no thread can be started; MEM
 */
DLT_CHECKED dlt_status dlt_team_time(int members, dlt_team_work *work, void *context,
                                     double seconds, dlt_team_times *out);

#endif
