/* The buffers, plans and ways of a reducer. */
#include "comm/reducer_internal.h"

#include "comm/mpi_baseline.h"

#include "base/alloc.h"
#include "base/error.h"
#include "comm/comm_internal.h"

static int count_buffers(const dlt_reducer *reducer) {
    int most = 0;
    int rank = reducer->comm->rank;
    int size = reducer->comm->size;
    for (int i = 0; i < reducer->plan_count; i++) {
        int64_t micros = reducer->plans[i].leaves;
        int depth = dlt_tree_depth(micros, dlt_tree_first_leaf(micros, rank, size),
                                   dlt_tree_first_leaf(micros, rank + 1, size));
        most = depth > most ? depth : most;
    }
    return most;
}

static dlt_status make_plans(dlt_reducer *reducer) {
    const dlt_reducer_options *options = &reducer->options;
    dlt_tree_nodes nodes = {.count = reducer->comm->node_count,
                            .first_rank = reducer->comm->first_rank};
    DLT_TRY(DLT_NEW(reducer->plans, options->micros_count));
    for (int i = 0; i < options->micros_count; i++, reducer->plan_count++)
        DLT_TRY(dlt_tree_plan_create(options->micros[i], &nodes, &reducer->plans[i]));
    return DLT_OK;
}

static dlt_node_memory_size size_of(const dlt_reducer *reducer) {
    return (dlt_node_memory_size){.buffer_count = count_buffers(reducer),
                                  .real_count = reducer->options.real_count,
                                  .double_count = reducer->options.double_count,
                                  .flag_count = DLT_REDUCTION_FLAGS,
                                  .common_count = reducer->options.common_count};
}

static dlt_row_sums_options rows_of(const dlt_reducer *reducer) {
    const dlt_reducer_options *options = &reducer->options;
    return (dlt_row_sums_options){.tables = options->tables,
                                  .table_count = options->table_count,
                                  .plans = reducer->plans,
                                  .plan_count = reducer->plan_count,
                                  .scattered = options->common_count > 0 && !options->whole_rows};
}

static dlt_status make_rows(dlt_reducer *reducer) {
    const dlt_row_sums_options rows = rows_of(reducer);
    return dlt_row_sums_create(reducer->comm, &rows, &reducer->rows);
}

/* Every rank a node of its own: nothing is shared. */
static dlt_status part_ranks(dlt_reducer *reducer) {
    const dlt_arrangement alone = {.ranks_per_node = 1};
    DLT_TRY(dlt_comm_arrange(reducer->comm, &alone, &reducer->parted));
    if (reducer->comm->allreduce)
        dlt_mpi_baseline_use(reducer->parted);
    reducer->comm = reducer->parted;
    for (int i = 0; i < reducer->plan_count; i++)
        dlt_tree_plan_destroy(&reducer->plans[i]);
    dlt_free(reducer->plans);
    reducer->plan_count = 0;
    return dlt_agree(reducer->comm, make_plans(reducer));
}

static dlt_status make_ways(dlt_reducer *reducer) {
    const dlt_reducer_options *options = &reducer->options;
    int values = 1;
    int left = 0;
    for (int i = 0; i < reducer->plan_count; i++) {
        const dlt_tree_plan *plan = &reducer->plans[i];
        const int *first_left = plan->first_left + reducer->comm->node;
        values = plan->value_count > values ? plan->value_count : values;
        left = first_left[1] - first_left[0] > left ? first_left[1] - first_left[0] : left;
    }
    int64_t line = 64 / (int64_t)sizeof(dlt_real);
    dlt_pipeline_options pipeline = {
        .memory = &reducer->memory,
        .buckets = dlt_buckets_make(options->real_count, options->grain > 0 ? options->grain : line,
                                    reducer->comm->size),
        .value_count = values,
        .left_count = left,
        .rounded_count = options->rounded_count,
        .scattered_count = options->scattered_count};
    DLT_TRY(dlt_error_feedback_create(reducer->comm,
                                      options->error_feedback ? options->micros[0] : 0,
                                      options->rounded_count, &reducer->feedback));
    DLT_TRY(dlt_gather_create(&reducer->memory, values, &reducer->gather));
    return dlt_pipeline_create(&pipeline, &reducer->pipeline);
}

static dlt_status set_up(dlt_reducer *reducer) {
    DLT_TRY(dlt_agree(reducer->comm, make_plans(reducer)));
    dlt_node_memory_size size = size_of(reducer);
    const dlt_row_sums_options rows = rows_of(reducer);
    size.beside_bytes = dlt_row_sums_shared_bytes(reducer->comm, &rows);
    if (reducer->comm->flat || !dlt_node_memory_fits(reducer->comm, &size))
        DLT_TRY(part_ranks(reducer));
    DLT_TRY(dlt_node_memory_create(reducer->comm, &size, &reducer->memory));
    if (reducer->options.table_count > 0)
        DLT_TRY(make_rows(reducer));
    return dlt_agree(reducer->comm, make_ways(reducer));
}

dlt_status dlt_reducer_create(const dlt_comm *comm, const dlt_reducer_options *options,
                              dlt_reducer **out) {
    dlt_reducer *reducer = NULL;
    *out = NULL;
    DLT_TRY(dlt_agree(comm, DLT_NEW(reducer, 1)));
    reducer->comm = comm;
    reducer->options = *options;
    dlt_status status = set_up(reducer);
    if (status != DLT_OK)
        dlt_reducer_destroy(&reducer);
    *out = reducer;
    return status;
}

void dlt_reducer_destroy(dlt_reducer **reducer) {
    if (*reducer == NULL)
        return;
    for (int i = 0; i < (*reducer)->plan_count; i++)
        dlt_tree_plan_destroy(&(*reducer)->plans[i]);
    dlt_free((*reducer)->plans);
    dlt_pipeline_destroy(&(*reducer)->pipeline);
    dlt_gather_destroy(&(*reducer)->gather);
    dlt_error_feedback_destroy(&(*reducer)->feedback);
    dlt_row_sums_destroy(&(*reducer)->rows);
    dlt_node_memory_destroy(&(*reducer)->memory);
    dlt_comm_finish(&(*reducer)->parted);
    dlt_free(*reducer);
    *reducer = NULL;
}
