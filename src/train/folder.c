#include "train/folder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/retention.h"
#include "comm/collectives.h"
#include "io/atomic_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *join(const char *folder, const char *name) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_text_add(&text, "%s/%s", folder, name);
    char *path = text.failed ? NULL : dlt_alloc_text(dlt_text_of(&text));
    dlt_text_destroy(&text);
    return path;
}

dlt_status dlt_folder_name(const char *root, dlt_folder *out) {
    *out = (dlt_folder){.root = dlt_alloc_text(root),
                        .config = join(root, "config.yaml"),
                        .metrics = join(root, "metrics.jsonl"),
                        .summary = join(root, "summary.json"),
                        .checkpoints = join(root, "checkpoints")};
    if (out->root != NULL && out->config != NULL && out->metrics != NULL && out->summary != NULL &&
        out->checkpoints != NULL)
        return DLT_OK;
    dlt_folder_destroy(out);
    return DLT_ERR_MEM;
}

void dlt_folder_destroy(dlt_folder *folder) {
    dlt_free(folder->root);
    dlt_free(folder->config);
    dlt_free(folder->metrics);
    dlt_free(folder->summary);
    dlt_free(folder->checkpoints);
    *folder = (dlt_folder){0};
}

static dlt_status remove_file(const char *path) {
    if (unlink(path) == 0 || errno == ENOENT)
        return DLT_OK;
    return dlt_fail(DLT_ERR_IO, "cannot remove %s: %s", path, strerror(errno));
}

/* Only what a run writes is removed; anything else in the folder is not ours. */
static dlt_status remove_run(const dlt_folder *folder) {
    DLT_TRY(remove_file(folder->summary));
    DLT_TRY(remove_file(folder->metrics));
    dlt_checkpoint_steps steps = {0};
    DLT_TRY(dlt_checkpoint_list(folder->checkpoints, &steps));
    dlt_status status = DLT_OK;
    for (int64_t i = 0; i < steps.count && status == DLT_OK; i++) {
        char *path = dlt_checkpoint_step_path(folder->checkpoints, steps.at[i]);
        status = path != NULL ? remove_file(path) : DLT_ERR_MEM;
        dlt_free(path);
    }
    dlt_free(steps.at);
    char *best = dlt_checkpoint_best_path(folder->checkpoints);
    if (status == DLT_OK)
        status = best != NULL ? remove_file(best) : DLT_ERR_MEM;
    dlt_free(best);
    DLT_TRY(status);
    return remove_file(folder->config);
}

static dlt_status write_config(const dlt_folder *folder, const dlt_run *run) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_config_print(dlt_run_keys, &run->settings, 0, &text);
    dlt_status status = dlt_text_check(&text);
    if (status == DLT_OK)
        status = dlt_file_write(folder->config, dlt_text_of(&text), strlen(dlt_text_of(&text)));
    dlt_text_destroy(&text);
    return status;
}

static dlt_status check_here(const dlt_folder *folder, bool resume, bool overwrite) {
    bool exists = dlt_path_exists(folder->config);
    if (exists && !resume && !overwrite)
        return dlt_fail(DLT_ERR_ARG,
                        "%s holds a run already; go on with --resume, replace it with --overwrite, "
                        "or choose another folder with --out",
                        folder->root);
    if (!exists && resume)
        return dlt_fail(DLT_ERR_ARG, "%s holds no run to resume; start it without --resume",
                        folder->root);
    return DLT_OK;
}

dlt_status dlt_folder_check(const dlt_comm *comm, const dlt_folder *folder, bool resume,
                            bool overwrite) {
    bool first = dlt_comm_rank(comm) == 0;
    return dlt_agree_first(comm, first ? check_here(folder, resume, overwrite) : DLT_OK);
}

static dlt_status prepare_here(const dlt_folder *folder, const dlt_run *run, bool overwrite) {
    if (overwrite && dlt_path_exists(folder->config))
        DLT_TRY(remove_run(folder));
    DLT_TRY(dlt_directory_make(folder->root));
    DLT_TRY(write_config(folder, run));
    return dlt_checkpoint_folder_prepare(folder->checkpoints);
}

dlt_status dlt_folder_prepare(const dlt_comm *comm, const dlt_folder *folder, const dlt_run *run,
                              bool overwrite) {
    bool first = dlt_comm_rank(comm) == 0;
    return dlt_agree_first(comm, first ? prepare_here(folder, run, overwrite) : DLT_OK);
}

void dlt_folder_discard(const dlt_folder *folder) {
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
    /* What is being reported must not be replaced by a failure to clean up. */
    snprintf(message, sizeof message, "%s", dlt_error_message());
    snprintf(trace, sizeof trace, "%s", dlt_error_trace());
    if (remove_run(folder) == DLT_OK) {
        (void)rmdir(folder->checkpoints);
        (void)rmdir(folder->root);
    }
    dlt_error_adopt(message, trace);
}
