/* Chooses the description by the path: a folder must be a run; a file is described as a data set
 * or, if that fails, as a checkpoint or plain HDF5 file; a path that does not exist may be the
 * prefix of a data set's shards. */
#include "dltrain/inspect.h"

#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/retention.h"
#include "data/dataset.h"
#include "data/found_fields.h"
#include "dltrain/run.h"
#include "io/atomic_file.h"
#include "run/folder.h"

#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static dlt_status print_file(const char *heading, const char *path, FILE *out) {
    enum { LIMIT = 1 << 20 };
    char *text = NULL;
    size_t bytes = 0;
    if (!dlt_path_exists(path))
        return DLT_OK;
    DLT_TRY(dlt_file_read(path, LIMIT, &text, &bytes));
    fprintf(out, "%s (%s)\n%s\n", heading, path, text);
    dlt_free(text);
    return DLT_OK;
}

static dlt_status list_checkpoints(const dlt_folder *folder, FILE *out) {
    dlt_checkpoint_steps steps = {0};
    DLT_TRY(dlt_checkpoint_list(folder->checkpoints, &steps));
    fprintf(out, "checkpoints (%s)\n", folder->checkpoints);
    for (int64_t i = 0; i < steps.count; i++)
        fprintf(out, "  update %lld\n", (long long)steps.at[i]);
    dlt_free(steps.at);
    return DLT_OK;
}

static dlt_status inspect_run(const dlt_folder *folder, FILE *out) {
    if (!dlt_path_exists(folder->config))
        return dlt_fail(DLT_ERR_FORMAT, "%s is a folder but holds no run: it has no config.yaml",
                        folder->root);
    DLT_TRY(print_file("run file", folder->config, out));
    DLT_TRY(print_file("summary", folder->summary, out));
    return list_checkpoints(folder, out);
}

static bool holds_samples(const char *path) {
    dlt_h5_lock *h5_lock = NULL;
    dlt_dataset *dataset = NULL;
    dlt_found_fields fields = {.count = 0};
    const bool opens = dlt_h5_lock_create(&h5_lock) == DLT_OK &&
                       dlt_found_fields_find(h5_lock, path, NULL, NULL, &fields) == DLT_OK &&
                       dlt_dataset_open(h5_lock, path, &fields.requests, &dataset) == DLT_OK;
    dlt_dataset_close(&dataset);
    dlt_found_fields_destroy(&fields);
    dlt_h5_lock_destroy(&h5_lock);
    dlt_error_clear();
    return opens;
}

/* A file with samples is described as the dataset that it is, and refused as one if its content is
 * damaged. */
static dlt_status inspect_file(const char *path, FILE *out) {
    return holds_samples(path) ? dlt_dataset_describe(path, "x", "y", out)
                               : dlt_checkpoint_describe(path, out);
}

dlt_status dlt_inspect(const char *path, FILE *out) {
    if (!is_folder(path))
        return dlt_path_exists(path) ? inspect_file(path, out)
                                     : dlt_dataset_describe(path, "x", "y", out);
    dlt_folder folder;
    DLT_TRY(dlt_folder_name(path, &folder));
    dlt_status status = inspect_run(&folder, out);
    dlt_folder_destroy(&folder);
    return status;
}
