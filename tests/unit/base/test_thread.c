#include "base/thread.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The name that the system shows for a thread of its own; empty where it shows none. */
static void *read_own_name(void *name) {
    dlt_thread_name("dltrain-unit");
    FILE *file = fopen("/proc/thread-self/comm", "r");
    if (file != NULL) {
        (void)!fgets(name, 64, file);
        fclose(file);
    }
    return NULL;
}

static void thread_name_names_the_caller_alone(void **state) {
    (void)state;
    char name[64] = "";
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_own_name, name), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (name[0] == '\0')
        skip();
    assert_string_equal(name, "dltrain-unit\n");
    FILE *file = fopen("/proc/thread-self/comm", "r");
    assert_non_null(file);
    assert_non_null(fgets(name, sizeof name, file));
    fclose(file);
    assert_string_not_equal(name, "dltrain-unit\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(thread_name_names_the_caller_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
