/* A plan under way: what its files share. */
#ifndef DLT_PLAN_PLAN_H
#define DLT_PLAN_PLAN_H

#include "base/json.h"
#include "bench/harness.h"
#include "bench/workload.h"
#include "dltrain/plan.h"
#include "model/costs.h"
#include "plan/cost.h"
#include "plan/local.h"
#include "plan/rates.h"

enum { DLT_PLAN_RATES_MAX = 64 };

/** One number of ranks. */
typedef struct dlt_plan_row {
    int ranks;
    int64_t batch;
    int64_t micro_batch;
    dlt_cost cost;
    int64_t memory_bytes; /* of a rank */
    double samples_per_s;
    double efficiency; /* samples/s over those of as many ranks alone */
} dlt_plan_row;

typedef struct dlt_plan_state {
    const dlt_plan_options *options; /* borrowed */
    dlt_workload workload;
    dlt_run *run;
    dlt_shape samples;
    int64_t batch;    /* of the run file */
    int optim_states; /* of the optimizer, and the EMA of the weights */
    int64_t param_bytes;
    int64_t running_bytes; /* state that gradients do not train, which is reduced with them */
    int64_t target_bytes;  /* of one sample */
    bool is_synchronised;  /* all of a rank's micro-batches are under way at once */
    dlt_harness harness;   /* the step of one rank; destroyed before others are measured */
    int64_t process_bytes; /* peak of the process, without what the step holds */
    dlt_machine machine;
    dlt_cost_cluster cluster;
    dlt_cost_event *moments; /* owned */
    dlt_local local;
    int rates_count;
    dlt_rates rates[DLT_PLAN_RATES_MAX]; /* of one core first */
    dlt_plan_row alone;                  /* one rank */
    int row_count;
    dlt_plan_row rows[DLT_PLAN_RANKS_MAX];
} dlt_plan_state;

/** What a rank of a training run holds; of what its node holds once for all ranks, its part. */
typedef struct dlt_plan_memory {
    int64_t params;
    int64_t
        gradients; /* values that wait for others, their total, and what comes from other nodes */
    int64_t residuals; /* of error feedback */
    int64_t optim_states;
    int64_t activations;
    int64_t workspace;
    int64_t running; /* state that gradients do not train */
    int64_t loader;  /* micro-batches read ahead */
    int64_t step;    /* all but the loader */
} dlt_plan_memory;

/** So many ranks with so many micro-batches, all together. */
typedef struct dlt_plan_case {
    int ranks;
    int64_t micro_batch;
    int64_t micros;
    dlt_model_memory arena; /* of a micro-batch */
} dlt_plan_case;

/** Of the rank that holds the most. value_count: as dlt_cost says. */
dlt_plan_memory dlt_plan_memory_of(const dlt_plan_state *plan, const dlt_plan_case *it,
                                   int64_t value_count);

/** The nodes of the model and the memory, while the harness is there. Errors: MEM, IO. */
DLT_CHECKED dlt_status dlt_plan_report_model(const dlt_plan_state *plan, dlt_json *json);
/** Rates, the cost model and the predictions. Errors: MEM, IO. */
DLT_CHECKED dlt_status dlt_plan_report_ranks(const dlt_plan_state *plan, dlt_json *json);

#endif
