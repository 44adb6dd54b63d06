/* Stores checkpoints under their steps, removes old ones, and finds the newest intact one. The
 * listing of the folder is the only record of which checkpoints exist. dlt_checkpoint_store removes
 * older ones only after the new one has been read back, so a crash at any time leaves an intact
 * one. dlt_checkpoint_latest passes over damaged files, while any other failure ends the search.
 * Only one rank writes to the folder. */
#include "checkpoint/retention.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/snapshot.h"
#include "io/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *path_in(const char *folder, const char *name) {
    size_t bytes = strlen(folder) + strlen(name) + 2;
    char *path = dlt_alloc((int64_t)bytes, 1);
    if (path != NULL)
        snprintf(path, bytes, "%s/%s", folder, name);
    return path;
}

char *dlt_checkpoint_step_path(const char *folder, int64_t step) {
    char name[64];
    snprintf(name, sizeof name, "step-%09" PRId64 ".h5", step);
    return path_in(folder, name);
}

char *dlt_checkpoint_best_path(const char *folder) {
    return path_in(folder, "best.h5");
}

/* The step in "step-000000123.h5"; -1 for any other name. */
static int64_t step_of_name(const char *name) {
    char again[64];
    int64_t step = -1;
    if (sscanf(name, "step-%18" SCNd64, &step) != 1 || step < 0)
        return -1;
    snprintf(again, sizeof again, "step-%09" PRId64 ".h5", step);
    return strcmp(name, again) == 0 ? step : -1;
}

/* The names that dlt_temporary_path gives to a writer of this folder. */
static bool is_temporary(const char *name) {
    static const char ending[] = ".h5.tmp";
    size_t length = strlen(name);
    return (strncmp(name, ".step-", 6) == 0 || strncmp(name, ".best", 5) == 0) &&
           length > sizeof ending && strcmp(name + length - (sizeof ending - 1), ending) == 0;
}

typedef dlt_status name_visitor(void *context, const char *folder, const char *name);

/* Calls visit for each name in the folder; an absent folder has none. */
static dlt_status for_each_name(const char *folder, name_visitor *visit, void *context) {
    DIR *directory = opendir(folder);
    if (directory == NULL && errno == ENOENT)
        return DLT_OK;
    if (directory == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot list %s: %s", folder, strerror(errno));
    dlt_status status = DLT_OK;
    errno = 0;
    const struct dirent *entry;
    while (status == DLT_OK && (entry = readdir(directory)) != NULL) {
        status = visit(context, folder, entry->d_name);
        errno = 0;
    }
    if (status == DLT_OK && errno != 0)
        status = dlt_fail(DLT_ERR_IO, "cannot list %s: %s", folder, strerror(errno));
    closedir(directory);
    return status;
}

static dlt_status remove_file(const char *path) {
    if (unlink(path) != 0 && errno != ENOENT)
        return dlt_fail(DLT_ERR_IO, "cannot remove %s: %s", path, strerror(errno));
    return DLT_OK;
}

static dlt_status remove_temporary(void *context, const char *folder, const char *name) {
    (void)context;
    if (!is_temporary(name))
        return DLT_OK;
    char *path = path_in(folder, name);
    if (path == NULL)
        return DLT_ERR_MEM;
    dlt_status status = remove_file(path);
    dlt_free(path);
    return status;
}

dlt_status dlt_checkpoint_folder_prepare(const char *folder) {
    DLT_TRY(dlt_directory_make(folder));
    return for_each_name(folder, remove_temporary, NULL);
}

static dlt_status count_step(void *context, const char *folder, const char *name) {
    (void)folder;
    *(int64_t *)context += step_of_name(name) >= 0;
    return DLT_OK;
}

typedef struct step_collector {
    dlt_checkpoint_steps *steps;
    int64_t room;
} step_collector;

static dlt_status collect_step(void *context, const char *folder, const char *name) {
    (void)folder;
    step_collector *collector = context;
    int64_t step = step_of_name(name);
    /* One that appeared after counting is left to the next look. */
    if (step >= 0 && collector->steps->count < collector->room)
        collector->steps->at[collector->steps->count++] = step;
    return DLT_OK;
}

static int ascending(const void *a, const void *b) {
    int64_t first = *(const int64_t *)a;
    int64_t second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

dlt_status dlt_checkpoint_list(const char *folder, dlt_checkpoint_steps *out) {
    int64_t room = 0;
    *out = (dlt_checkpoint_steps){0};
    DLT_TRY(for_each_name(folder, count_step, &room));
    DLT_TRY(DLT_NEW(out->at, room));
    dlt_status status =
        for_each_name(folder, collect_step, &(step_collector){.steps = out, .room = room});
    if (status != DLT_OK) {
        dlt_free(out->at);
        *out = (dlt_checkpoint_steps){0};
        return status;
    }
    qsort(out->at, (size_t)out->count, sizeof *out->at, ascending);
    return DLT_OK;
}

static dlt_status remove_step(const char *folder, int64_t step) {
    char *path = dlt_checkpoint_step_path(folder, step);
    if (path == NULL)
        return DLT_ERR_MEM;
    dlt_status status = remove_file(path);
    dlt_free(path);
    return status;
}

/* Leaves `newest` and the keep - 1 before it. Later steps belong to a course that a resumed run has
 * left, or are damaged: it would have resumed from them otherwise. */
static dlt_status remove_others(const char *folder, int64_t newest, int64_t keep) {
    dlt_checkpoint_steps steps = {0};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_checkpoint_list(folder, &steps));
    int64_t kept = 0;
    for (int64_t i = steps.count - 1; i >= 0; i--) {
        if (steps.at[i] <= newest && kept++ < keep)
            continue;
        DLT_TRY_OUT(remove_step(folder, steps.at[i]));
    }
out:
    dlt_free(steps.at);
    return status;
}

dlt_status dlt_checkpoint_store(dlt_h5_lock *h5_lock, const char *folder, int64_t step,
                                int64_t keep, const dlt_snapshot *snapshot) {
    char *path = dlt_checkpoint_step_path(folder, step);
    if (path == NULL)
        return DLT_ERR_MEM;
    dlt_status status = dlt_checkpoint_save(h5_lock, path, snapshot);
    dlt_free(path);
    DLT_TRY(status);
    return remove_others(folder, step, dlt_max_i64(keep, 1));
}

dlt_status dlt_checkpoint_store_best(dlt_h5_lock *h5_lock, const char *folder,
                                     const dlt_snapshot *snapshot) {
    char *path = dlt_checkpoint_best_path(folder);
    if (path == NULL)
        return DLT_ERR_MEM;
    dlt_status status = dlt_checkpoint_save(h5_lock, path, snapshot);
    dlt_free(path);
    return status;
}

/* Verifies from the newest to the oldest until one is intact; what is wrong with those passed over
 * is collected in damage. *out stays NULL if all are damaged. */
static dlt_status find_intact(const char *folder, const dlt_checkpoint_steps *steps,
                              dlt_text *damage, char **out) {
    for (int64_t i = steps->count - 1; i >= 0; i--) {
        char *path = dlt_checkpoint_step_path(folder, steps->at[i]);
        if (path == NULL)
            return DLT_ERR_MEM;
        dlt_status status = dlt_checkpoint_verify(path);
        if (status == DLT_OK) {
            *out = path;
            return DLT_OK;
        }
        dlt_free(path);
        if (status != DLT_ERR_FORMAT)
            return status;
        dlt_text_add(damage, "%s; ", dlt_error_message());
    }
    return DLT_OK;
}

/* One sentence for all that is damaged: a warning if an older checkpoint serves, else the error. */
static dlt_status tell_damage(const char *folder, const dlt_checkpoint_steps *steps,
                              const dlt_text *damage, bool found) {
    DLT_TRY(dlt_text_check(damage));
    if (found && damage->used > 0)
        dlt_log(DLT_LOG_WARNING, "%sthe checkpoint before it is used", dlt_text_of(damage));
    if (found || steps->count == 0)
        return DLT_OK;
    /* The details last: the record keeps the beginning of a long sentence. */
    return dlt_fail(DLT_ERR_FORMAT,
                    "none of the %" PRId64 " checkpoints in %s is intact; start anew, or take "
                    "parameters from another file with train.init_from (%.*s)",
                    steps->count, folder, (int)damage->used - 2, dlt_text_of(damage));
}

dlt_status dlt_checkpoint_latest(const char *folder, char **path) {
    dlt_checkpoint_steps steps = {0};
    dlt_text damage = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    *path = NULL;
    DLT_TRY_OUT(dlt_checkpoint_list(folder, &steps));
    DLT_TRY_OUT(find_intact(folder, &steps, &damage, path));
    DLT_TRY_OUT(tell_damage(folder, &steps, &damage, *path != NULL));
out:
    if (status != DLT_OK) {
        dlt_free(*path);
        *path = NULL;
    }
    dlt_text_destroy(&damage);
    dlt_free(steps.at);
    return status;
}
