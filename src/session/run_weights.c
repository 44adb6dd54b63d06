/* The best checkpoint stands for a run that ends with the best, unless training went on beyond it.
 * */
#include "session/run_weights.h"

#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/retention.h"
#include "comm/collectives.h"
#include "io/atomic_file.h"

#include <stdio.h>
#include <string.h>

dlt_status dlt_run_weights_find(const dlt_comm *comm, const dlt_folder *folder, const dlt_run *run,
                                char out[DLT_PATH_BYTES]) {
    if (run->settings.early_stopping.restore_best) {
        char *best = dlt_checkpoint_best_path(folder->checkpoints);
        if (best != NULL)
            snprintf(out, DLT_PATH_BYTES, "%s", best);
        dlt_free(best);
        DLT_TRY(dlt_agree(comm, best != NULL ? DLT_OK : DLT_ERR_MEM));
        bool is_best = false;
        DLT_TRY(dlt_best_is_current(comm, folder, out, &is_best));
        if (is_best)
            return DLT_OK;
    }
    DLT_TRY(dlt_newest_checkpoint(comm, folder, out));
    if (out[0] == '\0')
        return dlt_fail(DLT_ERR_IO, "%s has no checkpoint; train it first", folder->root);
    return DLT_OK;
}

static dlt_status find_in_folder(const dlt_comm *comm, const dlt_folder *folder,
                                 char out[DLT_PATH_BYTES]) {
    dlt_run *run = NULL;
    dlt_status status = dlt_agree(comm, dlt_run_load(folder->config, NULL, 0, &run));
    if (status == DLT_OK)
        status = dlt_run_weights_find(comm, folder, run, out);
    dlt_run_destroy(&run);
    return status;
}

dlt_status dlt_run_weights_named(const dlt_comm *comm, const char *name, char out[DLT_PATH_BYTES]) {
    dlt_folder folder = {0};
    DLT_TRY(dlt_agree(comm, strlen(name) < DLT_PATH_BYTES
                                ? dlt_folder_name(name, &folder)
                                : dlt_fail(DLT_ERR_ARG, "the path %.60s... is too long", name)));
    bool is_run = dlt_comm_rank(comm) == 0 && dlt_path_exists(folder.config);
    dlt_status status = dlt_broadcast(comm, &is_run, (int64_t)sizeof is_run);
    if (status == DLT_OK && is_run)
        status = find_in_folder(comm, &folder, out);
    else if (status == DLT_OK)
        memcpy(out, name, strlen(name) + 1);
    dlt_folder_destroy(&folder);
    return status;
}
