/* Usage: golden_compare REFERENCE.h5 OPTIMIZER RUN_FOLDER
 *
 * Compares a run with a reference trajectory: the loss of every step in metrics.jsonl with
 * /expected/OPTIMIZER/loss, and the tensors of the last checkpoint with those below
 * /expected/OPTIMIZER/params and /expected/OPTIMIZER/buffers. How the reference is made, and why
 * these tolerances, says make_reference.py. */
#include "base/alloc.h"
#include "base/error.h"
#include "io/atomic_file.h"
#include "io/h5.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 1024, METRICS_BYTES_MAX = 1 << 24 };

static const double loss_tolerance = 1e-4;   /* relative, each step */
static const double tensor_tolerance = 1e-3; /* norm of the difference, relative to the norm */

typedef struct comparison {
    dlt_h5_file *reference;
    dlt_h5_file *checkpoint;
    const char *group; /* "/expected/OPTIMIZER" */
    int64_t compared;
    int64_t differing;
} comparison;

/* The number behind `"key": ` in a line of JSON, NAN if the key is not there. */
static double number_in(const char *line, const char *key) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":", key);
    const char *found = strstr(line, pattern);
    return found == NULL ? NAN : strtod(found + strlen(pattern), NULL);
}

static void compare_loss(double step, double loss, const double *expected, int64_t count,
                         comparison *run) {
    if (!(step >= 1 && step <= (double)count))
        return;
    double wanted = expected[(int64_t)step - 1];
    run->compared++;
    if (!(fabs(loss - wanted) <= loss_tolerance * fabs(wanted))) {
        printf("step %.0f: loss %.9g, expected %.9g\n", step, loss, wanted);
        run->differing++;
    }
}

/* Lines of steps have the key "loss"; lines of epochs do not. */
static dlt_status compare_losses(const char *folder, const double *expected, int64_t count,
                                 comparison *run) {
    char path[PATH_BYTES];
    char *text = NULL;
    size_t bytes = 0;
    snprintf(path, sizeof path, "%s/metrics.jsonl", folder);
    DLT_TRY(dlt_file_read(path, METRICS_BYTES_MAX, &text, &bytes));
    char *rest = text;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (!isnan(number_in(line, "loss")))
            compare_loss(number_in(line, "step"), number_in(line, "loss"), expected, count, run);
    }
    dlt_free(text);
    if (run->compared != count)
        return dlt_fail(DLT_ERR_MISMATCH, "%s has the loss of %" PRId64 " steps of %" PRId64, path,
                        run->compared, count);
    return DLT_OK;
}

static double norm_of(const double *values, const double *others, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = values[i] - (others == NULL ? 0 : others[i]);
        sum += difference * difference;
    }
    return sqrt(sum);
}

/* A dlt_h5_visitor over the group: `name` is "loss", which is no tensor, or "params/conv/weight".
 */
static dlt_status compare_tensor(void *context, const char *name, const dlt_h5_info *info) {
    comparison *run = context;
    char expected_name[PATH_BYTES];
    if (strcmp(name, "loss") == 0)
        return DLT_OK;
    snprintf(expected_name, sizeof expected_name, "%s/%s", run->group, name);
    int64_t count = dlt_shape_count(&info->shape);
    double *expected = NULL;
    double *values = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(expected, count));
    DLT_TRY_OUT(DLT_NEW(values, count));
    DLT_TRY_OUT(dlt_h5_read(run->reference, expected_name, DLT_H5_F64, &info->shape, expected));
    DLT_TRY_OUT(dlt_h5_read(run->checkpoint, name, DLT_H5_F64, &info->shape, values));
    double difference = norm_of(values, expected, count) / norm_of(expected, NULL, count);
    run->compared++;
    if (!(difference <= tensor_tolerance)) {
        printf("%s differs by %.2e of its norm\n", name, difference);
        run->differing++;
    }
out:
    dlt_free(values);
    dlt_free(expected);
    return status;
}

/* The checkpoint of the highest step; names have the step in digits of equal number. */
static dlt_status find_last_checkpoint(const char *folder, char path[PATH_BYTES]) {
    char directory[PATH_BYTES / 2];
    char last[PATH_BYTES / 4] = "";
    snprintf(directory, sizeof directory, "%s/checkpoints", folder);
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return dlt_fail(DLT_ERR_IO, "%s cannot be read", directory);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strncmp(entry->d_name, "step-", 5) == 0 && strcmp(entry->d_name, last) > 0)
            snprintf(last, sizeof last, "%s", entry->d_name);
    }
    closedir(entries);
    if (last[0] == '\0')
        return dlt_fail(DLT_ERR_IO, "%s has no checkpoint", directory);
    snprintf(path, PATH_BYTES, "%s/%s", directory, last);
    return DLT_OK;
}

static dlt_status compare_tensors(dlt_h5_lock *h5_lock, const char *folder, comparison *run) {
    char path[PATH_BYTES];
    dlt_status status = DLT_OK;
    int64_t before = run->compared;
    DLT_TRY_OUT(find_last_checkpoint(folder, path));
    DLT_TRY_OUT(dlt_h5_open(h5_lock, path, &run->checkpoint));
    DLT_TRY_OUT(dlt_h5_visit(run->reference, run->group, compare_tensor, run));
    if (run->compared == before)
        status = dlt_fail(DLT_ERR_MISMATCH, "the reference has no tensors below %s", run->group);
out:
    dlt_h5_close(&run->checkpoint);
    return status;
}

static dlt_status compare(dlt_h5_lock *h5_lock, const char *reference, const char *optimizer,
                          const char *folder, comparison *run) {
    char group[PATH_BYTES / 4];
    char name[PATH_BYTES / 2];
    dlt_h5_dataset *losses = NULL;
    double *expected = NULL;
    dlt_status status = DLT_OK;
    snprintf(group, sizeof group, "/expected/%s", optimizer);
    run->group = group;
    snprintf(name, sizeof name, "%s/loss", group);
    DLT_TRY_OUT(dlt_h5_open(h5_lock, reference, &run->reference));
    DLT_TRY_OUT(dlt_h5_dataset_open(run->reference, name, &losses));
    const dlt_shape shape = dlt_h5_dataset_info(losses)->shape;
    DLT_TRY_OUT(DLT_NEW(expected, dlt_shape_count(&shape)));
    DLT_TRY_OUT(dlt_h5_read(run->reference, name, DLT_H5_F64, &shape, expected));
    DLT_TRY_OUT(compare_losses(folder, expected, dlt_shape_count(&shape), run));
    DLT_TRY_OUT(compare_tensors(h5_lock, folder, run));
out:
    dlt_free(expected);
    dlt_h5_dataset_close(&losses);
    dlt_h5_close(&run->reference);
    return status;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 4) {
        fprintf(stderr, "usage: golden_compare REFERENCE.h5 OPTIMIZER RUN_FOLDER\n");
        return 2;
    }
    dlt_h5_lock *h5_lock = NULL;
    comparison run = {0};
    dlt_status status = dlt_h5_lock_create(&h5_lock);
    if (status == DLT_OK)
        status = compare(h5_lock, arguments[1], arguments[2], arguments[3], &run);
    dlt_h5_lock_destroy(&h5_lock);
    if (status != DLT_OK)
        fprintf(stderr, "%s\n", dlt_error_message());
    return status == DLT_OK && run.differing == 0 ? 0 : 1;
}
