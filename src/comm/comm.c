#include "comm/comm_internal.h"

#include "base/alloc.h"
#include "base/error.h"

dlt_status dlt_comm_check(int code, const char *call) {
    if (code == MPI_SUCCESS)
        return DLT_OK;
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length = 0;
    MPI_Error_string(code, text, &length);
    return dlt_fail(DLT_ERR_MPI, "%s failed: %s", call, text);
}

static dlt_status count_node(dlt_comm *comm) {
    MPI_Comm node = MPI_COMM_NULL;
    DLT_TRY(dlt_comm_check(
        MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node),
        "MPI_Comm_split_type"));
    MPI_Comm_size(node, &comm->node_size);
    MPI_Comm_free(&node);
    return DLT_OK;
}

static dlt_status duplicate(MPI_Comm from, bool finalize, dlt_comm **out) {
    dlt_comm *comm = NULL;
    DLT_TRY(DLT_NEW(comm, 1));
    *comm = (dlt_comm){.mpi = MPI_COMM_NULL, .finalize = finalize};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_comm_check(MPI_Comm_dup(from, &comm->mpi), "MPI_Comm_dup"));
    MPI_Comm_set_errhandler(comm->mpi, MPI_ERRORS_RETURN);
    MPI_Comm_rank(comm->mpi, &comm->rank);
    MPI_Comm_size(comm->mpi, &comm->size);
    DLT_TRY_OUT(count_node(comm));
    *out = comm;
    comm = NULL;
out:
    dlt_comm_finish(&comm);
    return status;
}

dlt_status dlt_comm_start(dlt_comm **out) {
    int initialized = 0;
    MPI_Initialized(&initialized);
    if (!initialized) {
        int provided = 0;
        DLT_TRY(dlt_comm_check(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided),
                               "MPI_Init_thread"));
    }
    return duplicate(MPI_COMM_WORLD, !initialized, out);
}

dlt_status dlt_comm_adopt(int fortran_handle, dlt_comm **out) {
    return duplicate(MPI_Comm_f2c((MPI_Fint)fortran_handle), false, out);
}

void dlt_comm_finish(dlt_comm **comm) {
    if (*comm == NULL)
        return;
    bool finalize = (*comm)->finalize;
    if ((*comm)->mpi != MPI_COMM_NULL)
        MPI_Comm_free(&(*comm)->mpi);
    dlt_free(*comm);
    *comm = NULL;
    if (finalize)
        MPI_Finalize();
}

int dlt_comm_rank(const dlt_comm *comm) {
    return comm->rank;
}

int dlt_comm_size(const dlt_comm *comm) {
    return comm->size;
}

int dlt_comm_node_size(const dlt_comm *comm) {
    return comm->node_size;
}
