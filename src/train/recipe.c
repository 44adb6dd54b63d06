/* Importing a table by the recipe of the one that a run was trained on. */
#include "dltrain/import.h"

#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/retention.h"
#include "io/atomic_file.h"
#include "train/folder.h"
#include "train/parts.h"

static dlt_status read_data_set(dlt_h5_gate *gate, const char *source, dlt_identity *out) {
    dlt_dataset *dataset = NULL;
    DLT_TRY(dlt_dataset_open(gate, source, NULL, NULL, false, &dataset));
    dlt_status status = dlt_identity_copy(dlt_dataset_facts_of(dataset)->identity, out);
    dlt_dataset_close(&dataset);
    return status;
}

static dlt_status read_run(dlt_h5_gate *gate, const dlt_folder *folder, dlt_identity *out) {
    char *path = NULL;
    DLT_TRY(dlt_checkpoint_latest(folder->checkpoints, &path));
    if (path == NULL)
        return dlt_fail(DLT_ERR_IO, "%s has no checkpoint; train it first", folder->root);
    dlt_status status = dlt_identity_recall(gate, path, out);
    dlt_free(path);
    return status;
}

/* A checkpoint is an HDF5 file with a state; whether it is whole is seen when it is read. */
static dlt_status is_checkpoint(dlt_h5_gate *gate, const char *path, bool *out) {
    dlt_h5_file *file = NULL;
    DLT_TRY(dlt_h5_open(gate, path, &file));
    *out = dlt_h5_exists(file, "/state/step");
    dlt_h5_close(&file);
    return DLT_OK;
}

static dlt_status read_identity(const char *like, dlt_h5_gate *gate, dlt_identity *out) {
    dlt_folder folder = {0};
    DLT_TRY(dlt_folder_name(like, &folder));
    bool is_run = dlt_path_exists(folder.config);
    bool is_file = !is_run && dlt_path_exists(like);
    bool has_state = false;
    dlt_status status = DLT_OK;
    if (is_file)
        status = is_checkpoint(gate, like, &has_state);
    if (status == DLT_OK && is_run)
        status = read_run(gate, &folder, out);
    else if (status == DLT_OK)
        status = has_state ? dlt_identity_recall(gate, like, out) : read_data_set(gate, like, out);
    dlt_folder_destroy(&folder);
    return status;
}

dlt_status dlt_import_like(const char *like, const dlt_import_options *options, FILE *report) {
    dlt_identity identity = {0};
    dlt_h5_gate *gate = NULL;
    dlt_import_options all = *options;
    dlt_status status = dlt_h5_gate_create(&gate);
    if (status == DLT_OK)
        status = read_identity(like, gate, &identity);
    if (status == DLT_OK && identity.recipe == NULL)
        status = dlt_fail(DLT_ERR_FORMAT, "%s does not come from a table that was imported", like);
    all.recipe = identity.recipe;
    if (status == DLT_OK) {
        all.output.inputs = dlt_h5_gate_has_read(gate);
        status = dlt_import(&all, report);
    }
    dlt_h5_gate_destroy(&gate);
    dlt_identity_destroy(&identity);
    return status;
}
