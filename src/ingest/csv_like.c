/* The recipe decides which columns there are and what becomes of them. A setting that says the same
 * has no effect, and one that says something else would have none: it is refused. */
#include "ingest/csv_like.h"

#include "base/error.h"
#include "config/print.h"
#include "ingest/csv_columns.h"
#include "ingest/description.h"

#include <string.h>

static bool is_given(const dlt_format_context *context, const char *key) {
    return dlt_description_gives(context->config, "csv", key);
}

static dlt_status fail_differs(const dlt_format_context *context, const char *key,
                               const char *given, const char *there) {
    return dlt_fail(DLT_ERR_CONFIG,
                    "the setting %s is %s, but the table is to be like that of %s, where it is %s; "
                    "leave it out",
                    key, given, context->like->source, there);
}

/* Numbers and words are compared as they are printed. */
static dlt_status check_same(const dlt_format_context *context, const dlt_csv_settings *given,
                             const dlt_csv_settings *there) {
    static const char *const same[] = {"target_kind", "target_scale", "standardize"};
    dlt_text here_text = DLT_TEXT_EMPTY;
    dlt_text there_text = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        const dlt_key *key = dlt_csv_keys;
        while (strcmp(key->name, same[i]) != 0)
            key++;
        dlt_text_clear(&here_text);
        dlt_text_clear(&there_text);
        dlt_print_value(key, dlt_field_of(key, given), &here_text);
        dlt_print_value(key, dlt_field_of(key, there), &there_text);
        DLT_TRY_OUT(dlt_text_check(&here_text));
        DLT_TRY_OUT(dlt_text_check(&there_text));
        if (is_given(context, key->name) &&
            strcmp(dlt_text_of(&here_text), dlt_text_of(&there_text)) != 0)
            DLT_TRY_OUT(fail_differs(context, key->name, dlt_text_of(&here_text),
                                     dlt_text_of(&there_text)));
    }
out:
    dlt_text_destroy(&here_text);
    dlt_text_destroy(&there_text);
    return status;
}

/* A column that the recipe has not is left out, whatever becomes of it here. */
static dlt_status check_role(const dlt_format_context *context, const dlt_csv_table *table,
                             const char *key, const char *name, dlt_csv_role role) {
    static const char *const roles[] = {"a number", "encoded", "ignored"};
    const dlt_csv_column *column = dlt_csv_columns_find(table, name);
    if (column == NULL || (column->role == role && !column->target))
        return DLT_OK;
    return dlt_fail(DLT_ERR_CONFIG,
                    "the setting %s has column '%s', but the table is to be like that of %s, where "
                    "it is %s; leave it out",
                    key, name, context->like->source,
                    column->target ? "the target" : roles[column->role]);
}

static dlt_status check_columns(const dlt_format_context *context, const dlt_csv_settings *given,
                                const dlt_csv_table *table, const dlt_csv_column *target) {
    if (is_given(context, "target") && given->target != NULL &&
        (target == NULL || dlt_csv_columns_find(table, given->target) != target))
        return fail_differs(context, "target", given->target,
                            target != NULL ? target->name : "none");
    for (int64_t i = 0; i < given->ignore.count; i++)
        DLT_TRY(check_role(context, table, "ignore", given->ignore.at[i], DLT_CSV_IGNORED));
    for (int64_t i = 0; i < given->encode.count; i++) {
        const dlt_csv_one_hot *one_hot = given->encode.at[i].settings;
        DLT_TRY(check_role(context, table, "encode", one_hot->column, DLT_CSV_CATEGORY));
    }
    bool has_classes = given->target_values.count <= 0 ||
                       (target != NULL && target->category_count == given->target_values.count);
    for (int64_t i = 0; has_classes && i < given->target_values.count; i++)
        has_classes = strcmp(given->target_values.at[i], target->categories[i]) == 0;
    return has_classes ? DLT_OK
                       : dlt_fail(DLT_ERR_CONFIG,
                                  "the setting target_values names other classes than the table of "
                                  "%s, which --like takes them from; leave it out",
                                  context->like->source);
}

/* Its columns as a table tells them apart. */
static dlt_status check_recipe(const dlt_format_context *context, const dlt_csv_settings *given,
                               const dlt_csv_recipe *recipe) {
    dlt_csv_table table = {0};
    const dlt_csv_column *target = NULL;
    dlt_status status = dlt_csv_recipe_columns(recipe, &table);
    for (int64_t c = 0; status == DLT_OK && c < table.column_count; c++)
        if (table.columns[c].target)
            target = &table.columns[c];
    if (status == DLT_OK)
        status = check_columns(context, given, &table, target);
    dlt_csv_table_destroy(&table);
    return status;
}

static dlt_status check_splits(const dlt_format_context *context, const dlt_csv_settings *given) {
    double fraction = 0;
    if (given->split.count > 0)
        return dlt_fail(DLT_ERR_CONFIG,
                        "split divides data for training, but all records are imported like those "
                        "of %s; leave it out",
                        context->like->source);
    if (is_given(context, "test") && dlt_csv_is_fraction(&given->test, &fraction) && fraction > 0)
        return dlt_fail(DLT_ERR_CONFIG,
                        "test draws a part of the records, but all are imported like those of %s; "
                        "leave it out",
                        context->like->source);
    return DLT_OK;
}

dlt_status dlt_csv_like_settings(const dlt_format_context *context, const dlt_csv_recipe *recipe,
                                 dlt_csv_settings *out) {
    const dlt_csv_settings *given = context->format.settings;
    DLT_TRY(check_splits(context, given));
    DLT_TRY(check_same(context, given, &recipe->reading));
    DLT_TRY(check_recipe(context, given, recipe));
    *out = recipe->reading;
    out->file = given->file;
    out->target = dlt_csv_recipe_target(recipe);
    if (is_given(context, "test"))
        out->test = given->test;
    if (is_given(context, "header"))
        out->header = given->header;
    if (is_given(context, "columns"))
        out->columns = given->columns;
    if (is_given(context, "separator"))
        out->separator = given->separator;
    if (is_given(context, "missing_tokens"))
        out->missing_tokens = given->missing_tokens;
    if (is_given(context, "missing"))
        out->missing = given->missing;
    if (is_given(context, "missing_category"))
        out->missing_category = given->missing_category;
    if (is_given(context, "unseen"))
        out->unseen = given->unseen;
    return DLT_OK;
}
