/* How a communicator comes to be: with MPI, which is initialised unless the program has done so, or
 * from one of the caller's. */
#include "comm/alike.h"
#include "comm/comm_internal.h"

#include "base/alloc.h"
#include "base/error.h"

static dlt_status initialize(bool *finalize) {
    int initialized = 0;
    int provided = 0;
    MPI_Initialized(&initialized);
    *finalize = !initialized;
    if (initialized)
        return DLT_OK;
    return dlt_comm_check(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided),
                          "MPI_Init_thread");
}

dlt_status dlt_comm_start(dlt_comm **out) {
    bool finalize = false;
    *out = NULL;
    DLT_TRY(initialize(&finalize));
    return dlt_comm_duplicate(MPI_COMM_WORLD, finalize, out);
}

/* What a rank needs to say that the ranks differ, and to leave; NULL without memory for it. */
static dlt_comm *make_husk(const dlt_comm *whole, bool finalize) {
    dlt_comm *husk = NULL;
    if (DLT_NEW(husk, 1) == DLT_OK)
        *husk = (dlt_comm){.mpi = MPI_COMM_NULL,
                           .node_mpi = MPI_COMM_NULL,
                           .rank = whole->rank,
                           .size = whole->size,
                           .finalize = finalize};
    else if (finalize)
        MPI_Finalize();
    return husk;
}

dlt_status dlt_comm_start_alike(const char *facts, dlt_comm **out) {
    bool finalize = false;
    dlt_comm whole = {.mpi = MPI_COMM_WORLD}; /* enough of one to compare over */
    *out = NULL;
    DLT_TRY(initialize(&finalize));
    MPI_Comm_rank(whole.mpi, &whole.rank);
    MPI_Comm_size(whole.mpi, &whole.size);
    dlt_status status = dlt_check_alike(&whole, DLT_FACT_START, facts);
    if (status == DLT_OK)
        return dlt_comm_duplicate(MPI_COMM_WORLD, finalize, out);
    *out = make_husk(&whole, finalize);
    return status;
}

dlt_status dlt_comm_adopt(int fortran_handle, dlt_comm **out) {
    return dlt_comm_duplicate(MPI_Comm_f2c((MPI_Fint)fortran_handle), false, out);
}
