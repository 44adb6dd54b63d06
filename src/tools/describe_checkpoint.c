/* Describes a checkpoint: tensors by group, state values, run file. The seal is measured before
 * HDF5 opens the file, because HDF5 must not parse a damaged structure: then only the seal's own
 * list is printed. Damage to a tensor is printed in its row and returned as an error after all the
 * rest. A file without a seal is taken for a plain HDF5 file unless it has the state of a
 * checkpoint. */
#include "dltrain/inspect.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "checkpoint/names.h"
#include "checkpoint/seal.h"
#include "checkpoint/snapshot.h"
#include "checkpoint/values.h"
#include "report/format.h"
#include "report/table.h"
#include "tools/describe.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What the checksum column says of a dataset. */
static const char *checksum_word(const dlt_seal *seal, const char *name) {
    for (int64_t i = 0; i < seal->count; i++)
        if (strcmp(seal->entries[i].name, name) == 0)
            return seal->entries[i].found == seal->entries[i].checksum ? "ok" : "DAMAGED";
    return "none";
}

static dlt_status add_row(const dlt_checkpoint_description *what, const char *name,
                          const dlt_h5_info *info) {
    char shape[DLT_SHAPE_TEXT_BYTES];
    char count[DLT_FORMAT_BYTES];
    dlt_table_cell(what->table, "%s", name);
    dlt_table_cell(what->table, "%s", dlt_shape_text(&info->shape, shape));
    dlt_table_cell(what->table, "%s", dlt_h5_type_name(info->type));
    dlt_table_cell(what->table, "%s", dlt_format_count(dlt_shape_count(&info->shape), count));
    DLT_TRY(dlt_describe_numbers(what->file, name, info, what->table));
    dlt_table_cell(what->table, "%s", checksum_word(what->seal, name));
    return DLT_OK;
}

static dlt_status add_tensor(void *context, const char *visited, const dlt_h5_info *info) {
    dlt_checkpoint_description *what = context;
    char name[DLT_CHECKPOINT_NAME_BYTES];
    dlt_checkpoint_full_name(visited, name);
    if (!dlt_checkpoint_is_below(name, what->group))
        return DLT_OK;
    what->tensors++;
    what->elements += dlt_shape_count(&info->shape);
    return add_row(what, name, info);
}

static dlt_status describe_group(const dlt_checkpoint_description *file, const char *group,
                                 const char *title, FILE *out) {
    static const dlt_table_column columns[] = {
        {"name", DLT_LEFT},       {"shape", DLT_LEFT},   {"type", DLT_LEFT}, {"count", DLT_RIGHT},
        {"mean", DLT_RIGHT},      {"std", DLT_RIGHT},    {"min", DLT_RIGHT}, {"max", DLT_RIGHT},
        {"nonfinite", DLT_RIGHT}, {"checksum", DLT_LEFT}};
    char count[DLT_FORMAT_BYTES];
    dlt_checkpoint_description what = *file;
    what.group = group;
    DLT_TRY(dlt_table_create(columns, (int)(sizeof columns / sizeof columns[0]), &what.table));
    dlt_status status = dlt_h5_visit(what.file, "/", add_tensor, &what);
    if (status == DLT_OK && what.tensors > 0) {
        fprintf(out, "\n%s: %s in %" PRId64 " tensor%s\n", title,
                dlt_format_count(what.elements, count), what.tensors, what.tensors == 1 ? "" : "s");
        status = dlt_table_print(what.table, 2, out);
    }
    dlt_table_destroy(&what.table);
    return status;
}

static void add_value(dlt_table *table, const dlt_state_value *value) {
    char number[32];
    dlt_format_real(value->real, number, sizeof number);
    dlt_table_cell(table, "%s", value->name);
    if (value->kind == DLT_STATE_INT)
        dlt_table_cell(table, "%" PRId64, value->integer);
    else
        dlt_table_cell(table, "%s", value->kind == DLT_STATE_REAL ? number : value->text);
}

static dlt_status describe_state(const dlt_snapshot *values, FILE *out) {
    static const dlt_table_column columns[] = {{"name", DLT_LEFT}, {"value", DLT_LEFT}};
    dlt_table *table = NULL;
    if (values->state_count == 0)
        return DLT_OK;
    DLT_TRY(dlt_table_create(columns, 2, &table));
    for (int64_t i = 0; i < values->state_count; i++)
        add_value(table, &values->state[i]);
    fprintf(out, "\nstate\n");
    dlt_status status = dlt_table_print(table, 2, out);
    dlt_table_destroy(&table);
    return status;
}

static void describe_texts(const dlt_snapshot *values, FILE *out) {
    if (values->model != NULL)
        fprintf(out, "\nmodel fingerprint: %s\n", values->model);
    if (values->run_file == NULL)
        return;
    fprintf(out, "\nrun file\n");
    for (const char *line = values->run_file; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        fprintf(out, "  %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static dlt_status describe_values(const dlt_checkpoint_description *what, FILE *out) {
    dlt_snapshot *values = NULL;
    DLT_TRY(dlt_snapshot_create(&values));
    dlt_status status = dlt_checkpoint_read_values(what->file, values);
    if (status == DLT_OK)
        status = describe_state(values, out);
    if (status == DLT_OK)
        describe_texts(values, out);
    dlt_snapshot_destroy(&values);
    return status;
}

static dlt_status describe_sections(const dlt_checkpoint_description *what, FILE *out) {
    DLT_TRY(describe_group(what, "/params", "parameters", out));
    DLT_TRY(describe_group(what, "/optim", "optimizer", out));
    DLT_TRY(describe_group(what, "/buffers", "buffers", out));
    DLT_TRY(describe_group(what, DLT_SNAPSHOT_ERROR_FEEDBACK, "error-feedback residuals", out));
    return describe_values(what, out);
}

static dlt_status add_plain_row(void *context, const char *visited, const dlt_h5_info *info) {
    dlt_table *table = context;
    char name[DLT_CHECKPOINT_NAME_BYTES];
    char shape[DLT_SHAPE_TEXT_BYTES];
    dlt_checkpoint_full_name(visited, name);
    dlt_table_cell(table, "%s", name);
    dlt_table_cell(table, "%s", dlt_shape_text(&info->shape, shape));
    dlt_table_cell(table, "%s", dlt_h5_type_name(info->type));
    if (info->chunk_rows > 0)
        dlt_table_cell(table, "chunks of %" PRId64 " rows, filter %s", info->chunk_rows,
                       info->filter);
    else
        dlt_table_cell(table, "%s", info->contiguous ? "contiguous" : "other");
    return DLT_OK;
}

static dlt_status describe_plain(const char *path, dlt_h5_file *file, FILE *out) {
    static const dlt_table_column columns[] = {
        {"name", DLT_LEFT}, {"shape", DLT_LEFT}, {"type", DLT_LEFT}, {"storage", DLT_LEFT}};
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, 4, &table));
    dlt_status status = dlt_h5_visit(file, "/", add_plain_row, table);
    if (status == DLT_OK) {
        fprintf(out, "%s: HDF5 file\n\n", path);
        status = dlt_table_print(table, 2, out);
    }
    dlt_table_destroy(&table);
    return status;
}

static dlt_status open_and_describe(const char *path, const dlt_seal *seal, FILE *out) {
    dlt_h5_lock *h5_lock = NULL;
    dlt_h5_file *file = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_h5_lock_create(&h5_lock));
    DLT_TRY_OUT(dlt_h5_open(h5_lock, path, &file));
    if (seal->count > 0 || dlt_h5_exists(file, DLT_CHECKPOINT_STATE)) {
        fprintf(out, "%s: checkpoint\n", path);
        status = describe_sections(&(dlt_checkpoint_description){.file = file, .seal = seal}, out);
    } else {
        status = describe_plain(path, file, out);
    }
out:
    dlt_h5_close(&file);
    dlt_h5_lock_destroy(&h5_lock);
    return status;
}

/* What the seal alone tells, for a file that HDF5 had better not see. */
static dlt_status describe_ranges(const char *path, const dlt_seal *seal, FILE *out) {
    static const dlt_table_column columns[] = {
        {"name", DLT_LEFT}, {"bytes", DLT_RIGHT}, {"checksum", DLT_LEFT}};
    char bytes[DLT_FORMAT_BYTES];
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, 3, &table));
    for (int64_t i = 0; i < seal->count; i++) {
        dlt_table_cell(table, "%s", seal->entries[i].name);
        dlt_table_cell(table, "%s", dlt_format_count(seal->entries[i].bytes, bytes));
        dlt_table_cell(table, "%s", checksum_word(seal, seal->entries[i].name));
    }
    fprintf(out, "%s: checkpoint whose HDF5 structure is damaged\n\n", path);
    dlt_status status = dlt_table_print(table, 2, out);
    dlt_table_destroy(&table);
    return status;
}

static dlt_status describe_sealed(const char *path, dlt_seal *seal, FILE *out) {
    DLT_TRY(dlt_seal_measure(path, seal));
    bool readable = seal->structure.found == seal->structure.checksum;
    DLT_TRY(readable ? open_and_describe(path, seal, out) : describe_ranges(path, seal, out));
    const dlt_seal_entry *damage = dlt_seal_damage(seal);
    if (damage != NULL)
        return dlt_fail(DLT_ERR_FORMAT,
                        "checkpoint %s is damaged: the checksum of %s does not match", path,
                        damage->name);
    fprintf(out, "\nchecksums: all %" PRId64 " match\n", seal->count + 1);
    return DLT_OK;
}

dlt_status dlt_checkpoint_describe(const char *path, FILE *out) {
    dlt_seal seal = {0};
    dlt_status status = DLT_OK;
    if (dlt_seal_present(path)) {
        DLT_TRY_OUT(dlt_seal_read(path, &seal));
        DLT_TRY_OUT(describe_sealed(path, &seal, out));
    } else {
        DLT_TRY_OUT(open_and_describe(path, &seal, out));
    }
    if (fflush(out) != 0 || ferror(out))
        status =
            dlt_fail(DLT_ERR_IO, "cannot print the description of %s: %s", path, strerror(errno));
out:
    dlt_seal_destroy(&seal);
    return status;
}
