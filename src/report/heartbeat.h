/* Where a rank stands: a heartbeat that the thread of the steps sets and the watchdog reads. */
#ifndef DLT_REPORT_HEARTBEAT_H
#define DLT_REPORT_HEARTBEAT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef enum dlt_phase {
    DLT_PHASE_BETWEEN, /* updates: log, console, decisions */
    DLT_PHASE_READING,
    DLT_PHASE_COMPUTING,
    DLT_PHASE_REDUCING,
    DLT_PHASE_EVALUATING,
    DLT_PHASE_SAVING,
    DLT_PHASE_AGREEING,   /* with the other ranks, on small things */
    DLT_PHASE_SETTING_UP, /* MPI, and all that comes before the first update */
    DLT_PHASE_ENDING      /* all that comes after the last one, and MPI */
} dlt_phase;

typedef struct dlt_heartbeat {
    atomic_llong progress; /* grows with each finished update and evaluated micro-batch */
    atomic_llong step;     /* updates done; -1: none, and none will be */
    atomic_int phase;
    _Atomic(const char *) doing; /* in words, while setting up and ending */
} dlt_heartbeat;

/** Says what comes now; heartbeat may be NULL. */
static inline void dlt_heartbeat_phase(dlt_heartbeat *heartbeat, dlt_phase phase) {
    if (heartbeat != NULL)
        atomic_store_explicit(&heartbeat->phase, phase, memory_order_relaxed);
}

/** Says that something was finished; heartbeat may be NULL. */
static inline void dlt_heartbeat_progress(dlt_heartbeat *heartbeat) {
    if (heartbeat != NULL)
        atomic_fetch_add_explicit(&heartbeat->progress, 1, memory_order_relaxed);
}

/** Says what comes now while setting up or ending, in words that stay where they are; what came
 * before is finished. heartbeat may be NULL. */
static inline void dlt_heartbeat_doing(dlt_heartbeat *heartbeat, dlt_phase phase,
                                       const char *words) {
    if (heartbeat == NULL)
        return;
    atomic_store(&heartbeat->doing, words);
    dlt_heartbeat_phase(heartbeat, phase);
    dlt_heartbeat_progress(heartbeat);
}

/** Says that an update was finished; heartbeat may be NULL. */
static inline void dlt_heartbeat_step(dlt_heartbeat *heartbeat, int64_t step) {
    if (heartbeat == NULL)
        return;
    atomic_store_explicit(&heartbeat->step, step, memory_order_relaxed);
    dlt_heartbeat_progress(heartbeat);
}

#endif
