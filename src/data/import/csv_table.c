#include "data/import/csv_table.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/import/csv_columns.h"
#include "data/import/csv_reader.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 256 };

void dlt_csv_table_destroy(dlt_csv_table *table) {
    for (int64_t c = 0; c < table->column_count; c++) {
        dlt_csv_column *column = &table->columns[c];
        for (int64_t i = 0; i < column->category_count; i++)
            dlt_free(column->categories[i]);
        dlt_free(column->categories);
        dlt_free(column->name);
    }
    dlt_free(table->columns);
    dlt_free(table->values);
    *table = (dlt_csv_table){0};
}

static dlt_status make_room(dlt_csv_table *table) {
    if (table->rows < table->room)
        return DLT_OK;
    int64_t room = table->room == 0 ? FIRST_ROWS : 2 * table->room;
    double *larger = NULL;
    DLT_TRY(DLT_NEW(larger, room * table->width));
    if (table->rows > 0)
        memcpy(larger, table->values, (size_t)(table->rows * table->width) * sizeof *table->values);
    dlt_free(table->values);
    table->values = larger;
    table->room = room;
    return DLT_OK;
}

static bool is_missing(const dlt_csv_settings *settings, const char *field) {
    for (int64_t i = 0; i < settings->missing_tokens.count; i++)
        if (strcmp(settings->missing_tokens.at[i], field) == 0)
            return true;
    return false;
}

/* Only a number among the inputs can be replaced by a mean or median. */
static dlt_status take_missing(const dlt_csv_settings *settings, const dlt_csv_column *column,
                               const dlt_csv_reader *reader, bool *drop, double *value) {
    *value = NAN;
    if (settings->missing == DLT_CSV_MISSING_DROP) {
        *drop = true;
        return DLT_OK;
    }
    if (settings->missing != DLT_CSV_MISSING_ERROR && column->role == DLT_CSV_NUMBER &&
        !column->target)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s:%" PRId64 ": column '%s' has no value; %s",
                    dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), column->name,
                    settings->missing == DLT_CSV_MISSING_ERROR
                        ? "`missing: drop`, `mean` or `median` would allow that"
                        : "only `missing: drop` can deal with that here");
}

static dlt_status parse_number(const dlt_csv_column *column, const dlt_csv_reader *reader,
                               const char *field, double *value) {
    char *end = NULL;
    *value = strtod(field, &end);
    size_t blanks = strspn(end, " \t");
    if (end != field && end[blanks] == '\0' && fabs(*value) <= (double)FLT_MAX)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s:%" PRId64 ": '%.80s' in column '%s' is not a number",
                    dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), field, column->name);
}

static dlt_status parse_field(const dlt_csv_settings *settings, dlt_csv_column *column,
                              const dlt_csv_reader *reader, const char *field, bool *drop,
                              double *value) {
    if (is_missing(settings, field))
        return take_missing(settings, column, reader, drop, value);
    if (column->role == DLT_CSV_NUMBER)
        return parse_number(column, reader, field, value);
    int64_t index = 0;
    DLT_TRY(dlt_csv_category(column, reader, field, &index));
    *value = (double)index;
    return DLT_OK;
}

static dlt_status add_record(dlt_csv_table *table, const dlt_csv_settings *settings,
                             const dlt_csv_reader *reader) {
    if (dlt_csv_reader_fields(reader) != table->column_count)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%" PRId64 ": this record has %" PRId64 " fields where %" PRId64
                        " are expected",
                        dlt_csv_reader_path(reader), dlt_csv_reader_line(reader),
                        dlt_csv_reader_fields(reader), table->column_count);
    DLT_TRY(make_room(table));
    double *row = &table->values[table->rows * table->width];
    bool drop = false;
    for (int64_t c = 0; c < table->column_count && !drop; c++) {
        dlt_csv_column *column = &table->columns[c];
        if (column->role != DLT_CSV_IGNORED)
            DLT_TRY(parse_field(settings, column, reader, dlt_csv_reader_field(reader, c), &drop,
                                &row[column->slot]));
    }
    if (drop)
        table->dropped++;
    else
        table->rows++;
    return DLT_OK;
}

static dlt_status read_records(dlt_csv_table *table, const dlt_csv_settings *settings,
                               dlt_csv_reader *reader) {
    bool more = false;
    DLT_TRY(dlt_csv_reader_next(reader, &more));
    if (!more)
        return dlt_fail(DLT_ERR_FORMAT, "%s is empty", dlt_csv_reader_path(reader));
    DLT_TRY(dlt_csv_columns_make(table, reader, settings));
    if (settings->header)
        DLT_TRY(dlt_csv_reader_next(reader, &more));
    while (more) {
        DLT_TRY(add_record(table, settings, reader));
        DLT_TRY(dlt_csv_reader_next(reader, &more));
    }
    if (table->rows == 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no records%s", dlt_csv_reader_path(reader),
                        table->dropped > 0 ? " without missing values" : "");
    return dlt_csv_categories_sort(table);
}

dlt_status dlt_csv_table_read(const char *path, const dlt_csv_settings *settings,
                              dlt_csv_table *table) {
    *table = (dlt_csv_table){0};
    dlt_csv_reader *reader = NULL;
    DLT_TRY(dlt_csv_reader_open(path, settings->separator[0], &reader));
    dlt_status status = read_records(table, settings, reader);
    dlt_csv_reader_close(&reader);
    return status;
}
