/* Creates, rearranges and releases communicators. Ranks are numbered node by node, because the
 * reduction adds within a node first. Nodes are what MPI_COMM_TYPE_SHARED says; dlt_comm_arrange
 * divides them further to emulate several on one machine. All ranks agree on a failed allocation
 * before the next collective. MPI errors become a status instead of aborting. */
#include "comm/comm_internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <unistd.h>

dlt_status dlt_comm_check(int code, const char *call) {
    if (code == MPI_SUCCESS)
        return DLT_OK;
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length = 0;
    MPI_Error_string(code, text, &length);
    return dlt_fail(DLT_ERR_MPI, "%s failed: %s", call, text);
}

/* Fills node data from the lowest rank of each rank's node; ranks of a node follow each other. */
static dlt_status number_nodes(dlt_comm *comm, const int *leader) {
    dlt_free(comm->first_rank);
    comm->node_count = 0;
    DLT_TRY(DLT_NEW(comm->first_rank, comm->size + 1));
    for (int rank = 0; rank < comm->size; rank++) {
        if (rank == 0 || leader[rank] != leader[rank - 1])
            comm->first_rank[comm->node_count++] = rank;
        if (rank == comm->rank)
            comm->node = comm->node_count - 1;
    }
    comm->first_rank[comm->node_count] = comm->size;
    return DLT_OK;
}

static dlt_status split_node(dlt_comm *comm) {
    if (comm->node_mpi != MPI_COMM_NULL)
        MPI_Comm_free(&comm->node_mpi);
    DLT_TRY(dlt_comm_check(MPI_Comm_split(comm->mpi, comm->node, comm->rank, &comm->node_mpi),
                           "MPI_Comm_split"));
    MPI_Comm_set_errhandler(comm->node_mpi, MPI_ERRORS_RETURN);
    return DLT_OK;
}

/* leader[r]: lowest rank, in `mpi`, on the node of rank r. */
static dlt_status find_leaders(MPI_Comm mpi, int *leader) {
    MPI_Comm node = MPI_COMM_NULL;
    int mine = 0;
    int rank = 0;
    MPI_Comm_rank(mpi, &rank);
    DLT_TRY(
        dlt_comm_check(MPI_Comm_split_type(mpi, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node),
                       "MPI_Comm_split_type"));
    mine = rank;
    MPI_Bcast(&mine, 1, MPI_INT, 0, node);
    MPI_Comm_free(&node);
    return dlt_comm_check(MPI_Allgather(&mine, 1, MPI_INT, leader, 1, MPI_INT, mpi),
                          "MPI_Allgather");
}

/* The number that `rank` gets when ranks are sorted by node. */
static int place_by_node(const int *leader, int size, int rank) {
    int before = 0;
    for (int other = 0; other < size; other++)
        before += leader[other] < leader[rank] || (leader[other] == leader[rank] && other < rank);
    return before;
}

/* A copy of `from` in which the ranks of a node follow each other. */
static dlt_status copy_by_node(MPI_Comm from, dlt_comm *comm, int *leader) {
    int rank = 0;
    MPI_Comm_rank(from, &rank);
    DLT_TRY(find_leaders(from, leader));
    DLT_TRY(
        dlt_comm_check(MPI_Comm_split(from, 0, place_by_node(leader, comm->size, rank), &comm->mpi),
                       "MPI_Comm_split"));
    MPI_Comm_set_errhandler(comm->mpi, MPI_ERRORS_RETURN);
    MPI_Comm_rank(comm->mpi, &comm->rank);
    return find_leaders(comm->mpi, leader);
}

static dlt_status look_for_cores(dlt_comm *comm) {
    int oversubscribed = dlt_comm_node_size(comm) > sysconf(_SC_NPROCESSORS_ONLN);
    int anywhere = 0;
    DLT_TRY(
        dlt_comm_check(MPI_Allreduce(&oversubscribed, &anywhere, 1, MPI_INT, MPI_MAX, comm->mpi),
                       "MPI_Allreduce"));
    comm->oversubscribed = anywhere != 0;
    return DLT_OK;
}

static dlt_status allocate(int size, bool finalize, dlt_comm **comm, int **leader) {
    DLT_TRY(DLT_NEW(*comm, 1));
    **comm = (dlt_comm){
        .mpi = MPI_COMM_NULL, .node_mpi = MPI_COMM_NULL, .size = size, .finalize = finalize};
    return DLT_NEW(*leader, size);
}

/* What fails on one rank alone is agreed before the others wait for it in the next collective. */
dlt_status dlt_comm_duplicate(MPI_Comm from, bool finalize, dlt_comm **out) {
    dlt_comm *comm = NULL;
    int *leader = NULL;
    dlt_comm whole = {.mpi = from}; /* enough of one to agree over */
    MPI_Comm_rank(from, &whole.rank);
    MPI_Comm_size(from, &whole.size);
    dlt_status status = dlt_agree(&whole, allocate(whole.size, finalize, &comm, &leader));
    DLT_TRY_OUT(status);
    DLT_TRY_OUT(copy_by_node(from, comm, leader));
    DLT_TRY_OUT(dlt_agree(comm, number_nodes(comm, leader)));
    DLT_TRY_OUT(split_node(comm));
    DLT_TRY_OUT(look_for_cores(comm));
    *out = comm;
    comm = NULL;
out:
    dlt_free(leader);
    if (status != DLT_OK && comm == NULL && finalize)
        MPI_Finalize();
    dlt_comm_finish(&comm);
    return status;
}

/* leader[r] when a node ends after every ranks_per_node ranks. */
static void cut_nodes(const dlt_comm *comm, int ranks_per_node, int *leader) {
    for (int node = 0; node < comm->node_count; node++)
        for (int rank = comm->first_rank[node]; rank < comm->first_rank[node + 1]; rank++)
            leader[rank] = rank - (rank - comm->first_rank[node]) % ranks_per_node;
}

static dlt_status emulate_nodes(dlt_comm *comm, int ranks_per_node) {
    int *leader = NULL;
    dlt_status status = DLT_NEW(leader, comm->size);
    if (status == DLT_OK) {
        cut_nodes(comm, ranks_per_node, leader);
        status = number_nodes(comm, leader);
    }
    dlt_free(leader);
    DLT_TRY(dlt_agree(comm, status));
    return split_node(comm);
}

dlt_status dlt_comm_arrange(const dlt_comm *comm, const dlt_arrangement *arrangement,
                            dlt_comm **out) {
    if (arrangement->ranks_per_node < 0)
        return dlt_fail(DLT_ERR_ARG, "a node cannot have %d ranks", arrangement->ranks_per_node);
    DLT_TRY(dlt_comm_duplicate(comm->mpi, false, out));
    (*out)->flat = arrangement->flat;
    if (arrangement->ranks_per_node == 0)
        return DLT_OK;
    dlt_status status = emulate_nodes(*out, arrangement->ranks_per_node);
    if (status != DLT_OK)
        dlt_comm_finish(out);
    return status;
}

dlt_status dlt_comm_split(const dlt_comm *comm, int part, dlt_comm **out) {
    MPI_Comm mine = MPI_COMM_NULL;
    const int colour = part >= 0 ? part : MPI_UNDEFINED;
    *out = NULL;
    DLT_TRY(dlt_comm_check(MPI_Comm_split(comm->mpi, colour, comm->rank, &mine), "MPI_Comm_split"));
    if (mine == MPI_COMM_NULL)
        return DLT_OK;
    dlt_status status = dlt_comm_duplicate(mine, false, out);
    MPI_Comm_free(&mine);
    return status;
}

void dlt_comm_finish(dlt_comm **comm) {
    if (*comm == NULL)
        return;
    bool finalize = (*comm)->finalize;
    if ((*comm)->node_mpi != MPI_COMM_NULL)
        MPI_Comm_free(&(*comm)->node_mpi);
    if ((*comm)->mpi != MPI_COMM_NULL)
        MPI_Comm_free(&(*comm)->mpi);
    dlt_free((*comm)->first_rank);
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
    return dlt_comm_ranks_of(comm, comm->node);
}

int dlt_comm_node_count(const dlt_comm *comm) {
    return comm->node_count;
}

int dlt_comm_local_rank(const dlt_comm *comm) {
    return comm->rank - comm->first_rank[comm->node];
}

int dlt_comm_ranks_of(const dlt_comm *comm, int node) {
    return comm->first_rank[node + 1] - comm->first_rank[node];
}

bool dlt_comm_on_node(const dlt_comm *comm, int rank) {
    return rank >= comm->first_rank[comm->node] && rank < comm->first_rank[comm->node + 1];
}
