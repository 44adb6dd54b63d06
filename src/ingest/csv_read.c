/* Records become rows of numbers one at a time; what a field is, csv_value.c says. */
#include "ingest/csv_read.h"

#include "base/alloc.h"
#include "base/error.h"
#include "formats/csv_reader.h"
#include "formats/csv_value.h"
#include "ingest/csv_categories.h"
#include "ingest/csv_columns.h"
#include "ingest/format.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_ROWS = 256 };

static dlt_status make_room(dlt_csv_table *table) {
    if (table->rows < table->room)
        return DLT_OK;
    int64_t room = table->room == 0 ? FIRST_ROWS : 2 * table->room;
    double *values = NULL;
    int64_t *record = NULL;
    DLT_TRY(DLT_NEW(values, room * table->width));
    if (table->rows > 0)
        memcpy(values, table->values, (size_t)(table->rows * table->width) * sizeof *values);
    dlt_free(table->values);
    table->values = values;
    DLT_TRY(DLT_NEW(record, room));
    if (table->rows > 0)
        memcpy(record, table->record, (size_t)table->rows * sizeof *record);
    dlt_free(table->record);
    table->record = record;
    table->room = room;
    return DLT_OK;
}

static dlt_status fail_field(const dlt_csv_reader *reader, const dlt_csv_column *column,
                             const char *field, const char *what) {
    return dlt_fail(DLT_ERR_FORMAT, "%s:%" PRId64 ": '%.80s' in column '%s' is %s",
                    dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), field, column->name,
                    what);
}

/* What becomes of a record beside being one. */
typedef enum verdict { KEEP, DROP_MISSING, DROP_UNSEEN } verdict;

static dlt_status take_word(const dlt_csv_settings *settings, dlt_csv_column *column,
                            const dlt_csv_reader *reader, const char *word, verdict *fate,
                            double *value) {
    int64_t index = 0;
    DLT_TRY(dlt_csv_category(column, reader, word, &index));
    *value = (double)index;
    if (index >= 0 && dlt_csv_kind_of(word) == DLT_CSV_KIND_MISSING) {
        column->suspects++;
        (void)snprintf(column->suspect, sizeof column->suspect, "%s", word);
    }
    if (index >= 0)
        return DLT_OK;
    if (settings->unseen == DLT_CSV_UNSEEN_DROP) {
        *fate = DROP_UNSEEN;
        return DLT_OK;
    }
    if (settings->unseen == DLT_CSV_UNSEEN_ZEROS && !column->target) {
        column->unseen++;
        return DLT_OK;
    }
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s:%" PRId64 ": '%.80s' is not among the %s of column '%s'; `unseen: drop`%s "
                    "would allow that",
                    dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), word,
                    column->target ? "classes" : "values", column->name,
                    column->target ? "" : " or `zeros`");
}

/* Only a number among the inputs can be replaced by a mean or median, and only a word there can be
 * a category of its own. */
static dlt_status take_missing(const dlt_csv_settings *settings, dlt_csv_column *column,
                               const dlt_csv_reader *reader, verdict *fate, double *value) {
    bool is_word = column->role == DLT_CSV_CATEGORY;
    *value = is_word ? DLT_CSV_NO_CATEGORY : NAN;
    if (is_word && !column->target) {
        if (settings->missing_category == DLT_CSV_MISSING_CATEGORY_ZEROS)
            return DLT_OK;
        if (settings->missing_category == DLT_CSV_MISSING_CATEGORY_OWN)
            return take_word(settings, column, reader, DLT_CSV_MISSING_NAME, fate, value);
    }
    if (settings->missing == DLT_CSV_MISSING_DROP) {
        *fate = DROP_MISSING;
        return DLT_OK;
    }
    if (settings->missing != DLT_CSV_MISSING_ERROR && !is_word && !column->target)
        return DLT_OK;
    return dlt_fail(
        DLT_ERR_FORMAT, "%s:%" PRId64 ": column '%s' has no value; %s", dlt_csv_reader_path(reader),
        dlt_csv_reader_line(reader), column->name,
        column->target
            ? "only `missing: drop`, or a table without this column, can deal with that here"
        : is_word ? "`missing_category: category` or `zeros`, or `missing: drop`, would allow that"
                  : "`missing: drop`, `mean` or `median` would allow that");
}

static dlt_status parse_number(const dlt_csv_column *column, const dlt_csv_reader *reader,
                               const char *field, double *value) {
    if (!dlt_csv_is_number(field, value))
        return fail_field(reader, column, field, dlt_csv_kind_text(dlt_csv_kind_of(field)));
    if (!(fabs(*value) <= (double)FLT_MAX))
        return fail_field(reader, column, field, "too large a number for float32");
    return DLT_OK;
}

static dlt_status parse_field(const dlt_csv_settings *settings, dlt_csv_column *column,
                              const dlt_csv_reader *reader, const char *field, verdict *fate,
                              double *value) {
    if (dlt_csv_is_token(&settings->missing_tokens, field))
        return take_missing(settings, column, reader, fate, value);
    if (column->role == DLT_CSV_NUMBER)
        return parse_number(column, reader, field, value);
    return take_word(settings, column, reader, field, fate, value);
}

/* A column without a name, as a separator at the end of each line makes one. */
static dlt_status check_nameless(const dlt_csv_column *column, const dlt_csv_reader *reader,
                                 const char *field) {
    if (field[0] == '\0')
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s:%" PRId64 ": column %s (from 0) has no name in the header, but the value "
                    "'%.80s'; name it with `columns`, or leave it out with `ignore: [\"%s\"]`",
                    dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), column->name, field,
                    column->name);
}

static dlt_status add_record(dlt_csv_table *table, const dlt_csv_settings *settings,
                             const dlt_csv_reader *reader, int64_t fields) {
    if (dlt_csv_reader_fields(reader) != fields)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%" PRId64 ": this record has %" PRId64 " fields where %" PRId64
                        " are expected",
                        dlt_csv_reader_path(reader), dlt_csv_reader_line(reader),
                        dlt_csv_reader_fields(reader), fields);
    DLT_TRY(make_room(table));
    double *row = &table->values[table->rows * table->width];
    verdict fate = KEEP;
    for (int64_t c = 0; c < table->column_count && fate == KEEP; c++) {
        dlt_csv_column *column = &table->columns[c];
        if (column->field < 0)
            continue;
        const char *field = dlt_csv_reader_field(reader, column->field);
        if (column->nameless)
            DLT_TRY(check_nameless(column, reader, field));
        else if (column->role != DLT_CSV_IGNORED)
            DLT_TRY(parse_field(settings, column, reader, field, &fate, &row[column->value_index]));
    }
    table->record[table->rows] = table->records++;
    table->rows += fate == KEEP;
    table->dropped_missing += fate == DROP_MISSING;
    table->dropped_unseen += fate == DROP_UNSEEN;
    return DLT_OK;
}

/* All files have the target, or none. */
static dlt_status check_target(dlt_csv_table *table, const dlt_csv_reader *reader, bool is_first) {
    for (int64_t c = 0; c < table->column_count; c++) {
        const dlt_csv_column *column = &table->columns[c];
        bool lacks = column->target && column->field < 0;
        if (column->target && !is_first && lacks != table->lacks_target)
            return dlt_fail(DLT_ERR_FORMAT, "%s %s the target '%s', unlike the files before it",
                            dlt_csv_reader_path(reader), lacks ? "lacks" : "has", column->name);
        if (column->target)
            table->lacks_target = lacks;
    }
    return DLT_OK;
}

static dlt_status read_records(dlt_csv_table *table, const dlt_csv_settings *settings,
                               const dlt_import_output *output, dlt_csv_reader *reader,
                               bool is_first) {
    bool more = false;
    DLT_TRY(dlt_csv_reader_next(reader, &more));
    if (!more)
        return dlt_fail(DLT_ERR_FORMAT, "%s is empty", dlt_csv_reader_path(reader));
    int64_t fields = dlt_csv_reader_fields(reader);
    if (table->columns == NULL)
        DLT_TRY(dlt_csv_columns_make(table, reader, settings));
    else
        DLT_TRY(dlt_csv_columns_match(table, reader, settings));
    DLT_TRY(check_target(table, reader, is_first));
    if (settings->header)
        DLT_TRY(dlt_csv_reader_next(reader, &more));
    if (!more)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no records but a header",
                        dlt_csv_reader_path(reader));
    while (more) {
        DLT_TRY(dlt_import_go_on(output, table->records));
        DLT_TRY(add_record(table, settings, reader, fields));
        DLT_TRY(dlt_csv_reader_next(reader, &more));
    }
    return DLT_OK;
}

dlt_status dlt_csv_table_read(const dlt_file_list *files, const dlt_csv_settings *settings,
                              const dlt_import_output *output, dlt_csv_table *table) {
    int64_t before = table->rows;
    table->records = 0;
    for (int64_t i = 0; i < files->count; i++) {
        dlt_csv_reader *reader = NULL;
        DLT_TRY(dlt_csv_reader_open(files->at[i], settings->separator[0], &reader));
        dlt_status status = read_records(table, settings, output, reader, before == 0 && i == 0);
        dlt_csv_reader_close(&reader);
        DLT_TRY(status);
    }
    if (table->rows == before)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no records without missing values", files->at[0]);
    return DLT_OK;
}

dlt_status dlt_csv_table_close(dlt_csv_table *table, const char *path) {
    DLT_TRY(dlt_csv_categories_sort(table, path));
    for (int64_t c = 0; c < table->column_count; c++)
        table->columns[c].closed = true;
    table->train_rows = table->rows;
    return DLT_OK;
}
