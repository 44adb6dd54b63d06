/* Checks for tests of several ranks: failures are counted, and the count is added over the ranks
 * before the end, for an assertion that leaves one rank's function would hang the others. */
#ifndef DLT_TESTS_MPI_CHECK_H
#define DLT_TESTS_MPI_CHECK_H

#include "base/alloc.h"
#include "base/error.h"
#include "dltrain/comm.h"

#include <mpi.h>
#include <stdio.h>

enum { MPI_CHECK_PRINTED_MAX = 10 };

typedef struct mpi_check {
    dlt_comm *comm;
    int rank;
    int size;
    int checks;
    int failures;
} mpi_check;

static inline int mpi_check_start(mpi_check *it, int *argc, char ***argv) {
    *it = (mpi_check){0};
    MPI_Init(argc, argv);
    if (dlt_comm_adopt((int)MPI_Comm_c2f(MPI_COMM_WORLD), &it->comm) != DLT_OK) {
        fprintf(stderr, "%s\n", dlt_error_message());
        return 1;
    }
    it->rank = dlt_comm_rank(it->comm);
    it->size = dlt_comm_size(it->comm);
    return 0;
}

static inline void mpi_check_that(mpi_check *it, int holds, const char *file, int line,
                                  const char *what) {
    it->checks++;
    if (holds)
        return;
    if (it->failures++ < MPI_CHECK_PRINTED_MAX)
        fprintf(stderr, "%s:%d: rank %d of %d: not so: %s (last error: %s)\n", file, line, it->rank,
                it->size, what, dlt_error_message());
}

#define CHECK(it, condition) mpi_check_that((it), (condition), __FILE__, __LINE__, #condition)

/* Ends MPI. Returns the exit code: 0 only if every rank checked something and nothing failed. */
static inline int mpi_check_finish(mpi_check *it) {
    dlt_comm_finish(&it->comm);
    CHECK(it, dlt_alloc_balance() == 0);
    int mine[2] = {it->failures, it->checks > 1 ? 0 : 1};
    int all[2] = {0, 0};
    MPI_Allreduce(mine, all, 2, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return all[0] + all[1] > 0;
}

#endif
