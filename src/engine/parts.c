/* Opens training, validation and test data and makes sure that they belong together. Without
 * communication: what fails here on one rank alone is agreed by whoever called. */
#include "engine/parts.h"

#include "base/error.h"
#include "base/log.h"
#include "data/windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Read and hashed in a tenth of a second where the operating system has them in memory. */
static const int64_t VERIFIED_BYTES = INT64_C(1) << 28;

static dlt_part whole(dlt_dataset *data, int64_t seed) {
    int64_t samples = dlt_dataset_facts_of(data)->samples;
    return (dlt_part){.data = data,
                      .subset = {.seed = (uint64_t)seed, .total = samples, .count = samples}};
}

/* What the inputs and targets of a set are called; NULL: as those of the training data. */
typedef struct column_names {
    const char *x;
    const char *y;
} column_names;

static dlt_status open_set(const dlt_problem *problem, const char *source, column_names names,
                           bool needs_target, dlt_dataset **out) {
    const dlt_data_settings *data = &problem->run->settings.data;
    const char *x = names.x != NULL ? names.x : data->x;
    const char *y = names.y != NULL ? names.y : data->y;
    dlt_mark_doing(problem->marks, DLT_PHASE_SETTING_UP, "opening the data");
    DLT_TRY(dlt_dataset_open(problem->gate, source, x, y, needs_target, out));
    if (data->verify == DLT_VERIFY_NEVER ||
        (data->verify == DLT_VERIFY_AUTO && dlt_dataset_bytes(*out) > VERIFIED_BYTES))
        return DLT_OK;
    dlt_mark_doing(problem->marks, DLT_PHASE_SETTING_UP, "verifying the samples");
    return dlt_dataset_verify(*out, dlt_comm_rank(problem->comm), dlt_comm_size(problem->comm),
                              problem->marks != NULL ? &problem->marks->progress : NULL);
}

static bool is_pixel_type(const char *type) {
    return strcmp(type, "uint8") == 0 || strcmp(type, "uint16") == 0;
}

static bool is_float_type(const char *type) {
    return strncmp(type, "float", strlen("float")) == 0;
}

/* Numbers of 0 to 255 beside such of 0 to 1 have the same shape. Their scale need not differ, so
 * the data is not refused. */
static void warn_of_type(const dlt_problem *problem, const char *source, dlt_h5_type found,
                         const char *ours) {
    const char *theirs = dlt_h5_type_name(found);
    const bool is_same_kind = is_float_type(ours) == is_float_type(theirs) &&
                              !is_pixel_type(ours) && !is_pixel_type(theirs);
    if (ours[0] == '\0' || strcmp(ours, theirs) == 0 || is_same_kind ||
        dlt_comm_rank(problem->comm) != 0)
        return;
    dlt_log(DLT_LOG_WARNING,
            "the inputs of %s are %s, those of the training data %s: make sure that both have the "
            "same scale",
            source, theirs, ours);
}

/* By names first: of tables with other columns, the shapes only say how many there are. */
static dlt_status check_same_samples(const dlt_problem *problem, const char *source,
                                     dlt_dataset *data) {
    char theirs[DLT_SHAPE_TEXT_BYTES];
    char ours[DLT_SHAPE_TEXT_BYTES];
    const dlt_shape *shape = &dlt_dataset_facts_of(data)->x_shape;
    const dlt_shape *expected = &dlt_dataset_facts_of(problem->train_data)->x_shape;
    DLT_TRY(dlt_dataset_match(data, &problem->identity, source));
    if (!dlt_shape_equal(shape, expected))
        return dlt_fail(DLT_ERR_SHAPE, "%s has samples of shape %s, the training data of shape %s",
                        source, dlt_shape_text(shape, theirs), dlt_shape_text(expected, ours));
    warn_of_type(problem, source, dlt_dataset_facts_of(data)->x_type,
                 dlt_h5_type_name(dlt_dataset_facts_of(problem->train_data)->x_type));
    return DLT_OK;
}

static void choose_windows(dlt_problem *problem, bool split) {
    const dlt_data_settings *data = &problem->run->settings.data;
    dlt_dataset_layout layout = dlt_dataset_layout_of(problem->train_data);
    if (data->shuffle)
        problem->train.subset.windows =
            dlt_windows_choose(&layout, problem->train.subset.total, data->window, split);
}

/* The first part of the split order is for training and the last for validation; without shuffling
 * the split order is the file's, so that validation is the end of the file as in Keras. */
static dlt_status split_training_data(dlt_problem *problem, double fraction) {
    int64_t total = problem->train.subset.total;
    int64_t held = (int64_t)llround(fraction * (double)total);
    if (held < 1 || held >= total)
        return dlt_fail(DLT_ERR_CONFIG,
                        "'data.validation' of %g leaves %lld of %lld samples for validation",
                        fraction, (long long)held, (long long)total);
    problem->train.subset.split = problem->run->settings.data.shuffle;
    problem->train.subset.kept = total - held;
    problem->train.subset.count = total - held;
    choose_windows(problem, true);
    problem->validation = problem->train;
    problem->validation.subset.shuffle = false;
    problem->validation.subset.first = total - held;
    problem->validation.subset.count = held;
    return DLT_OK;
}

static dlt_status open_validation(dlt_problem *problem) {
    const dlt_data_settings *data = &problem->run->settings.data;
    const char *source = data->validation;
    if (source == NULL)
        return DLT_OK;
    char *end = NULL;
    double fraction = strtod(source, &end);
    if (end != source && *end == '\0') {
        if (fraction > 0 && fraction < 1)
            return split_training_data(problem, fraction);
        dlt_position position = dlt_config_position(problem->run->config, "data.validation");
        return dlt_config_fail(&position,
                               "'data.validation' must be a fraction above 0 and below 1, or a "
                               "data set, found %s",
                               source);
    }
    DLT_TRY(open_set(problem, source, (column_names){data->validation_x, data->validation_y}, true,
                     &problem->validation_data));
    problem->validation = whole(problem->validation_data, problem->run->settings.seed);
    return check_same_samples(problem, source, problem->validation_data);
}

static column_names test_names(const dlt_data_settings *data) {
    return (column_names){data->test_x, data->test_y};
}

static dlt_status open_for_training(dlt_problem *problem) {
    const dlt_run_settings *settings = &problem->run->settings;
    DLT_TRY(open_set(problem, settings->data.train, (column_names){NULL, NULL}, true,
                     &problem->train_data));
    DLT_TRY(
        dlt_identity_copy(dlt_dataset_facts_of(problem->train_data)->identity, &problem->identity));
    problem->train = whole(problem->train_data, settings->seed);
    problem->train.subset.shuffle = settings->data.shuffle;
    choose_windows(problem, false);
    DLT_TRY(open_validation(problem));
    if (settings->data.test == NULL)
        return DLT_OK;
    DLT_TRY(open_set(problem, settings->data.test, test_names(&settings->data), true,
                     &problem->test_data));
    problem->test = whole(problem->test_data, settings->seed);
    return check_same_samples(problem, settings->data.test, problem->test_data);
}

/* The data of an evaluation, with what the checkpoint says of those that it was trained on. */
static dlt_status check_recorded_samples(dlt_problem *problem, const dlt_problem_options *options) {
    char theirs[DLT_SHAPE_TEXT_BYTES];
    dlt_recorded_input recorded;
    const char *source =
        options->evaluate_source != NULL ? options->evaluate_source : options->evaluate;
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(problem->test_data);
    DLT_TRY(dlt_identity_recall(problem->gate, options->checkpoint, &problem->identity, &recorded));
    DLT_TRY(dlt_dataset_match(problem->test_data, &problem->identity, source));
    (void)dlt_shape_text(&facts->x_shape, theirs);
    if (recorded.shape[0] != '\0' && strcmp(recorded.shape, theirs) != 0)
        return dlt_fail(DLT_ERR_SHAPE, "%s has samples of shape %s, but %s was trained on %s",
                        source, theirs, options->checkpoint, recorded.shape);
    warn_of_type(problem, source, facts->x_type, recorded.type);
    return DLT_OK;
}

/* Other data than the training set are named as the test data are. */
static column_names evaluation_names(const dlt_problem *problem,
                                     const dlt_problem_options *options) {
    const dlt_data_settings *data = &problem->run->settings.data;
    if (options->evaluate_source != NULL)
        return (column_names){"x", "y"};
    const bool is_training_set = strcmp(options->evaluate, data->train) == 0 &&
                                 (data->test == NULL || strcmp(options->evaluate, data->test) != 0);
    return is_training_set ? (column_names){NULL, NULL} : test_names(data);
}

dlt_status dlt_parts_open(dlt_problem *problem, const dlt_problem_options *options) {
    if (options->training)
        return open_for_training(problem);
    DLT_TRY(open_set(problem, options->evaluate, evaluation_names(problem, options),
                     options->evaluate_needs_target, &problem->test_data));
    DLT_TRY(check_recorded_samples(problem, options));
    problem->test = whole(problem->test_data, problem->run->settings.seed);
    return DLT_OK;
}
