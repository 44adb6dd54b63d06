/* A field lists columns, in the order of its elements; a column of words has an element for each of
 * its categories. Inputs are features, hence standardised; targets and classes are columns as they
 * are. Columns that no field lists are left out. */
#include "ingest/csv_fields.h"

#include "base/alloc.h"
#include "base/error.h"
#include "ingest/csv_columns.h"

#include <string.h>

void dlt_csv_fields_destroy(dlt_csv_fields *fields) {
    dlt_free(fields->at);
    dlt_free(fields->elements);
    *fields = (dlt_csv_fields){0};
}

/* Adds the elements of a column to the field that is last. */
static void add_column(const dlt_csv_column *column, const dlt_csv_features *features,
                       dlt_csv_fields *out) {
    dlt_csv_field *field = &out->at[out->count - 1];
    if (column->target)
        out->elements[field->first + field->count++] =
            (dlt_csv_element){.feature = -1, .column = column};
    for (int64_t f = 0; f < features->count; f++)
        if (features->at[f].column == column)
            out->elements[field->first + field->count++] =
                (dlt_csv_element){.feature = f, .column = column};
}

static dlt_csv_field *add_field(dlt_csv_fields *out, const char *name) {
    dlt_csv_field *field = &out->at[out->count++];
    *field = (dlt_csv_field){.name = name, .scale = 1};
    if (out->count > 1)
        field->first = field[-1].first + field[-1].count;
    return field;
}

/* All features, then the target. */
static void make_default(const dlt_csv_table *table, const dlt_csv_features *features,
                         const dlt_csv_settings *settings, dlt_csv_fields *out) {
    const dlt_csv_column *target = NULL;
    (void)add_field(out, "x");
    for (int64_t c = 0; c < table->column_count; c++)
        if (table->columns[c].target)
            target = &table->columns[c];
        else
            add_column(&table->columns[c], features, out);
    if (target == NULL || table->lacks_target)
        return;
    dlt_csv_field *y = add_field(out, "y");
    y->is_label = target->role == DLT_CSV_CATEGORY;
    y->scale = y->is_label ? 1 : settings->target_scale;
    add_column(target, features, out);
}

static void make_given(const dlt_csv_table *table, const dlt_csv_features *features,
                       const dlt_csv_settings *settings, dlt_csv_fields *out) {
    for (int64_t i = 0; i < settings->fields.count; i++) {
        const dlt_csv_field_settings *given = settings->fields.at[i].settings;
        dlt_csv_field *field = add_field(out, settings->fields.at[i].name);
        field->is_label = given->kind == DLT_CSV_FIELD_CLASS;
        field->scale = given->scale;
        for (int64_t c = 0; c < given->columns.count; c++)
            add_column(dlt_csv_columns_find(table, given->columns.at[c]), features, out);
    }
}

dlt_status dlt_csv_fields_make(const dlt_csv_table *table, const dlt_csv_features *features,
                               const dlt_csv_settings *settings, dlt_csv_fields *out) {
    const int64_t count = settings->fields.count > 0 ? settings->fields.count : 2;
    DLT_TRY(DLT_NEW(out->at, count));
    DLT_TRY(DLT_NEW(out->elements, features->count + table->column_count));
    if (settings->fields.count > 0)
        make_given(table, features, settings, out);
    else
        make_default(table, features, settings, out);
    return DLT_OK;
}
