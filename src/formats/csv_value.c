/* A field is judged by its characters alone, so that a table with a description and one without are
 * read by the same rules. */
#include "formats/csv_value.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const missing_names[] = {"",    "?",   "NA",   "N/A",  "n/a",
                                            "NaN", "nan", "NULL", "null", "#N/A"};
const dlt_strings dlt_csv_missing_words = {.count = sizeof missing_names / sizeof missing_names[0],
                                           .at = missing_names};

/* These are categories in some tables. */
static const char *const doubtful_words[] = {"-", "None", "."};
static const dlt_strings doubtful = {.count = sizeof doubtful_words / sizeof doubtful_words[0],
                                     .at = doubtful_words};

static const char *const truth_names[] = {"true", "True", "TRUE", "false", "False", "FALSE",
                                          "yes",  "no",   "Yes",  "No",    "T",     "F"};
static const dlt_strings truths = {.count = sizeof truth_names / sizeof truth_names[0],
                                   .at = truth_names};

bool dlt_csv_is_number(const char *field, double *value) {
    /* Without hexadecimal numbers, infinities and NaN, which strtod would take. */
    if (field[0] == '\0' || field[strspn(field, "0123456789.+-eE")] != '\0')
        return false;
    char *end = NULL;
    *value = strtod(field, &end);
    return end != field && *end == '\0';
}

bool dlt_csv_is_token(const dlt_strings *tokens, const char *field) {
    for (int64_t i = 0; i < tokens->count; i++) {
        const char *token = tokens->at[i];
        token += strspn(token, " \t");
        size_t length = strlen(token);
        while (length > 0 && (token[length - 1] == ' ' || token[length - 1] == '\t'))
            length--;
        if (strlen(field) == length && strncmp(token, field, length) == 0)
            return true;
    }
    return false;
}

dlt_csv_kind dlt_csv_kind_of(const char *field) {
    double number = 0;
    if (dlt_csv_is_number(field, &number))
        return DLT_CSV_KIND_NUMBER;
    if (dlt_csv_is_token(&truths, field))
        return DLT_CSV_KIND_TRUTH;
    if (dlt_csv_is_token(&dlt_csv_missing_words, field) || dlt_csv_is_token(&doubtful, field))
        return DLT_CSV_KIND_MISSING;
    if (strpbrk(field, "0123456789") == NULL)
        return DLT_CSV_KIND_WORD;
    if (field[strspn(field, "+-0123456789.,")] == '\0' && strchr(field, ',') != NULL)
        return DLT_CSV_KIND_COMMA;
    const size_t date = strspn(field, "0123456789-/:. T");
    if (date >= 6 && (field[date] == '\0' || field[date] == 'Z') && strpbrk(field, "-/:") != NULL)
        return DLT_CSV_KIND_DATE;
    return DLT_CSV_KIND_WORD;
}

const char *dlt_csv_kind_text(dlt_csv_kind kind) {
    static const char *const texts[] = {
        [DLT_CSV_KIND_NUMBER] = "a number",
        [DLT_CSV_KIND_TRUTH] = "not a number but a truth value; list the column in `encode`",
        [DLT_CSV_KIND_MISSING] =
            "not a number; if it stands for a missing value, list it in `missing_tokens`",
        [DLT_CSV_KIND_COMMA] = "not a number: a decimal or thousands comma is not understood",
        [DLT_CSV_KIND_DATE] =
            "not a number but a date or time; convert it, or list the column in `ignore`",
        [DLT_CSV_KIND_WORD] = "not a number"};
    return texts[kind];
}
