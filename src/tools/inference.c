/* The weights of a finished run on other data, for eval and predict: which checkpoint, whether the
 * data belong to it, and the model with its weights. */
#include "dltrain/trainer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "comm/alike.h"
#include "comm/collectives.h"
#include "engine/alike.h"
#include "io/output.h"
#include "session/run_weights.h"
#include "tools/imported.h"
#include "tools/inference.h"
#include "train/trainer_parts.h"

#include <math.h>
#include <string.h>

static dlt_status choose_checkpoint(dlt_applied *applied, const char *asked) {
    return asked == NULL ? dlt_run_weights_find(applied->comm, &applied->folder, applied->run,
                                                applied->checkpoint)
                         : dlt_run_weights_named(applied->comm, asked, applied->checkpoint);
}

/* The EMA stands for the weights, once there is one. */
static void take_ema(dlt_applied *applied) {
    const dlt_real *ema = applied->state.ema;
    int64_t elements = dlt_model_param_elements(applied->task.model);
    if (ema != NULL && applied->step > 0)
        memcpy(dlt_model_params(applied->task.model), ema, (size_t)elements * sizeof *ema);
}

static dlt_status load_weights(dlt_applied *applied, uint64_t *contents) {
    dlt_snapshot *snapshot = NULL;
    dlt_status status = dlt_state_create(&applied->task, NULL, &applied->state);
    if (status == DLT_OK)
        status = dlt_state_snapshot(&applied->task, NULL, &applied->state, &snapshot);
    if (status == DLT_OK)
        status = dlt_checkpoint_load(applied->task.h5_lock, applied->checkpoint, snapshot);
    if (status == DLT_OK)
        *contents = snapshot->contents;
    if (status == DLT_OK)
        status = dlt_snapshot_get_int(snapshot, "step", &applied->step);
    if (status == DLT_OK)
        take_ema(applied);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

static dlt_status open_task(dlt_applied *applied, const dlt_inference_options *options,
                            bool needs_target) {
    dlt_task_options task = {.run = applied->run,
                             .comm = applied->comm,
                             .heartbeat = dlt_watchdog_heartbeat(applied->watchdog),
                             .evaluate = options->data,
                             .evaluate_needs_target = needs_target,
                             .checkpoint = applied->checkpoint};
    if (task.evaluate == NULL)
        task.evaluate = applied->run->settings.data.test;
    if (task.evaluate == NULL)
        return dlt_fail(DLT_ERR_ARG, "the run has no test data; name a data set with --data");
    DLT_TRY(dlt_recorded_micro_batch(applied->comm, applied->checkpoint, &task.micro_batch));
    if (applied->run->settings.train.threads == DLT_THREADS_AUTO)
        DLT_TRY(dlt_recorded_threads(applied->comm, applied->checkpoint, &task.threads));
    dlt_imported imported;
    const dlt_imported_options importing = {.comm = applied->comm,
                                            .source = task.evaluate,
                                            .checkpoint = applied->checkpoint,
                                            .needs_target = needs_target,
                                            .heartbeat = task.heartbeat,
                                            .stop = options->stop,
                                            .console = options->console};
    dlt_status status = dlt_imported_make(&importing, &imported);
    if (imported.is_needed) {
        task.evaluate = imported.data_set;
        task.evaluate_source = importing.source;
    }
    if (status == DLT_OK)
        status = dlt_task_create(&task, &applied->task);
    if (status != DLT_OK)
        dlt_imported_blame_source(&imported, importing.source);
    dlt_imported_remove(&imported);
    return status;
}

static void set_up_for(const dlt_applied *applied, const char *words) {
    dlt_heartbeat_doing(dlt_watchdog_heartbeat(applied->watchdog), DLT_PHASE_SETTING_UP, words);
}

static void add_option(dlt_text *facts, const char *name, const char *value) {
    if (value != NULL)
        dlt_text_add(facts, "%s\t%s\n", name, value);
}

/* The command has compared them already; other programs have not. */
static dlt_status check_options_alike(const dlt_comm *comm, const dlt_inference_options *options) {
    dlt_text facts = DLT_TEXT_EMPTY;
    add_option(&facts, "the run folder", options->run_dir);
    add_option(&facts, "the data", options->data);
    add_option(&facts, "the checkpoint", options->checkpoint);
    add_option(&facts, "the output", options->out);
    add_option(&facts, "overwrite", options->overwrite ? "" : NULL);
    return dlt_check_facts(comm, DLT_FACT_START, &facts);
}

dlt_status dlt_applied_create(const dlt_comm *comm, const dlt_inference_options *options,
                              bool needs_target, dlt_applied *out) {
    *out = (dlt_applied){.comm = comm, .watchdog = options->watchdog};
    dlt_watchdog_join(out->watchdog, comm);
    set_up_for(out, "reading the run");
    DLT_TRY(check_options_alike(comm, options));
    DLT_TRY(dlt_agree(comm, dlt_folder_name(options->run_dir, &out->folder)));
    DLT_TRY(dlt_agree(comm, dlt_run_load(out->folder.config, NULL, 0, &out->run)));
    DLT_TRY(dlt_run_check_alike(comm, out->run));
    if (!isnan(out->run->settings.train.watchdog_s))
        dlt_watchdog_set_limit(out->watchdog, out->run->settings.train.watchdog_s);
    DLT_TRY(choose_checkpoint(out, options->checkpoint));
    DLT_TRY(open_task(out, options, needs_target));
    set_up_for(out, "reading the weights");
    uint64_t contents = 0;
    DLT_TRY(dlt_agree(comm, load_weights(out, &contents)));
    DLT_TRY(dlt_contents_check_alike(comm, out->checkpoint, contents));
    dlt_console console = dlt_console_make(comm, options->console, options->is_terminal);
    const char *test = out->run->settings.data.test;
    dlt_console_mapping(&console, options->data != NULL ? options->data : test,
                        out->task.test_data);
    return DLT_OK;
}

void dlt_applied_destroy(dlt_applied *applied, dlt_status status) {
    dlt_heartbeat_doing(dlt_watchdog_heartbeat(applied->watchdog),
                        status == DLT_OK ? DLT_PHASE_ENDING : DLT_PHASE_SETTING_UP,
                        status == DLT_OK ? "done, and leaving MPI" : "clearing up after a failure");
    dlt_state_destroy(&applied->state);
    dlt_task_destroy(&applied->task);
    dlt_run_destroy(&applied->run);
    dlt_folder_destroy(&applied->folder);
}

/* The name of what `eval` evaluates. */
#define SPLIT "evaluate"

static dlt_status evaluate_inference(dlt_applied *applied, const dlt_inference_options *options) {
    dlt_console console = dlt_console_make(applied->comm, options->console, options->is_terminal);
    dlt_progress bar;
    dlt_progress_begin(&bar, SPLIT, applied->task.test.subset.count, "samples", console.out,
                       console.is_terminal);
    dlt_evaluation_options evaluation = {.task = &applied->task,
                                         .split = &applied->task.test,
                                         .heartbeat = dlt_watchdog_heartbeat(applied->watchdog),
                                         .progress = &bar,
                                         .stop = options->stop};
    dlt_evaluation result;
    dlt_status status = dlt_evaluate_split(&evaluation, &result);
    dlt_progress_end(&bar, NULL);
    if (status == DLT_OK)
        dlt_console_note(&console, "weights   update %lld, from %s", (long long)applied->step,
                         applied->checkpoint);
    if (status == DLT_OK)
        status = dlt_agree_first(
            applied->comm,
            dlt_console_evaluation(&console, SPLIT, applied->folder.root, &result,
                                   dlt_dataset_facts_of(applied->task.test_data)->class_names));
    const double scale = applied->task.identity.target_scale;
    if (status == DLT_OK && scale > 0 && scale != 1)
        dlt_console_note(&console, DLT_NOTE_OF_UNIT, "loss and errors are", scale);
    dlt_evaluation_destroy(&result);
    return status;
}

/* A large confusion matrix becomes a file of the run folder, which may be the data. */
static dlt_status check_matrix(const dlt_inference_options *options) {
    dlt_file_set inputs = {.count = 0};
    dlt_text path = DLT_TEXT_EMPTY;
    dlt_text_add(&path, "%s/confusion-" SPLIT ".csv", options->run_dir);
    dlt_status status = dlt_text_check(&path);
    if (status == DLT_OK && options->data != NULL)
        status = dlt_file_set_add(&inputs, options->data);
    if (status == DLT_OK)
        status = dlt_output_check(dlt_text_of(&path), true, &inputs);
    dlt_file_set_destroy(&inputs);
    dlt_text_destroy(&path);
    return status;
}

dlt_status dlt_evaluate(const dlt_comm *comm, const dlt_inference_options *options) {
    dlt_applied applied;
    DLT_TRY(dlt_agree_first(comm, dlt_comm_rank(comm) == 0 ? check_matrix(options) : DLT_OK));
    dlt_status status = dlt_applied_create(comm, options, true, &applied);
    if (status == DLT_OK)
        status = evaluate_inference(&applied, options);
    dlt_applied_destroy(&applied, status);
    return status;
}
