/* Rows lie far from each other, so some of them are gathered for one call of the optimizer, which
 * has costs of its own (Adam takes two powers), and scattered again; a wide row is updated where it
 * lies. The norm adds rows of a block in ascending order, then the blocks along the tree of
 * optim/norm.h; a block has one owner. */
#include "engine/row_update.h"

#include "base/cast.h"
#include "base/error.h"
#include "engine/ema.h"
#include "optim/norm.h"

#include <string.h>

enum { ROWS_AT_ONCE = 64 };

/* This rank's rows, or all of them where it keeps all. */
static dlt_row_total rows_of(const dlt_strategy *strategy, int table) {
    return dlt_reducer_rows(strategy->reducer, table, !strategy->ops->keeps_all);
}

static void add_norms(const dlt_strategy *strategy, int table, const dlt_row_table *it) {
    double *norms = strategy->rows.block_norms + (int64_t)table * DLT_ROW_BLOCKS;
    dlt_row_total total = rows_of(strategy, table);
    int64_t row = 0;
    const dlt_real *values = NULL;
    while (dlt_row_total_next(&total, &row, &values))
        norms[row / dlt_row_block_rows(it)] += dlt_gradient_norm2(it->width, values);
}

dlt_status dlt_row_update_norm2(dlt_strategy *strategy, double *out) {
    const dlt_row_scratch *rows = &strategy->rows;
    const int64_t blocks = (int64_t)rows->table_count * DLT_ROW_BLOCKS;
    const dlt_row_table *tables = NULL;
    (void)dlt_model_tables(strategy->task->model, &tables);
    *out = 0;
    if (blocks == 0)
        return DLT_OK;
    memset(rows->block_norms, 0, (size_t)blocks * sizeof *rows->block_norms);
    for (int t = 0; t < rows->table_count; t++)
        add_norms(strategy, t, &tables[t]);
    DLT_TRY(strategy->ops->add_sums(strategy, rows->block_norms, blocks));
    *out = dlt_norm_of_blocks(blocks, rows->block_norms);
    return DLT_OK;
}

/* Rows under way: where they lie, and an update of all of them. */
typedef struct gathered {
    const dlt_stepper *stepper;
    const dlt_row_table *table;
    const dlt_update *whole;
    int states;
    int64_t count;
    int64_t rows[ROWS_AT_ONCE];
    dlt_update part; /* pointers to the scratch memory */
} gathered;

/* One step on the rows of `part`, then their EMA. */
static void step_rows(const gathered *it) {
    const dlt_stepper *stepper = it->stepper;
    const dlt_selection *optimizer = &stepper->task->run->settings.optimizer;
    ((const dlt_optimizer_ops *)(const void *)optimizer->kind)
        ->step(optimizer->settings, &it->part);
}

static void update_ema(const gathered *it, int64_t row) {
    const int64_t width = it->table->width;
    if (it->stepper->state->step > 0)
        dlt_ema_update(it->stepper->task, it->stepper->state,
                       (dlt_range){.first = it->table->offset + row * width, .count = width});
}

static void flush(gathered *it) {
    const int64_t width = it->table->width;
    const size_t bytes = (size_t)width * sizeof(dlt_real);
    it->part.count = it->count * width;
    step_rows(it);
    for (int64_t i = 0; i < it->count; i++) {
        const int64_t at = it->rows[i] * width;
        memcpy(it->whole->param + at, it->part.param + i * width, bytes);
        for (int s = 0; s < it->states; s++)
            memcpy(it->whole->states[s] + at, it->part.states[s] + i * width, bytes);
        update_ema(it, it->rows[i]);
    }
    it->count = 0;
}

static void gather(gathered *it, int64_t row, const dlt_real *values, dlt_real *scratch) {
    const int64_t width = it->table->width;
    const size_t bytes = (size_t)width * sizeof(dlt_real);
    const int64_t to = it->count * width;
    memcpy(scratch + to, values, bytes);
    memcpy(it->part.param + to, it->whole->param + row * width, bytes);
    for (int s = 0; s < it->states; s++)
        memcpy(it->part.states[s] + to, it->whole->states[s] + row * width, bytes);
    it->rows[it->count++] = row;
}

/* Without gathering. */
static void step_in_place(gathered *it, int64_t row, const dlt_real *values) {
    const int64_t width = it->table->width;
    it->part = *it->whole;
    it->part.count = width;
    it->part.grad = values;
    it->part.param += row * width;
    for (int s = 0; s < it->states; s++)
        it->part.states[s] += row * width;
    step_rows(it);
    update_ema(it, row);
}

void dlt_row_update_step(const dlt_stepper *stepper, int table, const dlt_update *whole) {
    const dlt_row_scratch *rows = &stepper->strategy->rows;
    const dlt_row_table *tables = NULL;
    (void)dlt_model_tables(stepper->task->model, &tables);
    gathered it = {.stepper = stepper, .table = &tables[table], .whole = whole, .part = *whole};
    it.states = stepper->state->optim_state_count - (stepper->state->ema != NULL);
    it.part.grad = rows->arrays;
    it.part.param = rows->arrays + rows->stride;
    for (int s = 0; s < it.states; s++)
        it.part.states[s] = rows->arrays + (s + 2) * rows->stride;
    const int64_t at_once = dlt_min_i64(rows->stride / it.table->width, ROWS_AT_ONCE);
    dlt_row_total total = rows_of(stepper->strategy, table);
    int64_t row = 0;
    const dlt_real *values = NULL;
    while (dlt_row_total_next(&total, &row, &values)) {
        if (at_once < 2) {
            step_in_place(&it, row, values);
            continue;
        }
        gather(&it, row, values, rows->arrays);
        if (it.count == at_once)
            flush(&it);
    }
    if (it.count > 0)
        flush(&it);
}
