/* Loads a run file: parses it with its overrides, reads it into settings, checks what no single key
 * can check, and then fills in the metrics that the loss suggests. Each rank loads the file by
 * itself, so files and overrides may differ; dlt_run_check_alike compares every value over the
 * ranks. */
#include "run/run.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/name.h"
#include "comm/alike.h"
#include "dltrain/extend/loss.h"
#include "dltrain/extend/metric.h"
#include "dltrain/extend/optimizer.h"
#include "run/extension.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void dlt_run_name_loss(const dlt_run_settings *settings, int64_t index,
                       char out[DLT_LOSS_NAME_BYTES]) {
    const dlt_selection *self = &settings->loss.at[index];
    const dlt_loss_settings *common = self->common;
    int number = 1;
    int of_kind = 0;
    for (int64_t i = 0; i < settings->loss.count; i++) {
        number += i < index && settings->loss.at[i].kind == self->kind;
        of_kind += settings->loss.at[i].kind == self->kind;
    }
    if (common->name != NULL)
        snprintf(out, DLT_LOSS_NAME_BYTES, "%s", common->name);
    else if (of_kind > 1)
        snprintf(out, DLT_LOSS_NAME_BYTES, "%.48s_%d", self->kind->name, number);
    else
        snprintf(out, DLT_LOSS_NAME_BYTES, "%.48s", self->kind->name);
}

typedef struct metrics_settings {
    dlt_selection_list metrics;
} metrics_settings;

static const dlt_key metrics_keys[] = {{.name = "metrics",
                                        .type = DLT_KEY_SELECTIONS,
                                        .offset = offsetof(metrics_settings, metrics),
                                        .registry = dlt_metrics,
                                        .section = dlt_metric_keys,
                                        .section_size = sizeof(dlt_metric_settings),
                                        .help = "Metrics reported beside the loss."},
                                       {0}};

/* A loss names its metrics as text, read here like anything else of a run file; the small document
 * lives as long as the run. Where there are several losses, each metric names its own. */
static dlt_status add_metrics_of(dlt_run *run, int64_t index, int64_t *count) {
    dlt_default_metrics *defaults = &run->default_metrics;
    const dlt_selection_list *losses = &run->settings.loss;
    const dlt_loss_ops *loss = (const dlt_loss_ops *)(const void *)losses->at[index].kind;
    dlt_text text = DLT_TEXT_EMPTY;
    metrics_settings own = {.metrics = {.count = 0}};
    dlt_text_add(&text, "metrics: %s\n", loss->default_metrics);
    dlt_status status = dlt_text_check(&text);
    if (status == DLT_OK)
        status = dlt_config_parse(dlt_text_of(&text), "default metrics", NULL, 0,
                                  &defaults->configs[index]);
    if (status == DLT_OK)
        status = dlt_config_read(defaults->configs[index], metrics_keys, &own);
    dlt_text_destroy(&text);
    dlt_run_name_loss(&run->settings, index, defaults->loss_names[index]);
    const char *name = losses->count > 1 ? defaults->loss_names[index] : NULL;
    for (int64_t i = 0; i < own.metrics.count && *count < DLT_METRICS_MAX; i++, ++*count) {
        defaults->common[*count] = (dlt_metric_settings){.loss = name};
        defaults->at[*count] = own.metrics.at[i];
        defaults->at[*count].common = &defaults->common[*count];
    }
    return status;
}

static dlt_status resolve_metrics(dlt_run *run) {
    int64_t count = 0;
    if (run->settings.metrics.count >= 0)
        return DLT_OK;
    for (int64_t k = 0; k < run->settings.loss.count; k++)
        DLT_TRY(add_metrics_of(run, k, &count));
    run->settings.metrics = (dlt_selection_list){.count = count, .at = run->default_metrics.at};
    return DLT_OK;
}

static dlt_status fail_at_key(const dlt_run *run, const char *key, const char *sentence) {
    dlt_position position = dlt_config_position(run->config, key);
    return dlt_config_fail(&position, "%s", sentence);
}

static dlt_status check_precision(const dlt_run *run) {
    const char *precision = run->settings.precision;
    dlt_position position = dlt_config_position(run->config, "precision");
    if (strcmp(precision, "fp32") != 0 && strcmp(precision, "bf16") != 0)
        return dlt_config_fail(&position, "'precision' must be fp32 or bf16, found %s", precision);
    if (strcmp(run->settings.train.kernels, "onednn-bf16") == 0)
        return fail_at_key(run, "train.kernels",
                           "'train.kernels' cannot be onednn-bf16: set 'precision' to bf16");
    return DLT_OK;
}

/* What no single key can check. */
static dlt_status check_settings(const dlt_run *run) {
    const dlt_run_settings *settings = &run->settings;
    const dlt_train_settings *train = &settings->train;
    if (!dlt_name_is_plain(settings->name) || settings->name[0] == '.')
        return fail_at_key(
            run, "name",
            "'name' must not be empty, begin with a dot, or contain '/' or a control "
            "character");
    DLT_TRY(check_precision(run));
    if (train->batch > 0 && train->micro_batch > train->batch)
        return fail_at_key(run, "train.micro_batch",
                           "'train.micro_batch' is larger than 'train.batch'");
    const dlt_optimizer_ops *optimizer =
        (const dlt_optimizer_ops *)(const void *)settings->optimizer.kind;
    return optimizer->check != NULL ? optimizer->check(&settings->optimizer) : DLT_OK;
}

dlt_status dlt_run_of_config(dlt_config **config, dlt_run **out) {
    dlt_run *run = NULL;
    *out = NULL;
    dlt_status status = DLT_NEW(run, 1);
    if (status != DLT_OK) {
        dlt_config_destroy(config);
        return status;
    }
    run->config = *config;
    *config = NULL;
    dlt_strings extensions = {0};
    status = dlt_extensions_load(run->config, &extensions);
    if (status == DLT_OK)
        status = dlt_config_read(run->config, dlt_run_keys, &run->settings);
    run->settings.extensions = extensions;
    if (status == DLT_OK)
        status = check_settings(run);
    if (status == DLT_OK)
        status = resolve_metrics(run);
    if (status != DLT_OK)
        dlt_run_destroy(&run);
    *out = run;
    return status;
}

dlt_status dlt_run_load(const char *path, const char *const *overrides, int override_count,
                        dlt_run **out) {
    dlt_config *config = NULL;
    *out = NULL;
    DLT_TRY(dlt_config_load(path, overrides, override_count, &config));
    return dlt_run_of_config(&config, out);
}

dlt_status dlt_run_parse(const char *text, const char *source, dlt_run **out) {
    dlt_config *config = NULL;
    *out = NULL;
    DLT_TRY(dlt_config_parse(text, source, NULL, 0, &config));
    return dlt_run_of_config(&config, out);
}

void dlt_run_destroy(dlt_run **run) {
    if (*run == NULL)
        return;
    for (int k = 0; k < DLT_LOSSES_MAX; k++)
        dlt_config_destroy(&(*run)->default_metrics.configs[k]);
    dlt_config_destroy(&(*run)->config);
    dlt_free(*run);
    *run = NULL;
}

const char *dlt_run_name(const dlt_run *run) {
    return run->settings.name;
}

dlt_status dlt_run_print(const dlt_run *run, dlt_text *out) {
    dlt_config_print(dlt_run_keys, &run->settings, 0, out);
    return dlt_text_check(out);
}

static void add_fact(void *context, const dlt_config_value *value) {
    dlt_text *facts = context;
    dlt_text_add(facts, "%s\t%s\n", value->path, value->text);
}

dlt_status dlt_run_check_alike(const dlt_comm *comm, const dlt_run *run) {
    dlt_text facts = DLT_TEXT_EMPTY;
    dlt_status status = dlt_config_walk(dlt_run_keys, &run->settings, add_fact, &facts);
    status = dlt_agree(comm, status);
    if (status == DLT_OK)
        return dlt_check_facts(comm, DLT_FACT_START, &facts);
    dlt_text_destroy(&facts);
    return status;
}
