/* What one field of a table is by itself: a number, or a word, which may stand for a missing value
 * or for a number that is written otherwise. */
#ifndef DLT_FORMATS_CSV_VALUE_H
#define DLT_FORMATS_CSV_VALUE_H

#include "dltrain/extend/keys.h"

#include <stdbool.h>

typedef enum dlt_csv_kind {
    DLT_CSV_KIND_NUMBER,
    DLT_CSV_KIND_TRUTH,   /* "true", "no" */
    DLT_CSV_KIND_MISSING, /* may stand for a missing value: "NA", "-" */
    DLT_CSV_KIND_COMMA,   /* digits with a decimal or thousands comma */
    DLT_CSV_KIND_DATE,    /* a date or time */
    DLT_CSV_KIND_WORD
} dlt_csv_kind;

/* Words that stand for a missing value wherever they occur. */
extern const dlt_strings dlt_csv_missing_words;

/* True if all of it is a decimal number; one beyond double is an infinity. */
bool dlt_csv_is_number(const char *field, double *value);
dlt_csv_kind dlt_csv_kind_of(const char *field);
/* Why a field of a kind is not a number, behind "... is". */
const char *dlt_csv_kind_text(dlt_csv_kind kind);
/* True if it is one of the tokens, blanks around these left out. */
bool dlt_csv_is_token(const dlt_strings *tokens, const char *field);

#endif
