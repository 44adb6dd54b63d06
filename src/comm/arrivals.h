/* How far each process of a node has come through a sequence of stages that all go through, in
 * memory that they share: a cache line per process, written by it alone, and no system call unless
 * somebody is late. */
#ifndef DLT_COMM_ARRIVALS_H
#define DLT_COMM_ARRIVALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* In shared memory, zero at first. */
typedef struct dlt_arrival {
    _Alignas(64) atomic_ullong stage;
} dlt_arrival;

/* A process's view of them. */
typedef struct dlt_arrivals {
    dlt_arrival **of; /* [count] borrowed */
    int count;
    int mine;
    bool oversubscribed; /* more processes than cores: who waits gives way at once */
} dlt_arrivals;

/** This process has reached a stage; all that it wrote before is seen by who sees the arrival.
 * Stages never go back. */
void dlt_arrive(const dlt_arrivals *arrivals, uint64_t stage);

/** Whether all processes have reached a stage. */
bool dlt_have_arrived(const dlt_arrivals *arrivals, uint64_t stage);

/** Waits until they have. */
void dlt_await(const dlt_arrivals *arrivals, uint64_t stage);

/** A turn of a waiting loop, the looks-th one: a pause of the processor at first, then the core is
 * offered to others. */
void dlt_wait_briefly(const dlt_arrivals *arrivals, int64_t looks);

#endif
