/* OpenBLAS chooses its kernels when it is loaded, so each case is a process of its own, started
 * with the environment. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_SETTLED = 10, EXIT_TOO_LOW = 11, EXIT_FAILED = 12, EXIT_OTHER = 13, EXIT_CHANGED = 14 };

static bool is_same(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The program under test: lets the table `blas` be chosen, as whoever uses the library does, then
 * tells by its exit code what OpenBLAS has. `expected` names a core, or is "" for any that is not
 * too low. */
static int settle(const char *expected) {
    const char *better;
    dlt_kernels kernels;
    char before[64] = "";
    const char *set = getenv("OPENBLAS_CORETYPE");
    if (set != NULL)
        snprintf(before, sizeof before, "%s", set);
    dlt_status status = dlt_kernels_select("blas", &kernels);
    if (!is_same(getenv("OPENBLAS_CORETYPE"), set == NULL ? NULL : before))
        return EXIT_CHANGED;
    if (status != DLT_OK)
        return EXIT_FAILED;
    if (expected[0] != '\0')
        return strcasecmp(dlt_blas_core_name(), expected) == 0 ? EXIT_SETTLED : EXIT_OTHER;
    return dlt_blas_core_too_low(&better) ? EXIT_TOO_LOW : EXIT_SETTLED;
}

static int run_settle(const char *coretype, const char *entry, const char *expected) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        unsetenv("OPENBLAS_CORETYPE");
        if (coretype != NULL)
            setenv("OPENBLAS_CORETYPE", coretype, 1);
        setenv("DLTRAIN_BLAS_CORE", entry, 1);
        execl("/proc/self/exe", "test_settle", "settle", expected, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void kernels_settle_raises_a_core_that_is_too_low(void **state) {
    (void)state;
    assert_int_equal(run_settle("Prescott", "", ""), EXIT_SETTLED);
    assert_int_equal(run_settle("nehalem", "", ""), EXIT_SETTLED);
    assert_int_equal(run_settle("Abacus", "", ""), EXIT_SETTLED);
    assert_int_equal(run_settle("", "", ""), EXIT_SETTLED);
    assert_int_equal(run_settle(NULL, "", ""), EXIT_SETTLED);
}

static void kernels_settle_leaves_a_fitting_core(void **state) {
    (void)state;
    const char *better;
    (void)dlt_blas_core_too_low(&better);
    if (better == NULL)
        skip();
    assert_int_equal(run_settle(better, "", better), EXIT_SETTLED);
}

static void kernels_settle_takes_the_users_choice_though_low(void **state) {
    (void)state;
    assert_int_equal(run_settle(NULL, "Nehalem", "Nehalem"), EXIT_SETTLED);
    assert_int_equal(run_settle("Prescott", "nehalem", "Nehalem"), EXIT_SETTLED);
    assert_int_equal(run_settle("Nehalem", "Nehalem", "Nehalem"), EXIT_SETTLED);
}

static void kernels_settle_refuses_an_unknown_choice(void **state) {
    (void)state;
    assert_int_equal(run_settle(NULL, "Abacus", ""), EXIT_FAILED);
    assert_int_equal(run_settle("Prescott", "Abacus", ""), EXIT_FAILED);
    assert_int_equal(run_settle(NULL, "SkylakeX AVX", ""), EXIT_FAILED);
}

/* A product between two choices is not spoilt by the second, and products of equal kernels have
 * equal bits. */
static void kernels_settle_gives_the_bits_of_the_choice(void **state) {
    (void)state;
    enum { SIZE = 96 };
    dlt_kernels kernels;
    dlt_real *a = fixture_normal(SIZE * SIZE, 1);
    dlt_real *first = fixture_zeros(SIZE * SIZE);
    dlt_real *second = fixture_zeros(SIZE * SIZE);
    const char *const cores[] = {"Nehalem", "Prescott", "Nehalem"};
    for (int i = 0; i < 3; i++) {
        setenv("DLTRAIN_BLAS_CORE", cores[i], 1);
        assert_int_equal(dlt_kernels_select("blas", &kernels), DLT_OK);
        assert_int_equal(strcasecmp(dlt_blas_core_name(), cores[i]), 0);
        kernels.gemm(false, false, SIZE, SIZE, SIZE, 1, a, SIZE, a, SIZE, 0,
                     i == 0 ? first : second, SIZE);
    }
    unsetenv("DLTRAIN_BLAS_CORE");
    assert_memory_equal(first, second, SIZE * SIZE * sizeof *first);
    dlt_free(second);
    dlt_free(first);
    dlt_free(a);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "settle") == 0)
        return settle(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_settle_raises_a_core_that_is_too_low),
        cmocka_unit_test(kernels_settle_leaves_a_fitting_core),
        cmocka_unit_test(kernels_settle_takes_the_users_choice_though_low),
        cmocka_unit_test(kernels_settle_refuses_an_unknown_choice),
        cmocka_unit_test(kernels_settle_gives_the_bits_of_the_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
