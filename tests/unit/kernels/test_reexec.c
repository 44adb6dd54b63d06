#include "fixture.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_SETTLED = 10, EXIT_TOO_LOW = 11, EXIT_FAILED = 12, EXIT_OTHER = 13 };

/* What the program under test is: settles OpenBLAS, then tells by its exit code what it has.
 * `expected` names a core, or is "" for any that is not too low. */
static int settle(char **argv, const char *expected) {
    const char *better;
    if (dlt_kernels_reexec(argv) != DLT_OK)
        return EXIT_FAILED;
    if (expected[0] != '\0')
        return strcasecmp(dlt_blas_core_name(), expected) == 0 ? EXIT_SETTLED : EXIT_OTHER;
    return dlt_blas_core_too_low(&better) ? EXIT_TOO_LOW : EXIT_SETTLED;
}

static int run_settle(const char *coretype, const char *choice, const char *expected) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        unsetenv("DLTRAIN_RESTARTED");
        setenv("OPENBLAS_CORETYPE", coretype, 1);
        setenv("DLTRAIN_BLAS_CORE", choice, 1);
        execl("/proc/self/exe", "test_reexec", "settle", expected, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void kernels_reexec_raises_a_core_that_is_too_low(void **state) {
    (void)state;
    assert_int_equal(run_settle("Prescott", "", ""), EXIT_SETTLED);
}

static void kernels_reexec_leaves_a_fitting_core(void **state) {
    (void)state;
    const char *better;
    (void)dlt_blas_core_too_low(&better);
    if (better == NULL)
        skip();
    assert_int_equal(run_settle(better, "", better), EXIT_SETTLED);
}

static void kernels_reexec_takes_the_users_choice_though_low(void **state) {
    (void)state;
    assert_int_equal(run_settle("", "Nehalem", "Nehalem"), EXIT_SETTLED);
}

static void kernels_reexec_names_an_unknown_choice(void **state) {
    (void)state;
    assert_int_equal(run_settle("", "Abacus", ""), EXIT_FAILED);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "settle") == 0)
        return settle(argv, argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_reexec_raises_a_core_that_is_too_low),
        cmocka_unit_test(kernels_reexec_leaves_a_fitting_core),
        cmocka_unit_test(kernels_reexec_takes_the_users_choice_though_low),
        cmocka_unit_test(kernels_reexec_names_an_unknown_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
