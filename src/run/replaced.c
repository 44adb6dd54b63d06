/* The order of the moves is what a killed process relies on: the folder of checkpoints goes last
 * when a run is put aside, first when it is put back, and last when it is removed. So .replaced
 * without checkpoints means that its other files belong to the run that is in place, and .replaced
 * with checkpoints that it holds a whole run. */
#include "run/replaced.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "checkpoint/retention.h"
#include "io/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char NAME[] = ".replaced";

typedef dlt_status file_visitor(void *context, const char *path);

static dlt_status remove_file(void *context, const char *path) {
    (void)context;
    if (unlink(path) == 0 || errno == ENOENT)
        return DLT_OK;
    return dlt_fail(DLT_ERR_IO, "cannot remove %s: %s", path, strerror(errno));
}

/* All that a run writes, whether it is there or not, the configuration last. */
static dlt_status visit_files(const dlt_folder *folder, file_visitor *visit, void *context) {
    DLT_TRY(visit(context, folder->summary));
    DLT_TRY(visit(context, folder->metrics));
    dlt_checkpoint_steps steps = {0};
    DLT_TRY(dlt_checkpoint_list(folder->checkpoints, &steps));
    dlt_status status = DLT_OK;
    for (int64_t i = 0; i < steps.count && status == DLT_OK; i++) {
        char *path = dlt_checkpoint_step_path(folder->checkpoints, steps.at[i]);
        status = path != NULL ? visit(context, path) : DLT_ERR_MEM;
        dlt_free(path);
    }
    dlt_free(steps.at);
    char *best = dlt_checkpoint_best_path(folder->checkpoints);
    if (status == DLT_OK)
        status = best != NULL ? visit(context, best) : DLT_ERR_MEM;
    dlt_free(best);
    DLT_TRY(status);
    return visit(context, folder->config);
}

dlt_status dlt_run_files_remove(const dlt_folder *folder) {
    return visit_files(folder, remove_file, NULL);
}

typedef struct run_inputs {
    const dlt_file_set *files;
} run_inputs;

static dlt_status check_file(void *context, const char *path) {
    const run_inputs *inputs = context;
    return dlt_output_check(path, true, inputs->files);
}

dlt_status dlt_run_files_check(const dlt_folder *folder, const dlt_file_set *inputs) {
    run_inputs context = {.files = inputs};
    return visit_files(folder, check_file, &context);
}

static dlt_status name_aside(const dlt_folder *folder, dlt_folder *out) {
    dlt_text root = DLT_TEXT_EMPTY;
    dlt_text_add(&root, "%s/%s", folder->root, NAME);
    dlt_status status = dlt_text_check(&root);
    *out = (dlt_folder){.root = NULL};
    if (status == DLT_OK)
        status = dlt_folder_name(dlt_text_of(&root), out);
    dlt_text_destroy(&root);
    return status;
}

bool dlt_replaced_is_there(const dlt_folder *folder) {
    dlt_folder aside;
    if (name_aside(folder, &aside) != DLT_OK)
        return false;
    bool there = dlt_path_exists(aside.root);
    dlt_folder_destroy(&aside);
    return there;
}

/* What is not there need not be moved. */
static dlt_status move(const char *from, const char *to) {
    if (rename(from, to) == 0 || errno == ENOENT)
        return DLT_OK;
    return dlt_fail(DLT_ERR_IO, "cannot rename %s to %s: %s", from, to, strerror(errno));
}

static dlt_status move_files(const dlt_folder *from, const dlt_folder *to) {
    DLT_TRY(move(from->summary, to->summary));
    DLT_TRY(move(from->metrics, to->metrics));
    return move(from->config, to->config);
}

static dlt_status put_aside(const dlt_folder *folder, const dlt_folder *aside) {
    DLT_TRY(dlt_directory_make(aside->root));
    DLT_TRY(dlt_checkpoint_folder_prepare(folder->checkpoints));
    DLT_TRY(move_files(folder, aside));
    return move(folder->checkpoints, aside->checkpoints);
}

dlt_status dlt_replaced_put_aside(const dlt_folder *folder) {
    dlt_folder aside;
    dlt_status status = name_aside(folder, &aside);
    if (status == DLT_OK)
        status = put_aside(folder, &aside);
    dlt_folder_destroy(&aside);
    return status;
}

static dlt_status put_back(const dlt_folder *folder, const dlt_folder *aside) {
    if (dlt_path_exists(aside->checkpoints)) {
        DLT_TRY(dlt_run_files_remove(folder));
        if (dlt_path_exists(folder->checkpoints))
            DLT_TRY(dlt_checkpoint_folder_prepare(folder->checkpoints));
        (void)rmdir(folder->checkpoints);
        DLT_TRY(move(aside->checkpoints, folder->checkpoints));
    }
    DLT_TRY(move_files(aside, folder));
    (void)rmdir(aside->root);
    return DLT_OK;
}

/* Files of other people's go where they were. */
static void move_strangers(const char *from, const char *to) {
    DIR *directory = opendir(from);
    if (directory == NULL)
        return;
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        dlt_text source = DLT_TEXT_EMPTY;
        dlt_text target = DLT_TEXT_EMPTY;
        dlt_text_add(&source, "%s/%s", from, entry->d_name);
        dlt_text_add(&target, "%s/%s", to, entry->d_name);
        bool good = !source.failed && !target.failed && strcmp(entry->d_name, ".") != 0 &&
                    strcmp(entry->d_name, "..") != 0;
        if (good && !dlt_path_exists(dlt_text_of(&target)))
            (void)rename(dlt_text_of(&source), dlt_text_of(&target));
        dlt_text_destroy(&source);
        dlt_text_destroy(&target);
    }
    closedir(directory);
}

static dlt_status drop(const dlt_folder *folder, const dlt_folder *aside) {
    DLT_TRY(dlt_run_files_remove(aside));
    move_strangers(aside->checkpoints, folder->checkpoints);
    if (rmdir(aside->checkpoints) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot remove %s: %s", aside->checkpoints, strerror(errno));
    (void)rmdir(aside->root);
    return DLT_OK;
}

static dlt_status settle(const dlt_folder *folder, const dlt_folder *aside, bool *back) {
    dlt_checkpoint_steps steps = {0};
    DLT_TRY(dlt_checkpoint_list(folder->checkpoints, &steps));
    dlt_free(steps.at);
    *back = !dlt_path_exists(aside->checkpoints) || steps.count == 0;
    return *back ? put_back(folder, aside) : drop(folder, aside);
}

dlt_status dlt_replaced_settle(const dlt_folder *folder, bool *back) {
    dlt_folder aside;
    *back = false;
    dlt_status status = name_aside(folder, &aside);
    if (status == DLT_OK && dlt_path_exists(aside.root))
        status = settle(folder, &aside, back);
    dlt_folder_destroy(&aside);
    return status;
}
