/* Adds the doubles of all ranks and takes the maxima of their flags. The block holds, for each rank
 * in turn, its flags and then its values. Between nodes MPI_Iallgatherv fills it while gradients
 * are still computed; on a single node each rank copies it from shared memory. All ranks then run
 * the same additions on the same numbers, so no total has to be sent. */
#include "comm/gather.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/add.h"
#include "comm/comm_internal.h"

#include <string.h>

dlt_status dlt_gather_create(const dlt_node_memory *memory, int value_count, dlt_gather *out) {
    int ranks = memory->comm->size;
    *out = (dlt_gather){.memory = memory, .request = MPI_REQUEST_NULL};
    DLT_TRY(DLT_NEW(out->block,
                    value_count * memory->size.double_count + ranks * memory->size.flag_count));
    DLT_TRY(DLT_NEW(out->counts, ranks));
    return DLT_NEW(out->starts, ranks);
}

void dlt_gather_destroy(dlt_gather *gather) {
    dlt_free(gather->block);
    dlt_free(gather->counts);
    dlt_free(gather->starts);
    *gather = (dlt_gather){0};
}

static double *flags_of(const dlt_gather *gather, const dlt_tree_plan *plan, int rank) {
    const dlt_node_memory_size *size = &gather->memory->size;
    return gather->block + plan->first_value[rank] * size->double_count + rank * size->flag_count;
}

/* Behind the flags of its holder and of the ranks before. */
static double *value_of(const dlt_gather *gather, const dlt_tree_plan *plan, int value) {
    const dlt_node_memory_size *size = &gather->memory->size;
    int holder = 0;
    while (plan->first_value[holder + 1] <= value)
        holder++;
    return gather->block + value * size->double_count + (holder + 1) * size->flag_count;
}

/* From the node's memory into the block. */
static void copy_rank(dlt_gather *gather, const dlt_tree_plan *plan, int rank) {
    const dlt_node_memory *memory = gather->memory;
    int local = rank - memory->comm->first_rank[memory->comm->node];
    memcpy(flags_of(gather, plan, rank), dlt_node_flags(memory, local),
           (size_t)memory->size.flag_count * sizeof(double));
    for (int value = plan->first_value[rank]; value < plan->first_value[rank + 1]; value++)
        memcpy(value_of(gather, plan, value),
               dlt_node_doubles(memory, local, value - plan->first_value[rank]),
               (size_t)memory->size.double_count * sizeof(double));
}

dlt_status dlt_gather_start(dlt_gather *gather, const dlt_tree_plan *plan) {
    const dlt_comm *comm = gather->memory->comm;
    const dlt_node_memory_size *size = &gather->memory->size;
    if (comm->node_count == 1)
        return DLT_OK;
    for (int rank = 0; rank < comm->size; rank++) {
        int held = plan->first_value[rank + 1] - plan->first_value[rank];
        gather->starts[rank] = dlt_int(flags_of(gather, plan, rank) - gather->block);
        gather->counts[rank] = dlt_int(held * size->double_count + size->flag_count);
    }
    copy_rank(gather, plan, comm->rank);
    return dlt_comm_check(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, gather->block,
                                          gather->counts, gather->starts, MPI_DOUBLE, comm->mpi,
                                          &gather->request),
                          "MPI_Iallgatherv");
}

static dlt_status complete(dlt_gather *gather, const dlt_tree_plan *plan) {
    const dlt_comm *comm = gather->memory->comm;
    if (comm->node_count > 1)
        /* Begun by dlt_gather_start. NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker) */
        return dlt_comm_check(MPI_Wait(&gather->request, MPI_STATUS_IGNORE), "MPI_Wait");
    for (int rank = 0; rank < comm->size; rank++)
        copy_rank(gather, plan, rank);
    return DLT_OK;
}

dlt_status dlt_gather_finish(dlt_gather *gather, const dlt_tree_plan *plan, double **doubles,
                             double *flags) {
    const dlt_node_memory_size *size = &gather->memory->size;
    DLT_TRY(complete(gather, plan));
    for (int64_t i = 0; i < size->flag_count; i++) {
        flags[i] = 0;
        for (int rank = 0; rank < plan->ranks; rank++) {
            double theirs = flags_of(gather, plan, rank)[i];
            flags[i] = theirs > flags[i] ? theirs : flags[i];
        }
    }
    for (int i = 0; i < plan->first_add[plan->nodes + 1]; i++)
        dlt_add_doubles(value_of(gather, plan, plan->adds[i].into),
                        value_of(gather, plan, plan->adds[i].from), size->double_count);
    *doubles = value_of(gather, plan, 0);
    return DLT_OK;
}
