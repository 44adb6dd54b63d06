/* A column is known by its name alone: whatever could give it the name of another, or let one of
 * two through, is refused. */
#include "ingest/csv_columns.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "formats/csv_value.h"
#include "ingest/csv_categories.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 4096 };

void dlt_csv_columns_list(const dlt_csv_table *table, dlt_text *list) {
    for (int64_t c = 0; c < table->column_count && list->used < 400; c++)
        dlt_text_add(list, "%s%s", c == 0 ? "" : ", ", table->columns[c].name);
}

static dlt_status fail_unknown(const dlt_csv_table *table, const dlt_csv_reader *reader,
                               const char *name, const char *key) {
    dlt_text list = DLT_TEXT_EMPTY;
    dlt_csv_columns_list(table, &list);
    dlt_status status = dlt_fail(DLT_ERR_CONFIG, "%s has no column '%s' (given as %s); it has: %s",
                                 dlt_csv_reader_path(reader), name, key, dlt_text_of(&list));
    dlt_text_destroy(&list);
    return status;
}

dlt_csv_column *dlt_csv_columns_find(const dlt_csv_table *table, const char *name) {
    for (int64_t c = 0; c < table->column_count; c++)
        if (strcmp(table->columns[c].name, name) == 0)
            return &table->columns[c];
    char *end = NULL;
    long long number = strtoll(name, &end, 10);
    if (end == name || *end != '\0' || number < 0 || number >= table->column_count)
        return NULL;
    return &table->columns[number];
}

/* The name of a field of the file: given, in the header, or its number; on one line, since lists of
 * names are kept newline-separated. */
static void name_field(const dlt_csv_reader *reader, const dlt_csv_settings *settings,
                       int64_t field, char name[NAME_BYTES]) {
    const char *given = settings->columns.count > 0 ? settings->columns.at[field]
                        : settings->header          ? dlt_csv_reader_field(reader, field)
                                                    : "";
    if (given[0] == '\0')
        (void)snprintf(name, NAME_BYTES, "%" PRId64, field);
    else
        (void)snprintf(name, NAME_BYTES, "%s", given);
    for (char *at = name; *at != '\0'; at++)
        if (*at == '\n' || *at == '\r')
            *at = ' ';
}

static bool is_nameless(const dlt_csv_reader *reader, const dlt_csv_settings *settings,
                        int64_t field) {
    return settings->columns.count <= 0 && settings->header &&
           dlt_csv_reader_field(reader, field)[0] == '\0';
}

/* One field that holds another separator: the description names the wrong one. */
static dlt_status check_separator(const dlt_csv_reader *reader, const dlt_csv_settings *settings) {
    static const char *const others[] = {";", "\t", "|", ","};
    if (dlt_csv_reader_fields(reader) != 1)
        return DLT_OK;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i][0] != settings->separator[0] &&
            strchr(dlt_csv_reader_field(reader, 0), others[i][0]) != NULL)
            return dlt_fail(DLT_ERR_CONFIG,
                            "%s:%" PRId64 ": there is no separator '%s', but there is '%s'; set "
                            "`separator`",
                            dlt_csv_reader_path(reader), dlt_csv_reader_line(reader),
                            settings->separator, others[i][0] == '\t' ? "\\t" : others[i]);
    return DLT_OK;
}

/* `columns` beside a header that has the same names elsewhere would give columns others' names. */
static dlt_status check_given_names(const dlt_csv_reader *reader,
                                    const dlt_csv_settings *settings) {
    const dlt_strings *given = &settings->columns;
    int64_t count = dlt_csv_reader_fields(reader);
    if (given->count > 0 && given->count != count)
        return dlt_fail(
            DLT_ERR_CONFIG,
            "%s:%" PRId64 ": there are %" PRId64 " columns, but `columns` names %" PRId64,
            dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), count, given->count);
    for (int64_t i = 0; settings->header && i < given->count; i++)
        for (int64_t c = 0; c < count; c++)
            if (c != i && strcmp(given->at[i], dlt_csv_reader_field(reader, c)) == 0)
                return dlt_fail(DLT_ERR_CONFIG,
                                "%s:%" PRId64 ": `columns` gives column %" PRId64
                                " the name '%s', which column %" PRId64 " has in the header",
                                dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), i,
                                given->at[i], c);
    return DLT_OK;
}

/* A header of numbers alone is a record, unless the target is called by one of them. */
static dlt_status check_header(const dlt_csv_reader *reader, const dlt_csv_settings *settings) {
    double number = 0;
    if (!settings->header || settings->columns.count > 0)
        return DLT_OK;
    for (int64_t c = 0; c < dlt_csv_reader_fields(reader); c++) {
        const char *field = dlt_csv_reader_field(reader, c);
        if (!dlt_csv_is_number(field, &number) ||
            (settings->target != NULL && strcmp(field, settings->target) == 0))
            return DLT_OK;
    }
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s:%" PRId64 ": the header holds numbers alone; if it is a record, set "
                    "`header: false`",
                    dlt_csv_reader_path(reader), dlt_csv_reader_line(reader));
}

/* A name of the file and the field that has it. */
typedef struct field_name {
    const char *name;
    int64_t field;
} field_name;

static int compare_names(const void *a, const void *b) {
    const field_name *left = a;
    const field_name *right = b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : (left->field > right->field) - (left->field < right->field);
}

static dlt_status check_name(const dlt_csv_reader *reader, const field_name *at) {
    if (strlen(at->name) >= NAME_BYTES)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%" PRId64 ": the name of column %" PRId64 " is too long",
                        dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), at->field);
    if (!dlt_utf8_is_valid(at->name))
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%" PRId64 ": the name of column %" PRId64
                        " is not UTF-8; convert the file (iconv -t UTF-8)",
                        dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), at->field);
    return DLT_OK;
}

/* Of two columns of one name, a setting would mean the first and let the other through. */
static dlt_status check_names(const dlt_csv_reader *reader, const dlt_csv_settings *settings) {
    bool is_given = settings->columns.count > 0;
    field_name *names = NULL;
    int64_t count = 0;
    dlt_status status = DLT_OK;
    DLT_TRY(DLT_NEW(names, dlt_csv_reader_fields(reader)));
    for (int64_t c = 0; c < dlt_csv_reader_fields(reader); c++) {
        names[count] =
            (field_name){is_given ? settings->columns.at[c] : dlt_csv_reader_field(reader, c), c};
        DLT_TRY_OUT(check_name(reader, &names[count]));
        count += (is_given || settings->header) && names[count].name[0] != '\0';
    }
    qsort(names, (size_t)count, sizeof *names, compare_names);
    for (int64_t i = 1; i < count; i++)
        if (strcmp(names[i - 1].name, names[i].name) == 0)
            DLT_TRY_OUT(dlt_fail(DLT_ERR_FORMAT,
                                 "%s:%" PRId64 ": columns %" PRId64 " and %" PRId64
                                 " (from 0) are both named '%s'; name them differently, in the "
                                 "file or with `columns`",
                                 dlt_csv_reader_path(reader), dlt_csv_reader_line(reader),
                                 names[i - 1].field, names[i].field, names[i].name));
out:
    dlt_free(names);
    return status;
}

static dlt_status check_first_record(const dlt_csv_reader *reader,
                                     const dlt_csv_settings *settings) {
    DLT_TRY(check_separator(reader, settings));
    DLT_TRY(check_given_names(reader, settings));
    return check_names(reader, settings);
}

dlt_status dlt_csv_columns_encode(dlt_csv_column *column, const dlt_strings *values,
                                  const dlt_csv_settings *settings) {
    DLT_TRY(dlt_csv_categories_start(column, values));
    if (!column->closed || settings->missing_category != DLT_CSV_MISSING_CATEGORY_OWN)
        return DLT_OK;
    return dlt_csv_categories_add_missing(column);
}

static dlt_status set_ignored(dlt_csv_table *table, const dlt_csv_reader *reader,
                              const char *name) {
    dlt_csv_column *column = dlt_csv_columns_find(table, name);
    if (column == NULL)
        return fail_unknown(table, reader, name, "ignore");
    column->role = DLT_CSV_IGNORED;
    column->nameless = false;
    return DLT_OK;
}

static dlt_status set_one_hot(dlt_csv_table *table, const dlt_csv_reader *reader,
                              const dlt_csv_settings *settings, const dlt_csv_one_hot *one_hot) {
    dlt_csv_column *column = dlt_csv_columns_find(table, one_hot->column);
    if (column == NULL)
        return fail_unknown(table, reader, one_hot->column, "one_hot");
    if (column->role != DLT_CSV_NUMBER)
        return dlt_fail(DLT_ERR_CONFIG, "column '%s' is ignored or encoded already", column->name);
    column->nameless = false;
    return dlt_csv_columns_encode(column, &one_hot->values, settings);
}

static dlt_status set_target(dlt_csv_table *table, const dlt_csv_reader *reader,
                             const dlt_csv_settings *settings) {
    dlt_csv_column *column = dlt_csv_columns_find(table, settings->target);
    if (column == NULL)
        return fail_unknown(table, reader, settings->target, "target");
    if (column->role != DLT_CSV_NUMBER)
        return dlt_fail(DLT_ERR_CONFIG, "the target '%s' is also ignored or encoded", column->name);
    column->target = true;
    column->nameless = false;
    return settings->target_kind == DLT_CSV_TARGET_CLASS
               ? dlt_csv_categories_start(column, &settings->target_values)
               : DLT_OK;
}

/* Targets and classes are no features, hence marked as targets. */
static dlt_status set_field_column(dlt_csv_column *column, const char *field,
                                   const dlt_csv_field_settings *given) {
    const bool is_input = given->kind == DLT_CSV_FIELD_INPUT;
    if (column->role == DLT_CSV_IGNORED || (!is_input && column->role != DLT_CSV_NUMBER))
        return dlt_fail(DLT_ERR_CONFIG, "column '%s' of the field '%s' is also ignored or encoded",
                        column->name, field);
    if (column->in_field)
        return dlt_fail(DLT_ERR_CONFIG,
                        "column '%s' of the field '%s' is in a field already: it can be in one",
                        column->name, field);
    column->in_field = true;
    column->nameless = false;
    column->target = !is_input;
    const dlt_strings none = {0};
    return given->kind == DLT_CSV_FIELD_CLASS ? dlt_csv_categories_start(column, &none) : DLT_OK;
}

static dlt_status set_fields(dlt_csv_table *table, const dlt_csv_reader *reader,
                             const dlt_csv_settings *settings) {
    for (int64_t i = 0; i < settings->fields.count; i++) {
        const char *field = settings->fields.at[i].name;
        const dlt_csv_field_settings *given = settings->fields.at[i].settings;
        for (int64_t c = 0; c < given->columns.count; c++) {
            dlt_csv_column *column = dlt_csv_columns_find(table, given->columns.at[c]);
            if (column == NULL)
                return fail_unknown(table, reader, given->columns.at[c], "fields");
            DLT_TRY(set_field_column(column, field, given));
        }
    }
    for (int64_t c = 0; c < table->column_count; c++) {
        dlt_csv_column *column = &table->columns[c];
        if (column->in_field || column->role == DLT_CSV_IGNORED)
            continue;
        if (!column->nameless)
            dlt_text_add(&table->notes, "%s: column '%s' is in no field and is left out\n",
                         dlt_csv_reader_path(reader), column->name);
        column->role = DLT_CSV_IGNORED;
    }
    return DLT_OK;
}

dlt_status dlt_csv_columns_set_inputs(dlt_csv_table *table, const dlt_csv_reader *reader,
                                      const dlt_csv_settings *settings) {
    for (int64_t i = 0; i < settings->ignore.count; i++)
        DLT_TRY(set_ignored(table, reader, settings->ignore.at[i]));
    for (int64_t i = 0; i < settings->encode.count; i++)
        DLT_TRY(set_one_hot(table, reader, settings, settings->encode.at[i].settings));
    return DLT_OK;
}

void dlt_csv_columns_place(dlt_csv_table *table) {
    table->width = 0;
    for (int64_t c = 0; c < table->column_count; c++) {
        dlt_csv_column *column = &table->columns[c];
        if (column->nameless)
            column->role = DLT_CSV_IGNORED;
        column->value_index = column->role == DLT_CSV_IGNORED ? -1 : table->width++;
    }
}

dlt_status dlt_csv_columns_name(dlt_csv_table *table, const dlt_csv_reader *reader,
                                const dlt_csv_settings *settings) {
    int64_t count = dlt_csv_reader_fields(reader);
    DLT_TRY(check_first_record(reader, settings));
    DLT_TRY(DLT_NEW(table->columns, count));
    table->column_count = count;
    table->fields = count;
    for (int64_t c = 0; c < count; c++) {
        char name[NAME_BYTES];
        name_field(reader, settings, c, name);
        dlt_csv_column *column = &table->columns[c];
        *column = (dlt_csv_column){
            .name = dlt_alloc_text(name), .field = c, .nameless = is_nameless(reader, settings, c)};
        if (column->name == NULL)
            return DLT_ERR_MEM;
    }
    return DLT_OK;
}

dlt_status dlt_csv_columns_make(dlt_csv_table *table, const dlt_csv_reader *reader,
                                const dlt_csv_settings *settings) {
    DLT_TRY(check_header(reader, settings));
    DLT_TRY(dlt_csv_columns_name(table, reader, settings));
    DLT_TRY(dlt_csv_columns_set_inputs(table, reader, settings));
    DLT_TRY(settings->fields.count > 0 ? set_fields(table, reader, settings)
                                       : set_target(table, reader, settings));
    dlt_csv_columns_place(table);
    return DLT_OK;
}

/* Without names, columns are known by their number: none may be missing but a target at the end. */
static dlt_status check_count(const dlt_csv_table *table, const dlt_csv_reader *reader,
                              const dlt_csv_settings *settings) {
    int64_t count = dlt_csv_reader_fields(reader);
    if (settings->header || settings->columns.count > 0 || count == table->fields)
        return DLT_OK;
    bool lacks_last = table->made_by_recipe && count == table->fields - 1 &&
                      table->columns[table->column_count - 1].target;
    if (lacks_last)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s:%" PRId64 ": there are %" PRId64 " columns without names where %" PRId64
                    " are expected; name them with `columns`",
                    dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), count, table->fields);
}

/* Mostly it is at the same place as in the first file. */
static dlt_csv_column *find_by_name(const dlt_csv_table *table, int64_t field, const char *name) {
    for (int64_t i = 0; i < table->column_count; i++) {
        dlt_csv_column *column = &table->columns[(field + i) % table->column_count];
        if (!column->nameless && strcmp(column->name, name) == 0)
            return column;
    }
    return NULL;
}

dlt_status dlt_csv_columns_match(dlt_csv_table *table, const dlt_csv_reader *reader,
                                 const dlt_csv_settings *settings) {
    const char *path = dlt_csv_reader_path(reader);
    DLT_TRY(check_header(reader, settings));
    DLT_TRY(check_first_record(reader, settings));
    DLT_TRY(check_count(table, reader, settings));
    for (int64_t c = 0; c < table->column_count; c++)
        table->columns[c].field = -1;
    for (int64_t f = 0; f < dlt_csv_reader_fields(reader); f++) {
        char name[NAME_BYTES];
        name_field(reader, settings, f, name);
        dlt_csv_column *column =
            is_nameless(reader, settings, f) ? NULL : find_by_name(table, f, name);
        if (column != NULL)
            column->field = f;
        else if (table->made_by_recipe)
            dlt_text_add(&table->notes,
                         "%s: column '%s' is left out: training has none of that name\n", path,
                         name);
        else if (!is_nameless(reader, settings, f))
            return dlt_fail(DLT_ERR_FORMAT, "%s has a column '%s', which the first file lacks",
                            path, name);
    }
    for (int64_t c = 0; c < table->column_count; c++) {
        const dlt_csv_column *column = &table->columns[c];
        bool may_lack =
            column->role == DLT_CSV_IGNORED || (column->target && table->made_by_recipe);
        if (column->field < 0 && !may_lack)
            return dlt_fail(DLT_ERR_FORMAT, "%s lacks the column '%s', which %s has", path,
                            column->name,
                            table->made_by_recipe ? "the training data" : "the first file");
    }
    return DLT_OK;
}
