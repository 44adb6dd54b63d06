/* Synchronises the ranks of a node through shared memory, without MPI. A release store announces a
 * stage, and an acquire load sees it together with everything written before. A rank spins for
 * about 100 microseconds, then yields its core at each check; with more ranks than cores it yields
 * at once. */
#include "comm/arrivals.h"

#include <sched.h>

void dlt_arrive(const dlt_arrivals *arrivals, uint64_t stage) {
    atomic_store_explicit(&arrivals->of[arrivals->mine]->stage, stage, memory_order_release);
}

bool dlt_have_arrived(const dlt_arrivals *arrivals, uint64_t stage) {
    for (int i = 0; i < arrivals->count; i++)
        if (atomic_load_explicit(&arrivals->of[i]->stage, memory_order_acquire) < stage)
            return false;
    return true;
}

static void pause_processor(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

void dlt_wait_briefly(const dlt_arrivals *arrivals, int64_t looks) {
    /* About 100 microseconds, as long as an update of a small model. */
    const int64_t patience = 4000;
    if (!arrivals->oversubscribed && looks < patience)
        pause_processor();
    else
        sched_yield();
}

void dlt_await(const dlt_arrivals *arrivals, uint64_t stage) {
    for (int64_t looks = 0; !dlt_have_arrived(arrivals, stage); looks++)
        dlt_wait_briefly(arrivals, looks);
}
