/* Verifies a checkpoint and reads it into a snapshot. Everything that can refuse a checkpoint runs
 * before the first tensor is written: the checksums of the whole file, then names, shapes and types
 * of tensors, then the model's fingerprint. The checksums come first because the HDF5 library may
 * crash on damaged metadata. State values are read into a snapshot of their own and moved to the
 * caller's when the tensors have been read. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/names.h"
#include "checkpoint/seal.h"
#include "checkpoint/snapshot.h"
#include "checkpoint/values.h"

#include <stdio.h>
#include <string.h>

/* Chains the checksums of everything that the file holds. */
static uint64_t hash_seal(const dlt_seal *seal) {
    uint64_t hash = dlt_hash(0, &seal->structure.checksum, sizeof seal->structure.checksum);
    for (int64_t i = 0; i < seal->count; i++)
        hash = dlt_hash(hash, &seal->entries[i].checksum, sizeof seal->entries[i].checksum);
    return hash;
}

static dlt_status verify(const char *path, uint64_t *contents) {
    dlt_seal seal = {0};
    DLT_TRY(dlt_seal_read(path, &seal));
    dlt_status status = dlt_seal_measure(path, &seal);
    const dlt_seal_entry *damage = status == DLT_OK ? dlt_seal_damage(&seal) : NULL;
    if (damage != NULL)
        status =
            dlt_fail(DLT_ERR_FORMAT, "checkpoint %s is damaged: the checksum of %s does not match",
                     path, damage->name);
    *contents = hash_seal(&seal);
    dlt_seal_destroy(&seal);
    return status;
}

dlt_status dlt_checkpoint_verify(const char *path) {
    uint64_t contents = 0;
    return verify(path, &contents);
}

/** Which tensors of a snapshot were met in a file. */
typedef struct tensor_comparison {
    const char *path;
    const dlt_snapshot *expected;
    bool *met; /* one per tensor of expected */
} tensor_comparison;

/* What the file must belong to for a tensor of this name to fit. */
static const char *owner_of(const char *name) {
    if (dlt_checkpoint_is_below(name, DLT_SNAPSHOT_ERROR_FEEDBACK))
        return "compression or number of micro-batches";
    return dlt_checkpoint_is_below(name, "/optim") ? "optimizer" : "model";
}

static bool is_value(const char *name) {
    return dlt_checkpoint_is_below(name, DLT_CHECKPOINT_STATE) ||
           strcmp(name, DLT_CHECKPOINT_RUN_FILE) == 0 || strcmp(name, DLT_CHECKPOINT_MODEL) == 0;
}

static dlt_status compare_tensor(const tensor_comparison *all, const dlt_snapshot_tensor *tensor,
                                 const dlt_h5_info *info) {
    char in_file[DLT_SHAPE_TEXT_BYTES];
    char needed[DLT_SHAPE_TEXT_BYTES];
    if (!dlt_shape_equal(&tensor->shape, &info->shape))
        return dlt_fail(
            DLT_ERR_MISMATCH, "checkpoint %s is of another %s: it has %s %s, this run needs %s",
            all->path, owner_of(tensor->name), tensor->name, dlt_shape_text(&info->shape, in_file),
            dlt_shape_text(&tensor->shape, needed));
    if (tensor->type != info->type)
        return dlt_fail(DLT_ERR_MISMATCH,
                        "checkpoint %s is of another %s: it has %s in %s, this run needs %s",
                        all->path, owner_of(tensor->name), tensor->name,
                        dlt_h5_type_name(info->type), dlt_h5_type_name(tensor->type));
    return DLT_OK;
}

static dlt_status compare_dataset(void *context, const char *visited, const dlt_h5_info *info) {
    const tensor_comparison *all = context;
    char name[DLT_CHECKPOINT_NAME_BYTES];
    char shape[DLT_SHAPE_TEXT_BYTES];
    dlt_checkpoint_full_name(visited, name);
    if (is_value(name))
        return DLT_OK;
    const dlt_snapshot_tensor *tensor = dlt_snapshot_find(all->expected, name);
    if (tensor == NULL && dlt_checkpoint_is_below(name, DLT_SNAPSHOT_ERROR_FEEDBACK))
        return DLT_OK;
    if (tensor == NULL)
        return dlt_fail(DLT_ERR_MISMATCH,
                        "checkpoint %s is of another %s: it has %s %s, which this run lacks",
                        all->path, owner_of(name), name, dlt_shape_text(&info->shape, shape));
    all->met[tensor - all->expected->tensors] = true;
    return compare_tensor(all, tensor, info);
}

static dlt_status find_unmet(const tensor_comparison *all) {
    char shape[DLT_SHAPE_TEXT_BYTES];
    for (int64_t i = 0; i < all->expected->tensor_count; i++) {
        const dlt_snapshot_tensor *tensor = &all->expected->tensors[i];
        if (!all->met[i])
            return dlt_fail(DLT_ERR_MISMATCH,
                            "checkpoint %s is of another %s: it lacks %s %s, which this run needs",
                            all->path, owner_of(tensor->name), tensor->name,
                            dlt_shape_text(&tensor->shape, shape));
    }
    return DLT_OK;
}

static dlt_status compare_tensors(dlt_h5_file *file, const dlt_snapshot *expected) {
    tensor_comparison all = {.path = dlt_h5_path(file), .expected = expected};
    DLT_TRY(DLT_NEW(all.met, expected->tensor_count));
    dlt_status status = dlt_h5_visit(file, "/", compare_dataset, &all);
    if (status == DLT_OK)
        status = find_unmet(&all);
    dlt_free(all.met);
    return status;
}

static dlt_status read_parts(dlt_h5_file *file, const dlt_snapshot_tensor *tensor) {
    for (int64_t i = 0; i < tensor->part_count; i++) {
        const dlt_snapshot_part *part = &tensor->parts[i];
        char *data = (char *)tensor->data + part->first * dlt_h5_type_bytes(tensor->type);
        DLT_TRY(dlt_h5_read_range(file, tensor->name, tensor->type, &tensor->shape, part->first,
                                  part->count, data));
    }
    return DLT_OK;
}

static dlt_status read_tensors(dlt_h5_file *file, const dlt_snapshot *into) {
    for (int64_t i = 0; i < into->tensor_count; i++) {
        const dlt_snapshot_tensor *tensor = &into->tensors[i];
        if (tensor->is_partial)
            DLT_TRY(read_parts(file, tensor));
        else
            DLT_TRY(dlt_h5_read(file, tensor->name, tensor->type, &tensor->shape, tensor->data));
    }
    return DLT_OK;
}

static dlt_status compare_models(const char *path, const char *found, const char *expected) {
    if (found == NULL || expected == NULL || strcmp(found, expected) == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_MISMATCH,
                    "checkpoint %s is of another model: names and shapes agree, but its "
                    "fingerprint is %s and that of this run is %s",
                    path, found, expected);
}

/* Moves what a file said into the caller's snapshot; cannot fail half way. */
static void take_values(dlt_snapshot *from, dlt_snapshot *into) {
    for (int64_t i = 0; i < into->state_count; i++) {
        dlt_free(into->state[i].name);
        dlt_free(into->state[i].text);
    }
    dlt_free(into->state);
    dlt_free(into->run_file);
    dlt_free(into->model);
    into->state = from->state;
    into->state_count = from->state_count;
    into->state_room = from->state_room;
    into->run_file = from->run_file;
    into->model = from->model;
    *from = (dlt_snapshot){0};
}

static dlt_status load_from(dlt_h5_file *file, dlt_snapshot *into, dlt_snapshot *values) {
    DLT_TRY(compare_tensors(file, into));
    DLT_TRY(dlt_checkpoint_read_values(file, values));
    DLT_TRY(compare_models(dlt_h5_path(file), values->model, into->model));
    return read_tensors(file, into);
}

static dlt_status read_values_from(dlt_h5_file *file, dlt_snapshot *into, dlt_snapshot *values) {
    (void)into;
    return dlt_checkpoint_read_values(file, values);
}

typedef dlt_status reader(dlt_h5_file *file, dlt_snapshot *into, dlt_snapshot *values);

static dlt_status verify_and_read(dlt_h5_lock *h5_lock, const char *path, reader *read,
                                  dlt_snapshot *into) {
    dlt_h5_file *file = NULL;
    dlt_snapshot *values = NULL;
    uint64_t contents = 0;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(verify(path, &contents));
    DLT_TRY_OUT(dlt_snapshot_create(&values));
    DLT_TRY_OUT(dlt_h5_open(h5_lock, path, &file));
    DLT_TRY_OUT(read(file, into, values));
    take_values(values, into);
    into->contents = contents;
out:
    dlt_h5_close(&file);
    dlt_snapshot_destroy(&values);
    return status;
}

dlt_status dlt_checkpoint_load(dlt_h5_lock *h5_lock, const char *path, dlt_snapshot *into) {
    return verify_and_read(h5_lock, path, load_from, into);
}

dlt_status dlt_checkpoint_read_state(dlt_h5_lock *h5_lock, const char *path, dlt_snapshot *into) {
    return verify_and_read(h5_lock, path, read_values_from, into);
}
