/* Trains with an observer that hashes every tensor after every update. Rank 0 alone records:
 * check_every = 1 makes all ranks compare their state after each update. Row 0 is the state before
 * the first update. After --resume the earlier rows come from the file, but the row of the
 * checkpoint is hashed anew from what was loaded. The trace is written at the beginning and again
 * at the end. */
#include "dltrain/verify.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "comm/alike.h"
#include "comm/collectives.h"
#include "io/atomic_file.h"
#include "run/folder.h"
#include "run/run.h"
#include "tools/trace.h"
#include "train/observer.h"
#include "watchdog/watchdog.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct verification {
    const dlt_verify_options *options;
    bool records; /* rank 0 writes the trace: all ranks hold the same */
    dlt_folder folder;
    char *path; /* of the trace; owned */
    dlt_trace trace;
    /* borrowed from the run while it trains */
    const dlt_task *task;
    const dlt_train_state *state;
    dlt_snapshot *tensors; /* the state's tensors where they lie; owned */
} verification;

static char *join(const char *first, const char *second, const char *third) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_text_add(&text, "%s%s%s", first, second, third);
    char *joined = text.failed ? NULL : dlt_alloc_text(dlt_text_of(&text));
    dlt_text_destroy(&text);
    return joined;
}

static char *gradient_name(const dlt_model_tensor *tensor) {
    char *node = join("/gradients/", tensor->node, "/");
    char *name = node != NULL ? join(node, tensor->name, "") : NULL;
    dlt_free(node);
    return name;
}

static dlt_status name_columns(verification *check) {
    const dlt_model_tensor *params = NULL;
    int count = dlt_model_param_tensors(check->task->model, &params);
    const dlt_snapshot *tensors = check->tensors;
    int64_t columns = count + tensors->tensor_count + 1;
    DLT_TRY(dlt_trace_create(columns, check->options->steps + 1, &check->trace));
    char **names = check->trace.names;
    for (int t = 0; t < count; t++)
        names[t] = gradient_name(&params[t]);
    for (int64_t t = 0; t < tensors->tensor_count; t++)
        names[count + t] = dlt_alloc_text(tensors->tensors[t].name);
    names[columns - 1] = dlt_alloc_text("loss");
    for (int64_t c = 0; c < columns; c++)
        if (names[c] == NULL)
            return DLT_ERR_MEM;
    return DLT_OK;
}

static void hash_state(const dlt_snapshot *snapshot, uint64_t *hashes) {
    for (int64_t t = 0; t < snapshot->tensor_count; t++) {
        const dlt_snapshot_tensor *tensor = &snapshot->tensors[t];
        int64_t bytes = dlt_shape_count(&tensor->shape) * dlt_h5_type_bytes(tensor->type);
        hashes[t] = dlt_hash(0, tensor->data, (size_t)bytes);
    }
}

/* Fills in the row of the updates that are done, but for gradients and loss. */
static uint64_t *record_state(verification *check) {
    dlt_trace *trace = &check->trace;
    uint64_t *row = dlt_trace_row(trace, check->state->step);
    trace->rows = check->state->step + 1;
    hash_state(check->tensors, row + trace->columns - 1 - check->tensors->tensor_count);
    return row;
}

/* The tables come last. */
static uint64_t hash_rows(const dlt_reducer *reducer, int table, int64_t width) {
    dlt_row_total total = dlt_reducer_rows(reducer, table, false);
    uint64_t hash = 0;
    int64_t row = 0;
    const dlt_real *values = NULL;
    while (dlt_row_total_next(&total, &row, &values))
        hash = dlt_hash(dlt_hash(hash, &row, sizeof row), values, (size_t)width * sizeof *values);
    return hash;
}

static void record_update(void *context, const dlt_step_result *step) {
    verification *check = context;
    if (!check->records)
        return;
    const dlt_model_tensor *params = NULL;
    int count = dlt_model_param_tensors(check->task->model, &params);
    uint64_t *row = record_state(check);
    const dlt_row_table *tables = NULL;
    const int dense = count - dlt_model_tables(check->task->model, &tables);
    for (int t = 0; t < dense; t++)
        row[t] = dlt_hash(0, step->gradients + params[t].offset,
                          (size_t)params[t].count * sizeof(dlt_real));
    for (int t = dense; t < count; t++)
        row[t] = hash_rows(step->reducer, t - dense, tables[t - dense].width);
    row[check->trace.columns - 1] = dlt_hash(0, &step->loss, sizeof step->loss);
}

/* What an interrupted verification has recorded up to its checkpoint. */
static dlt_status take_up_trace(verification *check) {
    dlt_trace before = {0};
    dlt_trace_parting parting;
    dlt_status status = dlt_trace_read(check->path, &before);
    if (status == DLT_OK)
        status = dlt_trace_compare(&before, &check->trace, &parting);
    if (status == DLT_OK && before.rows <= check->state->step)
        status = dlt_fail(DLT_ERR_MISMATCH,
                          "the trace %s ends before the checkpoint; verify without --resume",
                          check->path);
    if (status == DLT_OK && check->state->step < check->trace.room)
        memcpy(check->trace.hashes, before.hashes,
               (size_t)((check->state->step + 1) * before.columns) * sizeof *before.hashes);
    else if (status == DLT_OK)
        status = dlt_fail(DLT_ERR_ARG, "the checkpoint is of update %lld, --steps is %lld",
                          (long long)check->state->step, (long long)check->options->steps);
    dlt_trace_destroy(&before);
    return status;
}

/* The state that a resumed run begins with takes the place of what was recorded before it stopped:
 * a tensor that the checkpoint has lost then differs there, by name. */
static dlt_status begin_trace(void *context, const dlt_task *task, dlt_train_state *state) {
    verification *check = context;
    if (!check->records)
        return DLT_OK;
    check->task = task;
    check->state = state;
    DLT_TRY(dlt_state_snapshot(task, NULL, state, &check->tensors));
    DLT_TRY(name_columns(check));
    if (check->options->resume)
        DLT_TRY(take_up_trace(check));
    (void)record_state(check);
    return dlt_trace_write(&check->trace, check->path);
}

static dlt_status name_files(const dlt_run *run, verification *check) {
    char *root = check->options->out != NULL ? dlt_alloc_text(check->options->out)
                                             : join("runs/verify-", dlt_run_name(run), "");
    dlt_status status = root != NULL ? dlt_folder_name(root, &check->folder) : DLT_ERR_MEM;
    if (status == DLT_OK && (check->path = join(root, DLT_TRACE_NAME, "")) == NULL)
        status = DLT_ERR_MEM;
    dlt_free(root);
    return status;
}

/* Only a folder with a trace is a verification's and may be replaced without asking. */
static dlt_status check_folder(const verification *check) {
    if (!dlt_path_exists(check->folder.config) || dlt_path_exists(check->path))
        return DLT_OK;
    return dlt_fail(
        DLT_ERR_ARG,
        "%s holds a run that `dltrain verify` did not make; choose another folder with --out",
        check->folder.root);
}

static dlt_status train_traced(const dlt_comm *comm, dlt_run *run, verification *check,
                               dlt_train_result *result) {
    const dlt_verify_options *options = check->options;
    bool stops = options->stop_after > 0 && options->stop_after < options->steps;
    dlt_train_options train = {.out = check->folder.root,
                               .resume = options->resume,
                               .overwrite = !options->resume,
                               .stop = options->stop,
                               .watchdog = options->watchdog};
    dlt_observer observer = {.context = check,
                             .last_step = stops ? options->stop_after : options->steps,
                             .begin = begin_trace,
                             .after_update = record_update};
    run->settings.train.check_every = 1;
    DLT_TRY(dlt_train_observed(comm, run, &train, &observer, result));
    dlt_status status = check->records ? dlt_trace_write(&check->trace, check->path) : DLT_OK;
    return dlt_agree_first(comm, status);
}

/* Where the trainer has discarded a folder that is of no use, the trace goes too; the folder itself
 * as it is given up. */
static void discard_trace(const verification *check) {
    if (!check->records || dlt_path_exists(check->folder.config))
        return;
    (void)unlink(check->path);
}

/* The command has compared them already; other programs have not. */
static dlt_status check_options_alike(const dlt_comm *comm, const dlt_verify_options *options) {
    dlt_text facts = DLT_TEXT_EMPTY;
    dlt_text_add(&facts, "the folder\t%s\n",
                 options->out != NULL ? options->out : "runs/verify-NAME");
    dlt_text_add(&facts, "updates\t%lld\n", (long long)options->steps);
    dlt_text_add(&facts, "a stop after update\t%lld\n", (long long)options->stop_after);
    dlt_text_add(&facts, "%s", options->resume ? "resume\n" : "");
    return dlt_check_facts(comm, DLT_FACT_START, &facts);
}

static dlt_status verify(const dlt_comm *comm, dlt_run *run, verification *check,
                         dlt_train_result *result) {
    const dlt_folder_claim claim = {.heartbeat = dlt_watchdog_heartbeat(check->options->watchdog),
                                    .stop = check->options->stop};
    bool put_back = false;
    DLT_TRY(check_options_alike(comm, check->options));
    DLT_TRY(dlt_agree(comm, name_files(run, check)));
    DLT_TRY(dlt_folder_own(comm, &claim, &check->folder, &put_back));
    DLT_TRY(dlt_agree_first(comm, check->records ? check_folder(check) : DLT_OK));
    dlt_status status = train_traced(comm, run, check, result);
    if (status != DLT_OK)
        discard_trace(check);
    return status;
}

dlt_status dlt_verify(const dlt_comm *comm, dlt_run *run, const dlt_verify_options *options,
                      dlt_train_result *result) {
    verification check = {.options = options, .records = dlt_comm_rank(comm) == 0};
    dlt_status status = verify(comm, run, &check, result);
    dlt_snapshot_destroy(&check.tensors);
    dlt_trace_destroy(&check.trace);
    dlt_folder_destroy(&check.folder);
    dlt_free(check.path);
    return status;
}
