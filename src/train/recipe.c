/* Importing a table by the recipe of the one that a run was trained on, and images by the classes,
 * size and channels of those. */
#include "dltrain/import.h"

#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/retention.h"
#include "io/atomic_file.h"
#include "train/folder.h"
#include "train/parts.h"
#include "train/state.h"

#include <stdlib.h>

/* Of samples that are images of bytes, the shape is that of an image to be imported. */
static dlt_status read_data_set(dlt_h5_gate *gate, const char *source, dlt_identity *out,
                                dlt_shape *sample) {
    dlt_dataset *dataset = NULL;
    DLT_TRY(dlt_dataset_open(gate, source, NULL, NULL, false, &dataset));
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(dataset);
    if (facts->x_type == DLT_H5_U8)
        *sample = facts->x_shape;
    dlt_status status = dlt_identity_copy(facts->identity, out);
    dlt_dataset_close(&dataset);
    return status;
}

/* "[28, 28, 1]", as dlt_shape_text writes it. */
static void parse_shape(const char *text, dlt_shape *out) {
    *out = (dlt_shape){0};
    while ((*text == '[' || *text == ',') && out->rank < DLT_SHAPE_MAX) {
        char *end = NULL;
        const long long dim = strtoll(text + 1, &end, 10);
        if (end == text + 1 || dim < 1)
            break;
        out->dim[out->rank++] = dim;
        text = end;
    }
}

/* What a model is fed is a sample of the data, unless a transform changed its size. */
static dlt_status read_checkpoint(dlt_h5_gate *gate, const char *path, dlt_identity *out,
                                  dlt_shape *sample) {
    dlt_snapshot *recorded = NULL;
    const char *input = "";
    DLT_TRY(dlt_identity_recall(gate, path, out));
    DLT_TRY(dlt_snapshot_create(&recorded));
    dlt_status status = dlt_checkpoint_read_state(gate, path, recorded);
    if (status == DLT_OK && dlt_snapshot_has(recorded, DLT_STATE_INPUT))
        status = dlt_snapshot_get_text(recorded, DLT_STATE_INPUT, &input);
    parse_shape(input, sample);
    dlt_snapshot_destroy(&recorded);
    return status;
}

static dlt_status read_run(dlt_h5_gate *gate, const dlt_folder *folder, dlt_identity *out,
                           dlt_shape *sample) {
    char *path = NULL;
    DLT_TRY(dlt_checkpoint_latest(folder->checkpoints, &path));
    if (path == NULL)
        return dlt_fail(DLT_ERR_IO, "%s has no checkpoint; train it first", folder->root);
    dlt_status status = read_checkpoint(gate, path, out, sample);
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

static dlt_status read_likeness(const char *like, dlt_h5_gate *gate, dlt_identity *out,
                                dlt_shape *sample) {
    dlt_folder folder = {0};
    DLT_TRY(dlt_folder_name(like, &folder));
    bool is_run = dlt_path_exists(folder.config);
    bool is_file = !is_run && dlt_path_exists(like);
    bool has_state = false;
    dlt_status status = DLT_OK;
    if (is_file)
        status = is_checkpoint(gate, like, &has_state);
    if (status == DLT_OK && is_run)
        status = read_run(gate, &folder, out, sample);
    else if (status == DLT_OK)
        status = has_state ? read_checkpoint(gate, like, out, sample)
                           : read_data_set(gate, like, out, sample);
    dlt_folder_destroy(&folder);
    return status;
}

dlt_status dlt_import_like(const char *like, const dlt_import_options *options, FILE *report) {
    dlt_identity identity = {0};
    dlt_h5_gate *gate = NULL;
    dlt_import_options all = *options;
    dlt_import_likeness likeness = {.source = like};
    dlt_status status = dlt_h5_gate_create(&gate);
    if (status == DLT_OK)
        status = read_likeness(like, gate, &identity, &likeness.sample);
    likeness.recipe = identity.recipe;
    likeness.class_names = identity.class_names;
    all.like = &likeness;
    if (status == DLT_OK) {
        all.output.inputs = dlt_h5_gate_has_read(gate);
        status = dlt_import(&all, report);
    }
    dlt_h5_gate_destroy(&gate);
    dlt_identity_destroy(&identity);
    return status;
}
