/* Where a rank stands: marks that the thread of the steps sets and the watchdog reads. */
#ifndef DLT_REPORT_MARKS_H
#define DLT_REPORT_MARKS_H

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

typedef struct dlt_marks {
    atomic_llong progress; /* grows with each finished update and evaluated micro-batch */
    atomic_llong step;     /* updates done; -1: none, and none will be */
    atomic_int phase;
    _Atomic(const char *) doing; /* in words, while setting up and ending */
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

/** Says what comes now while setting up or ending, in words that stay where they are; what came before is finished.
 *  Marks may be NULL. */
static inline void dlt_mark_doing(dlt_marks *marks, dlt_phase phase, const char *words) {
    if (marks == NULL)
        return;
    atomic_store(&marks->doing, words);
    dlt_mark_phase(marks, phase);
    dlt_mark_progress(marks);
}

/** Says that an update was finished; marks may be NULL. */
static inline void dlt_mark_step(dlt_marks *marks, int64_t step) {
    if (marks == NULL)
        return;
    atomic_store_explicit(&marks->step, step, memory_order_relaxed);
    dlt_mark_progress(marks);
}

#endif
