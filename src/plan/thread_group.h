/* Threads that do the same work at the same moment, timed together: what the cores of a node do to
 * each other's speed. */
#ifndef DLT_PLAN_THREAD_GROUP_H
#define DLT_PLAN_THREAD_GROUP_H

#include "comm/arrivals.h"
#include "dltrain/status.h"

/** A member's place among the others, which wait for each other as the ranks of a node do. */
typedef struct dlt_thread_group_member {
    dlt_arrivals arrivals;
    uint64_t stage; /* barriers so far */
} dlt_thread_group_member;

/** Waits until all members have come. */
void dlt_thread_group_barrier(dlt_thread_group_member *self_member);

/** One member's part of a trial; members may wait for each other. */
typedef void dlt_thread_group_work(void *context, int member, dlt_thread_group_member *self_member);

/** Seconds of a trial, from the moment at which all members begin until the last one ends. */
typedef struct dlt_thread_group_times {
    double best_s;
    double median_s;
} dlt_thread_group_times;

/** Lets `members` threads, this one among them, each on a core of its own, do the work again and
 * again for about so many seconds, after a trial that does not count.
 *  Collective: Not collective
 *  Errors:     INTERNAL if no thread can be started; MEM
 */
DLT_CHECKED dlt_status dlt_thread_group_time(int members, dlt_thread_group_work *work,
                                             void *context, double seconds,
                                             dlt_thread_group_times *out);

#endif
