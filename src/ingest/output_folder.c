/* Notes how much of the path exists before it makes the rest, so that withdraw removes only folders
 * that this import made. The lock is taken before the folder's shards are counted, because another
 * import could add some in between. */
#include "ingest/output_folder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/shards.h"
#include "ingest/format.h"
#include "io/atomic_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Cuts the last name off; false where there is nothing above. */
static bool cut_last_name(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return false;
    *slash = '\0';
    return true;
}

static dlt_status measure_there(dlt_output_folder *folder) {
    char *path = dlt_alloc_text(folder->path);
    if (path == NULL)
        return DLT_ERR_MEM;
    bool there = dlt_path_exists(path);
    while (!there && cut_last_name(path))
        there = dlt_path_exists(path);
    folder->there_bytes = there ? strlen(path) : 0;
    dlt_free(path);
    return DLT_OK;
}

static dlt_status check_empty(const dlt_import_output *output, dlt_split split) {
    int64_t count = 0;
    DLT_TRY(dlt_shards_count(output->folder, dlt_split_name(split), &count));
    if (count > 0 && !output->overwrite)
        return dlt_fail(DLT_ERR_IO,
                        "%s already holds %lld file(s) of split '%s'; choose another folder or "
                        "pass --overwrite",
                        output->folder, (long long)count, dlt_split_name(split));
    return dlt_shards_check_replaceable(output->folder, dlt_split_name(split), output->inputs);
}

dlt_status dlt_output_folder_make(const dlt_import_output *output, dlt_output_folder *out,
                                  dlt_folder_lock **lock) {
    *out = (dlt_output_folder){.path = output->folder, .there_bytes = strlen(output->folder)};
    if (output->folder[0] == '\0')
        return dlt_fail(DLT_ERR_ARG, "the name of the output folder is empty");
    DLT_TRY(measure_there(out));
    DLT_TRY(dlt_directory_make(output->folder));
    const dlt_folder_lock_patience patience = {.stop = output->stop};
    DLT_TRY(dlt_folder_lock_take(output->folder, &patience, lock));
    for (dlt_split split = 0; split < DLT_SPLITS; split++) {
        DLT_TRY(check_empty(output, split));
        DLT_TRY(dlt_shards_remove_temporaries(output->folder, dlt_split_name(split)));
    }
    return DLT_OK;
}

void dlt_output_folder_withdraw(const dlt_output_folder *folder) {
    if (folder->path == NULL)
        return;
    char *path = dlt_alloc_text(folder->path);
    bool left = path != NULL;
    while (left && strlen(path) > folder->there_bytes)
        left = (rmdir(path) == 0 || errno == ENOENT) && cut_last_name(path);
    dlt_free(path);
}
