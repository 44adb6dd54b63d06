/* The state as a checkpoint holds it. */
#include "engine/state.h"

#include "base/cast.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "dltrain/kernels_info.h"
#include "engine/precision.h"
#include "engine/splits.h"
#include "engine/targets.h"
#include "run/extension.h"

#include <stdio.h>
#include <string.h>

#ifdef DLT_DOUBLE
static const dlt_h5_type REAL_TYPE = DLT_H5_F64;
#else
static const dlt_h5_type REAL_TYPE = DLT_H5_F32;
#endif

/* Of the tensor added last, what this rank keeps. */
static dlt_status limit_to_kept(const dlt_strategy *strategy, const dlt_model_tensor *tensor,
                                dlt_snapshot *snapshot) {
    for (int i = 0; i < strategy->ops->range_count(strategy); i++) {
        dlt_range kept = dlt_strategy_range(strategy, i);
        int64_t first = dlt_max_i64(tensor->offset, kept.first);
        int64_t end = dlt_min_i64(tensor->offset + tensor->count, kept.first + kept.count);
        const dlt_snapshot_part part = {.first = first - tensor->offset,
                                        .count = dlt_max_i64(end - first, 0)};
        DLT_TRY(dlt_snapshot_limit(snapshot, &part));
    }
    return DLT_OK;
}

/* strategy: of the tensors only what this rank keeps is to be loaded; or NULL. */
static dlt_status add_flat(dlt_snapshot *snapshot, const char *group, const dlt_strategy *strategy,
                           const dlt_model_tensor *tensors, int count, dlt_real *flat) {
    for (int t = 0; t < count; t++) {
        DLT_TRY(dlt_snapshot_add(snapshot, REAL_TYPE, &tensors[t].shape, flat + tensors[t].offset,
                                 "%s/%s/%s", group, tensors[t].node, tensors[t].name));
        if (strategy != NULL)
            DLT_TRY(limit_to_kept(strategy, &tensors[t], snapshot));
    }
    return DLT_OK;
}

static dlt_status add_normalisation(const dlt_normalisation *normalisation,
                                    dlt_snapshot *snapshot) {
    if (normalisation->count == 0)
        return DLT_OK;
    dlt_shape shape = {.rank = 1, .dim = {normalisation->count}};
    DLT_TRY(dlt_snapshot_add(snapshot, DLT_H5_F64, &shape, normalisation->mean,
                             DLT_NORMALISATION_MEAN));
    return dlt_snapshot_add(snapshot, DLT_H5_F64, &shape, normalisation->std,
                            DLT_NORMALISATION_STD);
}

static dlt_status add_optim_states(const dlt_task *task, const dlt_strategy *strategy,
                                   const dlt_train_state *state, dlt_snapshot *snapshot) {
    const dlt_model_tensor *tensors = NULL;
    int count = dlt_model_param_tensors(task->model, &tensors);
    const dlt_strategy *limit = strategy != NULL && !strategy->ops->keeps_all ? strategy : NULL;
    for (int s = 0; s < state->optim_state_count; s++) {
        char group[64];
        snprintf(group, sizeof group, "/optim/%s", state->optim_state_names[s]);
        DLT_TRY(add_flat(snapshot, group, limit, tensors, count, state->optim_states[s]));
    }
    return DLT_OK;
}

/* Parameters and running statistics. */
static dlt_status add_model(const dlt_task *task, dlt_snapshot *snapshot) {
    const dlt_model_tensor *tensors = NULL;
    int count = dlt_model_param_tensors(task->model, &tensors);
    DLT_TRY(add_flat(snapshot, "/params", NULL, tensors, count, dlt_model_params(task->model)));
    count = dlt_model_buffer_tensors(task->model, &tensors);
    return add_flat(snapshot, "/buffers", NULL, tensors, count, dlt_model_buffers(task->model));
}

/* What every rank holds, whatever the strategy. */
static dlt_status add_common(const dlt_task *task, dlt_snapshot *snapshot) {
    DLT_TRY(add_model(task, snapshot));
    for (int k = 0; k < task->objective_count; k++) {
        const dlt_objective *objective = &task->objectives[k];
        const dlt_shape shape = {.rank = 1, .dim = {objective->rows.d}};
        char name[64];
        dlt_class_weights_name(k, name, sizeof name);
        if (objective->class_weights != NULL)
            DLT_TRY(dlt_snapshot_add(snapshot, DLT_H5_F64, &shape, objective->class_weights, "%s",
                                     name));
    }
    return add_normalisation(&task->normalisation, snapshot);
}

/* The state values that are plain numbers of the struct, by name: one table for saving and loading.
 */
typedef struct state_field {
    const char *name;
    bool real;
    size_t offset;
} state_field;

#define INT_FIELD(field)                                                                           \
    { #field, false, offsetof(dlt_train_state, field) }
#define COVERAGE_FIELD(field)                                                                      \
    { "coverage_" #field, false, offsetof(dlt_train_state, coverage.field) }
#define REAL_FIELD(field)                                                                          \
    { #field, true, offsetof(dlt_train_state, field) }

static const state_field state_fields[] = {
    INT_FIELD(step),      INT_FIELD(epoch),      INT_FIELD(epoch_step), INT_FIELD(samples),
    INT_FIELD(best_step), INT_FIELD(best_epoch), INT_FIELD(stalled),    REAL_FIELD(best_value),
    COVERAGE_FIELD(sum),  COVERAGE_FIELD(count)};

enum { STATE_FIELD_COUNT = sizeof state_fields / sizeof state_fields[0] };

static dlt_status set_fields(dlt_snapshot *snapshot, const dlt_train_state *state) {
    for (int i = 0; i < STATE_FIELD_COUNT; i++) {
        const state_field *field = &state_fields[i];
        const char *at = (const char *)state + field->offset;
        if (field->real)
            DLT_TRY(
                dlt_snapshot_set_real(snapshot, field->name, *(const double *)(const void *)at));
        else
            DLT_TRY(
                dlt_snapshot_set_int(snapshot, field->name, *(const int64_t *)(const void *)at));
    }
    return DLT_OK;
}

static dlt_status get_fields(const dlt_snapshot *snapshot, dlt_train_state *state) {
    for (int i = 0; i < STATE_FIELD_COUNT; i++) {
        const state_field *field = &state_fields[i];
        char *at = (char *)state + field->offset;
        if (field->real)
            DLT_TRY(dlt_snapshot_get_real(snapshot, field->name, (double *)(void *)at));
        else
            DLT_TRY(dlt_snapshot_get_int(snapshot, field->name, (int64_t *)(void *)at));
    }
    return DLT_OK;
}

static int epoch_sum_count(const dlt_task *task) {
    return (int)dlt_sums_length(task, dlt_sums_training_metrics(task));
}

static dlt_status set_list(dlt_snapshot *snapshot, const char *name, const double *values,
                           int count) {
    char key[64];
    for (int i = 0; i < count; i++) {
        snprintf(key, sizeof key, "%s_%d", name, i);
        DLT_TRY(dlt_snapshot_set_real(snapshot, key, values[i]));
    }
    return DLT_OK;
}

static dlt_status get_list(const dlt_snapshot *snapshot, const char *name, double *values,
                           int count) {
    char key[64];
    for (int i = 0; i < count; i++) {
        snprintf(key, sizeof key, "%s_%d", name, i);
        DLT_TRY(dlt_snapshot_get_real(snapshot, key, &values[i]));
    }
    return DLT_OK;
}

/* A run with another metric has another number of sums, and begins them anew. */
static dlt_status get_sums(const dlt_task *task, const dlt_snapshot *snapshot, double *values) {
    char last[64];
    int count = epoch_sum_count(task);
    snprintf(last, sizeof last, "epoch_sum_%d", count - 1);
    if (!dlt_snapshot_has(snapshot, last))
        count = DLT_SUMS_PER_LOSS * task->objective_count;
    return get_list(snapshot, "epoch_sum", values, count);
}

/* What a resumed run must have in common with the one that wrote the checkpoint. Without training
 * data nothing is resumed. */
static int64_t fingerprint_of(const dlt_dataset *data) {
    return data != NULL ? (int64_t)dlt_dataset_facts_of(data)->fingerprint : 0;
}

/* Bits of what is multiplied, as the run file has it. */
static int64_t precision_bits(const dlt_task *task) {
    return dlt_precision_is_bf16(task->run) ? 16 : 32;
}

/* Bits of what gradients are added in, and whether there are residuals. */
static int64_t compression_bits(const dlt_task *task) {
    return task->run->settings.comm.compression == DLT_COMPRESSION_BF16 ? 16 : 32;
}

static int64_t has_feedback(const dlt_task *task) {
    return compression_bits(task) == 16 && task->run->settings.comm.error_feedback;
}

/* The code that decides the bits: libraries of the kernels, and extensions by their contents. */
static dlt_status describe_code(const dlt_task *task, dlt_text *out) {
    const dlt_strings *extensions = &task->run->settings.extensions;
    char libraries[DLT_LIBRARIES_TEXT_BYTES];
    char digits[17];
    dlt_kernels_libraries(libraries, sizeof libraries);
    dlt_text_add(out, "%s", libraries);
    for (int64_t i = 0; i < extensions->count; i++) {
        const char *slash = strrchr(extensions->at[i], '/');
        dlt_hash_format(dlt_extension_hash(extensions->at[i]), digits);
        dlt_text_add(out, ", %s %s", slash != NULL ? slash + 1 : extensions->at[i], digits);
    }
    return dlt_text_check(out);
}

static dlt_status set_code(const dlt_task *task, dlt_snapshot *snapshot) {
    dlt_text code = DLT_TEXT_EMPTY;
    dlt_status status = describe_code(task, &code);
    if (status == DLT_OK)
        status = dlt_snapshot_set_text(snapshot, "libraries", dlt_text_of(&code));
    dlt_text_destroy(&code);
    return status;
}

static dlt_status set_shares(const dlt_task *task, dlt_snapshot *snapshot) {
    dlt_text shares = DLT_TEXT_EMPTY;
    dlt_model_describe_shares(task->model, &shares);
    dlt_status status = dlt_text_check(&shares);
    if (status == DLT_OK && shares.used > 0)
        status = dlt_snapshot_set_text(snapshot, "shared_parameters", dlt_text_of(&shares));
    dlt_text_destroy(&shares);
    return status;
}

static dlt_status set_identity(const dlt_task *task, dlt_snapshot *snapshot) {
    DLT_TRY(dlt_snapshot_set_int(snapshot, "batch", task->batch));
    DLT_TRY(dlt_snapshot_set_int(snapshot, "micro_batch", task->micro_batch));
    DLT_TRY(dlt_snapshot_set_int(snapshot, "threads", task->placement.threads));
    DLT_TRY(dlt_snapshot_set_int(snapshot, "seed", task->run->settings.seed));
    DLT_TRY(dlt_snapshot_set_int(snapshot, "data", fingerprint_of(task->train.data)));
    DLT_TRY(dlt_snapshot_set_int(snapshot, "precision_bits", precision_bits(task)));
    DLT_TRY(dlt_snapshot_set_int(snapshot, "compression_bits", compression_bits(task)));
    DLT_TRY(dlt_snapshot_set_int(snapshot, "error_feedback", has_feedback(task)));
    DLT_TRY(set_code(task, snapshot));
    char length[24] = "";
    if (task->classes.count > 0)
        (void)snprintf(length, sizeof length, "%lld",
                       (long long)task->classes.lengths[task->classes.count - 1]);
    if (length[0] != '\0')
        DLT_TRY(dlt_snapshot_set_text(snapshot, DLT_STATE_LENGTH, length));
    char input[DLT_SHAPE_TEXT_BYTES];
    DLT_TRY(dlt_snapshot_set_text(snapshot, DLT_STATE_INPUT,
                                  dlt_shape_text(&task->fields[0].stored, input)));
    if (task->train.data != NULL)
        DLT_TRY(dlt_snapshot_set_text(
            snapshot, DLT_STATE_INPUT_TYPE,
            dlt_h5_type_name(dlt_dataset_facts_of(task->train.data)->fields[0].type)));
    DLT_TRY(dlt_snapshot_set_int(snapshot, DLT_STATE_VALIDATION_DATA,
                                 fingerprint_of(task->validation.data)));
    DLT_TRY(dlt_snapshot_set_int(snapshot, DLT_STATE_VALIDATION_SAMPLES,
                                 task->validation.subset.count));
    DLT_TRY(set_shares(task, snapshot));
    DLT_TRY(dlt_identity_record(&task->identity, snapshot));
    return dlt_snapshot_set_int(snapshot, "train_samples", task->train.subset.count);
}

static dlt_status check_value(const dlt_snapshot *snapshot, const char *name, int64_t now,
                              const char *what) {
    int64_t then = 0;
    DLT_TRY(dlt_snapshot_get_int(snapshot, name, &then));
    if (then == now)
        return DLT_OK;
    return dlt_fail(DLT_ERR_MISMATCH,
                    "the checkpoint was written with another %s; resume with the run file that "
                    "began the run, or start a new one with --overwrite",
                    what);
}

/* The same of a value that older checkpoints lack, where it was `then`. */
static dlt_status check_later_value(const dlt_snapshot *snapshot, const char *name, int64_t now,
                                    int64_t then, const char *what) {
    if (!dlt_snapshot_has(snapshot, name) && now == then)
        return DLT_OK;
    return check_value(snapshot, name, now, what);
}

dlt_status dlt_state_check_identity(const dlt_task *task, const dlt_snapshot *snapshot) {
    DLT_TRY(check_value(snapshot, "batch", task->batch, "batch size"));
    DLT_TRY(check_value(snapshot, "micro_batch", task->micro_batch, "micro-batch size"));
    DLT_TRY(check_value(snapshot, "seed", task->run->settings.seed, "seed"));
    DLT_TRY(check_later_value(snapshot, "precision_bits", precision_bits(task), 32, "precision"));
    DLT_TRY(check_later_value(snapshot, "compression_bits", compression_bits(task), 32,
                              "gradient compression"));
    DLT_TRY(check_later_value(snapshot, "error_feedback", has_feedback(task), 0,
                              "setting of comm.error_feedback"));
    DLT_TRY(check_value(snapshot, "data", fingerprint_of(task->train.data), "training data set"));
    DLT_TRY(dlt_identity_check(&task->identity, snapshot));
    return check_value(snapshot, "train_samples", task->train.subset.count,
                       "number of training samples");
}

/* Other libraries, another processor under them or another extension give other bits, but no wrong
 * ones: all ranks have the same, and one says so. Older checkpoints do not know. */
static dlt_status compare_code(const dlt_task *task, const dlt_snapshot *snapshot) {
    const char *then = NULL;
    dlt_text now = DLT_TEXT_EMPTY;
    if (!dlt_snapshot_has(snapshot, "libraries"))
        return DLT_OK;
    DLT_TRY(dlt_snapshot_get_text(snapshot, "libraries", &then));
    dlt_status status = describe_code(task, &now);
    if (status == DLT_OK && strcmp(then, dlt_text_of(&now)) != 0 && dlt_comm_rank(task->comm) == 0)
        dlt_log(DLT_LOG_WARNING,
                "the checkpoint was computed with %s, and here it is %s: from now on the bits may "
                "differ from those of a run that was not interrupted",
                then, dlt_text_of(&now));
    dlt_text_destroy(&now);
    return status;
}

dlt_status dlt_state_snapshot(const dlt_task *task, const dlt_strategy *strategy,
                              dlt_train_state *state, dlt_snapshot **out) {
    dlt_text run_file = DLT_TEXT_EMPTY;
    char fingerprint[17];
    dlt_status status = dlt_snapshot_create(out);
    DLT_TRY_OUT(status);
    DLT_TRY_OUT(add_common(task, *out));
    DLT_TRY_OUT(add_optim_states(task, strategy, state, *out));
    DLT_TRY_OUT(dlt_feedback_residuals_add(&state->residuals, REAL_TYPE, *out));
    DLT_TRY_OUT(set_fields(*out, state));
    DLT_TRY_OUT(set_list(*out, "schedule", state->schedule, DLT_SCHEDULE_STATE));
    DLT_TRY_OUT(set_list(*out, "epoch_sum", state->epoch_sums, epoch_sum_count(task)));
    DLT_TRY_OUT(dlt_snapshot_set_int(*out, "stopped_early", state->stopped_early));
    DLT_TRY_OUT(set_identity(task, *out));
    dlt_hash_format(dlt_model_fingerprint(task->model), fingerprint);
    DLT_TRY_OUT(dlt_snapshot_set_model(*out, fingerprint));
    dlt_config_print(dlt_run_keys, &task->run->settings, 0, &run_file);
    DLT_TRY_OUT(dlt_text_check(&run_file));
    status = dlt_snapshot_set_run_file(*out, dlt_text_of(&run_file));
out:
    dlt_text_destroy(&run_file);
    if (status != DLT_OK)
        dlt_snapshot_destroy(out);
    return status;
}

dlt_status dlt_state_model_snapshot(const dlt_task *task, dlt_snapshot **out) {
    DLT_TRY(dlt_snapshot_create(out));
    dlt_status status = add_model(task, *out);
    if (status != DLT_OK)
        dlt_snapshot_destroy(out);
    return status;
}

dlt_status dlt_state_held_by_all(const dlt_task *task, const dlt_strategy *strategy,
                                 dlt_train_state *state, dlt_snapshot **out) {
    DLT_TRY(dlt_snapshot_create(out));
    dlt_status status = add_common(task, *out);
    if (status == DLT_OK && strategy->ops->keeps_all)
        status = add_optim_states(task, strategy, state, *out);
    if (status != DLT_OK)
        dlt_snapshot_destroy(out);
    return status;
}

dlt_status dlt_state_adopt(const dlt_strategy *strategy, const dlt_snapshot *snapshot,
                           dlt_train_state *state) {
    const dlt_task *task = strategy->task;
    DLT_TRY(dlt_state_check_identity(task, snapshot));
    DLT_TRY(compare_code(task, snapshot));
    dlt_feedback_residuals_adopt(strategy, &state->residuals);
    DLT_TRY(get_fields(snapshot, state));
    DLT_TRY(get_list(snapshot, "schedule", state->schedule, DLT_SCHEDULE_STATE));
    DLT_TRY(get_sums(task, snapshot, state->epoch_sums));
    if (dlt_snapshot_has(snapshot, "threads"))
        DLT_TRY(dlt_snapshot_get_int(snapshot, "threads", &state->threads_before));
    int64_t stopped = 0;
    DLT_TRY(dlt_snapshot_get_int(snapshot, "stopped_early", &stopped));
    state->stopped_early = stopped != 0;
    return DLT_OK;
}
