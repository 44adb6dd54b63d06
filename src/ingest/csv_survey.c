/* The first record names the columns where it holds words alone. Where it holds numbers alone, it
 * is a sample, unless they ascend, as positions, years and wavelengths do that stand for names. Of
 * any other record only the user knows, or the target, where one of the two readings lacks it. */
#include "ingest/csv_survey.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "formats/byte_source.h"
#include "ingest/csv_columns.h"
#include "ingest/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1 << 16 };

/* Outside quotes; a line without any has one column. */
dlt_status dlt_csv_survey_separator(const char *path, char *out) {
    static const char separators[] = ",;\t|";
    int64_t count[sizeof separators - 1] = {0};
    dlt_byte_source *source = NULL;
    char *line = NULL;
    size_t bytes = 0;
    bool is_quoted = false;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_byte_source_open(path, &source));
    DLT_TRY_OUT(DLT_NEW(line, LINE_BYTES));
    DLT_TRY_OUT(dlt_byte_source_read(source, line, LINE_BYTES, &bytes));
    for (size_t i = 0; i < bytes && (is_quoted || (line[i] != '\n' && line[i] != '\r')); i++) {
        is_quoted = is_quoted != (line[i] == '"');
        const char *found = line[i] == '\0' || is_quoted ? NULL : strchr(separators, line[i]);
        if (found != NULL)
            count[found - separators]++;
    }
    *out = ',';
    for (size_t i = 1, most = 0; i < sizeof separators - 1; i++)
        if (count[i] > count[most]) {
            most = i;
            *out = separators[i];
        }
out:
    dlt_free(line);
    dlt_byte_source_close(&source);
    return status;
}

/* Only one of the two readings may have the target: a column of that name, or of that number. */
static bool is_named_by_target(const dlt_csv_reader *reader, const dlt_csv_settings *settings) {
    const char *target = settings->target;
    char *end = NULL;
    if (target == NULL || settings->columns.count > 0)
        return false;
    const long long number = strtoll(target, &end, 10);
    if (end != target && *end == '\0' && number >= 0 && number < dlt_csv_reader_fields(reader))
        return false;
    for (int64_t c = 0; c < dlt_csv_reader_fields(reader); c++)
        if (strcmp(dlt_csv_reader_field(reader, c), target) == 0)
            return true;
    return false;
}

static dlt_status fail_header(const dlt_csv_reader *reader, const char *why) {
    return dlt_fail(DLT_ERR_ARG,
                    "%s:%" PRId64 ": the first record may name the columns or be a sample, because "
                    "%s; --set header=true or --set header=false says which",
                    dlt_csv_reader_path(reader), dlt_csv_reader_line(reader), why);
}

static dlt_status find_header(const dlt_csv_reader *reader, dlt_csv_settings *settings,
                              dlt_text *notes) {
    const int64_t fields = dlt_csv_reader_fields(reader);
    const char *doubtful = NULL;
    int64_t numbers = 0;
    double before = -INFINITY;
    bool ascends = fields > 1;
    settings->header = true;
    if (is_named_by_target(reader, settings))
        return DLT_OK;
    for (int64_t c = 0; c < fields; c++) {
        const char *field = dlt_csv_reader_field(reader, c);
        double number = 0;
        const bool is_number = dlt_csv_is_number(field, &number);
        const bool is_missing =
            field[0] != '\0' && dlt_csv_is_token(&settings->missing_tokens, field);
        if (doubtful == NULL && (is_number || is_missing))
            doubtful = field;
        ascends = ascends && is_number && number > before;
        before = number;
        numbers += is_number;
    }
    if (numbers == fields && ascends)
        return fail_header(reader, "its numbers ascend from column to column");
    if (numbers == fields) {
        settings->header = false;
        dlt_text_add(notes,
                     "%s: the first record is a sample, because it holds numbers alone; --set "
                     "header=true makes it the names of the columns\n",
                     dlt_csv_reader_path(reader));
        return DLT_OK;
    }
    if (doubtful != NULL) {
        char why[64];
        (void)snprintf(why, sizeof why, "it holds '%.40s'", doubtful);
        return fail_header(reader, why);
    }
    return settings->columns.count > 0 ? fail_header(reader, "`columns` names them, too") : DLT_OK;
}

static dlt_status fail_target(const dlt_csv_survey *it, const char *path, const char *target) {
    dlt_text list = DLT_TEXT_EMPTY;
    dlt_csv_columns_list(&it->table, &list);
    dlt_status status =
        target == NULL
            ? dlt_fail(DLT_ERR_ARG, "%s needs --target with the column to predict; it has: %s",
                       path, dlt_text_of(&list))
            : dlt_fail(DLT_ERR_ARG, "%s has no column '%s' (given as --target); it has: %s", path,
                       target, dlt_text_of(&list));
    dlt_text_destroy(&list);
    return status;
}

static dlt_status see_first(const dlt_csv_reader *reader, bool gives_header,
                            dlt_csv_settings *settings, dlt_csv_survey *it, dlt_text *notes) {
    const char *target = settings->target;
    if (!gives_header)
        DLT_TRY(find_header(reader, settings, notes));
    DLT_TRY(dlt_csv_columns_name(&it->table, reader, settings));
    DLT_TRY(DLT_NEW(it->at, it->table.column_count));
    it->target = target == NULL ? NULL : dlt_csv_columns_find(&it->table, target);
    if (it->target == NULL)
        return fail_target(it, dlt_csv_reader_path(reader), target);
    return dlt_csv_columns_set_inputs(&it->table, reader, settings);
}

static void see_field(const dlt_csv_reader *reader, const dlt_csv_settings *settings,
                      const char *field, dlt_csv_column_survey *column) {
    double number = 0;
    if (dlt_csv_is_token(&settings->missing_tokens, field))
        return;
    const dlt_csv_kind kind = dlt_csv_kind_of(field);
    const bool is_otherwise = kind == DLT_CSV_KIND_COMMA || kind == DLT_CSV_KIND_DATE;
    if (kind == DLT_CSV_KIND_NUMBER && dlt_csv_is_number(field, &number)) {
        column->numbers++;
        column->largest = fmax(column->largest, fabs(number));
        column->has_fraction = column->has_fraction || floor(number) != number;
    }
    if (is_otherwise && column->otherwise == 0) {
        (void)snprintf(column->example, sizeof column->example, "%.80s", field);
        column->kind = kind;
        column->line = dlt_csv_reader_line(reader);
    }
    column->otherwise += is_otherwise;
    column->words += kind != DLT_CSV_KIND_NUMBER && !is_otherwise;
    const uint64_t hash = dlt_hash_text(0, field);
    for (int i = 0; i < column->different && i < DLT_CSV_WORDS_MAX; i++)
        if (column->seen[i] == hash)
            return;
    if (column->different < DLT_CSV_WORDS_MAX)
        column->seen[column->different] = hash;
    if (column->different <= DLT_CSV_WORDS_MAX)
        column->different++;
}

/* A record of another length is for the import to refuse. */
static void see_record(const dlt_csv_reader *reader, const dlt_csv_settings *settings,
                       dlt_csv_survey *it) {
    for (int64_t c = 0; c < it->table.column_count && c < dlt_csv_reader_fields(reader); c++)
        see_field(reader, settings, dlt_csv_reader_field(reader, c), &it->at[c]);
}

dlt_status dlt_csv_survey_make(const char *path, bool gives_header, dlt_csv_settings *settings,
                               const dlt_import_output *output, dlt_csv_survey *out,
                               dlt_text *notes) {
    dlt_csv_reader *reader = NULL;
    bool more = true;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_csv_reader_open(path, settings->separator[0], &reader));
    DLT_TRY_OUT(dlt_csv_reader_next(reader, &more));
    if (!more)
        DLT_TRY_OUT(dlt_fail(DLT_ERR_FORMAT, "%s has no records", path));
    DLT_TRY_OUT(see_first(reader, gives_header, settings, out, notes));
    if (settings->header)
        DLT_TRY_OUT(dlt_csv_reader_next(reader, &more));
    for (int64_t records = 0; more; records++) {
        DLT_TRY_OUT(dlt_import_go_on(output, records));
        see_record(reader, settings, out);
        DLT_TRY_OUT(dlt_csv_reader_next(reader, &more));
    }
out:
    dlt_csv_reader_close(&reader);
    return status;
}

void dlt_csv_survey_destroy(dlt_csv_survey *survey) {
    dlt_csv_table_destroy(&survey->table);
    dlt_free(survey->at);
    *survey = (dlt_csv_survey){0};
}
