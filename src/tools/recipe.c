/* Importing a table by the recipe of the one that a run was trained on, and images by the classes,
 * size and channels of those. */
#include "dltrain/import.h"

#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/retention.h"
#include "io/atomic_file.h"
#include "run/folder.h"
#include "tools/recipe.h"

#include <stdio.h>
#include <stdlib.h>

static dlt_status read_data_set(dlt_h5_lock *h5_lock, const char *source, dlt_likeness *out) {
    const dlt_field_requests fields = dlt_field_requests_x_y(NULL, NULL, false);
    dlt_dataset *dataset = NULL;
    DLT_TRY(dlt_dataset_open(h5_lock, source, &fields, &dataset));
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(dataset);
    const dlt_field_facts *x = dlt_dataset_x(dataset);
    out->like.sample = x->shape;
    (void)snprintf(out->input.type, sizeof out->input.type, "%s", dlt_h5_type_name(x->type));
    dlt_status status = dlt_identity_copy(facts->identity, &out->identity);
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

/* The likeness borrows its texts. */
static void point_at_texts(dlt_likeness *it, const char *source) {
    it->like.source = source;
    it->like.recipe = it->identity.recipe;
    it->like.class_names = it->identity.class_names;
    it->like.sample_type = it->input.type[0] != '\0' ? it->input.type : NULL;
}

dlt_status dlt_likeness_recall(dlt_h5_lock *h5_lock, const char *checkpoint, const char *source,
                               dlt_likeness *out) {
    *out = (dlt_likeness){0};
    DLT_TRY(dlt_identity_recall(h5_lock, checkpoint, &out->identity, &out->input));
    parse_shape(out->input.shape, &out->like.sample);
    point_at_texts(out, source);
    return DLT_OK;
}

void dlt_likeness_destroy(dlt_likeness *likeness) {
    dlt_identity_destroy(&likeness->identity);
    likeness->like = (dlt_import_likeness){0};
}

static dlt_status read_run(dlt_h5_lock *h5_lock, const dlt_folder *folder, const char *source,
                           dlt_likeness *out) {
    char *path = NULL;
    DLT_TRY(dlt_checkpoint_latest(folder->checkpoints, &path));
    if (path == NULL)
        return dlt_fail(DLT_ERR_IO, "%s has no checkpoint; train it first", folder->root);
    dlt_status status = dlt_likeness_recall(h5_lock, path, source, out);
    dlt_free(path);
    return status;
}

/* A checkpoint is an HDF5 file with a state; whether it is whole is seen when it is read. */
static dlt_status is_checkpoint(dlt_h5_lock *h5_lock, const char *path, bool *out) {
    dlt_h5_file *file = NULL;
    DLT_TRY(dlt_h5_open(h5_lock, path, &file));
    *out = dlt_h5_exists(file, "/state/step");
    dlt_h5_close(&file);
    return DLT_OK;
}

static dlt_status read_likeness(const char *source, dlt_h5_lock *h5_lock, dlt_likeness *out) {
    dlt_folder folder = {0};
    DLT_TRY(dlt_folder_name(source, &folder));
    bool is_run = dlt_path_exists(folder.config);
    bool is_file = !is_run && dlt_path_exists(source);
    bool has_state = false;
    dlt_status status = DLT_OK;
    if (is_file)
        status = is_checkpoint(h5_lock, source, &has_state);
    if (status == DLT_OK && is_run)
        status = read_run(h5_lock, &folder, source, out);
    else if (status == DLT_OK)
        status = has_state ? dlt_likeness_recall(h5_lock, source, source, out)
                           : read_data_set(h5_lock, source, out);
    point_at_texts(out, source);
    dlt_folder_destroy(&folder);
    return status;
}

dlt_status dlt_import_like(const char *like, const dlt_import_options *options,
                           const dlt_line_sink *report) {
    dlt_likeness likeness = {.identity = {0}};
    dlt_h5_lock *h5_lock = NULL;
    dlt_import_options all = *options;
    dlt_status status = dlt_h5_lock_create(&h5_lock);
    if (status == DLT_OK)
        status = read_likeness(like, h5_lock, &likeness);
    all.like = &likeness.like;
    if (status == DLT_OK) {
        all.output.inputs = dlt_h5_lock_has_read(h5_lock);
        status = dlt_import(&all, report);
    }
    dlt_h5_lock_destroy(&h5_lock);
    dlt_likeness_destroy(&likeness);
    return status;
}
