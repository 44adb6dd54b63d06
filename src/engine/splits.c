/* Opens training, validation and test data and makes sure that they belong together. Without
 * communication: what fails here on one rank alone is agreed by whoever called. */
#include "engine/splits.h"

#include "base/error.h"
#include "base/log.h"
#include "data/shuffle_buffer.h"
#include "engine/task_fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Read and hashed in a tenth of a second where the operating system has them in memory. */
static const int64_t VERIFIED_BYTES = INT64_C(1) << 28;

static dlt_task_split whole(const dlt_task *task, dlt_dataset *data) {
    const int64_t seed = task->run->settings.seed;
    int64_t samples = dlt_dataset_facts_of(data)->samples;
    return (dlt_task_split){.data = data,
                            .has_targets = dlt_task_has_operands(task, data),
                            .subset = {.seed = (uint64_t)seed, .total = samples, .count = samples}};
}

/* What the inputs and targets of a set are called; NULL: as those of the training data. */
typedef struct column_names {
    const char *x;
    const char *y;
} column_names;

static bool is_short(const dlt_task *task) {
    return task->run->settings.data.fields.count < 0;
}

/* All fields of the run. Those that losses alone take may be absent where they are not needed. */
static dlt_field_requests request_fields(const dlt_task *task, column_names names,
                                         bool needs_target) {
    const int y = dlt_task_y_field(task);
    dlt_field_requests out = {.count = task->field_count, .finds_roles = !is_short(task)};
    for (int i = 0; i < task->field_count; i++) {
        const dlt_task_field *field = &task->fields[i];
        const char *other = i == 0 ? names.x : names.y;
        out.at[i] = field->request;
        out.at[i].required = needs_target || !field->is_operand;
        if (is_short(task)) {
            out.at[i].name = other != NULL ? other : field->request.name;
            out.at[i].role = i == 0 ? DLT_FIELD_X : DLT_FIELD_Y;
        } else if (field->is_operand) {
            out.at[i].role = i == y ? DLT_FIELD_Y : DLT_FIELD_OF_LOSS;
        }
    }
    return out;
}

/* The data set `source`; of arrays, unless these are NULL, which are then called so. */
static dlt_status open_set(const dlt_task *task, const char *source, const dlt_arrays *arrays,
                           column_names names, bool needs_target, dlt_dataset **out) {
    const dlt_data_settings *data = &task->run->settings.data;
    dlt_heartbeat_doing(task->heartbeat, DLT_PHASE_SETTING_UP, "opening the data");
    const dlt_field_requests fields = request_fields(task, names, needs_target);
    if (arrays != NULL)
        return dlt_dataset_of_arrays(arrays, source, &fields, out);
    DLT_TRY(dlt_dataset_open(task->h5_lock, source, &fields, out));
    if (data->verify == DLT_VERIFY_NEVER ||
        (data->verify == DLT_VERIFY_AUTO && dlt_dataset_bytes(*out) > VERIFIED_BYTES))
        return DLT_OK;
    dlt_heartbeat_doing(task->heartbeat, DLT_PHASE_SETTING_UP, "verifying the samples");
    return dlt_dataset_verify(*out, dlt_comm_rank(task->comm), dlt_comm_size(task->comm),
                              task->heartbeat != NULL ? &task->heartbeat->progress : NULL);
}

static bool is_pixel_type(const char *type) {
    return strcmp(type, "uint8") == 0 || strcmp(type, "uint16") == 0;
}

static bool is_float_type(const char *type) {
    return strncmp(type, "float", strlen("float")) == 0;
}

/* Numbers of 0 to 255 beside such of 0 to 1 have the same shape. Their scale need not differ, so
 * the data is not refused. */
static void warn_of_type(const dlt_task *task, const char *source, dlt_h5_type found,
                         const char *ours) {
    const char *theirs = dlt_h5_type_name(found);
    const bool is_same_kind = is_float_type(ours) == is_float_type(theirs) &&
                              !is_pixel_type(ours) && !is_pixel_type(theirs);
    if (ours[0] == '\0' || strcmp(ours, theirs) == 0 || is_same_kind ||
        dlt_comm_rank(task->comm) != 0)
        return;
    dlt_log(DLT_LOG_WARNING,
            "the inputs of %s are %s, those of the training data %s: make sure that both have the "
            "same scale",
            source, theirs, ours);
}

/* By names first: of tables with other columns, the shapes only say how many there are. */
static dlt_status check_same_samples(const dlt_task *task, const char *source, dlt_dataset *data) {
    char theirs[DLT_SHAPE_TEXT_BYTES];
    char ours[DLT_SHAPE_TEXT_BYTES];
    const dlt_field_facts *x = dlt_dataset_x(data);
    const dlt_field_facts *expected = dlt_dataset_x(task->train_data);
    DLT_TRY(dlt_dataset_match(data, &task->identity, source));
    if (!is_short(task))
        return dlt_dataset_check_fields(data, task->train_data, source);
    if (!dlt_shape_equal(&x->shape, &expected->shape))
        return dlt_fail(DLT_ERR_SHAPE, "%s has samples of shape %s, the training data of shape %s",
                        source, dlt_shape_text(&x->shape, theirs),
                        dlt_shape_text(&expected->shape, ours));
    warn_of_type(task, source, x->type, dlt_h5_type_name(expected->type));
    return DLT_OK;
}

static void choose_shuffle_buffer(dlt_task *task, bool holdout) {
    const dlt_data_settings *data = &task->run->settings.data;
    dlt_dataset_layout layout = dlt_dataset_layout_of(task->train_data);
    if (data->shuffle)
        task->train.subset.shuffle_buffer = dlt_shuffle_buffer_choose(
            &layout, task->train.subset.total, data->shuffle_buffer, holdout);
}

/* The first part of the split order is for training and the last for validation; without shuffling
 * the split order is the file's, so that validation is the end of the file as in Keras. */
static dlt_status split_training_data(dlt_task *task, double fraction) {
    int64_t total = task->train.subset.total;
    int64_t held = (int64_t)llround(fraction * (double)total);
    if (held < 1 || held >= total)
        return dlt_fail(DLT_ERR_CONFIG,
                        "'data.validation' of %g leaves %lld of %lld samples for validation",
                        fraction, (long long)held, (long long)total);
    task->train.subset.split = task->run->settings.data.shuffle;
    task->train.subset.kept = total - held;
    task->train.subset.count = total - held;
    choose_shuffle_buffer(task, true);
    task->validation = task->train;
    task->validation.subset.shuffle = false;
    task->validation.subset.first = total - held;
    task->validation.subset.count = held;
    return DLT_OK;
}

static dlt_status take_validation(dlt_task *task, const char *source) {
    task->validation = whole(task, task->validation_data);
    return check_same_samples(task, source, task->validation_data);
}

static dlt_status open_validation(dlt_task *task, const dlt_arrays *arrays) {
    const dlt_data_settings *data = &task->run->settings.data;
    const char *source = arrays != NULL ? "the validation arrays" : data->validation;
    if (source == NULL)
        return DLT_OK;
    if (arrays != NULL) {
        DLT_TRY(open_set(task, source, arrays, (column_names){NULL, NULL}, true,
                         &task->validation_data));
        return take_validation(task, source);
    }
    char *end = NULL;
    double fraction = strtod(source, &end);
    if (end != source && *end == '\0') {
        if (fraction > 0 && fraction < 1)
            return split_training_data(task, fraction);
        dlt_position position = dlt_config_position(task->run->config, "data.validation");
        return dlt_config_fail(&position,
                               "'data.validation' must be a fraction above 0 and below 1, or a "
                               "data set, found %s",
                               source);
    }
    DLT_TRY(open_set(task, source, NULL, (column_names){data->validation_x, data->validation_y},
                     true, &task->validation_data));
    return take_validation(task, source);
}

static column_names test_names(const dlt_data_settings *data) {
    return (column_names){data->test_x, data->test_y};
}

static dlt_status open_training(dlt_task *task, const dlt_arrays *arrays) {
    const char *source = arrays != NULL ? "the training arrays" : task->run->settings.data.train;
    if (source != NULL)
        return open_set(task, source, arrays, (column_names){NULL, NULL}, true, &task->train_data);
    dlt_position position = dlt_config_position(task->run->config, "data.train");
    return dlt_config_fail(&position,
                           "'data.train' is missing: the prefix of the shards of the training "
                           "data, or one HDF5 file");
}

static dlt_status open_for_training(dlt_task *task, const dlt_task_options *options) {
    const dlt_run_settings *settings = &task->run->settings;
    DLT_TRY(open_training(task, options->train_arrays));
    DLT_TRY(dlt_identity_copy(dlt_dataset_facts_of(task->train_data)->identity, &task->identity));
    task->train = whole(task, task->train_data);
    task->train.subset.shuffle = settings->data.shuffle;
    choose_shuffle_buffer(task, false);
    DLT_TRY(open_validation(task, options->validation_arrays));
    if (settings->data.test == NULL)
        return DLT_OK;
    DLT_TRY(open_set(task, settings->data.test, NULL, test_names(&settings->data), true,
                     &task->test_data));
    task->test = whole(task, task->test_data);
    return check_same_samples(task, settings->data.test, task->test_data);
}

/* The data of an evaluation, with what the checkpoint says of those that it was trained on. */
static dlt_status check_recorded_samples(dlt_task *task, const dlt_task_options *options) {
    char theirs[DLT_SHAPE_TEXT_BYTES];
    dlt_recorded_input recorded;
    const char *source =
        options->evaluate_source != NULL ? options->evaluate_source : options->evaluate;
    const dlt_field_facts *first = &dlt_dataset_facts_of(task->test_data)->fields[0];
    DLT_TRY(dlt_identity_recall(task->h5_lock, options->checkpoint, &task->identity, &recorded));
    DLT_TRY(dlt_dataset_match(task->test_data, &task->identity, source));
    task->trained_length = strtoll(recorded.length, NULL, 10);
    (void)dlt_shape_text(&first->shape, theirs);
    if (recorded.shape[0] != '\0' && strcmp(recorded.shape, theirs) != 0)
        return dlt_fail(DLT_ERR_SHAPE, "%s has samples of shape %s, but %s was trained on %s",
                        source, theirs, options->checkpoint, recorded.shape);
    warn_of_type(task, source, first->type, recorded.type);
    return DLT_OK;
}

/* The data of an evaluation, with those that the trained task had. */
static dlt_status check_trained_samples(dlt_task *task, const dlt_task_options *options,
                                        const char *source) {
    char theirs[DLT_SHAPE_TEXT_BYTES];
    char ours[DLT_SHAPE_TEXT_BYTES];
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(task->test_data);
    const dlt_shape_classes *classes = &options->trained->classes;
    task->trained_length = classes->count > 0 ? classes->lengths[classes->count - 1] : 0;
    DLT_TRY(dlt_identity_copy(&options->trained->identity, &task->identity));
    DLT_TRY(dlt_dataset_match(task->test_data, &task->identity, source));
    for (int i = 0; i < facts->field_count; i++) {
        const dlt_task_field *field = &options->trained->fields[i];
        const dlt_shape *found = &facts->fields[i].shape;
        if (facts->fields[i].is_there && field->is_input && !dlt_shape_equal(found, &field->stored))
            return dlt_fail(DLT_ERR_SHAPE,
                            "'%s' of %s has samples of shape %s, that of the training data of "
                            "shape %s",
                            facts->fields[i].name, source, dlt_shape_text(found, theirs),
                            dlt_shape_text(&field->stored, ours));
    }
    return DLT_OK;
}

/* Other data than the training set are named as the test data are. */
static column_names evaluation_names(const dlt_task *task, const dlt_task_options *options) {
    const dlt_data_settings *data = &task->run->settings.data;
    if (options->evaluate_source != NULL)
        return (column_names){"x", "y"};
    const bool is_training_set = data->train != NULL &&
                                 strcmp(options->evaluate, data->train) == 0 &&
                                 (data->test == NULL || strcmp(options->evaluate, data->test) != 0);
    return is_training_set ? (column_names){NULL, NULL} : test_names(data);
}

dlt_status dlt_task_open_splits(dlt_task *task, const dlt_task_options *options) {
    if (options->training)
        return open_for_training(task, options);
    const bool in_memory = options->evaluate_arrays != NULL;
    const char *source = in_memory ? "the arrays" : options->evaluate;
    const column_names names =
        in_memory ? (column_names){NULL, NULL} : evaluation_names(task, options);
    DLT_TRY(open_set(task, source, options->evaluate_arrays, names, options->evaluate_needs_target,
                     &task->test_data));
    DLT_TRY(options->trained != NULL ? check_trained_samples(task, options, source)
                                     : check_recorded_samples(task, options));
    task->test = whole(task, task->test_data);
    return DLT_OK;
}
