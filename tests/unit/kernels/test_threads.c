/* Threads beside the one that calls the kernels, as Linux lists them. */
#include "fixture.h"

#include <dirent.h>
#include <stdio.h>

enum { SIZE = 384 };

/* Threads of this process; 0 where the system does not list them. */
static int count_tasks(void) {
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    if (tasks == NULL)
        return 0;
    for (struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks))
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* Products that the libraries share out among threads if they have several. */
static void work(const dlt_kernels *kernels) {
    dlt_real *a = fixture_normal(SIZE * SIZE, 1);
    dlt_real *c = fixture_zeros(SIZE * SIZE);
    kernels->gemm(false, false, SIZE, SIZE, SIZE, 1, a, SIZE, a, SIZE, 0, c, SIZE);
    kernels->gemm(false, true, 64, SIZE, SIZE, 1, a, SIZE, a, SIZE, 0, c, SIZE);
    dlt_free(c);
    dlt_free(a);
}

static void expect_tasks(int threads, int least) {
    for (int t = 0; t < FIXTURE_TABLES; t++) {
        dlt_kernels kernels;
        if (!fixture_select(fixture_tables[t], &kernels))
            continue;
        assert_int_equal(dlt_kernels_threads(fixture_tables[t], threads), DLT_OK);
        work(&kernels);
        assert_in_range(count_tasks(), least, threads);
    }
}

static void kernels_threads_of_one_starts_no_second(void **state) {
    (void)state;
    if (count_tasks() == 0)
        skip();
    expect_tasks(1, 1);
}

/* OpenMP's pool stays when it is no longer used, so this comes last. */
static void kernels_threads_starts_one_pool_at_most(void **state) {
    (void)state;
    if (count_tasks() == 0)
        skip();
    expect_tasks(3, 1);
    dlt_kernels kernels;
    assert_int_equal(dlt_kernels_select("blas", &kernels), DLT_OK);
    assert_int_equal(dlt_kernels_threads("blas", 3), DLT_OK);
    work(&kernels);
    assert_int_not_equal(count_tasks(), 1);
}

static void kernels_threads_refuses_zero(void **state) {
    (void)state;
    assert_int_equal(dlt_kernels_threads("auto", 0), DLT_ERR_ARG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_threads_refuses_zero),
        cmocka_unit_test(kernels_threads_of_one_starts_no_second),
        cmocka_unit_test(kernels_threads_starts_one_pool_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
