#include "import.h"

#include "fuzz.h"

#include "base/alloc.h"
#include "data/dataset.h"
#include "dltrain/import.h"
#include "support/fields.h"
#include "support/scratch.h"

#include <string.h>

enum { SAMPLES_READ_MAX = 64 };

void fuzz_import_prepare(void) {
    static bool done;
    if (!done)
        fuzz_require(mkdir(fuzz_path("in"), 0700) == 0, "a folder can be made");
    done = true;
}

/* The first samples of a part; an import has no other way to write a value that is NaN or a label
 * that is none. */
static void read_part(dlt_dataset *dataset) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(dataset);
    int64_t samples[SAMPLES_READ_MAX];
    int64_t count = facts->samples < SAMPLES_READ_MAX ? facts->samples : SAMPLES_READ_MAX;
    for (int64_t i = 0; i < count; i++)
        samples[i] = facts->samples - 1 - i;
    dlt_real *x = dlt_alloc(count * dlt_shape_count(&dlt_dataset_x(dataset)->shape), sizeof *x);
    const int64_t targets = dlt_shape_count(&dlt_dataset_y(dataset)->shape);
    dlt_real *y = dlt_alloc(count * targets, sizeof *y);
    fuzz_require(x != NULL && y != NULL, "memory can be had");
    fuzz_require(read_x(dataset, samples, count, x) == DLT_OK,
                 "what an import has written can be read");
    fuzz_require(read_values(dataset, samples, count, targets, y) == DLT_OK,
                 "the targets that an import has written can be read");
    dlt_free(x);
    dlt_free(y);
}

static void check_x_y(dlt_h5_lock *h5_lock, const char *prefix) {
    dlt_dataset *dataset = NULL;
    fuzz_require(open_x_y(h5_lock, prefix, NULL, NULL, true, &dataset) == DLT_OK,
                 "what an import has written is a data set");
    read_part(dataset);
    dlt_dataset_close(&dataset);
}

/* All of a dataset, row by row. */
static void check_dataset(dlt_h5_file *file, const char *name) {
    dlt_h5_dataset *dataset = NULL;
    fuzz_require(dlt_h5_dataset_open(file, name, &dataset) == DLT_OK,
                 "an import has written the dataset");
    const dlt_h5_info *info = dlt_h5_dataset_info(dataset);
    const int64_t rows = info->shape.dim[0];
    const int64_t bytes = dlt_shape_count(&info->shape) * dlt_h5_type_bytes(info->type);
    char *row = dlt_alloc(bytes / rows, 1);
    fuzz_require(rows > 0 && row != NULL, "memory can be had");
    for (int64_t i = 0; i < rows; i++)
        fuzz_require(dlt_h5_read_rows(dataset, i, 1, row) == DLT_OK,
                     "what an import has written can be read");
    dlt_free(row);
    dlt_h5_dataset_close(&dataset);
}

static void check_datasets(dlt_h5_lock *h5_lock, const char *prefix, const char *const *datasets) {
    char path[4096];
    dlt_h5_file *file = NULL;
    snprintf(path, sizeof path, "%s-00000-of-00001.h5", prefix);
    fuzz_require(dlt_h5_open(h5_lock, path, &file) == DLT_OK, "an import has written a shard");
    for (; *datasets != NULL; datasets++)
        check_dataset(file, *datasets);
    dlt_h5_close(&file);
}

static void check_split(const char *prefix, const char *const *datasets) {
    dlt_h5_lock *h5_lock = NULL;
    fuzz_require(dlt_h5_lock_create(&h5_lock) == DLT_OK, "an HDF5 lock can be created");
    if (datasets == NULL)
        check_x_y(h5_lock, prefix);
    else
        check_datasets(h5_lock, prefix, datasets);
    dlt_h5_lock_destroy(&h5_lock);
}

static bool has_part(const char *first_shard) {
    return access(fuzz_path(first_shard), R_OK) == 0;
}

void fuzz_import_fields(const char *description, const char *const *datasets) {
    const char *out = fuzz_path("out");
    const dlt_import_options options = {.description =
                                            fuzz_file("set.yaml", description, strlen(description)),
                                        .source = fuzz_path("in"),
                                        .output = {.folder = out}};
    if (fuzz_accepted(dlt_import(&options, NULL))) {
        check_split(fuzz_path("out/train"), datasets);
        if (has_part("out/test-00000-of-00001.h5"))
            check_split(fuzz_path("out/test"), datasets);
        scratch_remove_tree(out);
        return;
    }
    fuzz_require(rmdir(out) == 0 || access(out, F_OK) != 0, "a refused import leaves nothing");
}

void fuzz_import(const char *description) {
    fuzz_import_fields(description, NULL);
}
