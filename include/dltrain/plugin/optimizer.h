/** An optimizer: one pass over a range of parameters, their gradient and its own slots. */
#ifndef DLTRAIN_PLUGIN_OPTIMIZER_H
#define DLTRAIN_PLUGIN_OPTIMIZER_H

#include "dltrain/plugin/keys.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <math.h>
#include <stdint.h>

enum { DLT_OPTIMIZER_SLOTS_MAX = 4 };

/** One update of `count` consecutive parameters. */
typedef struct dlt_update {
    int64_t count;
    int64_t step;         /* 1 for the first update */
    double lr;            /* after the schedule */
    dlt_real scale;       /* 1 / (weight of the batch), times the factor of clipping by norm */
    dlt_real clip_value;  /* elements of the scaled gradient are limited to +-this; INFINITY: off */
    dlt_real l1;          /* adds l1 * sign(w) to the gradient */
    dlt_real l2;          /* adds l2 * w to the gradient (PyTorch's weight_decay) */
    dlt_real decay;       /* decoupled: w -= lr * decay * w before the update (arXiv 1711.05101) */
    const dlt_real *grad; /* sum over samples */
    dlt_real *param;
    dlt_real *slots[DLT_OPTIMIZER_SLOTS_MAX];
} dlt_update;

/** The gradient of element i with scale, clipping by value and L1/L2 applied, in this order. */
static inline dlt_real dlt_update_gradient(const dlt_update *update, int64_t i) {
    dlt_real w = update->param[i];
    dlt_real g = update->grad[i] * update->scale;
    if (g > update->clip_value)
        g = update->clip_value;
    if (g < -update->clip_value)
        g = -update->clip_value;
    dlt_real sign = (dlt_real)((w > 0) - (w < 0));
    return g + update->l2 * w + update->l1 * sign;
}

/** Known answer: parameters after each of `steps` updates with the given gradients. */
typedef struct dlt_optimizer_selftest {
    const char *name;
    const char *settings; /* "sgd: {momentum: 0.9}" */
    int64_t count;
    int64_t steps;
    const double *start;    /* [count] */
    const double *grads;    /* [steps, count] */
    const double *expected; /* [steps, count] */
} dlt_optimizer_selftest;

typedef struct dlt_optimizer_ops {
    dlt_choice choice;
    /** Names of the slots in use with these settings; returns their number. */
    int (*slots)(const void *settings, const char *names[DLT_OPTIMIZER_SLOTS_MAX]);
    /** The base learning rate, and the optimizer's own weight decay: coupled (added to l2) or
     * decoupled. */
    double (*lr)(const void *settings);
    void (*weight_decay)(const void *settings, double *l2, double *decoupled);
    void (*step)(const void *settings, const dlt_update *update);
    const dlt_optimizer_selftest *selftests;
    int selftest_count;
} dlt_optimizer_ops;

/** All optimizers; each entry is the `choice` of a dlt_optimizer_ops. NULL-terminated. */
extern const dlt_choice *const dlt_optimizers[];

#endif
