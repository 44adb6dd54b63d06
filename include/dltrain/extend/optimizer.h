/** An optimizer: one pass over a range of parameters, their gradient and its own states, and before
 *  it, where updates depend on norms of whole tensors, one that adds these up. */
#ifndef DLTRAIN_EXTEND_OPTIMIZER_H
#define DLTRAIN_EXTEND_OPTIMIZER_H

#include "dltrain/extend/keys.h"
#include "dltrain/extend/role.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DLT_OPTIMIZER_STATES_MAX = 4, DLT_UPDATE_SUMS_MAX = 2 };

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
    dlt_real *states[DLT_OPTIMIZER_STATES_MAX];
    /* With `prepare`: the range lies in one tensor, of this role, and these are the sums over all
     * of it. */
    dlt_param_role role;
    double sums[DLT_UPDATE_SUMS_MAX];
} dlt_update;

/** The gradient g of one parameter w with scale, clipping by value and L1/L2 applied, in this
 *  order. The conditions are the same for all elements, and what depends on an element is a select:
 *  a loop over it becomes vector code that computes what is asked for alone. Call it on a local
 *  copy of the update, which the compiler then knows not to change under the loop's stores. NaN
 *  stays NaN.
 *  Collective: Not collective
 *  Errors:     none
 */
static inline dlt_real dlt_update_gradient(const dlt_update *update, dlt_real w, dlt_real g) {
    g *= update->scale;
    g = g > update->clip_value ? update->clip_value : g;
    g = g < -update->clip_value ? -update->clip_value : g;
    g += update->l2 * w;
    if (update->l1 > 0)
        g += w > 0 ? update->l1 : w < 0 ? -update->l1 : (dlt_real)0;
    return g;
}

/** The share of a parameter that decoupled decay leaves: w is multiplied by it before the update.
 *  Collective: Not collective
 *  Errors:     none
 */
static inline dlt_real dlt_update_keep(const dlt_update *update) {
    return (dlt_real)(1 - update->lr * (double)update->decay);
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
    double clip_value;      /* 0: off */
    double l1;
    double l2; /* added to the optimizer's own */
    double decay;
} dlt_optimizer_selftest;

typedef struct dlt_optimizer_ops {
    dlt_registry_entry entry;
    /* required */
    /** Names of the states in use with these settings; returns their number. */
    int (*states)(const void *settings, const char *names[DLT_OPTIMIZER_STATES_MAX]);
    /** The base learning rate, and the optimizer's own weight decay: coupled (added to l2) or
     * decoupled. */
    double (*lr)(const void *settings);
    void (*weight_decay)(const void *settings, double *l2, double *decoupled);
    /** Updates a range of parameters. Elements do not depend on each other: any cut of the whole
     * into ranges gives the same bits. */
    void (*step)(const void *settings, const dlt_update *update);
    const dlt_optimizer_selftest *selftests;
    int selftest_count;
    /* optional */
    /** CONFIG, with the place in the run file, if keys contradict each other. */
    dlt_status (*check)(const dlt_selection *optimizer);
    /** weight_decay is decoupled: so is that of a group of parameters in the run file. */
    bool decoupled_decay;
    /** For updates that depend on sums over whole tensors, such as norms (LARS, LAMB): sets `sums`
     * to those over one block, of at most 4096 elements of one tensor. Every element is in one
     * block of an update; prepare may write its states. Blocks are cut by the flat layout alone and
     * their sums are added along a fixed tree in double, so the totals that `step` finds have the
     * same bits on any number of ranks and when sharded. */
    void (*prepare)(const void *settings, const dlt_update *block,
                    double sums[DLT_UPDATE_SUMS_MAX]);
    /** The value that all elements of a state start from; NULL: 0. */
    double (*state_initial)(const void *settings, int state);
} dlt_optimizer_ops;

/** All optimizers; each entry is the `entry` of a dlt_optimizer_ops. NULL-terminated. */
extern const dlt_registry_entry *const dlt_optimizers[];

/** Adds an optimizer of the caller's own, which run files then can name. `ops` stays as it is
 *  until the process ends. Call it before anything reads a run file, in one thread alone.
 *  Collective: Not collective; the same on all ranks, in any order
 *  Owns:       borrows ops until the process ends
 *  Errors:     CONFIG if the name is taken or no name, or if a required member is missing
 */
DLT_CHECKED dlt_status dlt_register_optimizer(const dlt_optimizer_ops *ops);

#ifdef __cplusplus
}
#endif
#endif
