/* Makes the losses of a task. What the run file names decides which outputs the model must keep, so
 * names are resolved before the model exists: a name that is no field is a node's. Shapes are
 * checked and memory is made after it. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/name.h"
#include "config/config.h"
#include "engine/objectives.h"
#include "engine/task_fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const dlt_loss_settings *settings_of(const dlt_objective *self) {
    return self->selection->common;
}

dlt_status dlt_objective_outputs_add(dlt_objective_outputs *outputs, const char *name) {
    if (outputs->count == DLT_MODEL_OUTPUTS_MAX)
        return dlt_fail(DLT_ERR_CONFIG, "more than %d outputs of the model are asked for",
                        DLT_MODEL_OUTPUTS_MAX);
    outputs->positions[outputs->count] = (dlt_position){.file = NULL};
    outputs->requests[outputs->count++] = (dlt_model_output_request){.name = name};
    return DLT_OK;
}

/* Adds an output to the model's, or finds it among them. */
static dlt_status request_output(dlt_objective_outputs *outputs, const dlt_objective *of,
                                 const char *name, bool has_loss, int *index) {
    for (int i = 0; i < outputs->count; i++) {
        const char *other = outputs->requests[i].name;
        bool is_same = name == NULL || other == NULL ? name == other : strcmp(name, other) == 0;
        if (!is_same)
            continue;
        outputs->requests[i].has_loss = outputs->requests[i].has_loss || has_loss;
        *index = i;
        return DLT_OK;
    }
    *index = outputs->count;
    DLT_TRY(dlt_objective_outputs_add(outputs, name));
    outputs->requests[*index].has_loss = has_loss;
    outputs->positions[*index] = of->selection->position;
    return DLT_OK;
}

/* A field, or an output of a node. */
static dlt_status resolve(const dlt_task *task, dlt_objective_outputs *outputs,
                          const dlt_objective *of, const char *name, dlt_tensor_source *out) {
    *out = (dlt_tensor_source){.name = name};
    if (name == NULL)
        return DLT_OK;
    out->index = dlt_task_find_field(task, name);
    out->origin = out->index >= 0 ? DLT_TENSOR_FIELD : DLT_TENSOR_OUTPUT;
    return out->origin == DLT_TENSOR_FIELD ? DLT_OK
                                           : request_output(outputs, of, name, false, &out->index);
}

static dlt_status name_objective(const dlt_task *task, int k) {
    dlt_objective *self = &task->objectives[k];
    const char *given = settings_of(self)->name;
    if (given != NULL && (!dlt_name_is_plain(given) || strlen(given) >= sizeof self->name))
        return dlt_config_fail(&self->selection->position,
                               "the name of a loss must have 1 to %d characters, no '/' and no "
                               "control character; found '%s'",
                               DLT_LOSS_NAME_BYTES - 1, given);
    dlt_run_name_loss(&task->run->settings, k, self->name);
    for (int i = 0; i < k; i++)
        if (strcmp(task->objectives[i].name, self->name) == 0)
            return dlt_config_fail(&self->selection->position, "two losses have the name '%s'",
                                   self->name);
    return DLT_OK;
}

static dlt_status read_objective(const dlt_task *task, int k, dlt_objective_outputs *outputs) {
    dlt_objective *self = &task->objectives[k];
    const dlt_loss_settings *settings = settings_of(self);
    const bool has_from = settings->from.count >= 0;
    const char *target = has_from ? settings->from.at[1] : DLT_FIELD_NAME_Y;
    DLT_TRY(name_objective(task, k));
    if (!has_from && dlt_task_find_field(task, target) < 0)
        return dlt_config_fail(&self->selection->position,
                               "the loss '%s' needs `from: [prediction, target]`, because there is "
                               "no field 'y'",
                               self->name);
    const char *prediction = has_from ? settings->from.at[0] : NULL;
    if (prediction != NULL && dlt_task_find_field(task, prediction) >= 0)
        return dlt_config_fail(&self->selection->position,
                               "the prediction of the loss '%s' is the field '%s'; it must be the "
                               "output of a node",
                               self->name, prediction);
    DLT_TRY(request_output(outputs, self, prediction, true, &self->prediction));
    DLT_TRY(resolve(task, outputs, self, target, &self->target));
    DLT_TRY(resolve(task, outputs, self, settings->mask, &self->mask));
    DLT_TRY(resolve(task, outputs, self, settings->weight, &self->weight));
    self->factor = isnan(settings->factor) ? 1 : settings->factor;
    self->has_ignored = settings->ignore.count > 0;
    self->ignored = self->has_ignored ? (int32_t)settings->ignore.at[0] : 0;
    if (self->has_ignored && self->ops->target != DLT_TARGET_LABELS)
        return dlt_config_fail(&self->selection->position,
                               "'ignore' is for losses that take labels, which '%s' does not",
                               self->ops->entry.name);
    return DLT_OK;
}

dlt_status dlt_objectives_create(dlt_task *task, dlt_objective_outputs *outputs) {
    const dlt_selection_list *losses = &task->run->settings.loss;
    *outputs = (dlt_objective_outputs){.count = 0};
    DLT_TRY(DLT_NEW(task->objectives, losses->count));
    task->objective_count = (int)losses->count;
    for (int k = 0; k < task->objective_count; k++) {
        task->objectives[k].selection = &losses->at[k];
        task->objectives[k].ops = (const dlt_loss_ops *)(const void *)losses->at[k].kind;
    }
    for (int k = 0; k < task->objective_count; k++)
        DLT_TRY(read_objective(task, k, outputs));
    return DLT_OK;
}

const dlt_tensor_spec *dlt_objective_spec(const dlt_task *task, const dlt_tensor_source *source) {
    return source->origin == DLT_TENSOR_FIELD ? &task->fields[source->index].spec
                                              : dlt_model_output(task->model, source->index);
}

static void describe_source(const dlt_task *task, const dlt_tensor_source *source,
                            const dlt_shape *shape, char *name, dlt_loss_operand *out) {
    const size_t bytes = DLT_OBJECTIVE_OPERAND_BYTES;
    if (source->origin == DLT_TENSOR_ABSENT)
        return;
    snprintf(name, bytes, "%s '%.80s'", source->origin == DLT_TENSOR_FIELD ? "field" : "node",
             source->name);
    const bool is_known =
        source->origin == DLT_TENSOR_OUTPUT || task->fields[source->index].is_known;
    const dlt_shape *known = is_known ? &dlt_objective_spec(task, source)->shape : NULL;
    *out = (dlt_loss_operand){.name = name, .shape = shape != NULL ? shape : known};
}

void dlt_objective_describe(const dlt_task *task, const dlt_objective *objective,
                            const dlt_shape *target, dlt_objective_operands *out) {
    *out = (dlt_objective_operands){0};
    snprintf(out->names[0], sizeof out->names[0], "node '%.80s'",
             dlt_model_output_node(task->model, objective->prediction));
    out->operands.prediction =
        (dlt_loss_operand){.name = out->names[0],
                           .shape = &dlt_model_output(task->model, objective->prediction)->shape};
    describe_source(task, &objective->target, target, out->names[1], &out->operands.target);
    describe_source(task, &objective->mask, NULL, out->names[2], &out->operands.mask);
    describe_source(task, &objective->weight, NULL, out->names[3], &out->operands.weight);
}

/* With several losses, weights must be known before the first gradient. */
static dlt_status check_operands(const dlt_task *task, const dlt_objective *self) {
    const dlt_tensor_source *sources[] = {&self->target, &self->mask, &self->weight};
    const bool is_weighted = !dlt_objective_is_static(self);
    for (int i = 0; i < 3; i++)
        if (task->objective_count > 1 && is_weighted && sources[i]->origin == DLT_TENSOR_OUTPUT)
            return dlt_config_fail(&self->selection->position,
                                   "the loss '%s' counts rows by the node '%s'; where there are "
                                   "several losses, target, mask and weight must be fields",
                                   self->name, sources[i]->name);
    const bool has_labels = self->ops->target == DLT_TARGET_LABELS;
    const dlt_dtype found = dlt_objective_spec(task, &self->target)->dtype;
    if (has_labels != (found == DLT_DTYPE_I32))
        return dlt_config_fail(
            &self->selection->position, "the loss '%s' takes %s as targets, but '%s' has %s",
            self->name, has_labels ? "whole numbers (int32)" : "real numbers", self->target.name,
            has_labels ? "real numbers" : "whole numbers (int32)");
    return DLT_OK;
}

dlt_status dlt_objective_place(const dlt_objective *objective, dlt_status status) {
    if (status != DLT_ERR_SHAPE && status != DLT_ERR_CONFIG)
        return status;
    return dlt_config_fail_at(__FILE__, __LINE__, status, &objective->selection->position, "%s",
                              dlt_error_message());
}

static dlt_status make_memory(const dlt_task *task, dlt_objective *self) {
    const int64_t rows = task->micro_batch * self->rows.count;
    if (self->shares_output)
        DLT_TRY(DLT_NEW(self->gradient, rows * self->rows.d));
    if (!dlt_objective_has_row_weights(self))
        return DLT_OK;
    DLT_TRY(DLT_NEW(self->row_weights, rows));
    DLT_TRY(DLT_NEW(self->counted, rows * self->rows.d));
    if (self->ops->target == DLT_TARGET_LABELS)
        return DLT_NEW(self->counted_labels, rows);
    return DLT_NEW(self->counted_values, rows * self->rows.d);
}

/* Under two names, too: the last node may have been named or not. */
static bool shares_output(const dlt_task *task, int k) {
    const dlt_real *own = dlt_model_output_gradient(task->model, 0, task->objectives[k].prediction);
    for (int i = 0; i < k; i++)
        if (dlt_model_output_gradient(task->model, 0, task->objectives[i].prediction) == own)
            return own != NULL;
    return false;
}

dlt_status dlt_objectives_bind(dlt_task *task) {
    for (int k = 0; k < task->objective_count; k++) {
        dlt_objective *self = &task->objectives[k];
        self->shares_output = shares_output(task, k);
        dlt_objective_operands described;
        DLT_TRY(check_operands(task, self));
        dlt_objective_describe(task, self, NULL, &described);
        DLT_TRY(dlt_objective_place(
            self, dlt_loss_cut(self->selection, &described.operands, &self->rows)));
        DLT_TRY(make_memory(task, self));
    }
    return DLT_OK;
}
