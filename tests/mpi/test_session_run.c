/* A session on the data set of a run file computes what dlt_train computes, loads its checkpoint,
 * and evaluates and predicts other data by their path. */
#include "checkpoint/retention.h"
#include "dltrain/session.h"
#include "support/small_run.h"

static void check_session(mpi_check *check, scratch *files, dlt_session *session,
                          const dlt_train_result *trained) {
    static float scores[SMALL_SAMPLES * SMALL_CLASSES];
    char folder[256];
    char hash[17];
    dlt_session_progress last;
    dlt_session_metrics metrics;
    const char *data = scratch_path(files, "data.h5");
    const dlt_session_data samples = {.source = data};
    CHECK(check, dlt_session_train(session, 0, &last) == DLT_OK && last.step == trained->steps);
    CHECK(check, dlt_session_hash(session, hash) == DLT_OK);
    CHECK(check, strcmp(hash, trained->state_hash) == 0);
    CHECK(check, dlt_session_evaluate(session, &samples, &metrics) == DLT_OK);
    CHECK(check, metrics.samples == SMALL_SAMPLES && isfinite(metrics.loss));
    CHECK(check, dlt_session_predict(session, &samples, "dense_1", SMALL_SAMPLES * SMALL_CLASSES,
                                     scores) == DLT_OK);
    const double accuracy = dlt_session_metric(&metrics, "accuracy");
    int right = 0;
    for (int64_t i = 0; i < SMALL_SAMPLES; i++) {
        const float *row = scores + i * SMALL_CLASSES;
        const int best = row[0] >= row[1] ? (row[0] >= row[2] ? 0 : 2) : (row[1] >= row[2] ? 1 : 2);
        right += best == small_label(i);
    }
    CHECK(check, fabs((double)right / SMALL_SAMPLES - accuracy) < 1e-12);
    snprintf(folder, sizeof folder, "%s/checkpoints", scratch_path(files, "run"));
    char *path = dlt_checkpoint_step_path(folder, trained->steps);
    CHECK(check, dlt_session_load(session, path) == DLT_OK);
    dlt_free(path);
    CHECK(check, dlt_session_hash(session, hash) == DLT_OK);
    CHECK(check, strcmp(hash, trained->state_hash) == 0);
}

static void check_run(mpi_check *check, scratch *files) {
    dlt_run *run = NULL;
    dlt_session *session = NULL;
    dlt_train_result trained = {.steps = 0};
    const dlt_train_options options = {.out = scratch_path(files, "run")};
    CHECK(check, dlt_run_load(scratch_path(files, "run.yaml"), NULL, 0, &run) == DLT_OK);
    CHECK(check, dlt_train(check->comm, run, &options, &trained) == DLT_OK);
    CHECK(check, dlt_session_create(check->comm, run, NULL, &session) == DLT_OK);
    if (session != NULL)
        check_session(check, files, session, &trained);
    dlt_session_destroy(&session);
    dlt_run_destroy(&run);
}

int main(int argc, char **argv) {
    return small_run_main(argc, argv, check_run);
}
