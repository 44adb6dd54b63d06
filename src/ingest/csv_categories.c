/* Words are kept in the order in which they come until training has been read; then they are
 * sorted, numbers by size before words, and rows that refer to them are renumbered. */
#include "ingest/csv_categories.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "formats/csv_value.h"
#include "ingest/csv_settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

static int64_t find_category(const dlt_csv_column *column, const char *word) {
    for (int64_t i = 0; i < column->category_count; i++)
        if (strcmp(column->categories[i], word) == 0)
            return i;
    return -1;
}

dlt_status dlt_csv_categories_start(dlt_csv_column *column, const dlt_strings *values) {
    column->role = DLT_CSV_CATEGORY;
    column->closed = values->count > 0;
    for (int64_t i = 0; i < values->count; i++) {
        if (find_category(column, values->at[i]) >= 0)
            return dlt_fail(DLT_ERR_CONFIG, "column '%s' is given the value '%.80s' twice",
                            column->name, values->at[i]);
        DLT_TRY(add_category(column, values->at[i]));
    }
    return DLT_OK;
}

dlt_status dlt_csv_categories_add_missing(dlt_csv_column *column) {
    bool is_there = find_category(column, DLT_CSV_MISSING_NAME) >= 0;
    return is_there ? DLT_OK : add_category(column, DLT_CSV_MISSING_NAME);
}

dlt_status dlt_csv_category(dlt_csv_column *column, const dlt_csv_reader *reader, const char *word,
                            int64_t *index) {
    const char *path = dlt_csv_reader_path(reader);
    const int64_t line = dlt_csv_reader_line(reader);
    *index = find_category(column, word);
    if (*index >= 0 || column->closed)
        return DLT_OK;
    if (!dlt_utf8_is_valid(word))
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%" PRId64
                        ": column '%s' holds text that is not UTF-8; convert the file "
                        "(iconv -t UTF-8)",
                        path, line, column->name);
    if (column->category_count == DLT_CSV_CATEGORIES_MAX)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%" PRId64
                        ": column '%s' has more than %d different values, too many for "
                        "categories",
                        path, line, column->name, DLT_CSV_CATEGORIES_MAX);
    *index = column->category_count;
    return add_category(column, word);
}

/* A category and the index it had when it was discovered. */
typedef struct ranked_category {
    char *word;
    int64_t old;
    bool is_number;
    double number;
} ranked_category;

static int compare_ranked(const void *a, const void *b) {
    const ranked_category *left = a;
    const ranked_category *right = b;
    if (left->is_number != right->is_number)
        return left->is_number ? -1 : 1;
    if (left->is_number && left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return strcmp(left->word, right->word);
}

/* `1` and `1.0`, or `1` and `01`: whoever writes both may mean one class or two. */
static dlt_status check_different(const dlt_csv_column *column, const ranked_category *ranked,
                                  const char *path) {
    for (int64_t i = 1; i < column->category_count; i++)
        if (ranked[i].is_number && ranked[i - 1].is_number &&
            ranked[i].number == ranked[i - 1].number)
            return dlt_fail(DLT_ERR_FORMAT,
                            "column '%s' of %s has the values '%.40s' and '%.40s', which are the "
                            "same number; write them alike, or list all values in the description",
                            column->name, path, ranked[i - 1].word, ranked[i].word);
    return DLT_OK;
}

static dlt_status sort_column(dlt_csv_table *table, dlt_csv_column *column, const char *path) {
    int64_t count = column->category_count;
    ranked_category *ranked = NULL;
    double *rank = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(ranked, count));
    DLT_TRY_OUT(DLT_NEW(rank, count));
    for (int64_t i = 0; i < count; i++) {
        ranked[i] = (ranked_category){.word = column->categories[i], .old = i};
        ranked[i].is_number = dlt_csv_is_number(ranked[i].word, &ranked[i].number);
    }
    qsort(ranked, (size_t)count, sizeof *ranked, compare_ranked);
    DLT_TRY_OUT(check_different(column, ranked, path));
    for (int64_t i = 0; i < count; i++) {
        column->categories[i] = ranked[i].word;
        rank[ranked[i].old] = (double)i;
    }
    for (int64_t row = 0; row < table->rows; row++) {
        double *value = &table->values[row * table->width + column->value_index];
        if (*value >= 0)
            *value = rank[(int64_t)*value];
    }
out:
    dlt_free(ranked);
    dlt_free(rank);
    return status;
}

dlt_status dlt_csv_categories_sort(dlt_csv_table *table, const char *path) {
    for (int64_t c = 0; c < table->column_count; c++) {
        dlt_csv_column *column = &table->columns[c];
        if (column->role == DLT_CSV_CATEGORY && !column->closed)
            DLT_TRY(sort_column(table, column, path));
    }
    return DLT_OK;
}
