/* Sessions on samples in memory: the same parameters on any part of the ranks, from arrays, from
 * batches that are handed over and under both strategies; states that are kept, restored, saved and
 * loaded; tensors, evaluations and predictions. */
#include "dltrain/builder.h"
#include "support/scratch.h"
#include "support/session_data.h"

typedef struct test {
    mpi_check check;
    points data;
    char path[256]; /* of a checkpoint */
} test;

static int count_steps;
static int count_epochs;
static double last_accuracy;

static void on_step(void *context, const dlt_session_progress *progress) {
    (void)context;
    count_steps += progress->finite;
}

static void on_epoch(void *context, const dlt_session_epoch *epoch) {
    (void)context;
    count_epochs++;
    last_accuracy = dlt_session_metric(&epoch->validation, "accuracy");
}

/* Trains to the end and leaves the hash. Collective over comm. */
static void train(test *it, const dlt_comm *comm, const char *text, char hash[17]) {
    points_session own;
    const dlt_session_options options = {.train = &it->data.arrays};
    dlt_session_progress last;
    hash[0] = '\0';
    CHECK(&it->check, points_open(comm, text, &options, &own) == DLT_OK);
    if (own.session != NULL) {
        CHECK(&it->check, dlt_session_train(own.session, 0, &last) == DLT_OK);
        CHECK(&it->check, last.step == 20 && last.epoch == 4 && last.ends_epoch);
        CHECK(&it->check, dlt_session_hash(own.session, hash) == DLT_OK);
    }
    points_close(&own);
}

static void test_parts_of_the_ranks(test *it) {
    char all[17];
    char part[17];
    dlt_comm *half = NULL;
    train(it, it->check.comm, points_run_file, all);
    CHECK(&it->check,
          dlt_comm_split(it->check.comm, it->check.rank < (it->check.size + 1) / 2 ? 0 : -1,
                         &half) == DLT_OK);
    if (half != NULL) {
        train(it, half, points_run_file, part);
        CHECK(&it->check, strcmp(all, part) == 0);
    }
    dlt_comm_finish(&half);
    CHECK(&it->check, dlt_comm_split(it->check.comm, it->check.rank, &half) == DLT_OK);
    train(it, half, points_run_file, part);
    CHECK(&it->check, strcmp(all, part) == 0);
    dlt_comm_finish(&half);
}

static void test_built_in_c(test *it) {
    char from_file[17];
    dlt_builder *builder = NULL;
    points_session own = {.run = NULL};
    const dlt_session_options options = {.train = &it->data.arrays};
    dlt_session_progress last;
    char hash[17];
    train(it, it->check.comm, points_run_file, from_file);
    CHECK(&it->check, dlt_builder_create(&builder) == DLT_OK);
    CHECK(&it->check, dlt_builder_node(builder, "dense: 8", NULL, NULL) == DLT_OK);
    CHECK(&it->check, dlt_builder_node(builder, "relu", "bend", "dense_1") == DLT_OK);
    CHECK(&it->check, dlt_builder_node(builder, "dropout: 0.1", NULL, "[bend]") == DLT_OK);
    CHECK(&it->check, dlt_builder_node(builder, "{dense: {units: 3}}", NULL, NULL) == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "name", "points") == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "loss", "cross_entropy") == DLT_OK);
    CHECK(&it->check,
          dlt_builder_set(builder, "optimizer", "sgd: {lr: 0.1, momentum: 0.9}") == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "train.epochs", "4") == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "train.batch", "12") == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "train.micro_batch", "2") == DLT_OK);
    CHECK(&it->check, dlt_builder_set(builder, "train.ema", "0.5") == DLT_OK);
    CHECK(&it->check, dlt_builder_finish(&builder, &own.run) == DLT_OK && builder == NULL);
    CHECK(&it->check,
          dlt_session_create(it->check.comm, own.run, &options, &own.session) == DLT_OK);
    if (own.session != NULL) {
        CHECK(&it->check, dlt_session_train(own.session, 0, &last) == DLT_OK);
        CHECK(&it->check, dlt_session_hash(own.session, hash) == DLT_OK);
        CHECK(&it->check, strcmp(hash, from_file) == 0);
    }
    points_close(&own);
}

/* Batches in the order of the arrays, against arrays that are not shuffled. */
static void test_batches(test *it) {
    static const char text[] = "name: points\n"
                               "data: {shuffle: false}\n"
                               "model: [{dense: 8}, {batch_norm: {sync: true}}, relu, {dense: 3}]\n"
                               "loss: cross_entropy\n"
                               "optimizer: adam\n"
                               "train: {epochs: 2, batch: 10, micro_batch: 3}\n";
    const dlt_session_options read = {.train = &it->data.arrays};
    const dlt_session_options handed = {.batch = &it->data.arrays, .epoch_steps = 5};
    points_session a;
    points_session b;
    dlt_session_progress expected;
    dlt_session_progress found;
    char hashes[2][17] = {"a", "b"};
    CHECK(&it->check, points_open(it->check.comm, text, &read, &a) == DLT_OK);
    CHECK(&it->check, points_open(it->check.comm, text, &handed, &b) == DLT_OK);
    for (int step = 0; step < 10 && a.session != NULL && b.session != NULL; step++) {
        int64_t first = 0;
        int64_t count = 0;
        CHECK(&it->check, dlt_session_share(b.session, &first, &count) == DLT_OK);
        first += step % 5 * 10;
        dlt_array share[] = {it->data.at[0], it->data.at[1]};
        share[0].at = it->data.x + first * POINT_FEATURES;
        share[1].at = it->data.y + first;
        share[0].shape.dim[0] = count;
        share[1].shape.dim[0] = count;
        const dlt_arrays batch = {.count = 2, .at = share};
        if (count > 0)
            CHECK(&it->check, dlt_session_push(b.session, &batch) == DLT_OK);
        CHECK(&it->check, dlt_session_step(a.session, &expected) == DLT_OK);
        CHECK(&it->check, dlt_session_step(b.session, &found) == DLT_OK);
        CHECK(&it->check, found.loss == expected.loss && found.step == expected.step);
    }
    CHECK(&it->check, dlt_session_hash(a.session, hashes[0]) == DLT_OK);
    CHECK(&it->check, dlt_session_hash(b.session, hashes[1]) == DLT_OK);
    CHECK(&it->check, strcmp(hashes[0], hashes[1]) == 0);
    points_close(&a);
    points_close(&b);
}

/* The micro-batches of an update, one by one. Collective. */
static void update_by_pieces(test *it, dlt_session *session, const float *targets,
                             dlt_session_progress *out) {
    float gradient[8];
    float bias[POINT_CLASSES];
    const int64_t micros = dlt_session_micro_batches(session);
    for (int64_t i = 0; i < micros; i++) {
        dlt_session_micro micro;
        const dlt_real *prediction = NULL;
        dlt_session_gradient given = {.values = gradient};
        CHECK(&it->check, dlt_session_forward(session, &micro) == DLT_OK);
        CHECK(&it->check, dlt_session_prediction(session, &given.count, &prediction) == DLT_OK);
        for (int64_t k = 0; targets != NULL && k < micro.count; k++) {
            const float difference = prediction[k] - targets[micro.first + k];
            gradient[k] = 2 * difference;
            given.loss += (double)(difference * difference);
        }
        CHECK(&it->check, dlt_session_backward(session, targets != NULL ? &given : NULL) == DLT_OK);
    }
    CHECK(&it->check, dlt_session_reduce(session, out) == DLT_OK);
    if (targets == NULL)
        CHECK(&it->check, dlt_session_gradient_of(session, "params/dense_2/bias", POINT_CLASSES,
                                                  bias) == DLT_OK &&
                              isfinite(bias[0]));
    CHECK(&it->check, dlt_session_update(session, out) == DLT_OK);
}

/* Forward, backward, reduce and update are a step, with the run's loss and with one's own. */
static void test_pieces(test *it) {
    static const char squares[] = "name: points\n"
                                  "data: {shuffle: false}\n"
                                  "model: [{dense: 4}, tanh, {dense: 1}]\n"
                                  "loss: mse\n"
                                  "optimizer: adam\n"
                                  "train: {epochs: 2, batch: 10, micro_batch: 2}\n";
    static float targets[POINTS];
    dlt_array values[] = {it->data.at[0], it->data.at[0]};
    const dlt_arrays arrays = {.count = 2, .at = values};
    dlt_session_progress expected;
    dlt_session_progress found;
    for (int i = 0; i < POINTS; i++)
        targets[i] = (float)it->data.y[i];
    values[1] = (dlt_array){
        .name = "y", .element = DLT_ELEMENT_FLOAT32, .shape = {2, {POINTS, 1}}, .at = targets};
    for (int own = 0; own < 2; own++) {
        const dlt_session_options options = {.train = own ? &arrays : &it->data.arrays};
        const char *text = own ? squares : points_run_file;
        char hashes[2][17] = {"a", "b"};
        points_session a;
        points_session b;
        CHECK(&it->check, points_open(it->check.comm, text, &options, &a) == DLT_OK);
        CHECK(&it->check, points_open(it->check.comm, text, &options, &b) == DLT_OK);
        for (int step = 0; step < 10 && a.session != NULL && b.session != NULL; step++) {
            CHECK(&it->check, dlt_session_step(a.session, &expected) == DLT_OK);
            update_by_pieces(it, b.session, own ? targets + step % 5 * 10 : NULL, &found);
            CHECK(&it->check, fabs(found.loss - expected.loss) <= 1e-6 * expected.loss);
            CHECK(&it->check, found.step == expected.step && found.epoch == expected.epoch);
        }
        CHECK(&it->check, dlt_session_hash(a.session, hashes[0]) == DLT_OK);
        CHECK(&it->check, dlt_session_hash(b.session, hashes[1]) == DLT_OK);
        CHECK(&it->check, strcmp(hashes[0], hashes[1]) == 0);
        points_close(&a);
        points_close(&b);
    }
}

/* Two inputs, one of integers, and two losses, one with weights: from arrays and from batches. */
static void test_fields(test *it) {
    static const char text[] =
        "name: fields\n"
        "data: {shuffle: false, fields: {word: {}, point: {}, value: {}, kind: {}, trust: {}}}\n"
        "model:\n"
        "  - {embedding: {vocabulary: 7, features: 3}, from: word, name: words}\n"
        "  - {concat: {}, from: [words, point], name: both}\n"
        "  - {dense: 8, name: hidden}\n"
        "  - tanh\n"
        "  - {dense: 1, name: price}\n"
        "  - {dense: 3, from: tanh_1, name: sort}\n"
        "loss:\n"
        "  - {mse: {}, from: [price, value], weight: trust, name: cost}\n"
        "  - {cross_entropy: {}, from: [sort, kind], factor: 0.5, name: type}\n"
        "optimizer: adam\n"
        "train: {epochs: 2, batch: 10, micro_batch: 2}\n";
    static int64_t word[POINTS];
    static float value[POINTS];
    static float trust[POINTS];
    for (int i = 0; i < POINTS; i++) {
        word[i] = i * 3 % 7;
        value[i] = it->data.x[i * POINT_FEATURES + 2];
        trust[i] = (float)(i % 4);
    }
    const dlt_array all[] = {
        {"word", DLT_ELEMENT_INT64, {1, {POINTS}}, word},
        {"point", DLT_ELEMENT_FLOAT32, {2, {POINTS, POINT_FEATURES}}, it->data.x},
        {"value", DLT_ELEMENT_FLOAT32, {2, {POINTS, 1}}, value},
        {"kind", DLT_ELEMENT_INT64, {1, {POINTS}}, it->data.y},
        {"trust", DLT_ELEMENT_FLOAT32, {1, {POINTS}}, trust}};
    const dlt_arrays arrays = {5, all};
    const dlt_arrays inputs = {2, all};
    const dlt_session_options read = {.train = &arrays, .validation = &arrays};
    const dlt_session_options handed = {.batch = &arrays, .epoch_steps = 5};
    const dlt_session_data data = {.arrays = &arrays};
    const dlt_session_data untargeted = {.arrays = &inputs};
    static float hidden[POINTS * 8];
    char hashes[2][17] = {"a", "b"};
    points_session a;
    points_session b;
    dlt_session_progress expected;
    dlt_session_progress found;
    dlt_session_metrics metrics;
    CHECK(&it->check, points_open(it->check.comm, text, &read, &a) == DLT_OK);
    CHECK(&it->check, points_open(it->check.comm, text, &handed, &b) == DLT_OK);
    for (int step = 0; step < 10 && a.session != NULL && b.session != NULL; step++) {
        int64_t first = 0;
        int64_t count = 0;
        CHECK(&it->check, dlt_session_share(b.session, &first, &count) == DLT_OK);
        first += step % 5 * 10;
        dlt_array share[] = {all[0], all[1], all[2], all[3], all[4]};
        const dlt_arrays batch = {5, share};
        share[0].at = word + first;
        share[1].at = it->data.x + first * POINT_FEATURES;
        share[2].at = value + first;
        share[3].at = it->data.y + first;
        share[4].at = trust + first;
        for (int f = 0; f < 5; f++)
            share[f].shape.dim[0] = count;
        if (count > 0)
            CHECK(&it->check, dlt_session_push(b.session, &batch) == DLT_OK);
        CHECK(&it->check, dlt_session_step(a.session, &expected) == DLT_OK);
        CHECK(&it->check, dlt_session_step(b.session, &found) == DLT_OK);
        CHECK(&it->check, found.loss == expected.loss);
    }
    if (a.session != NULL && b.session != NULL) {
        CHECK(&it->check, dlt_session_hash(a.session, hashes[0]) == DLT_OK);
        CHECK(&it->check, dlt_session_hash(b.session, hashes[1]) == DLT_OK);
        CHECK(&it->check, strcmp(hashes[0], hashes[1]) == 0);
        CHECK(&it->check, dlt_session_evaluate(b.session, &data, &metrics) == DLT_OK);
        CHECK(&it->check,
              fabs(dlt_session_metric(&metrics, "cost_loss") +
                   0.5 * dlt_session_metric(&metrics, "type_loss") - metrics.loss) < 1e-6);
        CHECK(&it->check,
              dlt_session_predict(b.session, &untargeted, "hidden", POINTS * 8, hidden) == DLT_OK);
    }
    points_close(&a);
    points_close(&b);
}

/* A row-sparse table: by steps and piece by piece, kept, restored, and written to another. */
static void test_tables(test *it, const char *strategy) {
    static const char text[] = "name: tables\n"
                               "data: {fields: {word: {}, kind: {}}}\n"
                               "model:\n"
                               "  - {embedding: {vocabulary: 90, features: 3, sparse: true}, "
                               "from: word}\n"
                               "  - dense: 4\n"
                               "  - tanh\n"
                               "  - dense: 3\n"
                               "loss: {cross_entropy: {}, from: [dense_2, kind]}\n"
                               "optimizer: {sgd: {lr: 0.1, momentum: 0.9}}\n"
                               "train: {epochs: 4, batch: 12, micro_batch: 2}\n"
                               "comm: {strategy: %s}\n";
    static int64_t word[POINTS];
    static float table[90 * 3];
    char run_file[640];
    for (int i = 0; i < POINTS; i++)
        word[i] = i * 31 % 89;
    const dlt_array all[] = {{"word", DLT_ELEMENT_INT64, {1, {POINTS}}, word},
                             {"kind", DLT_ELEMENT_INT64, {1, {POINTS}}, it->data.y}};
    const dlt_arrays arrays = {2, all};
    const dlt_session_options options = {.train = &arrays};
    const bool whole = strcmp(strategy, "replicated") == 0;
    dlt_session_state *kept = NULL;
    dlt_session_progress last;
    points_session a;
    points_session b;
    char hashes[3][17];
    snprintf(run_file, sizeof run_file, text, strategy);
    CHECK(&it->check, points_open(it->check.comm, run_file, &options, &a) == DLT_OK);
    CHECK(&it->check, points_open(it->check.comm, run_file, &options, &b) == DLT_OK);
    if (a.session == NULL || b.session == NULL)
        return;
    CHECK(&it->check, dlt_session_keep(b.session, &kept) == DLT_OK);
    CHECK(&it->check, dlt_session_train(a.session, 7, &last) == DLT_OK);
    for (int i = 0; i < 7 && whole; i++)
        update_by_pieces(it, b.session, NULL, &last);
    CHECK(&it->check, whole || dlt_session_train(b.session, 7, &last) == DLT_OK);
    CHECK(&it->check, dlt_session_hash(a.session, hashes[0]) == DLT_OK);
    CHECK(&it->check, dlt_session_hash(b.session, hashes[1]) == DLT_OK);
    CHECK(&it->check, dlt_session_restore(b.session, kept) == DLT_OK);
    CHECK(&it->check, dlt_session_train(b.session, 7, &last) == DLT_OK && last.step == 7);
    CHECK(&it->check, dlt_session_hash(b.session, hashes[2]) == DLT_OK);
    CHECK(&it->check, strcmp(hashes[0], hashes[1]) == 0 && strcmp(hashes[0], hashes[2]) == 0);
    CHECK(&it->check,
          dlt_session_read(a.session, "params/embedding_1/weight", 90 * 3, table) == DLT_OK);
    CHECK(&it->check, isfinite(table[0]));
    dlt_session_state_destroy(&kept);
    points_close(&a);
    points_close(&b);
}

/* Goes on from update 7 in four ways: at once, from a kept state, in another session from the same
 * one, and from a checkpoint. */
static void test_states(test *it, const char *strategy) {
    char text[512];
    const dlt_session_options options = {.train = &it->data.arrays};
    points_session a;
    points_session b;
    dlt_session_state *kept = NULL;
    dlt_session_progress last;
    char hashes[4][17];
    snprintf(text, sizeof text, "%scomm: {strategy: %s}\n", points_run_file, strategy);
    CHECK(&it->check, points_open(it->check.comm, text, &options, &a) == DLT_OK);
    CHECK(&it->check, points_open(it->check.comm, text, &options, &b) == DLT_OK);
    if (a.session == NULL || b.session == NULL)
        return;
    CHECK(&it->check, dlt_session_train(a.session, 7, &last) == DLT_OK && last.step == 7);
    CHECK(&it->check, dlt_session_keep(a.session, &kept) == DLT_OK);
    CHECK(&it->check, dlt_session_save(a.session, it->path) == DLT_OK);
    CHECK(&it->check, dlt_session_train(a.session, 6, &last) == DLT_OK);
    CHECK(&it->check, dlt_session_hash(a.session, hashes[0]) == DLT_OK);
    CHECK(&it->check, dlt_session_restore(a.session, kept) == DLT_OK);
    CHECK(&it->check, dlt_session_train(a.session, 6, &last) == DLT_OK && last.step == 13);
    CHECK(&it->check, dlt_session_hash(a.session, hashes[1]) == DLT_OK);
    CHECK(&it->check, dlt_session_restore(b.session, kept) == DLT_OK);
    CHECK(&it->check, dlt_session_train(b.session, 6, &last) == DLT_OK);
    CHECK(&it->check, dlt_session_hash(b.session, hashes[2]) == DLT_OK);
    CHECK(&it->check, dlt_session_load(b.session, it->path) == DLT_OK);
    CHECK(&it->check, dlt_session_train(b.session, 6, &last) == DLT_OK);
    CHECK(&it->check, dlt_session_hash(b.session, hashes[3]) == DLT_OK);
    for (int i = 1; i < 4; i++)
        CHECK(&it->check, strcmp(hashes[0], hashes[i]) == 0);
    dlt_session_state_destroy(&kept);
    points_close(&a);
    points_close(&b);
}

/* Every tensor goes from one session to another, which then trains on alike. */
static void test_tensors(test *it, const char *strategy) {
    char text[512];
    const dlt_session_options options = {.train = &it->data.arrays};
    points_session a;
    points_session b;
    dlt_session_progress last;
    dlt_session_tensor tensor;
    float values[64];
    float again[64];
    bool has_state = false;
    snprintf(text, sizeof text, "%scomm: {strategy: %s}\n", points_run_file, strategy);
    CHECK(&it->check, points_open(it->check.comm, text, &options, &a) == DLT_OK);
    CHECK(&it->check, points_open(it->check.comm, text, &options, &b) == DLT_OK);
    if (a.session == NULL || b.session == NULL)
        return;
    CHECK(&it->check, dlt_session_train(a.session, 5, &last) == DLT_OK);
    for (int64_t i = 0; i < dlt_session_tensor_count(a.session); i++) {
        CHECK(&it->check, dlt_session_tensor_at(a.session, i, &tensor) == DLT_OK);
        CHECK(&it->check, tensor.count <= 64);
        has_state = has_state || strncmp(tensor.name, "optim/", 6) == 0;
        CHECK(&it->check, dlt_session_read(a.session, tensor.name, tensor.count, values) == DLT_OK);
        CHECK(&it->check,
              dlt_session_write(b.session, tensor.name, tensor.count, values) == DLT_OK);
        CHECK(&it->check, dlt_session_read(b.session, tensor.name, tensor.count, again) == DLT_OK);
        CHECK(&it->check, memcmp(values, again, (size_t)tensor.count * sizeof *again) == 0);
    }
    CHECK(&it->check, has_state);
    CHECK(&it->check, dlt_session_tensor_find(a.session, "params/dense_2/bias", &tensor) == DLT_OK);
    CHECK(&it->check, tensor.shape.rank == 1 && tensor.count == POINT_CLASSES);
    points_close(&a);
    points_close(&b);
}

/* What two neighbouring nodes compute, one of which the model computes in the place of the other. */
static void check_inner_node(test *it, dlt_session *session, const dlt_session_data *data) {
    static float before[POINTS * 8];
    static float behind[POINTS * 8];
    int differ = 0;
    CHECK(&it->check, dlt_session_predict(session, data, "dense_1", POINTS * 8, before) == DLT_OK);
    CHECK(&it->check, dlt_session_predict(session, data, "relu_1", POINTS * 8, behind) == DLT_OK);
    for (int i = 0; i < POINTS * 8; i++)
        differ += behind[i] != (before[i] > 0 ? before[i] : 0);
    CHECK(&it->check, differ == 0);
}

static void test_results(test *it) {
    const dlt_session_options options = {.train = &it->data.arrays,
                                         .validation = &it->data.arrays,
                                         .observer = {.step = on_step, .epoch = on_epoch}};
    const dlt_session_data own = {.split = "validation"};
    const dlt_session_data arrays = {.arrays = &it->data.arrays};
    static float out[POINTS * POINT_CLASSES];
    points_session a;
    dlt_session_progress last;
    dlt_session_metrics mine;
    dlt_session_metrics other;
    dlt_tensor_spec spec;
    int right = 0;
    count_steps = 0;
    count_epochs = 0;
    CHECK(&it->check, points_open(it->check.comm, points_run_file, &options, &a) == DLT_OK);
    if (a.session == NULL)
        return;
    CHECK(&it->check, dlt_session_train(a.session, 0, &last) == DLT_OK);
    CHECK(&it->check, count_steps == 20 && count_epochs == 4);
    CHECK(&it->check, dlt_session_evaluate(a.session, &own, &mine) == DLT_OK);
    CHECK(&it->check, dlt_session_evaluate(a.session, &arrays, &other) == DLT_OK);
    CHECK(&it->check, mine.samples == POINTS && mine.loss == other.loss);
    CHECK(&it->check, dlt_session_metric(&mine, "accuracy") == last_accuracy);
    CHECK(&it->check, dlt_session_metric(&other, "accuracy") == last_accuracy);
    CHECK(&it->check, isnan(dlt_session_metric(&mine, "f1")));
    CHECK(&it->check, dlt_session_output(a.session, NULL, &spec) == DLT_OK);
    CHECK(&it->check, spec.shape.rank == 1 && spec.shape.dim[0] == POINT_CLASSES);
    CHECK(&it->check,
          dlt_session_predict(a.session, &arrays, NULL, POINTS * POINT_CLASSES, out) == DLT_OK);
    for (int i = 0; i < POINTS; i++) {
        int best = 0;
        for (int c = 1; c < POINT_CLASSES; c++)
            best = out[i * POINT_CLASSES + c] > out[i * POINT_CLASSES + best] ? c : best;
        right += best == it->data.y[i];
    }
    check_inner_node(it, a.session, &arrays);
    CHECK(&it->check, fabs((double)right / POINTS - last_accuracy) < 1e-12);
    CHECK(&it->check, dlt_session_step(a.session, &last) == DLT_ERR_ARG);
    CHECK(&it->check,
          strcmp(dlt_error_message(), "all epochs of the run are done: 'train.epochs' is 4") == 0);
    points_close(&a);
}

int main(int argc, char **argv) {
    static test it;
    scratch files = {.next = 0};
    if (mpi_check_start(&it.check, &argc, &argv) != 0)
        return 1;
    CHECK(&it.check, it.check.rank != 0 || scratch_make(&files) == 0);
    if (it.check.rank == 0)
        snprintf(it.path, sizeof it.path, "%s", scratch_path(&files, "state.h5"));
    MPI_Bcast(it.path, (int)sizeof it.path, MPI_CHAR, 0, MPI_COMM_WORLD);
    points_fill(&it.data);
    test_parts_of_the_ranks(&it);
    test_built_in_c(&it);
    test_batches(&it);
    test_pieces(&it);
    test_fields(&it);
    test_tables(&it, "replicated");
    test_tables(&it, "sharded");
    test_states(&it, "replicated");
    test_states(&it, "sharded");
    test_tensors(&it, "replicated");
    test_tensors(&it, "sharded");
    test_results(&it);
    MPI_Barrier(MPI_COMM_WORLD);
    if (it.check.rank == 0)
        CHECK(&it.check, scratch_remove(&files) == 0);
    return mpi_check_finish(&it.check);
}
