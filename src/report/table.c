/* Keeps cells as text, one behind the other, and the width of each column, because nothing can be
 * printed before all cells are known. Widths are counted in code points. A cell is cut at 1023
 * bytes. */
#include "report/table.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "report/format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

enum { CELL_BYTES = 1024, GAP = 2 };

struct dlt_table {
    dlt_table_column column[DLT_TABLE_COLUMNS_MAX];
    size_t width[DLT_TABLE_COLUMNS_MAX];
    int columns;
    int64_t cells;
    dlt_text text; /* the cells in order, each with its terminator */
};

dlt_status dlt_table_create(const dlt_table_column *columns, int count, dlt_table **out) {
    if (count < 1 || count > DLT_TABLE_COLUMNS_MAX)
        return dlt_fail(DLT_ERR_INTERNAL, "a table has %d columns; 1 to %d are possible", count,
                        DLT_TABLE_COLUMNS_MAX);
    DLT_TRY(DLT_NEW(*out, 1));
    (*out)->columns = count;
    for (int i = 0; i < count; i++) {
        (*out)->column[i] = columns[i];
        (*out)->width[i] = dlt_report_columns(columns[i].heading);
    }
    return DLT_OK;
}

void dlt_table_cell(dlt_table *table, const char *format, ...) {
    char cell[CELL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cell, sizeof cell, format, arguments);
    va_end(arguments);
    dlt_text_add_bytes(&table->text, cell, strlen(cell) + 1);
    int column = (int)(table->cells++ % table->columns);
    size_t width = dlt_report_columns(cell);
    if (width > table->width[column])
        table->width[column] = width;
}

static void print_spaces(size_t count, FILE *out) {
    fprintf(out, "%*s", (int)count, "");
}

static void print_cell(const dlt_table *table, int column, const char *cell, bool last, FILE *out) {
    size_t padding = table->width[column] - dlt_report_columns(cell);
    bool right = table->column[column].aligned == DLT_RIGHT;
    if (column > 0)
        print_spaces(GAP, out);
    if (right)
        print_spaces(padding, out);
    fputs(cell, out);
    if (!right && !last)
        print_spaces(padding, out);
    if (last)
        fputc('\n', out);
}

static void print_head(const dlt_table *table, int indent, FILE *out) {
    size_t rule = 0;
    print_spaces((size_t)indent, out);
    for (int i = 0; i < table->columns; i++) {
        print_cell(table, i, table->column[i].heading, i + 1 == table->columns, out);
        rule += table->width[i] + (i > 0 ? GAP : 0);
    }
    print_spaces((size_t)indent, out);
    for (size_t i = 0; i < rule; i++)
        fputc('-', out);
    fputc('\n', out);
}

dlt_status dlt_table_print(const dlt_table *table, int indent, FILE *out) {
    DLT_TRY(dlt_text_check(&table->text));
    print_head(table, indent, out);
    const char *cell = dlt_text_of(&table->text);
    for (int64_t i = 0; i < table->cells; i++) {
        int column = (int)(i % table->columns);
        if (column == 0)
            print_spaces((size_t)indent, out);
        print_cell(table, column, cell, column + 1 == table->columns || i + 1 == table->cells, out);
        cell += strlen(cell) + 1;
    }
    if (ferror(out))
        return dlt_fail(DLT_ERR_IO, "cannot print a table: %s", strerror(errno));
    return DLT_OK;
}

void dlt_table_destroy(dlt_table **table) {
    if (*table == NULL)
        return;
    dlt_text_destroy(&(*table)->text);
    dlt_free(*table);
    *table = NULL;
}
