#include "train/watchdog.h"

#include "base/alloc.h"
#include "support/scratch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

enum { RANKS_MOST = 3, REPORT_BYTES = 1024 };

/* What the handlers of one job's ranks were told; each rank has a thread of this process. */
typedef struct told {
    pthread_mutex_t mutex;
    int reports; /* not NULL */
    int silent;  /* NULL: end without a word */
    char report[REPORT_BYTES];
} told;

static told heard;
static scratch files;
static dlt_marks marks[RANKS_MOST];

static int set_up(void **state) {
    (void)state;
    heard = (told){.mutex = PTHREAD_MUTEX_INITIALIZER};
    memset(marks, 0, sizeof marks);
    return scratch_make(&files);
}

static int tear_down(void **state) {
    (void)state;
    return scratch_remove(&files) != 0 || dlt_alloc_balance() != 0;
}

static void hear(void *context, const char *report) {
    (void)context;
    pthread_mutex_lock(&heard.mutex);
    if (report != NULL) {
        heard.reports++;
        snprintf(heard.report, sizeof heard.report, "%s", report);
    } else {
        heard.silent++;
    }
    pthread_mutex_unlock(&heard.mutex);
}

static int count_told(void) {
    pthread_mutex_lock(&heard.mutex);
    int count = heard.reports + heard.silent;
    pthread_mutex_unlock(&heard.mutex);
    return count;
}

static void describe(void *context, char *out, size_t bytes) {
    snprintf(out, bytes, "in phase %d", (int)atomic_load(&((dlt_marks *)context)->phase));
}

static dlt_watchdog *watch_rank(int rank, int size, double limit_s) {
    dlt_watchdog *watchdog = NULL;
    const dlt_watchdog_options options = {.folder = files.directory,
                                          .rank = rank,
                                          .size = size,
                                          .limit_s = limit_s,
                                          .marks = &marks[rank],
                                          .describe = describe,
                                          .describe_context = &marks[rank],
                                          .on_hang = hear};
    assert_int_equal(dlt_watchdog_create(&options, &watchdog), DLT_OK);
    return watchdog;
}

static void sleep_ms(long ms) {
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Waits for a number of handler calls, far longer than they need. */
static void expect_told(int count) {
    for (int i = 0; i < 1000 && count_told() < count; i++)
        sleep_ms(20);
    assert_int_equal(count_told(), count);
}

static void train_watchdog_reports_a_rank_that_finishes_nothing(void **state) {
    (void)state;
    dlt_mark_step(&marks[0], 41);
    dlt_mark_phase(&marks[0], DLT_PHASE_REDUCING);
    dlt_watchdog *watchdog = watch_rank(0, 1, 0.2);
    expect_told(1);
    dlt_watchdog_destroy(&watchdog);
    assert_non_null(strstr(heard.report, "after update 41:"));
    assert_non_null(strstr(heard.report, "rank 0: in phase 3"));
}

static void train_watchdog_keeps_still_while_there_is_progress(void **state) {
    (void)state;
    dlt_watchdog *watchdog = watch_rank(0, 1, 1);
    for (int i = 0; i < 30; i++) {
        dlt_mark_progress(&marks[0]);
        sleep_ms(50);
    }
    assert_int_equal(count_told(), 0);
    dlt_watchdog_destroy(&watchdog);
}

static void train_watchdog_is_patient_with_checkpoints(void **state) {
    (void)state;
    dlt_mark_phase(&marks[0], DLT_PHASE_SAVING);
    dlt_watchdog *watchdog = watch_rank(0, 1, 0.3);
    sleep_ms(1000);
    assert_int_equal(count_told(), 0);
    dlt_mark_phase(&marks[0], DLT_PHASE_BETWEEN);
    expect_told(1);
    dlt_watchdog_destroy(&watchdog);
}

/* Rank 0 is the one that does not answer. */
static void train_watchdog_merges_what_the_ranks_say_into_one_report(void **state) {
    (void)state;
    dlt_watchdog *watchdogs[RANKS_MOST] = {NULL};
    dlt_mark_phase(&marks[2], DLT_PHASE_READING);
    for (int rank = 1; rank < RANKS_MOST; rank++)
        watchdogs[rank] = watch_rank(rank, RANKS_MOST, 0.2);
    expect_told(RANKS_MOST - 1);
    for (int rank = 1; rank < RANKS_MOST; rank++)
        dlt_watchdog_destroy(&watchdogs[rank]);
    assert_int_equal(heard.reports, 1);
    assert_non_null(strstr(heard.report, "rank 0: no answer"));
    assert_non_null(strstr(heard.report, "rank 1: in phase 0"));
    assert_non_null(strstr(heard.report, "rank 2: in phase 1"));
    dlt_watchdog_clear(files.directory);
    assert_int_equal(scratch_count(&files), 0);
}

#define watchdog_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        watchdog_test(train_watchdog_reports_a_rank_that_finishes_nothing),
        watchdog_test(train_watchdog_keeps_still_while_there_is_progress),
        watchdog_test(train_watchdog_is_patient_with_checkpoints),
        watchdog_test(train_watchdog_merges_what_the_ranks_say_into_one_report),
    };
    return cmocka_run_group_tests_name("train_watchdog", tests, NULL, NULL);
}
