/* Finds the run file of a workload. A name is looked for as NAME.yaml in three folders: that of the
 * installed program, that of the source tree, and that given when dltrain was built. The path of
 * such a file means the workload, too, so it needs no data set. Any other path is a run file whose
 * data set gives the shape of a sample. */
#include "bench/workload.h"

#include "base/error.h"
#include "base/installed.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Targets follow from the model's output and the loss, so the shape of one sample is all that a run
 * file leaves to its data set. */
static const struct {
    const char *name;
    dlt_shape input;
} workloads[] = {
    {"linreg", {.rank = 1, .dim = {10}}},           {"mlp", {.rank = 3, .dim = {28, 28, 1}}},
    {"keras_mlp", {.rank = 3, .dim = {28, 28, 1}}}, {"cnn", {.rank = 3, .dim = {28, 28, 1}}},
    {"resnet20", {.rank = 3, .dim = {32, 32, 3}}},  {"widemlp", {.rank = 1, .dim = {2048}}},
    {"embedding", {.rank = 1, .dim = {16}}},
};

enum { WORKLOAD_COUNT = sizeof workloads / sizeof workloads[0] };

static dlt_status find_file(const char *name, char path[DLT_WORKLOAD_PATH_BYTES]) {
    char installed[DLT_WORKLOAD_PATH_BYTES];
    (void)dlt_installed_folder("bench", installed, sizeof installed);
    const char *const folders[] = {installed, DLT_BENCH_DIR, DLT_BENCH_INSTALL_DIR};
    for (int i = 0; i < 3; i++) {
        int length = snprintf(path, DLT_WORKLOAD_PATH_BYTES, "%s/%s.yaml", folders[i], name);
        if (length > 0 && length < DLT_WORKLOAD_PATH_BYTES && access(path, R_OK) == 0)
            return DLT_OK;
    }
    return dlt_fail(DLT_ERR_IO, "the run file of the workload '%s' is neither in %s nor in %s",
                    name, DLT_BENCH_DIR, DLT_BENCH_INSTALL_DIR);
}

static dlt_status fail_unknown(const char *name) {
    dlt_text names = DLT_TEXT_EMPTY;
    for (int i = 0; i < WORKLOAD_COUNT; i++)
        dlt_text_add(&names, "%s%s", i > 0 ? ", " : "", workloads[i].name);
    dlt_status status = dlt_fail(
        DLT_ERR_ARG, "there is no workload '%s'; expected the path of a run file, or one of %s",
        name, dlt_text_of(&names));
    dlt_text_destroy(&names);
    return status;
}

static bool is_path(const char *name) {
    size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 5 && strcmp(name + length - 5, ".yaml") == 0);
}

static bool is_same_file(const char *a, const char *b) {
    struct stat first;
    struct stat second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* The shape of a workload that is given by the path of its file; NULL: it is none. */
static const dlt_shape *find_input(const char *path) {
    char file[DLT_WORKLOAD_PATH_BYTES];
    for (int i = 0; i < WORKLOAD_COUNT; i++) {
        const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
        size_t length = strlen(workloads[i].name);
        if (strncmp(name, workloads[i].name, length) == 0 && strcmp(name + length, ".yaml") == 0 &&
            find_file(workloads[i].name, file) == DLT_OK && is_same_file(path, file))
            return &workloads[i].input;
    }
    return NULL;
}

dlt_status dlt_workload_find(const char *name, dlt_workload *out) {
    *out = (dlt_workload){.input = NULL};
    for (int i = 0; i < WORKLOAD_COUNT; i++)
        if (strcmp(workloads[i].name, name) == 0) {
            out->input = &workloads[i].input;
            return find_file(name, out->path);
        }
    if (!is_path(name))
        return fail_unknown(name);
    if (strlen(name) >= sizeof out->path)
        return dlt_fail(DLT_ERR_ARG, "the path of the run file is too long: %.60s…", name);
    memcpy(out->path, name, strlen(name) + 1);
    out->input = find_input(name);
    return DLT_OK;
}
