/* The replica check finds the one tensor of the one rank that differs, and nothing else. */
#include "engine/replicas.h"
#include "support/mpi_check.h"

#include <string.h>

enum { WEIGHTS = 6, SLOTS = 6 };

static dlt_replicas make_replicas(mpi_check *it, float *weight, float *optim_state) {
    dlt_snapshot *snapshot = NULL;
    dlt_replicas replicas = {0};
    const dlt_shape shape = {.rank = 2, .dim = {2, 3}};
    CHECK(it, dlt_snapshot_create(&snapshot) == DLT_OK);
    CHECK(it,
          dlt_snapshot_add(snapshot, DLT_H5_F32, &shape, weight, "/params/fc/weight") == DLT_OK);
    CHECK(it, dlt_snapshot_add(snapshot, DLT_H5_F32, &shape, optim_state,
                               "/optim/momentum/fc/weight") == DLT_OK);
    CHECK(it, dlt_replicas_create(&snapshot, &replicas) == DLT_OK);
    CHECK(it, snapshot == NULL);
    return replicas;
}

static void check_differing_rank(mpi_check *it, dlt_replicas *replicas, float *value, int rank,
                                 const char *tensor) {
    char expected[128];
    float before = *value;
    if (it->rank == rank)
        *value += 1;
    CHECK(it, dlt_replicas_check(it->comm, replicas, 12) == DLT_ERR_MISMATCH);
    snprintf(expected, sizeof expected,
             "rank %d: this rank's %s differs from rank 0's after update 12", rank, tensor);
    CHECK(it, strncmp(dlt_error_message(), expected, strlen(expected)) == 0);
    *value = before;
}

int main(int argc, char **argv) {
    mpi_check it;
    if (mpi_check_start(&it, &argc, &argv) != 0)
        return 1;
    float weight[WEIGHTS] = {1, 2, 3, 4, 5, 6};
    float optim_state[SLOTS] = {0, -1, 0, 0, 0, 2};
    dlt_replicas replicas = make_replicas(&it, weight, optim_state);
    CHECK(&it, dlt_replicas_check(it.comm, &replicas, 10) == DLT_OK);
    for (int rank = 1; rank < it.size; rank++) {
        check_differing_rank(&it, &replicas, &weight[5], rank, "/params/fc/weight");
        check_differing_rank(&it, &replicas, &optim_state[0], rank, "/optim/momentum/fc/weight");
    }
    /* One that differs on rank 0 makes all others differ from it. */
    if (it.size > 1) {
        weight[0] += it.rank == 0 ? 1 : 0;
        CHECK(&it, dlt_replicas_check(it.comm, &replicas, 10) == DLT_ERR_MISMATCH);
        CHECK(&it, strncmp(dlt_error_message(), "rank 1: ", 8) == 0);
        weight[0] -= it.rank == 0 ? 1 : 0;
    }
    CHECK(&it, dlt_replicas_check(it.comm, &replicas, 10) == DLT_OK);
    dlt_replicas_destroy(&replicas);
    return mpi_check_finish(&it);
}
