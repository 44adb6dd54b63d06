/* Names, categories and values belong to the table. */
#include "ingest/csv_table.h"

#include "base/alloc.h"

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
    dlt_free(table->record);
    dlt_text_destroy(&table->notes);
    *table = (dlt_csv_table){0};
}
