/* Compares two traces and prints one sentence: the first update, node and tensor that differ, or
 * that the runs agree. Traces of different length can agree as far as both go; that is printed, but
 * does not count as the same. A folder stands for the trace in it. */
#include "dltrain/verify.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "io/atomic_file.h"
#include "tools/trace.h"

#include <inttypes.h>
#include <string.h>

/* A trace, or the folder that holds one. */
static dlt_status read_trace(const char *path, dlt_trace *out) {
    dlt_text inside = DLT_TEXT_EMPTY;
    dlt_text_add(&inside, "%s" DLT_TRACE_NAME, path);
    dlt_status status = dlt_text_check(&inside);
    if (status == DLT_OK)
        status = dlt_trace_read(dlt_path_exists(inside.data) ? inside.data : path, out);
    dlt_text_destroy(&inside);
    return status;
}

/* "/params/conv/weight" is tensor weight of node conv. */
static void add_place(dlt_text *text, const char *column) {
    const char *tensor = strrchr(column, '/');
    if (tensor == NULL || tensor == column) {
        dlt_text_add(text, "the %s", column);
        return;
    }
    const char *node = tensor;
    while (node > column && node[-1] != '/')
        node--;
    dlt_text_add(text, "node %.*s, tensor %s (%s)", (int)(tensor - node), node, tensor + 1, column);
}

static void add_parting(dlt_text *text, const dlt_trace *first, const dlt_trace *second,
                        const dlt_trace_parting *parting) {
    int64_t last = first->columns - 1;
    bool loss =
        dlt_trace_row(first, parting->row)[last] != dlt_trace_row(second, parting->row)[last];
    if (parting->row == 0)
        dlt_text_add(text, "the runs differ before the first update: ");
    else
        dlt_text_add(text, "the runs differ first at update %" PRId64 ": ", parting->row);
    add_place(text, first->names[parting->column]);
    dlt_text_add(text, "; %" PRId64 " of %" PRId64 " hashes differ there", parting->differ,
                 first->columns);
    if (parting->row > 0)
        dlt_text_add(text, ", the loss %s", loss ? "too" : "does not");
    dlt_text_add(text, "\n");
}

static void add_agreement(dlt_text *text, const dlt_trace *first, const dlt_trace *second) {
    int64_t updates = (first->rows < second->rows ? first->rows : second->rows) - 1;
    if (first->rows == second->rows)
        dlt_text_add(text, "the runs are the same: %" PRId64 " updates, %" PRId64 " hashes each\n",
                     updates, first->columns);
    else
        dlt_text_add(text,
                     "the runs are the same for %" PRId64 " updates, where the %s ends; the other "
                     "has %" PRId64 "\n",
                     updates, first->rows < second->rows ? "first" : "second",
                     (first->rows > second->rows ? first->rows : second->rows) - 1);
}

static dlt_status compare(const dlt_trace *first, const dlt_trace *second, FILE *out, bool *same) {
    dlt_trace_parting parting;
    dlt_text text = DLT_TEXT_EMPTY;
    DLT_TRY(dlt_trace_compare(first, second, &parting));
    *same = parting.row < 0 && first->rows == second->rows;
    if (parting.row < 0)
        add_agreement(&text, first, second);
    else
        add_parting(&text, first, second, &parting);
    dlt_status status = dlt_text_check(&text);
    if (status == DLT_OK && fputs(text.data, out) == EOF)
        status = dlt_fail(DLT_ERR_IO, "cannot print the comparison");
    dlt_text_destroy(&text);
    return status;
}

dlt_status dlt_verify_compare(const char *first, const char *second, FILE *out, bool *same) {
    dlt_trace traces[2] = {{.columns = 0}, {.columns = 0}};
    *same = false;
    dlt_status status = read_trace(first, &traces[0]);
    if (status == DLT_OK)
        status = read_trace(second, &traces[1]);
    if (status == DLT_OK)
        status = compare(&traces[0], &traces[1], out, same);
    dlt_trace_destroy(&traces[0]);
    dlt_trace_destroy(&traces[1]);
    return status;
}
