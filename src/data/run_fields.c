/* Reads `data.fields`, and refuses what contradicts it: the keys of the short form, and names that
 * could be taken for something else (NAME.length is the lengths of the field NAME). */
#include "data/run_fields.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* A field says under which name each data set has it. */
static dlt_status refuse_short_form(const dlt_config *config) {
    static const char *const keys[] = {"x",           "y", "test_x", "test_y", "validation_x",
                                       "validation_y"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "data.%s", keys[i]);
        const dlt_position position = dlt_config_position(config, path);
        if (position.line > 0)
            return dlt_config_fail(
                &position,
                "'%s' is the short form of 'data.fields', beside which it cannot "
                "stand; name its dataset there, as in 'fields: {%s: {dataset: "
                "NAME}}'",
                path, keys[i][strlen(keys[i]) - 1] == 'x' ? "x" : "y");
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

dlt_status dlt_run_fields_find(const dlt_data_settings *settings, const dlt_config *config,
                               dlt_run_fields *out) {
    const dlt_named_list *named = &settings->fields;
    *out = (dlt_run_fields){.is_short = named->count < 0};
    if (out->is_short) {
        out->names[0] = "x";
        out->names[1] = "y";
        out->requests = dlt_field_requests_x_y(settings->x, settings->y, true);
        return DLT_OK;
    }
    if (named->count < 1 || named->count > DLT_FIELDS_MAX) {
        const dlt_position position = dlt_config_position(config, "data.fields");
        return dlt_config_fail(&position, "'data.fields' must name 1 to %d fields, found %lld",
                               DLT_FIELDS_MAX, (long long)named->count);
    }
    DLT_TRY(refuse_short_form(config));
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
    return DLT_OK;
}
