/* Checkpoints: verified, loaded into the run of seeds.sh, and described; parameters are taken from
 *              any HDF5 file. After a
 * mutation the seal is made again, so that what is behind it is reached as well. */
#include "checkpoint/checkpoint.h"
#include "checkpoint/seal.h"

#include "fuzz.h"
#include "hdf5_format.h"
#include "isolate.h"
#include "tiny_run.h"

#include "dltrain/inspect.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

typedef dlt_status reader(dlt_h5_lock *h5_lock, const char *path, dlt_snapshot *into);

static void read_with(reader *read, dlt_h5_lock *h5_lock, const char *path) {
    tiny_run memory;
    dlt_snapshot *snapshot = tiny_run_view(&memory);
    (void)fuzz_accepted(read(h5_lock, path, snapshot));
    dlt_snapshot_destroy(&snapshot);
}

static dlt_status read_params(dlt_h5_lock *h5_lock, const char *path, dlt_snapshot *into) {
    dlt_init_report report = {0};
    dlt_status status = dlt_checkpoint_read_params(h5_lock, path, false, into, &report);
    dlt_init_report_destroy(&report);
    return status;
}

static void work(const uint8_t *data, size_t size) {
    dlt_h5_lock *h5_lock = NULL;
    fuzz_begin();
    const char *path = fuzz_file("c.h5", data, size);
    fuzz_require(dlt_h5_lock_create(&h5_lock) == DLT_OK, "an HDF5 lock can be created");
    if (fuzz_accepted(dlt_checkpoint_verify(path))) {
        read_with(dlt_checkpoint_load, h5_lock, path);
        read_with(dlt_checkpoint_read_state, h5_lock, path);
    }
    read_with(read_params, h5_lock, path);
    dlt_h5_lock_destroy(&h5_lock);
    (void)fuzz_accepted(dlt_checkpoint_describe(path, fuzz_nowhere()));
    fuzz_require(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) == 0, "HDF5 has nothing left open");
    fuzz_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!fuzz_hdf5_loops(data, size))
        fuzz_isolated(work, data, size);
    return 0;
}

/* Reads what LLVMFuzzerCustomMutator has written; 0 if it is too large. */
static size_t read_back(const char *path, uint8_t *data, size_t most) {
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(data, 1, most, file);
    if (file != NULL && (fgetc(file) != EOF || fclose(file) != 0))
        size = 0;
    return size;
}

/* Puts a seal behind the first bytes of data; its ranges are those of `seal` as far as they exist.
 */
static size_t seal_again(uint8_t *data, size_t body, size_t most, dlt_seal *seal) {
    const char *path = fuzz_file("mutated.h5", data, body);
    int64_t count = 0;
    while (count < seal->count &&
           seal->entries[count].offset + seal->entries[count].bytes <= (int64_t)body)
        count++;
    const int64_t all = seal->count;
    seal->count = count;
    seal->structure.bytes = (int64_t)body;
    fuzz_require(dlt_seal_measure(path, seal) == DLT_OK, "a file can be measured");
    for (int64_t i = 0; i < count; i++)
        seal->entries[i].checksum = seal->entries[i].found;
    seal->structure.checksum = seal->structure.found;
    fuzz_require(dlt_seal_append(path, seal) == DLT_OK, "a seal can be written");
    seal->count = all;
    return read_back(path, data, most);
}

/* The last line says how long the lines before it are, and their checksum. */
static void seal_lines(uint8_t *data, size_t size) {
    enum { FOOTER_BYTES = 49 };
    char footer[FOOTER_BYTES + 1];
    size_t lines = 0;
    if (size < FOOTER_BYTES)
        return;
    memcpy(footer, data + size - FOOTER_BYTES, FOOTER_BYTES);
    footer[FOOTER_BYTES] = '\0';
    if (sscanf(footer, "dltrain-seal-1 %16zx", &lines) != 1 || lines > size - FOOTER_BYTES)
        return;
    const uint8_t *first = data + size - FOOTER_BYTES - lines;
    snprintf(footer, sizeof footer, "dltrain-seal-1 %016zx %016llx\n", lines,
             (unsigned long long)dlt_seal_checksum(first, (int64_t)lines));
    memcpy(data + size - FOOTER_BYTES, footer, FOOTER_BYTES);
}

static size_t mutate_body(uint8_t *data, size_t size, size_t most, dlt_seal *seal) {
    size_t body = (size_t)seal->structure.bytes;
    size_t mutated = LLVMFuzzerMutate(data, body, most - (size - body));
    fuzz_seal_hdf5(data, mutated);
    return seal_again(data, mutated, most, seal);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    dlt_seal seal = {0};
    size_t mutated = 0;
    const char *path = fuzz_file("before.h5", data, size);
    if (seed % 8 > 1 && dlt_seal_read(path, &seal) == DLT_OK)
        mutated = mutate_body(data, size, most, &seal);
    dlt_seal_destroy(&seal);
    if (mutated > 0)
        return mutated;
    size = LLVMFuzzerMutate(data, size, most);
    if (seed % 8 == 1)
        seal_lines(data, size);
    else if (seed % 8 > 1)
        fuzz_seal_hdf5(data, size);
    return size;
}
