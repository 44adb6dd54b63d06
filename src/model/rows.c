/* The gradients of tables, parameters of which a micro-batch uses few rows: a list of rows for each
 * table and micro-batch in flight, as long as a call can make it, or as the table where that is
 * shorter. So neither memory nor time depends on the size of a table. */
#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

int dlt_model_tables(const dlt_model *model, const dlt_row_table **tables) {
    *tables = model->tables;
    return model->table_count;
}

static dlt_status make_list(const dlt_row_table *table, dlt_row_list *out) {
    DLT_TRY(DLT_NEW(out->rows, table->most));
    return DLT_NEW(out->values, table->most * table->width);
}

/* The most rows that a call of any shape class uses. */
static void find_most(dlt_model *model) {
    for (int c = 0; c < model->options.class_count; c++)
        for (int t = 0; t < model->table_count; t++)
            model->tables[t].most =
                dlt_max_i64(model->tables[t].most, model->classes[c]->tables[t].most);
}

dlt_status dlt_model_make_row_lists(dlt_model *model) {
    const int count = model->options.training ? model->in_flight_max * model->table_count : 0;
    find_most(model);
    DLT_TRY(DLT_NEW(model->lists, count));
    for (int i = 0; i < count; i++)
        DLT_TRY(make_list(&model->tables[i % model->table_count], &model->lists[i]));
    return DLT_OK;
}

void dlt_model_free_row_lists(dlt_model *model) {
    const int count = model->options.training ? model->in_flight_max * model->table_count : 0;
    for (int i = 0; i < count && model->lists != NULL; i++) {
        dlt_free(model->lists[i].rows);
        dlt_free(model->lists[i].values);
    }
    dlt_free(model->lists);
}

dlt_row_list *dlt_model_row_list(const dlt_model *model, int in_flight, int tensor) {
    const int table = model->table_of[tensor];
    return table == NO_TABLE ? NULL : &model->lists[in_flight * model->table_count + table];
}

const dlt_row_list *dlt_model_row_gradients(const dlt_model *model, int in_flight) {
    return model->table_count == 0 ? NULL : &model->lists[in_flight * model->table_count];
}
