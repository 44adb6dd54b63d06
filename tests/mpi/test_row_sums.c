/* The exact sum of rows against a serial sum over the canonical tree, bit for bit: tables of
 * several lengths at once, on a node, on emulated nodes, and with owners that keep something. */
#include "comm/reducer.h"
#include "support/mpi_check.h"

#include <string.h>

enum { TABLES = 3, MOST = 12, WIDTH_MAX = 5, ELEMENTS = 40, FLAT = 700064 };

/* Offsets are behind ELEMENTS reals that are summed densely. */
static const dlt_row_table tables[TABLES] = {
    {.offset = 48, .rows = 9, .width = 3, .most = 9},
    {.offset = 80, .rows = 100003, .width = 5, .most = MOST},
    {.offset = 500096, .rows = 1, .width = 2, .most = 1},
};

static uint64_t mix(uint64_t at) {
    at += UINT64_C(0x9e3779b97f4a7c15);
    at = (at ^ (at >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    at = (at ^ (at >> 27)) * UINT64_C(0x94d049bb133111eb);
    return at ^ (at >> 31);
}

/* Of very different size, so that another order of additions gives other bits. */
static dlt_real value_of(int64_t leaf, int table, int32_t row, int64_t i) {
    const uint64_t at = mix((uint64_t)(((leaf * TABLES + table) * 200003 + row) * 8 + i));
    return (dlt_real)((double)((int64_t)at >> 11) * (double)(UINT64_C(1) << at % 23));
}

/* The rows of a leaf, which repeat among leaves; every fifth leaf has none. */
static int64_t rows_of(int64_t leaf, int table, int32_t rows[MOST]) {
    const dlt_row_table *it = &tables[table];
    int64_t count = 0;
    for (int64_t i = 0; i < it->most && leaf % 5 != 4; i++) {
        const int64_t gap = (it->rows - 1) / it->most;
        const int64_t row = i * gap + (int64_t)(mix((uint64_t)(leaf * 64 + i)) % 3);
        if (row < it->rows && (count == 0 || row > rows[count - 1]))
            rows[count++] = (int32_t)row;
    }
    return count;
}

static int has_row(int64_t leaf, int table, int32_t row) {
    int32_t rows[MOST];
    const int64_t count = rows_of(leaf, table, rows);
    for (int64_t i = 0; i < count; i++)
        if (rows[i] == row)
            return 1;
    return 0;
}

/* The definition, for leaves from `base` on; false if no leaf has the row. */
static int sum_row(int64_t base, int64_t leaves, int table, int32_t row, int64_t first,
                   int64_t width, dlt_real out[WIDTH_MAX]) {
    dlt_real right[WIDTH_MAX];
    const int64_t elements = tables[table].width;
    if (first >= leaves)
        return 0;
    if (width == 1) {
        for (int64_t i = 0; i < elements; i++)
            out[i] = value_of(base + first, table, row, i);
        return has_row(base + first, table, row);
    }
    const int64_t half = width / 2;
    const int has_left = sum_row(base, leaves, table, row, first, half, out);
    const int has_right = sum_row(base, leaves, table, row, first + half, half, right);
    for (int64_t i = 0; has_right && i < elements; i++)
        out[i] = has_left ? out[i] + right[i] : right[i];
    return has_left || has_right;
}

static int64_t rows_in_use(int64_t base, int64_t leaves, int table, dlt_range range) {
    int64_t count = 0;
    for (int64_t row = range.first; row < range.first + range.count; row++) {
        int is_used = 0;
        for (int64_t leaf = 0; leaf < leaves && !is_used; leaf++)
            is_used = has_row(base + leaf, table, (int32_t)row);
        count += is_used;
        /* Rows come in clusters. */
        const int64_t gap = (tables[table].rows - 1) / tables[table].most;
        if (gap > 8 && row % gap > 4)
            row += gap - row % gap - 1;
    }
    return count;
}

static void check_total(mpi_check *it, const dlt_reducer *reducer, int64_t base, int64_t leaves,
                        bool own) {
    for (int t = 0; t < TABLES; t++) {
        dlt_row_total total = dlt_reducer_rows(reducer, t, own);
        dlt_range range = {.count = tables[t].rows};
        if (own)
            range = dlt_reducer_owned_rows(reducer, t);
        int64_t row = 0;
        int64_t last = -1;
        int64_t count = 0;
        const dlt_real *values = NULL;
        for (; dlt_row_total_next(&total, &row, &values); count++, last = row) {
            dlt_real expected[WIDTH_MAX];
            CHECK(it, row > last && row >= range.first && row < range.first + range.count);
            CHECK(it, sum_row(base, leaves, t, (int32_t)row, 0, 64, expected));
            CHECK(it, memcmp(values, expected, (size_t)tables[t].width * sizeof *values) == 0);
        }
        CHECK(it, count == rows_in_use(base, leaves, t, range));
    }
}

static dlt_total run_batch(mpi_check *it, dlt_reducer *reducer, int64_t base, int64_t leaves) {
    int32_t rows[TABLES][MOST];
    dlt_real values[TABLES][MOST * WIDTH_MAX];
    dlt_total total;
    CHECK(it, dlt_reducer_begin(reducer, leaves) == DLT_OK);
    for (int64_t m = leaves * it->rank / it->size; m < leaves * (it->rank + 1) / it->size; m++) {
        dlt_row_list lists[TABLES];
        dlt_sums leaf = dlt_reducer_leaf(reducer);
        for (int64_t i = 0; i < ELEMENTS; i++)
            leaf.reals[i] = 1;
        for (int t = 0; t < TABLES; t++) {
            lists[t] = (dlt_row_list){
                .count = rows_of(base + m, t, rows[t]), .rows = rows[t], .values = values[t]};
            for (int64_t k = 0; k < lists[t].count; k++)
                for (int64_t i = 0; i < tables[t].width; i++)
                    values[t][k * tables[t].width + i] = value_of(base + m, t, rows[t][k], i);
        }
        /* A leaf without rows may say so by nothing. */
        if ((base + m) % 5 != 4)
            dlt_reducer_set_rows(reducer, lists);
        dlt_reducer_push(reducer);
    }
    CHECK(it, dlt_reducer_finish(reducer, &total) == DLT_OK);
    return total;
}

/* Owners write a function of the total to the common reals: all ranks then read it. */
static void check_common(mpi_check *it, dlt_reducer *reducer, int64_t base, int64_t leaves) {
    dlt_real *common = dlt_reducer_common(reducer);
    int64_t row = 0;
    const dlt_real *values = NULL;
    for (int t = 0; t < TABLES; t++) {
        dlt_row_total total = dlt_reducer_rows(reducer, t, true);
        while (dlt_row_total_next(&total, &row, &values))
            for (int64_t i = 0; i < tables[t].width; i++)
                common[tables[t].offset + row * tables[t].width + i] = 2 * values[i];
    }
    CHECK(it, dlt_reducer_share(reducer, DLT_CHANGED_BY_UPDATE) == DLT_OK);
    for (int t = 0; t < TABLES; t++)
        for (int64_t leaf = 0; leaf < leaves; leaf++) {
            int32_t rows[MOST];
            const int64_t count = rows_of(base + leaf, t, rows);
            for (int64_t k = 0; k < count; k++) {
                const dlt_real *at = common + tables[t].offset + rows[k] * tables[t].width;
                dlt_real expected[WIDTH_MAX];
                (void)sum_row(base, leaves, t, rows[k], 0, 64, expected);
                for (int64_t i = 0; i < tables[t].width; i++)
                    CHECK(it, at[i] == 2 * expected[i]);
            }
        }
}

/* All rows of all owners, not those of an update alone; and gathered on rank 0. */
static void check_whole_tables(mpi_check *it, dlt_reducer *reducer) {
    static dlt_real flat[FLAT];
    dlt_real *common = dlt_reducer_common(reducer);
    memset(flat, 0, sizeof flat);
    /* Nobody reads the common reals any more. */
    CHECK(it, dlt_reducer_share(reducer, DLT_CHANGED_NOTHING) == DLT_OK);
    for (int t = 0; t < TABLES; t++) {
        const dlt_range rows = dlt_reducer_owned_rows(reducer, t);
        const int64_t first = tables[t].offset + rows.first * tables[t].width;
        for (int64_t i = first; i < first + rows.count * tables[t].width; i++)
            flat[i] = common[i] = (dlt_real)i;
    }
    CHECK(it, dlt_reducer_share(reducer, DLT_CHANGED_ALL) == DLT_OK);
    CHECK(it, dlt_reducer_assemble(reducer, flat, ELEMENTS) == DLT_OK);
    for (int t = 0; t < TABLES; t++)
        for (int64_t i = 0; i < tables[t].rows * tables[t].width; i++) {
            const int64_t at = tables[t].offset + i;
            CHECK(it, common[at] == (dlt_real)at);
            CHECK(it, it->rank > 0 || flat[at] == (dlt_real)at);
        }
}

static void check_batches(mpi_check *it, int64_t micros, bool owners, bool whole) {
    const int64_t numbers[] = {micros, micros / 2 + 1};
    const dlt_reducer_options options = {.real_count = ELEMENTS,
                                         .double_count = 1,
                                         .micros = numbers,
                                         .micros_count = 2,
                                         .scattered_count = owners ? ELEMENTS : 0,
                                         .common_count = owners ? FLAT : 0,
                                         .tables = tables,
                                         .table_count = TABLES,
                                         .whole_rows = whole};
    dlt_reducer *reducer = NULL;
    CHECK(it, dlt_reducer_create(it->comm, &options, &reducer) == DLT_OK);
    if (reducer == NULL)
        return;
    const int64_t made = dlt_alloc_made();
    for (int64_t batch = 0; batch < 4; batch++) {
        const int64_t leaves = numbers[batch % 3 == 2];
        const dlt_total total = run_batch(it, reducer, batch * 64, leaves);
        CHECK(it, owners || total.reals[ELEMENTS - 1] == (dlt_real)leaves);
        if (!owners || whole)
            check_total(it, reducer, batch * 64, leaves, false);
        check_total(it, reducer, batch * 64, leaves, true);
        if (owners)
            check_common(it, reducer, batch * 64, leaves);
    }
    CHECK(it, dlt_alloc_made() == made);
    CHECK(it, dlt_reducer_row_bytes(reducer) > 0 || micros < it->size);
    if (owners && micros == 7)
        check_whole_tables(it, reducer);
    dlt_reducer_destroy(&reducer);
}

static void check_arrangement(mpi_check *it, dlt_arrangement arrangement) {
    static const int64_t micros[] = {1, 2, 3, 5, 7, 8, 13};
    dlt_comm *whole = it->comm;
    dlt_comm *arranged = NULL;
    CHECK(it, dlt_comm_arrange(whole, &arrangement, &arranged) == DLT_OK);
    if (arranged == NULL)
        return;
    it->comm = arranged;
    for (size_t m = 0; m < sizeof micros / sizeof micros[0]; m++) {
        check_batches(it, micros[m], false, false);
        check_batches(it, micros[m], true, false);
        if (micros[m] == 5)
            check_batches(it, micros[m], true, true);
    }
    it->comm = whole;
    dlt_comm_finish(&arranged);
}

int main(int argc, char **argv) {
    mpi_check it;
    if (mpi_check_start(&it, &argc, &argv) != 0)
        return 1;
    check_arrangement(&it, (dlt_arrangement){.flat = true});
    for (int ranks_per_node = 0; ranks_per_node <= 3; ranks_per_node++)
        check_arrangement(&it, (dlt_arrangement){.ranks_per_node = ranks_per_node});
    return mpi_check_finish(&it);
}
