/* A field of a CSV table that is written (RFC 4180). */
#ifndef DLT_REPORT_CSV_FIELD_H
#define DLT_REPORT_CSV_FIELD_H

#include "base/text.h"

/** Adds the field, quoted where it must be, its quotes doubled. */
void dlt_csv_add_field(dlt_text *out, const char *field);

#endif
