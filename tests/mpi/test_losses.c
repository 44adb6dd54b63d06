/* Several losses of one model: two inputs, three losses of which two share an output, a mask,
 * weights and an ignored label. Losses, parameters and accuracy after four updates are PyTorch's
 * (float64, F.mse_loss, F.cross_entropy with reduction none, F.l1_loss); the bits are the same on
 * every part of the ranks. */
#include "support/session_data.h"

#include <stdio.h>

enum { SAMPLES = 12, POSITIONS = 4, IGNORED = 255, UPDATES = 4 };

static const char run_file[] =
    "name: losses\n"
    "data: {fields: [a, seq, value, tags, m, w], shuffle: false}\n"
    "model:\n"
    "  - dense: {units: 1, name: price, from: a}\n"
    "  - dense: {units: 4, name: tag, from: seq}\n"
    "loss:\n"
    "  - mse: {from: [price, value], factor: 2}\n"
    "  - cross_entropy: {from: [tag, tags], ignore: 255, mask: m, weight: w, name: tag_loss}\n"
    "  - mae: {from: [price, value], factor: 0.25}\n"
    "metrics: [{accuracy: {}, loss: tag_loss}, {mae: {}, name: error}]\n"
    "optimizer: {sgd: {lr: 0.1}}\n"
    "train: {epochs: 2, batch: 8, micro_batch: 3}\n";

static const double step_losses[UPDATES] = {2.051288771, 1.479696614, 1.768047591, 1.416438076};
static const double total = 1.620701049;
static const double own_losses[] = {0.075838111, 1.423539765, 0.181940245};
static const double accuracy = 0.30303030303030304;

typedef struct expected_tensor {
    const char *name;
    int64_t count;
    int64_t start; /* of the formula of its initial values */
    double values[12];
} expected_tensor;

static const expected_tensor tensors[] = {
    {"params/price/weight", 2, 1, {-0.431469651, 0.470819340}},
    {"params/price/bias", 1, 2, {-0.125061098}},
    {"params/tag/weight",
     12,
     3,
     {-0.389063640, -0.468535374, 0.464357360, 0.393241654, 0.313040015, 0.280878287, 0.211172043,
      0.162651591, 0.093188456, 0.016068826, -0.052616709, -0.121156702}},
    {"params/tag/bias", 4, 4, {-0.333733696, -0.452348211, -0.480564161, 0.395678325}},
};
enum { TENSORS = sizeof tensors / sizeof tensors[0] };

typedef struct samples {
    float a[SAMPLES][2];
    float seq[SAMPLES][POSITIONS][3];
    float value[SAMPLES];
    int32_t tags[SAMPLES][POSITIONS];
    float m[SAMPLES][POSITIONS];
    float w[SAMPLES][POSITIONS];
    dlt_array at[6];
    dlt_arrays arrays;
} samples;

static float number(int i, int k) {
    return (float)((i * 37 + k * 11) % 23) / 23 - 0.5F;
}

static void fill(samples *it) {
    for (int i = 0; i < SAMPLES; i++) {
        for (int k = 0; k < 2; k++)
            it->a[i][k] = number(i, k);
        it->value[i] = number(i, 7);
        for (int p = 0; p < POSITIONS; p++) {
            const int at = i * POSITIONS + p;
            for (int k = 0; k < 3; k++)
                it->seq[i][p][k] = number(i + 3, p * 3 + k);
            it->tags[i][p] = at % 5 != 0 ? (i + p * p) % 4 : IGNORED;
            it->m[i][p] = at % 7 != 3;
            it->w[i][p] = (float)(at % 3 + 1) / 2;
        }
    }
    const dlt_array at[] = {
        {"a", DLT_ELEMENT_FLOAT32, {2, {SAMPLES, 2}}, it->a},
        {"seq", DLT_ELEMENT_FLOAT32, {3, {SAMPLES, POSITIONS, 3}}, it->seq},
        {"value", DLT_ELEMENT_FLOAT32, {1, {SAMPLES}}, it->value},
        {"tags", DLT_ELEMENT_INT32, {2, {SAMPLES, POSITIONS}}, it->tags},
        {"m", DLT_ELEMENT_FLOAT32, {2, {SAMPLES, POSITIONS}}, it->m},
        {"w", DLT_ELEMENT_FLOAT32, {2, {SAMPLES, POSITIONS}}, it->w},
    };
    memcpy(it->at, at, sizeof at);
    it->arrays = (dlt_arrays){.count = 6, .at = it->at};
}

static void set_parameters(mpi_check *check, dlt_session *session) {
    for (int t = 0; t < TENSORS; t++) {
        dlt_real values[12];
        for (int64_t i = 0; i < tensors[t].count; i++)
            values[i] = (dlt_real)((i * 29 + tensors[t].start) % 31) / 31 - (dlt_real)0.5;
        CHECK(check,
              dlt_session_write(session, tensors[t].name, tensors[t].count, values) == DLT_OK);
    }
}

static int is_near(double found, double expected) {
    return fabs(found - expected) < 2e-5 * (1 + fabs(expected));
}

static void expect_parameters(mpi_check *check, dlt_session *session) {
    for (int t = 0; t < TENSORS; t++) {
        dlt_real values[12];
        CHECK(check,
              dlt_session_read(session, tensors[t].name, tensors[t].count, values) == DLT_OK);
        for (int64_t i = 0; i < tensors[t].count; i++)
            CHECK(check, is_near((double)values[i], tensors[t].values[i]));
    }
}

static void expect_evaluation(mpi_check *check, const samples *data, dlt_session *session) {
    dlt_session_metrics found;
    CHECK(check, dlt_session_evaluate(session, &(dlt_session_data){.arrays = &data->arrays},
                                      &found) == DLT_OK);
    CHECK(check, is_near(found.loss, total));
    CHECK(check, is_near(dlt_session_metric(&found, "mse_loss"), own_losses[0]));
    CHECK(check, is_near(dlt_session_metric(&found, "tag_loss_loss"), own_losses[1]));
    CHECK(check, is_near(dlt_session_metric(&found, "mae_loss"), own_losses[2]));
    CHECK(check, is_near(dlt_session_metric(&found, "tag_loss_accuracy"), accuracy));
    CHECK(check, is_near(dlt_session_metric(&found, "error"), own_losses[2]));
}

/* Four updates; the hash of the state they leave. Collective over comm. */
static void train(mpi_check *check, const dlt_comm *comm, const samples *data, char hash[17]) {
    points_session own;
    const dlt_session_options options = {.train = &data->arrays};
    hash[0] = '\0';
    CHECK(check, points_open(comm, run_file, &options, &own) == DLT_OK);
    if (own.session != NULL) {
        set_parameters(check, own.session);
        for (int i = 0; i < UPDATES; i++) {
            dlt_session_progress progress = {.finite = false};
            CHECK(check, dlt_session_step(own.session, &progress) == DLT_OK);
            CHECK(check, is_near(progress.loss, step_losses[i]));
        }
        expect_parameters(check, own.session);
        expect_evaluation(check, data, own.session);
        CHECK(check, dlt_session_hash(own.session, hash) == DLT_OK);
    }
    points_close(&own);
}

static void expect_failure(mpi_check *check, const samples *data, const char *sentence) {
    points_session own;
    const dlt_session_options options = {.train = &data->arrays};
    dlt_session_progress progress;
    dlt_status status = points_open(check->comm, run_file, &options, &own);
    if (status == DLT_OK)
        status = dlt_session_step(own.session, &progress);
    CHECK(check, status == DLT_ERR_FORMAT);
    CHECK(check, strstr(dlt_error_message(), sentence) != NULL);
    if (strstr(dlt_error_message(), sentence) == NULL)
        fprintf(stderr, "%s\n", dlt_error_message());
    points_close(&own);
}

/* The first batch, in which nothing counts, and a label that is neither a class nor the ignored
 * one. */
static void test_bad_samples(mpi_check *check) {
    static samples data;
    fill(&data);
    memset(data.m, 0, sizeof(float) * 8 * POSITIONS);
    expect_failure(check, &data, "nothing counts for the loss 'tag_loss'");
    fill(&data);
    data.tags[5][2] = 4;
    expect_failure(check, &data, "4 at sample 5");
    fill(&data);
    data.w[2][1] = -1;
    expect_failure(check, &data, "weight -1 at sample 2");
}

int main(int argc, char **argv) {
    static samples data;
    mpi_check check;
    char all[17];
    char alone[17];
    dlt_comm *self = NULL;
    if (mpi_check_start(&check, &argc, &argv) != 0)
        return 1;
    fill(&data);
    train(&check, check.comm, &data, all);
    CHECK(&check, dlt_comm_split(check.comm, check.rank, &self) == DLT_OK);
    train(&check, self, &data, alone);
    CHECK(&check, strcmp(all, alone) == 0);
    dlt_comm_finish(&self);
    test_bad_samples(&check);
    return mpi_check_finish(&check);
}
