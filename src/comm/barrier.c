#include "comm/barrier.h"

#include <sched.h>
#include <stdbool.h>

dlt_barrier_seat dlt_barrier_sit(dlt_barrier *barrier, int count) {
    return (dlt_barrier_seat){.barrier = barrier, .count = (unsigned)count};
}

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Some microseconds of looking, then the core is offered to others: ranks may be more than cores. */
static void wait_for_round(atomic_uint *round, unsigned old) {
    const int patience = 4000;
    for (int looks = 0; atomic_load_explicit(round, memory_order_acquire) == old; looks++) {
        if (looks < patience)
            pause_briefly();
        else
            sched_yield();
    }
}

void dlt_barrier_wait(const dlt_barrier_seat *seat) {
    dlt_barrier *barrier = seat->barrier;
    unsigned round = atomic_load_explicit(&barrier->round, memory_order_relaxed);
    unsigned before = atomic_fetch_add_explicit(&barrier->arrived, 1, memory_order_acq_rel);
    bool last = before + 1 == seat->count;
    if (!last) {
        wait_for_round(&barrier->round, round);
        return;
    }
    atomic_store_explicit(&barrier->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&barrier->round, round + 1, memory_order_release);
}
