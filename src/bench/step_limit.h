/* The least time that a training step can take on a machine: its floating-point operations at the
 * peak of multiply-adds, and the traffic to memory that no order of the work avoids at the rate of
 * the triad. */
#ifndef DLT_BENCH_STEP_LIMIT_H
#define DLT_BENCH_STEP_LIMIT_H

#include "bench/limits.h"
#include "engine/task.h"

/** What a step, or one node's part of it, has to do. */
typedef struct dlt_step_work {
    double flops_per_sample; /* forward and backward */
    double param_bytes;      /* one array of the size of the parameters */
    int optim_states;        /* of the optimizer */
    double
        held_bytes; /* all arrays of the whole model's size: parameters, gradients, optimizer states
                     */
} dlt_step_work;

/** The work of the whole model. */
dlt_step_work dlt_step_work_of(const dlt_task *task, int optim_states);
/** The part of one node; the parts of all nodes add up to the whole but for the gaps between
 * tensors. */
dlt_step_work dlt_step_work_of_node(const dlt_task *task, int optim_states, int node);

typedef struct dlt_step_limit {
    double flops;
    double bytes; /* that must come from memory */
    double limit_s;
} dlt_step_limit;

/** The limit of one rank that computes so many samples. */
dlt_step_limit dlt_step_limit_of(const dlt_step_work *work, const dlt_limits *limits,
                                 double samples);

#endif
