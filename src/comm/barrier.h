/* A barrier of processes in memory that they share: two cache lines, no system call unless somebody is late. */
#ifndef DLT_COMM_BARRIER_H
#define DLT_COMM_BARRIER_H

#include <stdatomic.h>
#include <stdint.h>

/* In shared memory, zero at first. */
typedef struct dlt_barrier {
    _Alignas(64) atomic_uint arrived;
    _Alignas(64) atomic_uint round;
} dlt_barrier;

/* A process's place at a barrier; private. */
typedef struct dlt_barrier_seat {
    dlt_barrier *barrier; /* borrowed */
    unsigned count;       /* of processes */
} dlt_barrier_seat;

dlt_barrier_seat dlt_barrier_sit(dlt_barrier *barrier, int count);

/** Waits until all have come. What any process wrote before is seen by all after. */
void dlt_barrier_wait(const dlt_barrier_seat *seat);

#endif
