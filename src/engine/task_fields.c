/* Lists the fields of a run, decides how each is delivered, and opens nothing. Where the run file
 * does not say, a field that a loss takes as labels is whole numbers and one that it takes as
 * values real ones; every other field is what its stored type suggests. */
#include "engine/task_fields.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/text.h"
#include "data/run_fields.h"
#include "data/transform_plan.h"

#include <math.h>
#include <string.h>

dlt_status dlt_task_list_fields(dlt_task *task) {
    dlt_run_fields listed;
    DLT_TRY(dlt_run_fields_find(&task->run->settings.data, task->run->config, &listed));
    task->field_count = listed.requests.count;
    for (int i = 0; i < task->field_count; i++)
        task->fields[i] = (dlt_task_field){.name = listed.names[i],
                                           .data_name = listed.names[i],
                                           .request = listed.requests.at[i],
                                           .of_data = i,
                                           .loaded = -1};
    if (listed.is_short)
        task->fields[0].name = DLT_FIELD_NAME_X;
    if (listed.is_short)
        task->fields[0].request.dtype = DLT_FIELD_REAL;
    return DLT_OK;
}

int dlt_task_find_field(const dlt_task *task, const char *name) {
    for (int i = 0; i < task->field_count; i++)
        if (strcmp(task->fields[i].name, name) == 0)
            return i;
    const bool is_short = task->run->settings.data.fields.count < 0;
    return is_short && strcmp(name, "x") == 0 ? 0 : -1;
}

static void mark(dlt_task *task, const dlt_tensor_source *source) {
    if (source->origin == DLT_TENSOR_FIELD)
        task->fields[source->index].is_operand = true;
}

void dlt_task_mark_operands(dlt_task *task) {
    for (int k = 0; k < task->objective_count; k++) {
        mark(task, &task->objectives[k].target);
        mark(task, &task->objectives[k].mask);
        mark(task, &task->objectives[k].weight);
    }
}

int dlt_task_y_field(const dlt_task *task) {
    const dlt_tensor_source *target = &task->objectives[0].target;
    return target->origin == DLT_TENSOR_FIELD ? target->index : -1;
}

bool dlt_task_has_operands(const dlt_task *task, const dlt_dataset *data) {
    for (int i = 0; i < task->field_count; i++)
        if (task->fields[i].is_operand && !dlt_dataset_facts_of(data)->fields[i].is_there)
            return false;
    return true;
}

/* As which the losses take a field; AUTO where they do not say. */
static dlt_status wanted_by_losses(const dlt_task *task, int index, dlt_field_dtype *out) {
    *out = DLT_FIELD_AUTO;
    for (int k = 0; k < task->objective_count; k++) {
        const dlt_objective *self = &task->objectives[k];
        dlt_field_dtype wanted = DLT_FIELD_AUTO;
        if (self->target.origin == DLT_TENSOR_FIELD && self->target.index == index)
            wanted = self->ops->target == DLT_TARGET_LABELS ? DLT_FIELD_I32 : DLT_FIELD_REAL;
        else if (self->weight.origin == DLT_TENSOR_FIELD && self->weight.index == index)
            wanted = DLT_FIELD_REAL;
        if (wanted == DLT_FIELD_AUTO)
            continue;
        if (*out != DLT_FIELD_AUTO && *out != wanted)
            return dlt_config_fail(&self->selection->position,
                                   "the field '%s' is taken as whole numbers by one loss and as "
                                   "real numbers by another; name it twice in data.fields, with "
                                   "`dataset: %s`",
                                   task->fields[index].name, task->fields[index].request.name);
        *out = wanted;
    }
    return DLT_OK;
}

static dlt_status specify(dlt_task *task, int index, const dlt_field_facts *facts) {
    dlt_task_field *self = &task->fields[index];
    dlt_field_dtype dtype = self->request.dtype;
    if (dtype == DLT_FIELD_AUTO)
        DLT_TRY(wanted_by_losses(task, index, &dtype));
    self->is_known = facts != NULL && facts->is_there;
    if (self->is_known)
        self->spec.shape = facts->shape;
    self->is_ragged = self->is_known && facts->is_ragged;
    self->stored = self->spec.shape;
    self->spec.dtype = dlt_field_dtype_of(dtype, self->is_known ? facts->type : DLT_H5_F32);
    return DLT_OK;
}

dlt_status dlt_task_deliver(const dlt_task *task, const dlt_selection_list *transforms,
                            dlt_shape out[DLT_FIELDS_MAX]) {
    dlt_transform_inputs inputs = {.count = task->field_count, .standard = -1};
    for (int i = 0; i < task->field_count; i++) {
        const dlt_task_field *self = &task->fields[i];
        inputs.fields[i] = (dlt_transform_field){.name = self->data_name,
                                                 .spec = {self->spec.dtype, self->stored}};
        inputs.is_ragged[i] = self->is_ragged || self->is_length;
        if (self->transformed)
            inputs.standard = i;
    }
    return dlt_transforms_infer(transforms, &inputs, out);
}

static dlt_status take_delivered(dlt_task *task) {
    dlt_shape delivered[DLT_FIELDS_MAX];
    DLT_TRY(dlt_task_deliver(task, &task->run->settings.data.transform, delivered));
    for (int i = 0; i < task->field_count; i++)
        task->fields[i].spec.shape = delivered[i];
    return DLT_OK;
}

/* NAME.length beside a ragged field NAME. */
static dlt_status add_lengths(dlt_task *task, int index) {
    dlt_text name = DLT_TEXT_EMPTY;
    if (task->field_count == DLT_FIELDS_MAX)
        return dlt_fail(DLT_ERR_CONFIG,
                        "a run has at most %d fields, the lengths of ragged ones among them",
                        DLT_FIELDS_MAX);
    dlt_text_add(&name, "%s.length", task->fields[index].name);
    dlt_status status = dlt_text_check(&name);
    const int at = task->field_count;
    if (status == DLT_OK) {
        task->length_names[at] = dlt_alloc_text(dlt_text_of(&name));
        status = task->length_names[at] != NULL ? DLT_OK : DLT_ERR_MEM;
    }
    dlt_text_destroy(&name);
    DLT_TRY(status);
    task->fields[at] = (dlt_task_field){.name = task->length_names[at],
                                        .data_name = task->length_names[at],
                                        .request = task->fields[index].request,
                                        .of_data = index,
                                        .is_length = true,
                                        .is_known = true,
                                        .loaded = -1,
                                        .spec = {.dtype = DLT_DTYPE_I32}};
    task->field_count++;
    return DLT_OK;
}

/* Sequences become [length of the class, element]; the model stands on the largest class. */
static dlt_status take_lengths(dlt_task *task, const dlt_dataset_facts *facts) {
    const dlt_data_settings *data = &task->run->settings.data;
    const dlt_position position = dlt_config_position(task->run->config, "data.lengths");
    const int count = task->field_count;
    int64_t longest = -1;
    for (int i = 0; i < count; i++)
        if (task->fields[i].is_ragged)
            longest = dlt_max_i64(longest, facts->fields[i].longest);
    if (longest < 0)
        return DLT_OK;
    /* The model of an evaluation has the classes of training, whatever it is evaluated on. */
    if (task->trained_length > 0)
        longest = task->trained_length;
    DLT_TRY(dlt_shape_classes_choose(&data->lengths, &position, longest, &task->classes));
    for (int i = 0; i < count; i++) {
        dlt_shape *shape = &task->fields[i].spec.shape;
        if (!task->fields[i].is_ragged)
            continue;
        for (int d = shape->rank; d > 0; d--)
            shape->dim[d] = shape->dim[d - 1];
        shape->dim[0] = task->classes.lengths[task->classes.count - 1];
        shape->rank++;
        DLT_TRY(add_lengths(task, i));
    }
    return DLT_OK;
}

dlt_status dlt_task_specify_fields(dlt_task *task, const dlt_shape *synthetic_input) {
    const dlt_task_split *split = task->train.data != NULL ? &task->train : &task->test;
    const dlt_dataset_facts *facts =
        synthetic_input == NULL ? dlt_dataset_facts_of(split->data) : NULL;
    for (int i = 0; i < task->field_count; i++)
        DLT_TRY(specify(task, i, facts != NULL ? &facts->fields[i] : NULL));
    if (synthetic_input != NULL)
        task->fields[0].spec.shape = task->fields[0].stored = *synthetic_input;
    const dlt_field_facts *x = synthetic_input == NULL ? dlt_dataset_x(split->data) : NULL;
    if (x != NULL && !x->is_ragged)
        task->fields[x->index].transformed = true;
    if (facts == NULL)
        return DLT_OK;
    DLT_TRY(take_delivered(task));
    return take_lengths(task, facts);
}

/* Samples that are made elsewhere have the targets that the first loss wants. */
static void shape_target(dlt_task *task) {
    const dlt_objective *first = &task->objectives[0];
    if (first->target.origin != DLT_TENSOR_FIELD)
        return;
    dlt_task_field *target = &task->fields[first->target.index];
    target->spec.shape = dlt_model_output(task->model, first->prediction)->shape;
    if (first->ops->last_dimension && target->spec.shape.rank > 0)
        target->spec.shape.rank--;
    target->is_known = true;
}

static dlt_status check_inputs(const dlt_task *task, const dlt_task_split *split) {
    char theirs[DLT_SHAPE_TEXT_BYTES];
    char ours[DLT_SHAPE_TEXT_BYTES];
    for (int i = 0; split->data != NULL && i < task->field_count; i++) {
        const dlt_task_field *self = &task->fields[i];
        const dlt_field_facts *facts = &dlt_dataset_facts_of(split->data)->fields[self->of_data];
        if (!self->is_input || self->is_length)
            continue;
        if (!facts->is_there)
            return dlt_fail(DLT_ERR_FORMAT, "the data has no field '%s', which the model takes",
                            self->request.name);
        if (facts->is_ragged != self->is_ragged)
            return dlt_fail(
                DLT_ERR_MISMATCH, "the field '%s' is %sragged, but that of the training data is%s",
                self->request.name, facts->is_ragged ? "" : "not ", self->is_ragged ? "" : " not");
        if (!dlt_shape_equal(&facts->shape, &self->stored))
            return dlt_fail(DLT_ERR_SHAPE,
                            "the field '%s' has shape %s per sample, in the training data %s",
                            self->request.name, dlt_shape_text(&facts->shape, theirs),
                            dlt_shape_text(&self->stored, ours));
    }
    return DLT_OK;
}

dlt_status dlt_task_bind_fields(dlt_task *task, bool synthetic) {
    const int taken = task->run->settings.data.fields.count < 0 ? 1 : task->field_count;
    int loaded = 0;
    if (synthetic)
        shape_target(task);
    for (int i = 0; i < taken; i++)
        task->fields[i].is_input = dlt_model_takes_input(task->model, i);
    for (int i = 0; i < task->field_count; i++)
        if (task->fields[i].is_input)
            task->fields[i].loaded = loaded++;
    for (int i = 0; i < task->field_count; i++)
        if (task->fields[i].is_operand && !task->fields[i].is_input)
            task->fields[i].loaded = loaded++;
    DLT_TRY(check_inputs(task, &task->train));
    DLT_TRY(check_inputs(task, &task->validation));
    return check_inputs(task, &task->test);
}

dlt_status dlt_task_check_lengths(const dlt_task *task) {
    for (int i = 0; i < task->field_count; i++)
        if (task->fields[i].is_ragged && task->fields[i].is_operand)
            return dlt_fail(DLT_ERR_CONFIG,
                            "the field '%s' has sequences of different length, which a loss cannot "
                            "take",
                            task->fields[i].name);
    for (int k = 0; k < task->objective_count && task->classes.count > 1; k++) {
        const int output = task->objectives[k].prediction;
        const dlt_tensor_spec *shortest = dlt_model_output_in_class(task->model, 0, output);
        if (!dlt_shape_equal(&shortest->shape, &dlt_model_output(task->model, output)->shape))
            return dlt_fail(DLT_ERR_SHAPE,
                            "node '%s' has an output for each position of sequences of different "
                            "length, which a loss cannot take",
                            dlt_model_output_node(task->model, output));
    }
    return DLT_OK;
}

static void limit_below(dlt_task_field *self, int64_t below) {
    if (below > 0 && (self->below == 0 || below < self->below))
        self->below = below;
}

/* A field that two losses take has what both allow. */
static dlt_status limit_labels(const dlt_objective *self, dlt_task_field *field) {
    const bool is_limited = field->takes_labels;
    const bool differs = field->has_ignored != self->has_ignored ||
                         (self->has_ignored && field->ignored != self->ignored);
    if (is_limited && differs)
        return dlt_config_fail(
            &self->selection->position,
            "two losses take the labels '%s' and ignore different ones; name the "
            "field twice in data.fields, with `dataset: %s`",
            field->name, field->request.name);
    field->takes_labels = true;
    field->has_ignored = self->has_ignored;
    field->ignored = self->ignored;
    limit_below(field, self->rows.d);
    return DLT_OK;
}

/* Labels that nodes have moved out of fields are bounded where these are read. */
static void limit_moved_labels(dlt_task *task, const dlt_objective *self) {
    for (int i = 0; i < task->field_count; i++)
        if (task->fields[i].is_input && dlt_model_output_moves(task->model, self->target.index, i))
            limit_below(&task->fields[i], self->rows.d);
}

static dlt_status limit_target(dlt_task *task, const dlt_objective *self) {
    const bool has_labels = self->ops->target == DLT_TARGET_LABELS;
    if (self->target.origin != DLT_TENSOR_FIELD) {
        if (has_labels)
            limit_moved_labels(task, self);
        return DLT_OK;
    }
    dlt_task_field *target = &task->fields[self->target.index];
    if (self->ops->range != NULL)
        target->range = self->ops->range;
    return has_labels ? limit_labels(self, target) : DLT_OK;
}

dlt_status dlt_task_limit_fields(dlt_task *task) {
    static const dlt_target_range weights = {.low = 0, .high = INFINITY};
    for (int i = 0; i < task->field_count; i++) {
        const char *node = NULL;
        if (task->fields[i].is_input)
            limit_below(&task->fields[i], dlt_model_input_bound(task->model, i, &node));
    }
    for (int k = 0; k < task->objective_count; k++) {
        const dlt_objective *self = &task->objectives[k];
        if (self->weight.origin == DLT_TENSOR_FIELD)
            task->fields[self->weight.index].range = &weights;
        DLT_TRY(limit_target(task, self));
    }
    return DLT_OK;
}
