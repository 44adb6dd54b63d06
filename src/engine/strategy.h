/* How the summed gradients become new parameters on every rank, and what each rank keeps for it.
 * One const ops struct per way, all with the same bits. */
#ifndef DLT_ENGINE_STRATEGY_H
#define DLT_ENGINE_STRATEGY_H

#include "comm/reducer.h"
#include "engine/row_scratch.h"
#include "engine/task.h"
#include "engine/tensor_sums.h"

typedef struct dlt_strategy dlt_strategy;

typedef struct dlt_strategy_ops {
    const char *name;
    const char *summary;
    bool keeps_all; /* every rank holds all optimizer states */
    /** What the reducer has to be told. */
    void (*set_options)(const dlt_task *task, dlt_reducer_options *options);
    /** When the reducer is there. Not collective. Errors: MEM. */
    dlt_status (*create)(dlt_strategy *self);
    /** The ranges of the flat parameters that this rank updates and keeps optimizer states for,
     * ascending; some may be empty. Of tables an update changes the rows in use alone. */
    int (*range_count)(const dlt_strategy *self);
    dlt_range (*range)(const dlt_strategy *self, int index);
    /** The squared 2-norm of the whole gradient sum. Collective. Errors: MPI. */
    dlt_status (*norm2)(dlt_strategy *self, const dlt_real *gradients, double *out);
    /** Makes whole what each rank has set for its ranges alone, with 0 for the rest. Collective.
     * Errors: MPI. */
    dlt_status (*add_sums)(dlt_strategy *self, double *sums, int64_t count);
    /** After every reduction and whatever else updates parameters: all ranks have written their
     *  ranges of them, as far as `change` says. Collective. Errors: MPI. */
    dlt_status (*publish)(dlt_strategy *self, dlt_reducer_change change);
    /** Rank 0's copy of an optimizer state becomes whole. Collective. Errors: MPI. */
    dlt_status (*assemble)(dlt_strategy *self, dlt_real *optim_state);
} dlt_strategy_ops;

extern const dlt_strategy_ops dlt_strategy_replicated;
extern const dlt_strategy_ops dlt_strategy_sharded;

struct dlt_strategy {
    const dlt_strategy_ops *ops;
    const dlt_task *task;        /* borrowed */
    dlt_reducer *reducer;        /* owned */
    double *block_norms;         /* owned; of the whole gradient, where the strategy needs them */
    dlt_tensor_sums tensor_sums; /* owned; where the optimizer needs them */
    dlt_row_scratch rows;        /* owned; in a model with tables */
};

typedef struct dlt_strategy_options {
    const dlt_task *task;
    const dlt_batch_partition *partition;
    int64_t train_metrics; /* metrics counted on training batches */
    bool whole_gradients;  /* every rank is to see all of the gradient, for somebody looks on */
} dlt_strategy_options;

/** All strategies by their word in the run file, NULL-terminated. */
extern const dlt_strategy_ops *const dlt_strategies[];

/** Makes the run's strategy and the reducer that it works with. It may move the model's parameters
 * to memory of its own: the model is of no use after destroy.
 *  Collective: Collective. Owns: caller owns *out; it borrows task. Errors: MEM, MPI, CONFIG
 *              (agreed). */
DLT_CHECKED dlt_status dlt_strategy_create(const dlt_strategy_options *options, dlt_strategy **out);
/** Collective. */
void dlt_strategy_destroy(dlt_strategy **strategy);

/** range(index) as far as it is within the parameters. */
dlt_range dlt_strategy_range(const dlt_strategy *strategy, int index);

#endif
