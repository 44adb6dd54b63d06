/* Aligned tables of text: headings, a rule, rows. */
#ifndef DLT_REPORT_TABLE_H
#define DLT_REPORT_TABLE_H

#include "dltrain/status.h"

#include <stdio.h>

enum { DLT_TABLE_COLUMNS_MAX = 16 };

typedef struct dlt_table_column {
    const char *heading;                  /* borrowed until destroy */
    enum { DLT_LEFT, DLT_RIGHT } aligned; /* words left, numbers right */
} dlt_table_column;

typedef struct dlt_table dlt_table;

/** Not collective. Owns: caller owns *out. Errors: MEM; INTERNAL above DLT_TABLE_COLUMNS_MAX. */
DLT_CHECKED dlt_status dlt_table_create(const dlt_table_column *columns, int count,
                                        dlt_table **out);

/** Adds the next cell; rows fill from left to right. A failure is remembered until print. */
__attribute__((format(printf, 2, 3))) void dlt_table_cell(dlt_table *table, const char *format,
                                                          ...);

/** Prints the table, each line indented by `indent` spaces, nothing behind the last cell. A last
 * row that is not full ends early.
 *  Collective: Not collective
 *  Errors:     MEM if a cell could not be kept; IO if out cannot be written
 */
DLT_CHECKED dlt_status dlt_table_print(const dlt_table *table, int indent, FILE *out);

/** NULL-safe. */
void dlt_table_destroy(dlt_table **table);

#endif
