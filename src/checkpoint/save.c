/* Writes a snapshot; until the last step, path still holds the file from before. Steps: check the
 * free space, hash the tensors in memory, write them by HDF5 to a temporary file, find out where
 * each dataset lies in it, read the file back and compare the checksums, append the seal, read the
 * seal, rename. The checksums are taken from memory before anything is written, so the comparison
 * covers HDF5 and the file system. A file that fails it is an IO error, after which the writer
 * tries again. */
#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/names.h"
#include "checkpoint/seal.h"
#include "checkpoint/snapshot.h"
#include "io/atomic_file.h"
#include "report/format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room for HDF5's own structures and the seal: object header, link and seal line per dataset. */
enum { OVERHEAD_FILE_BYTES = 65536, OVERHEAD_DATASET_BYTES = 2048 };

/** Whatever becomes a dataset: tensors, state values, texts. */
typedef struct item {
    char name[DLT_CHECKPOINT_NAME_BYTES];
    dlt_h5_type type;
    dlt_shape shape;
    const void *data; /* borrowed from the snapshot */
} item;

typedef struct item_list {
    item *at;
    int64_t count;
} item_list;

static int64_t bytes_of_item(const item *each) {
    return dlt_shape_count(&each->shape) * dlt_h5_type_bytes(each->type);
}

static item make_text_item(const char *text) {
    return (item){
        .type = DLT_H5_U8, .shape = {.rank = 1, .dim = {(int64_t)strlen(text) + 1}}, .data = text};
}

static item make_value_item(const dlt_state_value *value) {
    item made;
    if (value->kind == DLT_STATE_TEXT)
        made = make_text_item(value->text);
    else if (value->kind == DLT_STATE_INT)
        made = (item){.type = DLT_H5_I64, .data = &value->integer};
    else
        made = (item){.type = DLT_H5_F64, .data = &value->real};
    snprintf(made.name, sizeof made.name, "%s/%s", DLT_CHECKPOINT_STATE, value->name);
    return made;
}

static item make_tensor_item(const dlt_snapshot_tensor *tensor) {
    item made = {.type = tensor->type, .shape = tensor->shape, .data = tensor->data};
    snprintf(made.name, sizeof made.name, "%s", tensor->name);
    return made;
}

static void add_text_item(item_list *items, const char *name, const char *text) {
    if (text == NULL)
        return;
    item made = make_text_item(text);
    snprintf(made.name, sizeof made.name, "%s", name);
    items->at[items->count++] = made;
}

static dlt_status list_items(const dlt_snapshot *snapshot, item_list *items) {
    DLT_TRY(DLT_NEW(items->at, snapshot->tensor_count + snapshot->state_count + 2));
    for (int64_t i = 0; i < snapshot->tensor_count; i++)
        items->at[items->count++] = make_tensor_item(&snapshot->tensors[i]);
    for (int64_t i = 0; i < snapshot->state_count; i++)
        items->at[items->count++] = make_value_item(&snapshot->state[i]);
    add_text_item(items, DLT_CHECKPOINT_RUN_FILE, snapshot->run_file);
    add_text_item(items, DLT_CHECKPOINT_MODEL, snapshot->model);
    return DLT_OK;
}

static dlt_status check_space(const char *path, const item_list *items) {
    char needed_text[DLT_FORMAT_BYTES];
    char free_text[DLT_FORMAT_BYTES];
    int64_t needed = OVERHEAD_FILE_BYTES + items->count * OVERHEAD_DATASET_BYTES;
    for (int64_t i = 0; i < items->count; i++)
        needed += bytes_of_item(&items->at[i]);
    long long available = dlt_free_bytes(path);
    if (available < 0 || available >= needed)
        return DLT_OK;
    return dlt_fail(DLT_ERR_IO,
                    "no space for checkpoint %s: it needs %s (%lld bytes), %s (%lld bytes) are "
                    "free",
                    path, dlt_format_bytes(needed, needed_text), (long long)needed,
                    dlt_format_bytes(available, free_text), available);
}

static dlt_status write_items(dlt_h5_lock *h5_lock, const char *path, const item_list *items) {
    dlt_h5_file *file = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_h5_create(h5_lock, path, &file));
    for (int64_t i = 0; i < items->count; i++) {
        const item *each = &items->at[i];
        DLT_TRY_OUT(dlt_h5_write(file, each->name, each->type, &each->shape, each->data));
    }
    DLT_TRY_OUT(dlt_h5_finish(&file));
out:
    dlt_h5_close(&file);
    return status;
}

static dlt_status expect_items(const item_list *items, dlt_seal *seal) {
    DLT_TRY(DLT_NEW(seal->entries, items->count));
    seal->count = items->count;
    for (int64_t i = 0; i < items->count; i++) {
        dlt_seal_entry *entry = &seal->entries[i];
        entry->bytes = bytes_of_item(&items->at[i]);
        entry->checksum = dlt_seal_checksum(items->at[i].data, entry->bytes);
        memcpy(entry->name, items->at[i].name, sizeof entry->name);
    }
    return DLT_OK;
}

static dlt_status locate_entry(void *context, const char *name, const dlt_h5_info *info) {
    const dlt_seal *seal = context;
    char full[DLT_CHECKPOINT_NAME_BYTES];
    dlt_checkpoint_full_name(name, full);
    for (int64_t i = 0; i < seal->count; i++) {
        if (strcmp(seal->entries[i].name, full) != 0)
            continue;
        if (!info->contiguous && seal->entries[i].bytes > 0)
            return dlt_fail(DLT_ERR_INTERNAL, "dataset %s was not written as plain bytes", full);
        seal->entries[i].offset = info->offset;
        return DLT_OK;
    }
    return dlt_fail(DLT_ERR_INTERNAL, "a checkpoint got the unexpected dataset %s", full);
}

static int by_offset(const void *a, const void *b) {
    int64_t first = ((const dlt_seal_entry *)a)->offset;
    int64_t second = ((const dlt_seal_entry *)b)->offset;
    return (first > second) - (first < second);
}

/* Finds where each dataset lies in the file, from the file itself. */
static dlt_status locate_entries(dlt_h5_lock *h5_lock, const char *path, dlt_seal *seal) {
    dlt_h5_file *file = NULL;
    DLT_TRY(dlt_h5_open(h5_lock, path, &file));
    dlt_status status = dlt_h5_visit(file, "/", locate_entry, seal);
    dlt_h5_close(&file);
    DLT_TRY(status);
    qsort(seal->entries, (size_t)seal->count, sizeof *seal->entries, by_offset);
    struct stat facts;
    if (stat(path, &facts) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    seal->structure.bytes = facts.st_size;
    return DLT_OK;
}

/* Reads back what was written and compares it with memory before anything relies on it. */
static dlt_status compare_with_memory(const char *temporary, const char *path, dlt_seal *seal) {
    DLT_TRY(dlt_seal_measure(temporary, seal));
    seal->structure.checksum = seal->structure.found;
    const dlt_seal_entry *damage = dlt_seal_damage(seal);
    if (damage != NULL)
        return dlt_fail(DLT_ERR_IO, "cannot write checkpoint %s: %s differs when it is read back",
                        path, damage->name);
    return DLT_OK;
}

static dlt_status seal_written(dlt_h5_lock *h5_lock, const char *temporary, const char *path,
                               dlt_seal *seal) {
    dlt_seal again = {0};
    DLT_TRY(locate_entries(h5_lock, temporary, seal));
    DLT_TRY(compare_with_memory(temporary, path, seal));
    DLT_TRY(dlt_seal_append(temporary, seal));
    DLT_TRY(dlt_seal_read(temporary, &again));
    dlt_seal_destroy(&again);
    return DLT_OK;
}

/* What is wrong with a file that was just written the disk has made wrong: another attempt may mend
 * it, as with any failure to write. */
static dlt_status seal_file(dlt_h5_lock *h5_lock, const char *temporary, const char *path,
                            dlt_seal *seal) {
    dlt_status status = seal_written(h5_lock, temporary, path, seal);
    if (status != DLT_ERR_FORMAT)
        return status;
    return dlt_fail(DLT_ERR_IO, "cannot write checkpoint %s: it differs when it is read back (%s)",
                    path, dlt_error_message());
}

static dlt_status write_temporary(dlt_h5_lock *h5_lock, const char *temporary, const char *path,
                                  const item_list *items) {
    dlt_seal seal = {0};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(expect_items(items, &seal));
    DLT_TRY_OUT(write_items(h5_lock, temporary, items));
    DLT_TRY_OUT(seal_file(h5_lock, temporary, path, &seal));
out:
    dlt_seal_destroy(&seal);
    return status;
}

dlt_status dlt_checkpoint_save(dlt_h5_lock *h5_lock, const char *path,
                               const dlt_snapshot *snapshot) {
    item_list items = {0};
    char *temporary = dlt_temporary_path(path);
    dlt_status status = temporary != NULL ? DLT_OK : DLT_ERR_MEM;
    if (status != DLT_OK)
        goto out;
    DLT_TRY_OUT(list_items(snapshot, &items));
    DLT_TRY_OUT(check_space(path, &items));
    status = write_temporary(h5_lock, temporary, path, &items);
    if (status != DLT_OK) {
        unlink(temporary);
        goto out;
    }
    DLT_TRY_OUT(dlt_file_commit(temporary, path));
out:
    dlt_free(items.at);
    dlt_free(temporary);
    return status;
}
