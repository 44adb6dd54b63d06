/* A program that calls the library with other options on one rank is told so before anything is
 * read, because options decide what the ranks say to each other. */
#include "dltrain/trainer.h"
#include "dltrain/verify.h"
#include "support/mpi_check.h"

#include <string.h>

static void expect(mpi_check *it, dlt_status status, const char *words) {
    CHECK(it, status == DLT_ERR_MISMATCH);
    CHECK(it, strstr(dlt_error_message(), words) != NULL);
}

static void check_apply(mpi_check *it) {
    const bool last = it->rank == it->size - 1;
    const dlt_inference_options same = {.run_dir = "run", .out = "p.h5"};
    dlt_inference_options other = same;
    other.checkpoint = last ? "best.h5" : NULL;
    expect(it, dlt_evaluate(it->comm, &other), "was started with the checkpoint best.h5");
    other = same;
    other.data = last ? "b.h5" : "a.h5";
    expect(it, dlt_evaluate(it->comm, &other), "was started with the data b.h5, rank 0 with a.h5");
    other = same;
    other.out = last ? "q.h5" : "p.h5";
    expect(it, dlt_predict(it->comm, &other), "the output q.h5, rank 0 with p.h5");
    other = same;
    other.overwrite = last;
    expect(it, dlt_predict(it->comm, &other), "was started with overwrite, rank 0 without it");
}

static void check_verify(mpi_check *it) {
    const bool last = it->rank == it->size - 1;
    const dlt_verify_options steps = {.steps = last ? 3 : 4};
    const dlt_verify_options stop = {.steps = 4, .stop_after = last ? 2 : 0};
    dlt_train_result result;
    expect(it, dlt_verify(it->comm, NULL, &steps, &result), "updates 3, rank 0 with 4");
    expect(it, dlt_verify(it->comm, NULL, &stop, &result), "a stop after update 2, rank 0 with 0");
}

int main(int argc, char **argv) {
    mpi_check it;
    if (mpi_check_start(&it, &argc, &argv) != 0)
        return 1;
    check_apply(&it);
    check_verify(&it);
    return mpi_check_finish(&it);
}
