/* Lays out the shared segments of a node. A rank's segment holds its arrival, flags, doubles and
 * reals; the segment of the node's first rank continues with the total and the common reals. Each
 * of these begins on a cache line. Offsets follow from sizes that all ranks share and from a rank's
 * number of buffers, which the ranks of a node exchange once. */
#include "comm/node_memory.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"

enum { CACHE_LINE = 64 };

static int64_t whole_lines(int64_t count, int64_t size) {
    int64_t per_line = CACHE_LINE / size;
    return dlt_ceil_div(count, per_line) * per_line;
}

static int64_t stride_of_reals(int64_t count) {
    return whole_lines(count, (int64_t)sizeof(dlt_real));
}

static int64_t stride_of_doubles(int64_t count) {
    return whole_lines(count, (int64_t)sizeof(double));
}

/* A rank's segment: arrival, flags, doubles, reals; behind them, in the first rank's, total and
 * common. */
static int64_t flags_offset(void) {
    return (int64_t)sizeof(dlt_arrival);
}

static int64_t doubles_offset(const dlt_node_memory *memory) {
    return flags_offset() + stride_of_doubles(memory->size.flag_count) * (int64_t)sizeof(double);
}

static int64_t reals_offset(const dlt_node_memory *memory, int buffer_count) {
    return doubles_offset(memory) + buffer_count * memory->double_stride * (int64_t)sizeof(double);
}

static int64_t total_offset(const dlt_node_memory *memory, int buffer_count) {
    return reals_offset(memory, buffer_count) +
           buffer_count * memory->real_stride * (int64_t)sizeof(dlt_real);
}

static bool has_total(const dlt_node_memory *memory) {
    return memory->comm->size > 1;
}

static int64_t common_offset(const dlt_node_memory *memory, int buffer_count) {
    int64_t total = has_total(memory) ? memory->real_stride : 0;
    return total_offset(memory, buffer_count) + total * (int64_t)sizeof(dlt_real);
}

static int64_t segment_bytes(const dlt_node_memory *memory) {
    int own = memory->size.buffer_count;
    if (dlt_comm_local_rank(memory->comm) != 0)
        return total_offset(memory, own);
    return common_offset(memory, own) +
           stride_of_reals(memory->size.common_count) * (int64_t)sizeof(dlt_real);
}

static dlt_node_memory describe(const dlt_comm *comm, const dlt_node_memory_size *size) {
    return (dlt_node_memory){.comm = comm,
                             .size = *size,
                             .real_stride = stride_of_reals(size->real_count),
                             .double_stride = stride_of_doubles(size->double_count)};
}

bool dlt_node_memory_fits(const dlt_comm *comm, const dlt_node_memory_size *size) {
    dlt_node_memory memory = describe(comm, size);
    return dlt_shared_segment_fits(comm, segment_bytes(&memory) + size->beside_bytes);
}

static void find_arrivals(dlt_node_memory *memory) {
    memory->arrivals.count = dlt_comm_node_size(memory->comm);
    memory->arrivals.mine = dlt_comm_local_rank(memory->comm);
    memory->arrivals.oversubscribed = memory->comm->oversubscribed;
    for (int local = 0; local < memory->arrivals.count; local++)
        memory->arrivals.of[local] = (dlt_arrival *)(void *)memory->shared.segment[local];
}

/* Where the parts of a segment lie follows from its rank's number of buffers. */
static dlt_status find_parts(dlt_node_memory *memory) {
    DLT_TRY(dlt_comm_check(MPI_Allgather(&memory->size.buffer_count, 1, MPI_INT,
                                         memory->buffer_counts, 1, MPI_INT, memory->comm->node_mpi),
                           "MPI_Allgather"));
    char *first = memory->shared.segment[0];
    int buffers = memory->buffer_counts[0];
    if (has_total(memory))
        memory->total = (dlt_real *)(void *)(first + total_offset(memory, buffers));
    memory->common = (dlt_real *)(void *)(first + common_offset(memory, buffers));
    find_arrivals(memory);
    return DLT_OK;
}

static dlt_status allocate_private(dlt_node_memory *memory) {
    DLT_TRY(DLT_NEW(memory->arrivals.of, dlt_comm_node_size(memory->comm)));
    return DLT_NEW(memory->buffer_counts, dlt_comm_node_size(memory->comm));
}

dlt_status dlt_node_memory_create(const dlt_comm *comm, const dlt_node_memory_size *size,
                                  dlt_node_memory *out) {
    *out = describe(comm, size);
    dlt_status status = dlt_agree(comm, allocate_private(out));
    if (status == DLT_OK)
        status = dlt_shared_segment_create(comm, segment_bytes(out), &out->shared);
    if (status == DLT_OK)
        status = find_parts(out);
    if (status != DLT_OK)
        dlt_node_memory_destroy(out);
    return status;
}

void dlt_node_memory_destroy(dlt_node_memory *memory) {
    dlt_shared_segment_destroy(&memory->shared);
    dlt_free(memory->arrivals.of);
    dlt_free(memory->buffer_counts);
    *memory = (dlt_node_memory){0};
}

int64_t dlt_node_memory_bytes(const dlt_node_memory *memory) {
    int own = memory->size.buffer_count;
    int64_t once = common_offset(memory, own) - total_offset(memory, own) +
                   stride_of_reals(memory->size.common_count) * (int64_t)sizeof(dlt_real);
    return total_offset(memory, own) + once / dlt_comm_node_size(memory->comm);
}

double *dlt_node_flags(const dlt_node_memory *memory, int local) {
    return (double *)(void *)(memory->shared.segment[local] + flags_offset());
}

double *dlt_node_doubles(const dlt_node_memory *memory, int local, int i) {
    return (double *)(void *)(memory->shared.segment[local] + doubles_offset(memory)) +
           i * memory->double_stride;
}

dlt_real *dlt_node_reals(const dlt_node_memory *memory, int local, int i) {
    int64_t offset = reals_offset(memory, memory->buffer_counts[local]);
    return (dlt_real *)(void *)(memory->shared.segment[local] + offset) + i * memory->real_stride;
}
