/* HDF5 files as data sets: opened, described, and some samples and targets read. Checksums of
 * HDF5's own are made right again after a mutation. */
#include "data/dataset.h"

#include "fuzz.h"
#include "hdf5_format.h"
#include "isolate.h"

#include "base/alloc.h"
#include "dltrain/inspect.h"
#include "support/fields.h"

#include <hdf5.h>

enum { SAMPLES = 4, CLASSES = 3 };
static const int64_t VALUES_MAX = INT64_C(1) << 24;

static void read_samples(dlt_dataset *dataset, const int64_t *samples, int64_t count) {
    int64_t width = dlt_shape_count(&dlt_dataset_x(dataset)->shape);
    if (width > VALUES_MAX)
        return;
    dlt_real *values = dlt_alloc(count * width, sizeof *values);
    fuzz_require(values != NULL, "memory can be had");
    (void)fuzz_accepted(read_x(dataset, samples, count, values));
    dlt_free(values);
}

static void read_targets(dlt_dataset *dataset, const int64_t *samples, int64_t count) {
    const dlt_field_facts *y = dlt_dataset_y(dataset);
    int32_t labels[SAMPLES];
    int64_t width = y != NULL ? dlt_shape_count(&y->shape) : 1;
    if (fuzz_accepted(read_labels(dataset, samples, count, CLASSES, labels)))
        for (int64_t i = 0; i < count; i++)
            fuzz_require(labels[i] >= 0 && labels[i] < CLASSES, "a label is one of the classes");
    if (width > VALUES_MAX)
        return;
    dlt_real *values = dlt_alloc(count * width, sizeof *values);
    fuzz_require(values != NULL, "memory can be had");
    (void)fuzz_accepted(read_values(dataset, samples, count, width, values));
    dlt_free(values);
}

static void read_some(dlt_dataset *dataset) {
    const int64_t last = dlt_dataset_facts_of(dataset)->samples - 1;
    const int64_t samples[SAMPLES] = {last, 0, last / 2, last / 2 + (last > 0)};
    read_samples(dataset, samples, SAMPLES);
    read_targets(dataset, samples, SAMPLES);
}

static void work(const uint8_t *data, size_t size) {
    dlt_h5_lock *h5_lock = NULL;
    dlt_dataset *dataset = NULL;
    fuzz_begin();
    const char *path = fuzz_file("a.h5", data, size);
    fuzz_require(dlt_h5_lock_create(&h5_lock) == DLT_OK, "an HDF5 lock can be created");
    if (fuzz_accepted(open_x_y(h5_lock, path, "x", "y", false, &dataset)))
        read_some(dataset);
    dlt_dataset_close(&dataset);
    dlt_h5_lock_destroy(&h5_lock);
    (void)fuzz_accepted(dlt_dataset_describe(path, "x", "y", fuzz_nowhere()));
    fuzz_require(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) == 0, "HDF5 has nothing left open");
    fuzz_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!fuzz_hdf5_loops(data, size))
        fuzz_isolated(work, data, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    size = LLVMFuzzerMutate(data, size, most);
    if (seed % 8 != 0)
        fuzz_seal_hdf5(data, size);
    return size;
}
