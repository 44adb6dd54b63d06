/* The run folder as all ranks use it: rank 0 alone touches the file system, and dlt_agree_first
 * gives its status to all. A start takes possession of the folder, which also repairs what a killed
 * --overwrite left (replaced.c), then checks it, and prepares it only when the run has all it
 * needs. At the end rank 0 settles or discards it without the others. */
#include "run/folder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "checkpoint/retention.h"
#include "comm/collectives.h"
#include "io/atomic_file.h"
#include "run/replaced.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static dlt_status write_config(const dlt_folder *folder, const dlt_run *run) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_status status = dlt_run_print(run, &text);
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

static dlt_status own_here(dlt_folder *folder, const dlt_folder_claim *claim, bool *put_back) {
    const dlt_folder_lock_patience patience = {
        .progress = claim->heartbeat != NULL ? &claim->heartbeat->progress : NULL,
        .stop = claim->stop};
    DLT_TRY(dlt_folder_lock_take(folder->root, &patience, &folder->lock));
    return dlt_replaced_settle(folder, put_back);
}

dlt_status dlt_folder_own(const dlt_comm *comm, const dlt_folder_claim *claim, dlt_folder *folder,
                          bool *put_back) {
    bool first = dlt_comm_rank(comm) == 0;
    *put_back = false;
    return dlt_agree_first(comm, first ? own_here(folder, claim, put_back) : DLT_OK);
}

dlt_status dlt_folder_still_own(const dlt_folder *folder) {
    return folder->lock != NULL ? dlt_folder_lock_check(folder->lock) : DLT_OK;
}

static dlt_status prepare_here(const dlt_folder *folder, const dlt_run *run, bool overwrite,
                               bool aside) {
    if (overwrite && dlt_path_exists(folder->config))
        DLT_TRY(aside ? dlt_replaced_put_aside(folder) : dlt_run_files_remove(folder));
    DLT_TRY(dlt_directory_make(folder->root));
    if (run != NULL)
        DLT_TRY(write_config(folder, run));
    return dlt_checkpoint_folder_prepare(folder->checkpoints);
}

dlt_status dlt_folder_prepare(const dlt_comm *comm, const dlt_folder *folder, const dlt_run *run,
                              bool overwrite, bool aside) {
    bool first = dlt_comm_rank(comm) == 0;
    return dlt_agree_first(comm, first ? prepare_here(folder, run, overwrite, aside) : DLT_OK);
}

bool dlt_folder_settle(const dlt_folder *folder) {
    bool put_back = false;
    if (dlt_replaced_settle(folder, &put_back) == DLT_OK)
        return put_back;
    dlt_log(DLT_LOG_WARNING, "%s; the next start in this folder tries again", dlt_error_message());
    return false;
}

void dlt_folder_discard(const dlt_folder *folder) {
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
    /* What is being reported must not be replaced by a failure to clean up. */
    snprintf(message, sizeof message, "%s", dlt_error_message());
    snprintf(trace, sizeof trace, "%s", dlt_error_trace());
    if (dlt_run_files_remove(folder) == DLT_OK)
        (void)rmdir(folder->checkpoints);
    dlt_error_adopt(message, trace);
}
