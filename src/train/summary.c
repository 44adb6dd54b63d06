/* Writes summary.json. Figures that differ between ranks are maxima over all of them; the state
 * hash is rank 0's, of the assembled state, and is broadcast. A resumed process that found no
 * update left to make keeps the earlier summary line by line, provided that it is of the same
 * state; it replaces only stop_reason, state_hash and the test results. */
#include "train/trainer_parts.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "comm/collectives.h"
#include "dltrain/kernels_info.h"
#include "engine/precision.h"
#include "io/atomic_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *dlt_stop_reason_name(dlt_stop_reason reason) {
    static const char *const names[] = {
        [DLT_STOP_FINISHED] = "finished", [DLT_STOP_EARLY] = "early_stopping",
        [DLT_STOP_SIGNAL] = "signal",     [DLT_STOP_TIME] = "time_limit",
        [DLT_STOP_STEPS] = "step_limit",  [DLT_STOP_NONFINITE] = "nonfinite"};
    return names[reason];
}

/* Figures that differ from rank to rank: the largest counts. */
typedef struct rank_figures {
    double comm_fraction;
    double wait_fraction;
    int64_t peak_memory_bytes;
} rank_figures;

static dlt_status gather_figures(dlt_trainer *trainer, rank_figures *out) {
    const dlt_timing *timing = &trainer->timing;
    double comm = dlt_fraction(timing->reduce_s, timing->train_s);
    double wait = dlt_fraction(timing->wait_s, timing->train_s);
    DLT_TRY(dlt_max_real(trainer->comm, comm, &out->comm_fraction));
    DLT_TRY(dlt_max_real(trainer->comm, wait, &out->wait_fraction));
    return dlt_max_int(trainer->comm, dlt_peak_memory_bytes(), &out->peak_memory_bytes);
}

static void add_training_results(dlt_trainer *trainer, dlt_record *record) {
    dlt_record_real(record, "train_loss", trainer->train_loss);
    if (trainer->has_validation)
        dlt_evaluation_record(&trainer->validation, "val", record);
}

static void add_test_results(dlt_trainer *trainer, dlt_record *record) {
    if (trainer->has_test)
        dlt_evaluation_record(&trainer->test, "test", record);
}

static void add_end(const dlt_train_result *result, dlt_record *record) {
    dlt_record_text(record, "stop_reason", dlt_stop_reason_name(result->stop_reason));
    dlt_record_text(record, "state_hash", result->state_hash);
}

static void add_set_up(const dlt_trainer *trainer, dlt_record *record) {
    dlt_record_text(record, "name", trainer->run->settings.name);
    dlt_record_int(record, "ranks", dlt_comm_size(trainer->comm));
    dlt_record_text(record, "strategy", trainer->engine.strategy->ops->name);
    dlt_record_text(record, "compression",
                    trainer->run->settings.comm.compression == DLT_COMPRESSION_BF16 ? "bf16"
                                                                                    : "fp32");
    dlt_record_int(record, "nodes", dlt_comm_node_count(trainer->comm));
    dlt_record_int(record, "threads_per_rank", trainer->engine.task.placement.threads);
    dlt_record_int(record, "cores", trainer->engine.task.placement.cores);
    dlt_record_text(record, "binding", dlt_binding_name(trainer->engine.task.placement.binding));
    dlt_record_text(record, "kernels", trainer->engine.task.kernels.name);
    dlt_record_text(record, "precision", dlt_precision_of(&trainer->engine.task.kernels));
    dlt_record_text(record, "blas_core", dlt_blas_core_name());
    char libraries[DLT_LIBRARIES_TEXT_BYTES];
    dlt_kernels_libraries(libraries, sizeof libraries);
    dlt_record_text(record, "libraries", libraries);
    dlt_record_int(record, "epochs", trainer->epochs_done);
    dlt_record_int(record, "steps", trainer->steps_done);
    if (trainer->engine.state.step != trainer->steps_done)
        dlt_record_int(record, "restored_step", trainer->engine.state.step);
    dlt_record_int(record, "params", dlt_model_param_count(trainer->engine.task.model));
    dlt_record_int(record, "batch", trainer->engine.task.batch);
    dlt_record_int(record, "micro_batch", trainer->engine.task.micro_batch);
}

static void add_times(dlt_trainer *trainer, const rank_figures *figures, dlt_record *record) {
    dlt_timing *timing = &trainer->timing;
    dlt_record_real(record, "samples_per_s",
                    dlt_fraction((double)timing->samples, timing->train_s));
    dlt_record_real(record, "step_time_s_median", dlt_timing_quantile_s(timing, 0.5));
    dlt_record_real(record, "comm_fraction", figures->comm_fraction);
    dlt_record_real(record, "input_wait_fraction", figures->wait_fraction);
    dlt_record_real(record, "time_s", dlt_clock_s() - trainer->deadlines.began_s);
    dlt_writer_figures saving = dlt_writer_figures_of(trainer->writer);
    dlt_record_int(record, "checkpoint_count", saving.count);
    dlt_record_real(record, "checkpoint_s", saving.write_s);
    dlt_record_real(record, "checkpoint_stall_s", trainer->save_stall_s);
    dlt_record_int(record, "peak_memory_bytes", figures->peak_memory_bytes);
}

static void fill_result(const dlt_trainer *trainer, dlt_train_result *result) {
    *result = (dlt_train_result){.stop_reason = trainer->stop_reason,
                                 .epochs = trainer->epochs_done,
                                 .steps = trainer->steps_done,
                                 .train_loss = trainer->train_loss,
                                 .validation_loss =
                                     trainer->has_validation ? trainer->validation.loss : NAN,
                                 .test_loss = trainer->has_test ? trainer->test.loss : NAN};
}

/* Rank 0 has the whole state. */
static dlt_status hash_state(dlt_trainer *trainer, dlt_train_result *result) {
    uint64_t hash = 0;
    DLT_TRY(dlt_engine_hash(&trainer->engine, &hash));
    dlt_hash_format(hash, result->state_hash);
    return DLT_OK;
}

/* A process that had no update left to do knows nothing of how those were that led here. */
static bool has_trained(const dlt_trainer *trainer) {
    return trainer->timing.steps > 0 || !trainer->options->resume;
}

/* The summary of the process that did them, if it ended in this very state; NULL if there is none.
 */
static char *read_earlier(const dlt_trainer *trainer, const dlt_train_result *result) {
    const size_t most = 1 << 20;
    char hash[64];
    char *text = NULL;
    size_t bytes = 0;
    if (has_trained(trainer) || !dlt_path_exists(trainer->folder.summary) ||
        dlt_file_read(trainer->folder.summary, most, &text, &bytes) != DLT_OK)
        return NULL;
    snprintf(hash, sizeof hash, "\"state_hash\": \"%s\"", result->state_hash);
    if (strstr(text, hash) == NULL) {
        dlt_free(text);
        text = NULL;
    }
    return text;
}

/* What this process has found out anew. */
static bool is_anew(const char *key) {
    return strncmp(key, "test_", 5) == 0 || strcmp(key, "stop_reason") == 0 ||
           strcmp(key, "state_hash") == 0;
}

/* Takes a line `  "key": value,` as it is. */
static void keep_line(dlt_trainer *trainer, char *line, dlt_record *record) {
    char *key = strchr(line, '"');
    char *end = key != NULL ? strstr(key, "\": ") : NULL;
    if (end == NULL)
        return;
    *end = '\0';
    char *value = end + 3;
    size_t length = strlen(value);
    if (length > 0 && value[length - 1] == ',')
        value[length - 1] = '\0';
    if (strcmp(key + 1, "samples_per_s") == 0)
        add_test_results(trainer, record);
    if (!is_anew(key + 1))
        dlt_record_raw(record, key + 1, value);
}

static void keep_figures(dlt_trainer *trainer, char *earlier, dlt_record *record) {
    char *rest = NULL;
    for (char *line = strtok_r(earlier, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        keep_line(trainer, line, record);
}

static dlt_status write_summary(dlt_trainer *trainer, const rank_figures *figures,
                                const dlt_train_result *result) {
    dlt_record *record = &trainer->record;
    char *earlier = read_earlier(trainer, result);
    dlt_record_clear(record);
    if (earlier != NULL) {
        keep_figures(trainer, earlier, record);
    } else {
        add_set_up(trainer, record);
        add_training_results(trainer, record);
        add_test_results(trainer, record);
        add_times(trainer, figures, record);
    }
    add_end(result, record);
    dlt_free(earlier);
    return dlt_record_write_file(trainer->folder.summary, record);
}

dlt_status dlt_trainer_summarise(dlt_trainer *trainer, dlt_train_result *result) {
    rank_figures figures;
    if (trainer->engine.loader != NULL)
        trainer->timing.wait_s = dlt_loader_wait_s(trainer->engine.loader);
    DLT_TRY(gather_figures(trainer, &figures));
    fill_result(trainer, result);
    DLT_TRY(hash_state(trainer, result));
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(trainer->comm) == 0)
        status = write_summary(trainer, &figures, result);
    return dlt_agree_first(trainer->comm, status);
}
