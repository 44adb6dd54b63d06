/* Where a rank stands: marks that the thread of the steps sets and the watchdog reads. */
#ifndef DLT_TRAIN_MARKS_H
#define DLT_TRAIN_MARKS_H

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
    DLT_PHASE_AGREEING /* with the other ranks, on small things */
} dlt_phase;

typedef struct dlt_marks {
    atomic_llong progress; /* grows with each finished update and evaluated micro-batch */
    atomic_llong step;     /* updates done */
    atomic_int phase;
} dlt_marks;

/** Says what comes now; marks may be NULL. */
static inline void dlt_mark_phase(dlt_marks *marks, dlt_phase phase) {
    if (marks != NULL)
        atomic_store_explicit(&marks->phase, phase, memory_order_relaxed);
}

/** Says that something was finished; marks may be NULL. */
static inline void dlt_mark_progress(dlt_marks *marks) {
    if (marks != NULL)
        atomic_fetch_add_explicit(&marks->progress, 1, memory_order_relaxed);
}

/** Says that an update was finished. */
static inline void dlt_mark_step(dlt_marks *marks, int64_t step) {
    atomic_store_explicit(&marks->step, step, memory_order_relaxed);
    dlt_mark_progress(marks);
}

#endif
