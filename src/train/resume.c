/* The run file that a checkpoint holds says what its values mean. Each value of it is compared with
 * this run's, and the table of keys says whether a change is refused, is free, or makes something
 * begin anew. */
#include "train/resume.h"

#include "base/error.h"
#include "comm/alike.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct run_comparison {
    const char *checkpoint;
    const char *then; /* facts of the stored run file */
    const char *hint; /* where the next one is likely to stand */
    dlt_resume_change *change;
    dlt_status status;
    bool metric_is_judged;
} run_comparison;

static void add_fact(void *context, const dlt_config_value *value) {
    dlt_text *facts = context;
    dlt_text_add(facts, "%s\t%s\n", value->path, value->text);
}

static void note_cause(dlt_resume_change *change, unsigned effects, const char *cause) {
    bool judges = (effects & (DLT_RESUME_BEST | DLT_RESUME_PATIENCE)) != 0;
    if (judges && change->cause[0] == '\0')
        snprintf(change->cause, sizeof change->cause, "%s", cause);
    change->effects |= effects;
}

static dlt_status refuse(const run_comparison *all, const char *path, const char *then,
                         size_t then_bytes, const char *now) {
    return dlt_fail(DLT_ERR_MISMATCH,
                    "%s was %.*s when checkpoint %s was written and is %s now, and the stored "
                    "state depends on it; resume with the run file that began the run, or start a "
                    "new one with --overwrite",
                    path, (int)(then_bytes < 200 ? then_bytes : 200), then, all->checkpoint, now);
}

static void compare_value(void *context, const dlt_config_value *now) {
    run_comparison *all = context;
    const char *then = NULL;
    size_t bytes = 0;
    unsigned effects = now->resume;
    if (all->status != DLT_OK ||
        !dlt_find_fact(all->then, &all->hint, now->path, strlen(now->path), &then, &bytes) ||
        (strlen(now->text) == bytes && memcmp(now->text, then, bytes) == 0))
        return;
    if (effects & DLT_RESUME_SAME_DATA) {
        all->change->other_path |= strcmp(now->path, "data.validation") == 0;
        return;
    }
    if (effects & DLT_RESUME_REFUSED)
        all->status = refuse(all, now->path, then, bytes, now->text);
    if (!(effects & DLT_RESUME_CHANGES))
        return;
    if (effects & DLT_RESUME_METRIC && all->metric_is_judged)
        effects |= DLT_RESUME_BEST;
    note_cause(all->change, effects, now->path);
    dlt_text_add(&all->change->said, "changed    %s was %.*s and is %s from here on\n", now->path,
                 (int)(bytes < 200 ? bytes : 200), then, now->text);
}

/* Settings whose monitor is written out, so that the default is no other value than its name. */
static dlt_run_settings name_monitor(const dlt_run_settings *settings) {
    dlt_run_settings named = *settings;
    if (named.early_stopping.monitor == NULL)
        named.early_stopping.monitor = named.data.validation != NULL ? "val_loss" : "train_loss";
    return named;
}

static bool is_metric_judged(const dlt_run_settings *settings) {
    const char *monitor = settings->early_stopping.monitor;
    return strcmp(monitor, "val_loss") != 0 && strcmp(monitor, "train_loss") != 0;
}

static dlt_status compare_settings(const dlt_run *run, const char *checkpoint,
                                   const dlt_run_settings *stored, dlt_resume_change *out) {
    dlt_text then = DLT_TEXT_EMPTY;
    const dlt_run_settings before = name_monitor(stored);
    const dlt_run_settings now = name_monitor(&run->settings);
    dlt_status status = dlt_config_walk(dlt_run_keys, &before, add_fact, &then);
    if (status == DLT_OK)
        status = dlt_text_check(&then);
    run_comparison all = {.checkpoint = checkpoint,
                          .then = dlt_text_of(&then),
                          .change = out,
                          .metric_is_judged = is_metric_judged(&before) || is_metric_judged(&now)};
    all.hint = all.then;
    if (status == DLT_OK)
        status = dlt_config_walk(dlt_run_keys, &now, compare_value, &all);
    dlt_text_destroy(&then);
    if (status == DLT_OK)
        status = all.status;
    return status == DLT_OK ? dlt_text_check(&out->said) : status;
}

dlt_status dlt_resume_compare(const dlt_run *run, const char *checkpoint, const char *stored,
                              dlt_resume_change *out) {
    dlt_config *config = NULL;
    dlt_run_settings settings = {.name = NULL};
    *out = (dlt_resume_change){.said = DLT_TEXT_EMPTY};
    if (stored == NULL)
        return dlt_fail(DLT_ERR_FORMAT, "checkpoint %s has no run file", checkpoint);
    dlt_status status = dlt_config_parse(stored, "the checkpoint's run file", NULL, 0, &config);
    if (status == DLT_OK)
        status = dlt_config_read(config, dlt_run_keys, &settings);
    if (status == DLT_ERR_CONFIG) {
        char why[DLT_ERROR_MESSAGE_BYTES / 2];
        snprintf(why, sizeof why, "%s", dlt_error_message());
        status = dlt_fail(DLT_ERR_FORMAT,
                          "this version of dltrain cannot read the run file in checkpoint %s (%s); "
                          "resume with the version that wrote it",
                          checkpoint, why);
    }
    if (status == DLT_OK)
        status = compare_settings(run, checkpoint, &settings, out);
    dlt_config_destroy(&config);
    return status;
}

void dlt_resume_destroy(dlt_resume_change *change) {
    dlt_text_destroy(&change->said);
}

/* Where a set has no fingerprint of its importer's, some samples stand for it: too little if it has
 * another name, too. */
static bool has_other_validation_data(const dlt_task *task, const dlt_snapshot *snapshot,
                                      const dlt_resume_change *change) {
    int64_t then = 0;
    int64_t then_samples = 0;
    const dlt_dataset *data = task->validation.data;
    if (dlt_snapshot_get_int(snapshot, DLT_STATE_VALIDATION_DATA, &then) != DLT_OK ||
        dlt_snapshot_get_int(snapshot, DLT_STATE_VALIDATION_SAMPLES, &then_samples) != DLT_OK)
        return true;
    if (data == NULL)
        return then_samples != 0;
    return then != (int64_t)dlt_dataset_facts_of(data)->fingerprint ||
           then_samples != task->validation.subset.count ||
           (change->other_path && !dlt_dataset_has_fingerprints(data));
}

static void forget_schedule(const dlt_task *task, unsigned effects, dlt_train_state *state) {
    const dlt_selection *schedule = &task->run->settings.schedule;
    const dlt_schedule_ops *ops = (const dlt_schedule_ops *)(const void *)schedule->kind;
    if (effects & DLT_RESUME_SCHEDULE)
        memset(state->schedule, 0, sizeof state->schedule);
    else if (effects & DLT_RESUME_BEST && ops != NULL && ops->forget != NULL)
        ops->forget(state->schedule);
}

void dlt_resume_apply(const dlt_task *task, const dlt_snapshot *snapshot, bool best_is_lost,
                      dlt_resume_change *change, dlt_train_state *state) {
    const dlt_early_stopping_settings *stopping = &task->run->settings.early_stopping;
    change->had_stopped = state->stopped_early;
    change->stalled = state->stalled;
    if (has_other_validation_data(task, snapshot, change))
        note_cause(change, DLT_RESUME_BEST, "other validation data");
    forget_schedule(task, change->effects, state);
    if (change->effects & DLT_RESUME_SUMS)
        memset(state->epoch_sums, 0, sizeof state->epoch_sums);
    change->best_is_lost = best_is_lost && !isnan(state->best_value);
    if (change->effects & DLT_RESUME_BEST || change->best_is_lost) {
        state->best_value = NAN;
        state->best_step = 0;
        state->best_epoch = 0;
    }
    if (change->effects & (DLT_RESUME_BEST | DLT_RESUME_PATIENCE))
        state->stalled = 0;
    state->stopped_early = stopping->patience > 0 && state->stalled >= stopping->patience;
}
