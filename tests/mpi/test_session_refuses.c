/* Wrong use of sessions: one sentence, the same on all ranks, and the session goes on. */
#include "dltrain/builder.h"
#include "support/session_data.h"

typedef struct test {
    mpi_check check;
    points data;
} test;

/* The sentence, behind the rank that it may begin with. */
static void said(test *it, dlt_status found, dlt_status status, const char *sentence) {
    const bool holds = found == status && strstr(dlt_error_message(), sentence) != NULL;
    if (!holds)
        fprintf(stderr, "rank %d: status %d, expected %d \"%s\"\n", it->check.rank, (int)found,
                (int)status, sentence);
    CHECK(&it->check, holds);
}

static void refused_at_start(test *it, const char *text, const dlt_arrays *train, dlt_status status,
                             const char *sentence) {
    const dlt_session_options options = {.train = train};
    points_session own;
    said(it, points_open(it->check.comm, text, &options, &own), status, sentence);
    points_close(&own);
}

static void test_arrays(test *it) {
    dlt_array bad[] = {it->data.at[0], it->data.at[1], it->data.at[0]};
    const dlt_arrays one = {.count = 1, .at = bad};
    const dlt_arrays two = {.count = 2, .at = bad};
    const dlt_arrays three = {.count = 3, .at = bad};
    refused_at_start(it, points_run_file, &one, DLT_ERR_ARG,
                     "the training arrays lack an array 'y'");
    bad[2].name = "z";
    refused_at_start(it, points_run_file, &three, DLT_ERR_ARG,
                     "the training arrays have an array 'z', which is no field of the run");
    bad[1].shape.dim[0] = POINTS - 1;
    refused_at_start(it, points_run_file, &two, DLT_ERR_SHAPE,
                     "the training arrays have 50 samples in 'x' but 49 in 'y'");
    bad[1] = it->data.at[0];
    bad[1].name = "y";
    refused_at_start(it, points_run_file, &two, DLT_ERR_SHAPE, "'y'");
    refused_at_start(it, points_run_file, NULL, DLT_ERR_CONFIG, "points: 'data.train' is missing");
    refused_at_start(it, "name: points\nmodel: [{dense: 3}]\nloss: mse\noptimizer: sgd\nbatch: 3\n",
                     &it->data.arrays, DLT_ERR_CONFIG, "points:5:1: unknown key 'batch'");
}

/* One rank alone has other samples. */
static void test_differing_ranks(test *it) {
    if (it->check.size == 1)
        return;
    it->data.x[7] += it->check.rank == 1 ? 1 : 0;
    refused_at_start(it, points_run_file, &it->data.arrays, DLT_ERR_MISMATCH,
                     "rank 1 has the fingerprint of the training data");
    it->data.x[7] -= it->check.rank == 1 ? 1 : 0;
}

static void test_names_and_shapes(test *it, dlt_session *session) {
    float values[32] = {0};
    dlt_session_tensor tensor;
    const dlt_session_data nothing = {.split = NULL};
    const dlt_session_data unknown = {.split = "training"};
    const dlt_session_data absent = {.split = "test"};
    const dlt_session_data arrays = {.arrays = &it->data.arrays};
    dlt_session_metrics metrics;
    said(it, dlt_session_tensor_find(session, "params/dense_9/bias", &tensor), DLT_ERR_ARG,
         "the session has no tensor 'params/dense_9/bias'");
    said(it, dlt_session_read(session, "dense_1/bias", 8, values), DLT_ERR_ARG,
         "the session has no tensor 'dense_1/bias'");
    said(it, dlt_session_read(session, "params/dense_1/bias", 9, values), DLT_ERR_SHAPE,
         "'params/dense_1/bias' has shape [8], 8 elements, not 9");
    values[3] = NAN;
    said(it, dlt_session_write(session, "params/dense_1/bias", 8, values), DLT_ERR_ARG,
         "value 3 for 'params/dense_1/bias' is not finite");
    values[3] = (float)(it->check.rank == 1);
    if (it->check.size > 1)
        said(it, dlt_session_write(session, "params/dense_1/bias", 8, values), DLT_ERR_MISMATCH,
             "rank 1 has values for 'params/dense_1/bias' with the checksum");
    said(it, dlt_session_evaluate(session, &nothing, &metrics), DLT_ERR_ARG,
         "samples are a split, a source or arrays; 0 of them are given");
    said(it, dlt_session_evaluate(session, &unknown, &metrics), DLT_ERR_ARG,
         "a session has the splits validation and test, not 'training'");
    said(it, dlt_session_evaluate(session, &absent, &metrics), DLT_ERR_ARG,
         "this session has no test data");
    said(it, dlt_session_predict(session, &arrays, NULL, 7, values), DLT_ERR_SHAPE,
         "50 samples with 3 elements of output each need an array of 150 elements, not of 7");
    said(it, dlt_session_predict(session, &arrays, "dense_7", 150, values), DLT_ERR_CONFIG,
         "the model has no node 'dense_7'");
    said(it, dlt_session_push(session, &it->data.arrays), DLT_ERR_ARG, "it takes no batches");
}

/* A kept state of another model, of other settings, of another batch. */
static void test_other_states(test *it, dlt_session *session) {
    static const char *const others[][2] = {
        {"name: points\nmodel: [{dense: 9}, relu, {dense: 3}]\nloss: cross_entropy\noptimizer: "
         "{sgd: {lr: 0.1, momentum: 0.9}}\n"
         "train: {batch: 12, micro_batch: 2, ema: 0.5}\n",
         "the kept state is of another model: it has /params/dense_2/weight [9, 3]"},
        {"name: points\nmodel: [{dense: 8}, relu, {dense: 3}]\nloss: cross_entropy\noptimizer: "
         "adam\n"
         "train: {batch: 12, micro_batch: 2, ema: 0.5}\n",
         "the kept state is of another run: it lacks /optim/momentum"},
        {"name: points\nmodel: [{dense: 8}, gelu, {dropout: 0.1}, {dense: 3}]\nloss: "
         "cross_entropy\n"
         "optimizer: {sgd: {lr: 0.1, momentum: 0.9}}\ntrain: {batch: 12, micro_batch: 2, ema: "
         "0.5}\n",
         "the kept state is of another model: names and shapes agree"},
        {"name: points\nmodel: [{dense: 8}, relu, {dropout: 0.1}, {dense: 3}]\nloss: "
         "cross_entropy\n"
         "optimizer: {sgd: {lr: 0.1, momentum: 0.9}}\ntrain: {batch: 10, micro_batch: 2, ema: "
         "0.5}\n",
         "another batch size"}};
    const dlt_session_options options = {.train = &it->data.arrays};
    char before[17];
    char after[17];
    CHECK(&it->check, dlt_session_hash(session, before) == DLT_OK);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        points_session other;
        dlt_session_state *kept = NULL;
        CHECK(&it->check, points_open(it->check.comm, others[i][0], &options, &other) == DLT_OK);
        if (other.session != NULL) {
            CHECK(&it->check, dlt_session_keep(other.session, &kept) == DLT_OK);
            said(it, dlt_session_restore(session, kept), DLT_ERR_MISMATCH, others[i][1]);
        }
        dlt_session_state_destroy(&kept);
        points_close(&other);
    }
    CHECK(&it->check, dlt_session_hash(session, after) == DLT_OK);
    CHECK(&it->check, strcmp(before, after) == 0);
    said(it, dlt_session_load(session, "nowhere/state.h5"), DLT_ERR_IO, "nowhere/state.h5");
    said(it, dlt_session_save(session, "nowhere/state.h5"), DLT_ERR_IO, "nowhere/");
}

/* The session is as useful as before after all that. */
static void test_session(test *it) {
    const dlt_session_options options = {.train = &it->data.arrays};
    points_session own;
    dlt_session_progress last;
    CHECK(&it->check, points_open(it->check.comm, points_run_file, &options, &own) == DLT_OK);
    if (own.session == NULL)
        return;
    test_names_and_shapes(it, own.session);
    test_other_states(it, own.session);
    CHECK(&it->check, dlt_session_train(own.session, 3, &last) == DLT_OK && last.step == 3);
    points_close(&own);
}

static void test_batches(test *it) {
    static const char text[] =
        "name: points\nmodel: [{dense: 3}]\nloss: cross_entropy\noptimizer: sgd\n"
        "train: {batch: 8, micro_batch: 1}\n";
    const dlt_session_options options = {.batch = &it->data.arrays};
    points_session own;
    dlt_session_progress last;
    int64_t first = 0;
    int64_t count = 0;
    CHECK(&it->check, points_open(it->check.comm, text, &options, &own) == DLT_OK);
    if (own.session == NULL)
        return;
    CHECK(&it->check, dlt_session_share(own.session, &first, &count) == DLT_OK);
    dlt_array share[] = {it->data.at[0], it->data.at[1]};
    const dlt_arrays batch = {.count = 2, .at = share};
    share[0].shape.dim[0] = count;
    share[1].shape.dim[0] = count;
    int64_t labels[POINTS] = {0, [1] = 7};
    share[1].at = labels;
    said(it, dlt_session_push(own.session, &batch), DLT_ERR_FORMAT,
         "label 7 at sample 1 of the arrays of the batch is outside 0..2");
    share[1].at = it->data.y;
    share[0].element = DLT_ELEMENT_FLOAT64;
    said(it, dlt_session_push(own.session, &batch), DLT_ERR_SHAPE,
         "array 'x' of the batch has samples of [4] float64, but [4] float32 was declared");
    share[0].element = DLT_ELEMENT_FLOAT32;
    share[0].shape.dim[1] = 3;
    said(it, dlt_session_push(own.session, &batch), DLT_ERR_SHAPE,
         "array 'x' of the batch has samples of [3] float32, but [4] float32 was declared");
    share[0].shape.dim[1] = POINT_FEATURES;
    said(it, dlt_session_push(own.session, &it->data.arrays), DLT_ERR_SHAPE,
         "the batch has 50 samples on this rank, whose share of it are");
    said(it, dlt_session_step(own.session, &last), DLT_ERR_ARG,
         "no samples were handed over for this update");
    CHECK(&it->check, dlt_session_push(own.session, &batch) == DLT_OK);
    if (it->check.size > 1) {
        /* One rank alone has handed over nothing: it says so on all. */
        if (it->check.rank == 2)
            said(it, dlt_session_push(own.session, &it->data.arrays), DLT_ERR_SHAPE, "50 samples");
        said(it, dlt_session_step(own.session, &last), DLT_ERR_ARG,
             "rank 2: no samples were handed over for this update");
    }
    CHECK(&it->check, dlt_session_push(own.session, &batch) == DLT_OK);
    CHECK(&it->check, dlt_session_step(own.session, &last) == DLT_OK && last.step == 1);
    points_close(&own);
    refused_at_start(
        it,
        "name: points\ndata: {transform: [{scale: 2}]}\nmodel: [{dense: 3}]\nloss: mse\n"
        "optimizer: sgd\ntrain: {batch: all}\n",
        &it->data.arrays, DLT_ERR_SHAPE, "dense_1");
}

/* Calls out of turn, of all ranks and of one. */
static void test_pieces(test *it) {
    const dlt_session_options options = {.train = &it->data.arrays};
    points_session own;
    points_session whole;
    dlt_session_progress last;
    dlt_session_micro micro;
    dlt_session_metrics metrics;
    const dlt_session_data arrays = {.arrays = &it->data.arrays};
    const dlt_session_gradient short_one = {.count = 1, .values = it->data.x};
    const dlt_real *prediction = NULL;
    int64_t count = 0;
    float bias[3];
    char hashes[2][17];
    CHECK(&it->check, points_open(it->check.comm, points_run_file, &options, &own) == DLT_OK);
    CHECK(&it->check, points_open(it->check.comm, points_run_file, &options, &whole) == DLT_OK);
    if (own.session == NULL || whole.session == NULL)
        return;
    said(it, dlt_session_backward(own.session, NULL), DLT_ERR_ARG, "no micro-batch is between");
    said(it, dlt_session_prediction(own.session, &count, &prediction), DLT_ERR_ARG,
         "no micro-batch is between");
    said(it, dlt_session_update(own.session, &last), DLT_ERR_ARG, "dlt_session_reduce comes first");
    said(it, dlt_session_gradient_of(own.session, "params/dense_2/bias", 3, bias), DLT_ERR_ARG,
         "gradients are there between");
    CHECK(&it->check, dlt_session_forward(own.session, &micro) == DLT_OK);
    said(it, dlt_session_forward(own.session, &micro), DLT_ERR_ARG, "has had no backward");
    said(it, dlt_session_backward(own.session, &short_one), DLT_ERR_SHAPE,
         "the gradient of this micro-batch has 6 elements, not 1");
    said(it, dlt_session_evaluate(own.session, &arrays, &metrics), DLT_ERR_ARG,
         "an update is under way");
    CHECK(&it->check, dlt_session_backward(own.session, NULL) == DLT_OK);
    said(it, dlt_session_reduce(own.session, &last), DLT_ERR_ARG,
         it->check.size == 1 ? "were called for 1 of the 6 micro-batches of this rank"
                             : "rank 1: forward and backward were called for 1 of the 2 micro-");
    /* One rank is amid an update where the others compute one. */
    if (it->check.rank == it->check.size - 1)
        CHECK(&it->check, dlt_session_forward(own.session, &micro) == DLT_OK);
    said(it, dlt_session_step(own.session, &last), DLT_ERR_ARG, "an update is under way");
    /* Nothing of all that is left. */
    CHECK(&it->check, dlt_session_train(own.session, 7, &last) == DLT_OK && last.step == 7);
    CHECK(&it->check, dlt_session_train(whole.session, 7, &last) == DLT_OK);
    CHECK(&it->check, dlt_session_hash(own.session, hashes[0]) == DLT_OK);
    CHECK(&it->check, dlt_session_hash(whole.session, hashes[1]) == DLT_OK);
    CHECK(&it->check, strcmp(hashes[0], hashes[1]) == 0);
    points_close(&own);
    points_close(&whole);
}

static void test_models_without_pieces(test *it) {
    static const char text[] =
        "name: points\nmodel: [{dense: 8}, {batch_norm: {sync: true}}, relu, {dense: 3}]\n"
        "loss: cross_entropy\noptimizer: sgd\ntrain: {batch: 10}\n";
    const dlt_session_options options = {.train = &it->data.arrays};
    points_session own;
    dlt_session_progress last;
    dlt_session_micro micro;
    CHECK(&it->check, points_open(it->check.comm, text, &options, &own) == DLT_OK);
    if (own.session == NULL)
        return;
    said(it, dlt_session_forward(own.session, &micro), DLT_ERR_UNSUPPORTED,
         "make its updates with dlt_session_step");
    CHECK(&it->check, dlt_session_step(own.session, &last) == DLT_OK);
    points_close(&own);
}

static void test_builder(test *it) {
    dlt_builder *builder = NULL;
    dlt_run *run = NULL;
    CHECK(&it->check, dlt_builder_create(&builder) == DLT_OK);
    said(it, dlt_builder_node(builder, "dense: {units", NULL, NULL), DLT_ERR_CONFIG,
         "node 1 (dense: {units): ");
    CHECK(&it->check, dlt_builder_node(builder, "dense: {unit: 10}", "fc", NULL) == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "name", "points") == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "loss", "mse") == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "optimizer", "sgd") == DLT_OK);
    said(it, dlt_builder_finish(&builder, &run), DLT_ERR_CONFIG,
         "node 2 (dense: {unit: 10}): unknown key");
    CHECK(&it->check, builder == NULL && run == NULL);
}

int main(int argc, char **argv) {
    static test it;
    if (mpi_check_start(&it.check, &argc, &argv) != 0)
        return 1;
    points_fill(&it.data);
    test_arrays(&it);
    test_differing_ranks(&it);
    test_session(&it);
    test_batches(&it);
    test_pieces(&it);
    test_models_without_pieces(&it);
    test_builder(&it);
    return mpi_check_finish(&it.check);
}
