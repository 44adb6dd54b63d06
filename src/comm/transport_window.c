#include "comm/transport.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/barrier.h"
#include "comm/buffers.h"
#include "comm/comm_internal.h"

#include <string.h>
#include <sys/statvfs.h>

/* The ranks' buffers themselves lie in a window that all ranks of the node share. When all are there (first
 * barrier), each rank adds its slice of all values, in the order of the tree, into the window's total; when all
 * slices are done (second barrier), everybody reads the total. Nothing is copied. The total is not written again
 * before the next first barrier, that is before everybody has used it. */

struct dlt_transport {
    const dlt_comm *comm; /* borrowed */
    dlt_transport_size size;
    int64_t real_stride;
    int64_t double_stride;
    MPI_Win window;
    char **segment; /* [ranks]: where each rank's part begins in this process */
    dlt_barrier_seat seat;
    dlt_real *total_reals;
    double *total_doubles; /* private: each rank adds the few doubles itself */
    int *buffer_counts;    /* [ranks] */
    dlt_real **values;     /* scratch [value_count]: the pending values of all ranks */
    double *sums;          /* scratch [value_count, double_count] */
};

/* A rank's segment: the barrier (used in rank 0's), votes, doubles, reals; behind them, in rank 0's, the total. */
static int64_t votes_offset(void) {
    return (int64_t)sizeof(dlt_barrier);
}

static int64_t doubles_offset(const dlt_transport *self) {
    return votes_offset() + dlt_stride_of_doubles(self->size.vote_count) * (int64_t)sizeof(double);
}

static int64_t reals_offset(const dlt_transport *self, int buffer_count) {
    return doubles_offset(self) + buffer_count * self->double_stride * (int64_t)sizeof(double);
}

static int64_t total_offset(const dlt_transport *self, int buffer_count) {
    return reals_offset(self, buffer_count) +
           buffer_count * self->real_stride * (int64_t)sizeof(dlt_real);
}

static int64_t segment_bytes(const dlt_transport *self) {
    bool holds_total = self->comm->rank == 0;
    return total_offset(self, self->size.buffer_count) +
           (holds_total ? self->real_stride * (int64_t)sizeof(dlt_real) : 0);
}

static void set_strides(dlt_transport *self, const dlt_transport_size *size) {
    self->size = *size;
    self->real_stride = dlt_stride_of_reals(size->real_count);
    self->double_stride = dlt_stride_of_doubles(size->double_count);
}

/* Shared memory is taken from /dev/shm; where that is too small, touching it would kill the program. */
static bool suits_window(const dlt_comm *comm, const dlt_transport_size *size) {
    struct statvfs info;
    if (comm->size == 1 || comm->node_size != comm->size || statvfs("/dev/shm", &info) != 0)
        return false;
    dlt_transport probe = {.comm = comm};
    set_strides(&probe, size);
    int64_t mine = segment_bytes(&probe);
    int64_t all = 0;
    if (MPI_Allreduce(&mine, &all, 1, MPI_INT64_T, MPI_SUM, comm->mpi) != MPI_SUCCESS)
        return false;
    int fits = (double)all < 0.9 * (double)info.f_bavail * (double)info.f_frsize;
    int all_fit = 0;
    return MPI_Allreduce(&fits, &all_fit, 1, MPI_INT, MPI_MIN, comm->mpi) == MPI_SUCCESS && all_fit;
}

static void destroy_window(dlt_transport *self) {
    if (self->window != MPI_WIN_NULL)
        MPI_Win_free(&self->window);
    dlt_free(self->segment);
    dlt_free(self->total_doubles);
    dlt_free(self->buffer_counts);
    dlt_free(self->values);
    dlt_free(self->sums);
    dlt_free(self);
}

static dlt_status allocate_private(dlt_transport *self) {
    DLT_TRY(DLT_NEW(self->segment, self->comm->size));
    DLT_TRY(DLT_NEW(self->buffer_counts, self->comm->size));
    DLT_TRY(DLT_NEW(self->values, self->size.value_count));
    DLT_TRY(DLT_NEW(self->sums, self->size.value_count * self->size.double_count));
    return DLT_NEW(self->total_doubles, self->double_stride);
}

static dlt_status allocate_shared(dlt_transport *self) {
    MPI_Info info = MPI_INFO_NULL;
    void *mine = NULL;
    MPI_Info_create(&info);
    /* Each rank's part on pages of its own, touched first by itself: near its core. */
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    int code = MPI_Win_allocate_shared((MPI_Aint)segment_bytes(self), 1, info, self->comm->mpi,
                                       &mine, &self->window);
    MPI_Info_free(&info);
    DLT_TRY(dlt_comm_check(code, "MPI_Win_allocate_shared"));
    memset(mine, 0, (size_t)segment_bytes(self));
    for (int rank = 0; rank < self->comm->size; rank++) {
        MPI_Aint bytes = 0;
        int unit = 0;
        DLT_TRY(dlt_comm_check(
            MPI_Win_shared_query(self->window, rank, &bytes, &unit, &self->segment[rank]),
            "MPI_Win_shared_query"));
    }
    return dlt_comm_check(MPI_Barrier(self->comm->mpi), "MPI_Barrier");
}

/* Where the parts of the others lie: they follow from each rank's number of buffers. */
static dlt_status find_total(dlt_transport *self) {
    DLT_TRY(dlt_comm_check(MPI_Allgather(&self->size.buffer_count, 1, MPI_INT, self->buffer_counts,
                                         1, MPI_INT, self->comm->mpi),
                           "MPI_Allgather"));
    int64_t offset = total_offset(self, self->buffer_counts[0]);
    self->total_reals = (dlt_real *)(void *)(self->segment[0] + offset);
    self->seat = dlt_barrier_sit((dlt_barrier *)(void *)self->segment[0], self->comm->size);
    return DLT_OK;
}

static dlt_status create_window(const dlt_comm *comm, const dlt_transport_size *size,
                                dlt_transport **out) {
    dlt_transport *self = NULL;
    dlt_status status = DLT_NEW(self, 1);
    if (status == DLT_OK) {
        self->comm = comm;
        self->window = MPI_WIN_NULL;
        set_strides(self, size);
        status = allocate_private(self);
    }
    /* Sharing memory is collective: only if all ranks have come this far. */
    status = dlt_agree(comm, status);
    if (status == DLT_OK)
        status = allocate_shared(self);
    if (status == DLT_OK)
        status = find_total(self);
    if (status != DLT_OK && self != NULL) {
        destroy_window(self);
        self = NULL;
    }
    *out = self;
    return status;
}

static double *votes_of(const dlt_transport *self, int rank) {
    return (double *)(void *)(self->segment[rank] + votes_offset());
}

static double *doubles_of(const dlt_transport *self, int rank, int i) {
    return (double *)(void *)(self->segment[rank] + doubles_offset(self)) + i * self->double_stride;
}

static double *doubles_window(dlt_transport *self, int i) {
    return doubles_of(self, self->comm->rank, i);
}

static dlt_real *reals_of(const dlt_transport *self, int rank, int i) {
    /* Segments of ranks with other numbers of buffers have their reals elsewhere: each says so itself. */
    int64_t offset = reals_offset(self, self->buffer_counts[rank]);
    return (dlt_real *)(void *)(self->segment[rank] + offset) + i * self->real_stride;
}

static dlt_real *reals_window(dlt_transport *self, int i) {
    return reals_of(self, self->comm->rank, i);
}

/* Elements of a block in which all values are added before the next: small enough for the first cache. */
static const int64_t BLOCK = 2048;

/* total = value 0 after the additions of the plan, for elements [first, first + count) of the reals. The values
 * themselves serve as scratch: nobody else looks at this slice of them. */
static void add_block(dlt_transport *self, const dlt_tree_plan *plan, int64_t first,
                      int64_t count) {
    for (int i = 0; i + 1 < plan->add_count; i++)
        dlt_add_reals(self->values[plan->adds[i].into] + first,
                      self->values[plan->adds[i].from] + first, count);
    dlt_real *restrict total = self->total_reals + first;
    const dlt_real *restrict left = self->values[0] + first;
    if (plan->add_count == 0) {
        memcpy(total, left, (size_t)count * sizeof *total);
        return;
    }
    const dlt_real *restrict right = self->values[plan->adds[plan->add_count - 1].from] + first;
    for (int64_t i = 0; i < count; i++)
        total[i] = left[i] + right[i];
}

static void find_values(dlt_transport *self, const dlt_tree_plan *plan) {
    for (int rank = 0; rank < self->comm->size; rank++)
        for (int value = plan->first_value[rank]; value < plan->first_value[rank + 1]; value++) {
            int i = value - plan->first_value[rank];
            self->values[value] = reals_of(self, rank, i);
            memcpy(self->sums + value * self->size.double_count, doubles_of(self, rank, i),
                   (size_t)self->size.double_count * sizeof(double));
        }
}

static void add_slice(dlt_transport *self, const dlt_tree_plan *plan) {
    int64_t lines = dlt_ceil_div(self->size.real_count, BLOCK);
    int64_t begin = lines * self->comm->rank / self->comm->size * BLOCK;
    int64_t end = dlt_min_i64(lines * (self->comm->rank + 1) / self->comm->size * BLOCK,
                              self->size.real_count);
    for (int64_t first = begin; first < end; first += BLOCK)
        add_block(self, plan, first, dlt_min_i64(BLOCK, end - first));
}

static void add_all_doubles(dlt_transport *self, const dlt_tree_plan *plan) {
    int64_t count = self->size.double_count;
    for (int i = 0; i < plan->add_count; i++)
        dlt_add_doubles(self->sums + plan->adds[i].into * count,
                        self->sums + plan->adds[i].from * count, count);
    memcpy(self->total_doubles, self->sums, (size_t)count * sizeof(double));
}

static void take_votes(const dlt_transport *self, double *votes) {
    for (int rank = 0; rank < self->comm->size; rank++)
        for (int64_t i = 0; i < self->size.vote_count; i++)
            votes[i] = votes_of(self, rank)[i] > votes[i] ? votes_of(self, rank)[i] : votes[i];
}

static dlt_status reduce_window(dlt_transport *self, const dlt_tree_plan *plan, double *votes,
                                dlt_transport_total *total) {
    memcpy(votes_of(self, self->comm->rank), votes, (size_t)self->size.vote_count * sizeof *votes);
    dlt_barrier_wait(&self->seat);
    find_values(self, plan);
    take_votes(self, votes);
    add_slice(self, plan);
    add_all_doubles(self, plan);
    dlt_barrier_wait(&self->seat);
    *total = (dlt_transport_total){.reals = self->total_reals, .doubles = self->total_doubles};
    return DLT_OK;
}

const dlt_transport_ops dlt_transport_window = {.name = "window",
                                                .suits = suits_window,
                                                .create = create_window,
                                                .destroy = destroy_window,
                                                .reals = reals_window,
                                                .doubles = doubles_window,
                                                .reduce = reduce_window};
