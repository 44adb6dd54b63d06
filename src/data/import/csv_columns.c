#include "data/import/csv_columns.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dlt_status fail_unknown(const dlt_csv_table *table, const dlt_csv_reader *reader,
                               const char *name, const char *key) {
    dlt_text list = DLT_TEXT_EMPTY;
    for (int64_t c = 0; c < table->column_count && list.used < 400; c++)
        dlt_text_add(&list, "%s%s", c == 0 ? "" : ", ", table->columns[c].name);
    dlt_status status = dlt_fail(DLT_ERR_CONFIG, "%s has no column '%s' (given as %s); it has: %s",
                                 dlt_csv_reader_path(reader), name, key, dlt_text_of(&list));
    dlt_text_destroy(&list);
    return status;
}

/* A column by name or, failing that, by number from 0; NULL if there is none. */
static dlt_csv_column *find_column(const dlt_csv_table *table, const char *name) {
    for (int64_t c = 0; c < table->column_count; c++)
        if (strcmp(table->columns[c].name, name) == 0)
            return &table->columns[c];
    char *end = NULL;
    long long number = strtoll(name, &end, 10);
    if (end == name || *end != '\0' || number < 0 || number >= table->column_count)
        return NULL;
    return &table->columns[number];
}

/* A name on one line, since lists of names are kept newline-separated. */
static dlt_status set_name(dlt_csv_column *column, const char *name) {
    column->name = dlt_alloc_text(name);
    if (column->name == NULL)
        return DLT_ERR_MEM;
    for (char *at = column->name; *at != '\0'; at++)
        if (*at == '\n' || *at == '\r')
            *at = ' ';
    return DLT_OK;
}

static dlt_status name_columns(dlt_csv_table *table, const dlt_csv_reader *reader,
                               const dlt_csv_settings *settings) {
    int64_t given = settings->columns.count;
    if (given > 0 && given != table->column_count)
        return dlt_fail(
            DLT_ERR_CONFIG,
            "%s:%" PRId64 ": there are %" PRId64 " columns, but `columns` names %" PRId64,
            dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), table->column_count, given);
    for (int64_t c = 0; c < table->column_count; c++) {
        char number[24];
        (void)snprintf(number, sizeof number, "%" PRId64, c);
        const char *name = number;
        if (given > 0)
            name = settings->columns.at[c];
        else if (settings->header)
            name = dlt_csv_reader_field(reader, c);
        DLT_TRY(set_name(&table->columns[c], name));
    }
    return DLT_OK;
}

static dlt_status add_category(dlt_csv_column *column, const char *word) {
    if (column->category_count == column->category_room) {
        int64_t room = column->category_room == 0 ? 16 : 2 * column->category_room;
        char **larger = NULL;
        DLT_TRY(DLT_NEW(larger, room));
        for (int64_t i = 0; i < column->category_count; i++)
            larger[i] = column->categories[i];
        dlt_free(column->categories);
        column->categories = larger;
        column->category_room = room;
    }
    char *copy = dlt_alloc_text(word);
    if (copy == NULL)
        return DLT_ERR_MEM;
    column->categories[column->category_count++] = copy;
    return DLT_OK;
}

static dlt_status make_category(dlt_csv_column *column, const dlt_strings *values) {
    column->role = DLT_CSV_CATEGORY;
    column->closed = values->count > 0;
    if (values->count > DLT_CSV_CATEGORIES_MAX)
        return dlt_fail(DLT_ERR_CONFIG,
                        "column '%s' is given %" PRId64 " values; at most %d can be", column->name,
                        values->count, DLT_CSV_CATEGORIES_MAX);
    for (int64_t i = 0; i < values->count; i++)
        DLT_TRY(add_category(column, values->at[i]));
    return DLT_OK;
}

static dlt_status set_ignored(dlt_csv_table *table, const dlt_csv_reader *reader,
                              const char *name) {
    dlt_csv_column *column = find_column(table, name);
    if (column == NULL)
        return fail_unknown(table, reader, name, "ignore");
    column->role = DLT_CSV_IGNORED;
    return DLT_OK;
}

static dlt_status set_one_hot(dlt_csv_table *table, const dlt_csv_reader *reader,
                              const dlt_csv_one_hot *one_hot) {
    dlt_csv_column *column = find_column(table, one_hot->column);
    if (column == NULL)
        return fail_unknown(table, reader, one_hot->column, "one_hot");
    if (column->role != DLT_CSV_NUMBER)
        return dlt_fail(DLT_ERR_CONFIG, "column '%s' is ignored or encoded already", column->name);
    return make_category(column, &one_hot->values);
}

static dlt_status set_target(dlt_csv_table *table, const dlt_csv_reader *reader,
                             const dlt_csv_settings *settings) {
    dlt_csv_column *column = find_column(table, settings->target);
    if (column == NULL)
        return fail_unknown(table, reader, settings->target, "target");
    if (column->role != DLT_CSV_NUMBER)
        return dlt_fail(DLT_ERR_CONFIG, "the target '%s' is also ignored or encoded", column->name);
    column->target = true;
    return settings->target_kind == DLT_CSV_TARGET_CLASS
               ? make_category(column, &settings->target_values)
               : DLT_OK;
}

static dlt_status set_roles(dlt_csv_table *table, const dlt_csv_reader *reader,
                            const dlt_csv_settings *settings) {
    for (int64_t i = 0; i < settings->ignore.count; i++)
        DLT_TRY(set_ignored(table, reader, settings->ignore.at[i]));
    for (int64_t i = 0; i < settings->encode.count; i++)
        DLT_TRY(set_one_hot(table, reader, settings->encode.at[i].settings));
    return set_target(table, reader, settings);
}

dlt_status dlt_csv_columns_make(dlt_csv_table *table, const dlt_csv_reader *reader,
                                const dlt_csv_settings *settings) {
    int64_t count = dlt_csv_reader_fields(reader);
    DLT_TRY(DLT_NEW(table->columns, count));
    table->column_count = count;
    DLT_TRY(name_columns(table, reader, settings));
    DLT_TRY(set_roles(table, reader, settings));
    for (int64_t c = 0; c < count; c++)
        table->columns[c].slot = table->columns[c].role == DLT_CSV_IGNORED ? -1 : table->width++;
    return DLT_OK;
}

dlt_status dlt_csv_category(dlt_csv_column *column, const dlt_csv_reader *reader, const char *word,
                            int64_t *index) {
    for (*index = 0; *index < column->category_count; (*index)++)
        if (strcmp(column->categories[*index], word) == 0)
            return DLT_OK;
    if (column->closed)
        return dlt_fail(
            DLT_ERR_FORMAT, "%s:%" PRId64 ": '%.80s' is not among the values of column '%s'",
            dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), word, column->name);
    if (column->category_count == DLT_CSV_CATEGORIES_MAX)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%" PRId64
                        ": column '%s' has more than %d different values, too many for "
                        "categories",
                        dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), column->name,
                        DLT_CSV_CATEGORIES_MAX);
    return add_category(column, word);
}

/* A category and the index it had when it was discovered. */
typedef struct ranked_category {
    char *word;
    int64_t old;
} ranked_category;

static int compare_words(const void *a, const void *b) {
    return strcmp(((const ranked_category *)a)->word, ((const ranked_category *)b)->word);
}

static dlt_status sort_column(dlt_csv_table *table, dlt_csv_column *column) {
    int64_t count = column->category_count;
    ranked_category *ranked = NULL;
    double *rank = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(ranked, count));
    DLT_TRY_OUT(DLT_NEW(rank, count));
    for (int64_t i = 0; i < count; i++)
        ranked[i] = (ranked_category){.word = column->categories[i], .old = i};
    qsort(ranked, (size_t)count, sizeof *ranked, compare_words);
    for (int64_t i = 0; i < count; i++) {
        column->categories[i] = ranked[i].word;
        rank[ranked[i].old] = (double)i;
    }
    for (int64_t row = 0; row < table->rows; row++) {
        double *value = &table->values[row * table->width + column->slot];
        *value = rank[(int64_t)*value];
    }
out:
    dlt_free(ranked);
    dlt_free(rank);
    return status;
}

dlt_status dlt_csv_categories_sort(dlt_csv_table *table) {
    for (int64_t c = 0; c < table->column_count; c++) {
        dlt_csv_column *column = &table->columns[c];
        if (column->role == DLT_CSV_CATEGORY && !column->closed)
            DLT_TRY(sort_column(table, column));
    }
    return DLT_OK;
}
