/* Reads `data.fields`, and refuses what contradicts it: the keys of the short form, and names that
 * could be taken for something else (NAME.length is the lengths of the field NAME). */
#include "data/run_fields.h"

#include "base/error.h"
#include "data/transform_plan.h"

#include <string.h>

/* A field says under which name each data set has it. The run file that a run writes into its
 * folder has every key, hence their defaults are let pass. */
static dlt_status refuse_short_form(const dlt_data_settings *settings, const dlt_config *config) {
    const struct {
        const char *path;
        const char *value;
        const char *standard;
    } keys[] = {{"data.x", settings->x, "x"},
                {"data.y", settings->y, "y"},
                {"data.test_x", settings->test_x, NULL},
                {"data.test_y", settings->test_y, NULL},
                {"data.validation_x", settings->validation_x, NULL},
                {"data.validation_y", settings->validation_y, NULL}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i].value == NULL ||
            (keys[i].standard != NULL && strcmp(keys[i].value, keys[i].standard) == 0))
            continue;
        const dlt_position position = dlt_config_position(config, keys[i].path);
        return dlt_config_fail(&position,
                               "'%s' is the short form of 'data.fields', beside which it cannot "
                               "stand; name its dataset there, as in 'fields: {%c: {dataset: "
                               "NAME}}'",
                               keys[i].path, keys[i].path[strlen(keys[i].path) - 1]);
    }
    return DLT_OK;
}

static dlt_status check_name(const dlt_named *named) {
    if (strchr(named->name, '.') == NULL && named->name[0] != '\0')
        return DLT_OK;
    return dlt_config_fail(&named->position,
                           "'data.fields' names a field '%s'; a field's name is not empty and has "
                           "no dot, which separates it from what belongs to it",
                           named->name);
}

/* Whether the fields that a transform names are among the run's. */
static dlt_status check_transform(const dlt_selection *selection, const dlt_run_fields *fields) {
    const dlt_transform_settings *common = selection->common;
    for (int64_t i = 0; common != NULL && i < common->fields.count; i++) {
        bool found = false;
        for (int f = 0; f < fields->requests.count; f++)
            found = found || strcmp(fields->names[f], common->fields.at[i]) == 0;
        if (!found)
            return dlt_config_fail(&selection->position,
                                   "transform '%s': the data has no field '%s'",
                                   selection->kind->name, common->fields.at[i]);
    }
    return DLT_OK;
}

static dlt_status check_transforms(const dlt_data_settings *settings,
                                   const dlt_run_fields *fields) {
    for (int64_t i = 0; i < settings->transform.count; i++)
        DLT_TRY(check_transform(&settings->transform.at[i], fields));
    return DLT_OK;
}

dlt_status dlt_run_fields_find(const dlt_data_settings *settings, const dlt_config *config,
                               dlt_run_fields *out) {
    const dlt_named_list *named = &settings->fields;
    *out = (dlt_run_fields){.is_short = named->count < 0};
    if (out->is_short) {
        out->names[0] = "x";
        out->names[1] = "y";
        out->requests = dlt_field_requests_x_y(settings->x, settings->y, true);
        return check_transforms(settings, out);
    }
    if (named->count < 1 || named->count > DLT_FIELDS_MAX) {
        const dlt_position position = dlt_config_position(config, "data.fields");
        return dlt_config_fail(&position, "'data.fields' must name 1 to %d fields, found %lld",
                               DLT_FIELDS_MAX, (long long)named->count);
    }
    DLT_TRY(refuse_short_form(settings, config));
    out->requests.finds_roles = true;
    for (int64_t i = 0; i < named->count; i++) {
        const dlt_field_settings *field = named->at[i].settings;
        DLT_TRY(check_name(&named->at[i]));
        out->names[i] = named->at[i].name;
        out->requests.at[out->requests.count++] =
            (dlt_field_request){.name = field->dataset != NULL ? field->dataset : named->at[i].name,
                                .required = true,
                                .dtype = (dlt_field_dtype)field->dtype};
    }
    return check_transforms(settings, out);
}

dlt_status dlt_run_fields_deliver(const dlt_run_fields *fields, const dlt_data_settings *settings,
                                  const dlt_dataset *dataset, dlt_shape out[DLT_FIELDS_MAX]) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(dataset);
    const dlt_field_facts *x = dlt_dataset_x(dataset);
    dlt_transform_inputs inputs = {.count = facts->field_count,
                                   .standard = x != NULL && !x->is_ragged ? x->index : -1};
    for (int f = 0; f < facts->field_count; f++) {
        inputs.fields[f] = (dlt_transform_field){
            .name = fields->names[f], .spec = {facts->fields[f].dtype, facts->fields[f].shape}};
        inputs.is_ragged[f] = facts->fields[f].is_ragged;
    }
    return dlt_transforms_infer(&settings->transform, &inputs, out);
}
