/* Allocates memory that all ranks of a node map. MPI_Win_allocate_shared gives each rank its own
 * segment, which it touches first, so that Linux places it near the rank's core. A rank that is
 * alone on its node uses the heap instead. All ranks agree on their allocations before the
 * collective call. Memory beyond the space in /dev/shm kills the program when it is touched, so
 * callers ask dlt_shared_segment_fits first. */
#include "comm/shared_segment.h"

#include "base/alloc.h"
#include "base/error.h"
#include "comm/comm_internal.h"

#include <string.h>
#include <sys/statvfs.h>

/* Shared memory is taken from /dev/shm; where that is too small, touching it would kill the
 * program. */
bool dlt_shared_segment_fits(const dlt_comm *comm, int64_t bytes) {
    const double usable = 0.9;
    struct statvfs info;
    int64_t node_bytes = 0;
    if (MPI_Allreduce(&bytes, &node_bytes, 1, MPI_INT64_T, MPI_SUM, comm->node_mpi) != MPI_SUCCESS)
        return false;
    int fits = dlt_comm_node_size(comm) == 1 ||
               (statvfs("/dev/shm", &info) == 0 &&
                (double)node_bytes < usable * (double)info.f_bavail * (double)info.f_frsize);
    int all_fit = 0;
    return MPI_Allreduce(&fits, &all_fit, 1, MPI_INT, MPI_MIN, comm->mpi) == MPI_SUCCESS && all_fit;
}

enum { ALIGNMENT = 64 };

/* MPI puts data of its own before the first segment. Every process maps the memory at the start of
 * a page, so that all find the same bytes at what is aligned for each. */
static char *align(char *start) {
    return start + (ALIGNMENT - (uintptr_t)start % ALIGNMENT) % ALIGNMENT;
}

static dlt_status share(const dlt_shared_segment *shared, MPI_Win *handle, int64_t bytes) {
    MPI_Info info = MPI_INFO_NULL;
    void *mine = NULL;
    MPI_Info_create(&info);
    /* Each rank's part on pages of its own, touched first by itself: near its core. */
    MPI_Info_set(info, "alloc_shared_noncontig", "true");
    int64_t padded = bytes + ALIGNMENT;
    int code =
        MPI_Win_allocate_shared((MPI_Aint)padded, 1, info, shared->comm->node_mpi, &mine, handle);
    MPI_Info_free(&info);
    DLT_TRY(dlt_comm_check(code, "MPI_Win_allocate_shared"));
    memset(mine, 0, (size_t)padded);
    return dlt_comm_check(MPI_Barrier(shared->comm->node_mpi), "MPI_Barrier");
}

static dlt_status find_segments(const dlt_shared_segment *shared, MPI_Win handle) {
    int ranks = dlt_comm_node_size(shared->comm);
    for (int local = 0; local < ranks; local++) {
        MPI_Aint bytes = 0;
        int unit = 0;
        char *start = NULL;
        DLT_TRY(dlt_comm_check(MPI_Win_shared_query(handle, local, &bytes, &unit, &start),
                               "MPI_Win_shared_query"));
        shared->segment[local] = align(start);
    }
    return DLT_OK;
}

static dlt_status allocate(dlt_shared_segment *shared, int64_t bytes) {
    int ranks = dlt_comm_node_size(shared->comm);
    DLT_TRY(DLT_NEW(shared->segment, ranks));
    if (ranks == 1) {
        DLT_TRY(DLT_NEW(shared->alone, bytes));
        dlt_use_large_pages(shared->alone, bytes);
        shared->segment[0] = shared->alone;
        return DLT_OK;
    }
    MPI_Win *handle = NULL;
    DLT_TRY(DLT_NEW(handle, 1));
    *handle = MPI_WIN_NULL;
    shared->handle = handle;
    return DLT_OK;
}

dlt_status dlt_shared_segment_create(const dlt_comm *comm, int64_t bytes, dlt_shared_segment *out) {
    dlt_shared_segment shared = {.comm = comm};
    /* Sharing is collective: only if all ranks have come this far. */
    dlt_status status = dlt_agree(comm, allocate(&shared, bytes));
    MPI_Win *handle = shared.handle;
    if (status == DLT_OK && handle != NULL)
        status = share(&shared, handle, bytes);
    if (status == DLT_OK && handle != NULL)
        status = find_segments(&shared, *handle);
    if (status != DLT_OK)
        dlt_shared_segment_destroy(&shared);
    *out = shared;
    return status;
}

void dlt_shared_segment_destroy(dlt_shared_segment *shared) {
    MPI_Win *handle = shared->handle;
    if (handle != NULL && *handle != MPI_WIN_NULL)
        MPI_Win_free(handle);
    dlt_free(handle);
    dlt_free(shared->segment);
    dlt_free(shared->alone);
    *shared = (dlt_shared_segment){0};
}
