/* The separator is the one that the first line has most of. A column of which most values are words
 * is one of words: it is encoded where it has few different ones, and left out where it has many. A
 * target of words is a class, one of numbers a number. What is guessed, a key of the description
 * overrides. */
#include "data/import/csv_guess.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "config/print.h"
#include "data/import/byte_source.h"
#include "data/import/csv_categories.h"
#include "data/import/csv_reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { LINE_BYTES = 1 << 16, WORDS_MAX = 64 };

/* What has been seen of one column. */
typedef struct column_survey {
    char *name; /* owned; its number where it has none */
    bool is_nameless;
    int64_t numbers;
    int64_t words;
    int64_t missing;
    bool is_whole;            /* all numbers are whole */
    int different;            /* values; WORDS_MAX + 1: more than these */
    uint64_t seen[WORDS_MAX]; /* their hashes */
} column_survey;

typedef struct table_survey {
    int64_t count;
    column_survey *at; /* owned */
    bool has_header;
    int64_t records;
} table_survey;

static const char *const missing_tokens[] = {"",    "?",   "NA",   "N/A",  "n/a",
                                             "NaN", "nan", "NULL", "null", "#N/A"};

static bool is_missing(const char *field) {
    for (size_t i = 0; i < sizeof missing_tokens / sizeof missing_tokens[0]; i++)
        if (strcmp(field, missing_tokens[i]) == 0)
            return true;
    return false;
}

/* Outside quotes; a line without any has one column. */
static dlt_status find_separator(const char *path, char *out) {
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

/* A first record of numbers alone is no header. */
static dlt_status see_header(const dlt_csv_reader *reader, table_survey *it) {
    double number = 0;
    DLT_TRY(DLT_NEW(it->at, dlt_csv_reader_fields(reader)));
    it->count = dlt_csv_reader_fields(reader);
    for (int64_t c = 0; c < it->count && !it->has_header; c++)
        it->has_header = !dlt_csv_is_number(dlt_csv_reader_field(reader, c), &number);
    for (int64_t c = 0; c < it->count; c++) {
        const char *field = it->has_header ? dlt_csv_reader_field(reader, c) : "";
        dlt_text name = DLT_TEXT_EMPTY;
        dlt_text_add(&name, "%s", field);
        if (field[0] == '\0')
            dlt_text_add(&name, "%" PRId64, c);
        it->at[c].is_nameless = it->has_header && field[0] == '\0';
        it->at[c].is_whole = true;
        it->at[c].name = dlt_alloc_text(dlt_text_of(&name));
        dlt_status status = dlt_text_check(&name);
        dlt_text_destroy(&name);
        if (status != DLT_OK || it->at[c].name == NULL)
            return DLT_ERR_MEM;
    }
    return DLT_OK;
}

static void see_field(column_survey *column, const char *field) {
    double number = 0;
    if (is_missing(field)) {
        column->missing++;
        return;
    }
    if (dlt_csv_is_number(field, &number)) {
        column->numbers++;
        column->is_whole = column->is_whole && floor(number) == number;
    } else {
        column->words++;
    }
    const uint64_t hash = dlt_hash_text(0, field);
    for (int i = 0; i < column->different && i < WORDS_MAX; i++)
        if (column->seen[i] == hash)
            return;
    if (column->different < WORDS_MAX)
        column->seen[column->different] = hash;
    if (column->different <= WORDS_MAX)
        column->different++;
}

/* A record of another length is for the import to refuse. */
static void see_record(const dlt_csv_reader *reader, table_survey *it) {
    it->records++;
    for (int64_t c = 0; c < it->count && c < dlt_csv_reader_fields(reader); c++)
        see_field(&it->at[c], dlt_csv_reader_field(reader, c));
}

static dlt_status survey_table(const char *path, char separator, table_survey *it) {
    dlt_csv_reader *reader = NULL;
    bool more = true;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_csv_reader_open(path, separator, &reader));
    while (more) {
        DLT_TRY_OUT(dlt_csv_reader_next(reader, &more));
        const bool is_first = it->at == NULL;
        if (more && is_first)
            DLT_TRY_OUT(see_header(reader, it));
        if (more && !(is_first && it->has_header))
            see_record(reader, it);
    }
    if (it->count == 0)
        status = dlt_fail(DLT_ERR_FORMAT, "%s has no records", path);
out:
    dlt_csv_reader_close(&reader);
    return status;
}

static const column_survey *find_target(const table_survey *it, const char *target) {
    for (int64_t c = 0; target != NULL && c < it->count; c++)
        if (strcmp(it->at[c].name, target) == 0)
            return &it->at[c];
    return NULL;
}

static dlt_status fail_target(const table_survey *it, const char *path, const char *target) {
    dlt_text list = DLT_TEXT_EMPTY;
    for (int64_t c = 0; c < it->count && list.used < 400; c++)
        dlt_text_add(&list, "%s%s", c == 0 ? "" : ", ", it->at[c].name);
    dlt_status status =
        target == NULL
            ? dlt_fail(DLT_ERR_ARG, "%s needs --target with the column to predict; it has: %s",
                       path, dlt_text_of(&list))
            : dlt_fail(DLT_ERR_ARG, "%s has no column '%s' (given as --target); it has: %s", path,
                       target, dlt_text_of(&list));
    dlt_text_destroy(&list);
    return status;
}

static bool holds_words(const column_survey *column) {
    return column->words > column->numbers;
}

/* Why a column is left out, NULL where it is not. */
static const char *why_ignored(const column_survey *column) {
    if (column->is_nameless)
        return "it has no name";
    if (column->numbers + column->words == 0)
        return "it has no value";
    return holds_words(column) && column->different > WORDS_MAX
               ? "it has more than 64 different words"
               : NULL;
}

static void add_columns(const table_survey *it, const column_survey *target, const char *path,
                        dlt_text *keys, dlt_text *notes) {
    int64_t ignored = 0;
    dlt_text_add(keys, ", encode: [");
    for (int64_t c = 0, count = 0; c < it->count; c++) {
        const column_survey *column = &it->at[c];
        if (column == target || why_ignored(column) != NULL || !holds_words(column))
            continue;
        dlt_text_add(keys, "%s{one_hot: {column: ", count++ == 0 ? "" : ", ");
        dlt_print_string(column->name, keys);
        dlt_text_add(keys, "}}");
    }
    dlt_text_add(keys, "], ignore: [");
    for (int64_t c = 0; c < it->count; c++) {
        const column_survey *column = &it->at[c];
        if (column == target || why_ignored(column) == NULL)
            continue;
        dlt_text_add(keys, "%s", ignored++ == 0 ? "" : ", ");
        dlt_print_string(column->name, keys);
        dlt_text_add(notes, "%s: column '%s' is left out: %s\n", path, column->name,
                     why_ignored(column));
    }
    dlt_text_add(keys, "]");
}

static void add_target(const column_survey *target, const char *path, dlt_text *keys,
                       dlt_text *notes) {
    dlt_text_add(keys, ", target: ");
    dlt_print_string(target->name, keys);
    dlt_text_add(keys, ", target_kind: %s", holds_words(target) ? "class" : "number");
    if (!holds_words(target) && target->is_whole && target->different <= 32)
        dlt_text_add(notes,
                     "%s: the target '%s' is taken as a number; --set target_kind=class makes "
                     "classes of its %d values\n",
                     path, target->name, target->different);
}

dlt_status dlt_csv_guess(const char *path, const char *target, dlt_text *keys, dlt_text *notes) {
    table_survey it = {0};
    char separator[2] = "";
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(find_separator(path, separator));
    DLT_TRY_OUT(survey_table(path, separator[0], &it));
    const column_survey *column = find_target(&it, target);
    if (column == NULL)
        DLT_TRY_OUT(fail_target(&it, path, target));
    dlt_text_add(keys, ", separator: ");
    dlt_print_string(separator, keys);
    dlt_text_add(keys, ", header: %s, missing: median, missing_category: category, unseen: zeros",
                 it.has_header ? "true" : "false");
    dlt_text_add(keys, ", missing_tokens: [");
    for (size_t i = 0; i < sizeof missing_tokens / sizeof missing_tokens[0]; i++) {
        dlt_text_add(keys, "%s", i == 0 ? "" : ", ");
        dlt_print_string(missing_tokens[i], keys);
    }
    dlt_text_add(keys, "]");
    add_target(column, path, keys, notes);
    add_columns(&it, column, path, keys, notes);
    DLT_TRY_OUT(dlt_text_check(keys));
    status = dlt_text_check(notes);
out:
    for (int64_t c = 0; c < it.count; c++)
        dlt_free(it.at[c].name);
    dlt_free(it.at);
    return status;
}
