/* Usage: test_long_epoch FOLDER [print]
 * An epoch of ten million samples, stopped in its middle and resumed: the memory of a rank does not
 * grow with the number of samples, and the resumed run is at its first update within a second. With
 * `print`, rank 0 says what was measured. */
#include "base/clock.h"
#include "comm/collectives.h"
#include "io/atomic_file.h"
#include "support/mpi_check.h"
#include "support/shard_file.h"
#include "train/observer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LONG = 10000000, SHORT = 100000, BATCH = 10000, PATH_BYTES = 1024 };

/* What is seen of a run by a rank; seconds since its beginning. */
typedef struct run_facts {
    double began_s;
    double began_cpu_s;
    double set_up_s;
    double first_update_s;
    double cpu_s;  /* of this process, until the first update was done */
    int64_t bytes; /* of memory held, when everything was set up */
    int64_t updates;
} run_facts;

static double process_cpu_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static dlt_status note_set_up(void *context, const dlt_task *task, dlt_train_state *state) {
    run_facts *facts = context;
    (void)task;
    (void)state;
    facts->set_up_s = dlt_clock_s() - facts->began_s;
    facts->bytes = dlt_alloc_bytes();
    return DLT_OK;
}

static void note_update(void *context, const dlt_step_result *step) {
    run_facts *facts = context;
    (void)step;
    if (facts->updates++ > 0)
        return;
    facts->first_update_s = dlt_clock_s() - facts->began_s;
    facts->cpu_s = process_cpu_s() - facts->began_cpu_s;
}

/* Of numbers that take 40 MB a column, so that they are not among the columns that are kept. The
 * file has a hole where they would lie. */
static dlt_status write_set(const char *path, int64_t samples) {
    dlt_h5_lock *h5_lock = NULL;
    dlt_h5_file *file = NULL;
    const dlt_shape shape = {.rank = 2, .dim = {samples, 1}};
    const dlt_h5_layout contiguous = {0};
    dlt_status status = dlt_h5_lock_create(&h5_lock);
    if (status == DLT_OK)
        status = dlt_h5_create(h5_lock, path, &file);
    for (int i = 0; i < 2 && status == DLT_OK; i++) {
        dlt_h5_dataset *dataset = NULL;
        const float last = 1;
        status = dlt_h5_dataset_create(file, i == 0 ? "x" : "y", DLT_H5_F32, &shape, &contiguous,
                                       &dataset);
        if (status == DLT_OK)
            status = dlt_h5_write_rows(dataset, samples - 1, 1, &last);
        dlt_h5_dataset_close(&dataset);
    }
    dlt_h5_close(&file);
    dlt_h5_lock_destroy(&h5_lock);
    return status;
}

static dlt_status write_run_file(const char *folder, const char *name, const char *keys) {
    char path[PATH_BYTES];
    char text[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s.yaml", folder, name);
    int length = snprintf(text, sizeof text,
                          "{name: %s, data: {train: %s/%s.h5%s}, model: [{dense: 1}], loss: mse, "
                          "train: {batch: %d}}\n",
                          name, folder, name, keys, (int)BATCH);
    return dlt_file_write(path, text, (size_t)length);
}

static dlt_status prepare(const char *folder, const char *name, int64_t samples, const char *keys) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s.h5", folder, name);
    DLT_TRY(dlt_directory_make(folder));
    DLT_TRY(write_set(path, samples));
    return write_run_file(folder, name, keys);
}

/* Takes updates up to `last_step`, from the start or from the checkpoint. */
static void run(mpi_check *it, const char *folder, const char *name, bool resume, int64_t last_step,
                run_facts *facts) {
    char path[PATH_BYTES];
    char out[PATH_BYTES];
    dlt_run *loaded = NULL;
    dlt_train_result result;
    snprintf(path, sizeof path, "%s/%s.yaml", folder, name);
    snprintf(out, sizeof out, "%s/%s-run", folder, name);
    CHECK(it, dlt_run_load(path, NULL, 0, &loaded) == DLT_OK);
    CHECK(it, dlt_barrier(it->comm) == DLT_OK);
    *facts = (run_facts){.began_s = dlt_clock_s(), .began_cpu_s = process_cpu_s()};
    const dlt_observer observer = {.context = facts,
                                   .last_step = last_step,
                                   .begin = note_set_up,
                                   .after_update = note_update};
    const dlt_train_options options = {.out = out, .resume = resume, .overwrite = !resume};
    CHECK(it, dlt_train_observed(it->comm, loaded, &options, &observer, &result) == DLT_OK);
    CHECK(it, result.steps == last_step);
    dlt_run_destroy(&loaded);
}

/* Processor time counts, which others on the machine do not lengthen. */
static void check_resume(mpi_check *it, const char *folder, const char *name, bool print) {
    const int64_t middle = LONG / BATCH / 2;
    run_facts fresh;
    run_facts resumed;
    run(it, folder, name, false, middle, &fresh);
    run(it, folder, name, true, middle + 1, &resumed);
    CHECK(it, resumed.updates == 1);
    CHECK(it, resumed.cpu_s < 1);
    double most[3] = {resumed.set_up_s, resumed.first_update_s, resumed.cpu_s};
    for (int i = 0; i < 3; i++)
        CHECK(it, dlt_max_real(it->comm, most[i], &most[i]) == DLT_OK);
    if (print && it->rank == 0)
        printf("%s, %d ranks: set up after %.3f s, first update after %.3f s, %.3f s of processor "
               "time\n",
               name, it->size, most[0], most[1], most[2]);
}

static void check_memory(mpi_check *it, const char *folder, bool print) {
    run_facts few;
    run_facts many;
    run(it, folder, "short", false, 1, &few);
    run(it, folder, "long", false, 1, &many);
    CHECK(it, many.bytes - few.bytes < 1 << 20);
    if (print && it->rank == 0)
        printf("memory of %d samples less that of %d: %lld bytes\n", LONG, SHORT,
               (long long)(many.bytes - few.bytes));
}

int main(int argc, char **argv) {
    mpi_check it;
    if (argc < 2 || mpi_check_start(&it, &argc, &argv) != 0)
        return 1;
    const char *folder = argv[1];
    bool print = argc > 2 && strcmp(argv[2], "print") == 0;
    dlt_status status = DLT_OK;
    if (it.rank == 0)
        status = prepare(folder, "short", SHORT, "");
    if (it.rank == 0 && status == DLT_OK)
        status = prepare(folder, "long", LONG, "");
    if (it.rank == 0 && status == DLT_OK)
        status = prepare(folder, "split", LONG, ", validation: 0.1");
    CHECK(&it, dlt_agree_first(it.comm, status) == DLT_OK);
    check_memory(&it, folder, print);
    check_resume(&it, folder, "split", print);
    return mpi_check_finish(&it);
}
