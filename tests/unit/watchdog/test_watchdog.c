#include "watchdog/watchdog.h"

#include "base/alloc.h"
#include "support/scratch.h"
#include "watchdog/rendezvous.h"

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

static int set_up(void **state) {
    (void)state;
    heard = (told){.mutex = PTHREAD_MUTEX_INITIALIZER};
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
    snprintf(out, bytes, "in phase %d", (int)atomic_load(&((dlt_heartbeat *)context)->phase));
}

/* While it sets up. */
static dlt_watchdog *watch_start(int rank, int size, double limit_s) {
    dlt_watchdog *watchdog = NULL;
    const dlt_watchdog_context context = {.folder = files.directory,
                                          .job = "a job",
                                          .rank = rank,
                                          .size = size,
                                          .limit_s = limit_s,
                                          .on_hang = hear};
    assert_int_equal(dlt_watchdog_create(&context, &watchdog), DLT_OK);
    return watchdog;
}

/* Between updates. */
static dlt_watchdog *watch_rank(int rank, int size, double limit_s) {
    dlt_watchdog *watchdog = watch_start(rank, size, limit_s);
    dlt_heartbeat *heartbeat = dlt_watchdog_heartbeat(watchdog);
    dlt_watchdog_ask(watchdog, describe, heartbeat);
    dlt_heartbeat_step(heartbeat, 41);
    dlt_heartbeat_phase(heartbeat, DLT_PHASE_BETWEEN);
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
    dlt_watchdog *watchdog = watch_rank(0, 1, 0.2);
    dlt_heartbeat_phase(dlt_watchdog_heartbeat(watchdog), DLT_PHASE_REDUCING);
    expect_told(1);
    dlt_watchdog_stop(&watchdog);
    assert_non_null(strstr(heard.report, "after update 41:"));
    assert_non_null(strstr(heard.report, "rank 0: in phase 3, for 0.2"));
}

static void train_watchdog_keeps_still_while_there_is_progress(void **state) {
    (void)state;
    dlt_watchdog *watchdog = watch_rank(0, 1, 1);
    for (int i = 0; i < 30; i++) {
        dlt_heartbeat_progress(dlt_watchdog_heartbeat(watchdog));
        sleep_ms(50);
    }
    assert_int_equal(count_told(), 0);
    dlt_watchdog_stop(&watchdog);
}

static void train_watchdog_is_patient_with_checkpoints(void **state) {
    (void)state;
    dlt_watchdog *watchdog = watch_rank(0, 1, 0.3);
    dlt_heartbeat_phase(dlt_watchdog_heartbeat(watchdog), DLT_PHASE_SAVING);
    sleep_ms(1000);
    assert_int_equal(count_told(), 0);
    dlt_heartbeat_phase(dlt_watchdog_heartbeat(watchdog), DLT_PHASE_BETWEEN);
    expect_told(1);
    dlt_watchdog_stop(&watchdog);
}

static void train_watchdog_knows_of_a_job_that_is_only_set_up(void **state) {
    (void)state;
    dlt_watchdog *watchdog = watch_start(0, 2, 0.05);
    dlt_heartbeat_doing(dlt_watchdog_heartbeat(watchdog), DLT_PHASE_SETTING_UP, "opening the data");
    expect_told(1);
    dlt_watchdog_stop(&watchdog);
    assert_null(strstr(heard.report, "update"));
    assert_non_null(strstr(heard.report, "rank 0: opening the data, for 0.5"));
    assert_non_null(strstr(heard.report, "rank 1: no answer"));
}

/* Rank 1 is at work far longer than rank 0 waits for it. */
static void train_watchdog_waits_for_a_rank_that_is_slower(void **state) {
    (void)state;
    dlt_watchdog *waits = watch_start(0, 2, 0.2);
    dlt_watchdog *works = watch_start(1, 2, 0.2);
    for (int i = 0; i < 100; i++) {
        dlt_heartbeat_progress(dlt_watchdog_heartbeat(works));
        sleep_ms(50);
    }
    assert_int_equal(count_told(), 0);
    expect_told(2);
    dlt_watchdog_stop(&waits);
    dlt_watchdog_stop(&works);
    assert_int_equal(heard.reports, 1);
}

/* As in a launcher that says nothing of its ranks. */
static void train_watchdog_reports_alone_without_a_rendezvous(void **state) {
    (void)state;
    dlt_watchdog *watchdog = watch_start(0, 0, 0.02);
    expect_told(1);
    dlt_watchdog_stop(&watchdog);
    assert_non_null(strstr(heard.report, "rank 0: starting MPI, for "));
    assert_int_equal(scratch_count(&files), 0);
}

/* Rank 0 is the one that does not answer. */
static void train_watchdog_merges_what_the_ranks_say_into_one_report(void **state) {
    (void)state;
    dlt_watchdog *watchdogs[RANKS_MOST] = {NULL};
    for (int rank = 1; rank < RANKS_MOST; rank++)
        watchdogs[rank] = watch_rank(rank, RANKS_MOST, 0.2);
    dlt_heartbeat_phase(dlt_watchdog_heartbeat(watchdogs[2]), DLT_PHASE_READING);
    expect_told(RANKS_MOST - 1);
    for (int rank = 1; rank < RANKS_MOST; rank++)
        dlt_watchdog_stop(&watchdogs[rank]);
    assert_int_equal(heard.reports, 1);
    assert_non_null(strstr(heard.report, "rank 0: no answer"));
    assert_non_null(strstr(heard.report, "rank 1: in phase 0"));
    assert_non_null(strstr(heard.report, "rank 2: in phase 1"));
}

/* The first rank of a later job clears up, but not what its own job has begun. */
static void train_rendezvous_of_an_earlier_job_is_cleaned_up(void **state) {
    (void)state;
    dlt_rendezvous earlier;
    dlt_rendezvous now;
    dlt_rendezvous_name(files.directory, "earlier", 0, 1, &earlier);
    dlt_rendezvous_name(files.directory, "now", 1, 2, &now);
    assert_int_equal(dlt_rendezvous_post(&earlier, "hung"), DLT_OK);
    assert_false(dlt_rendezvous_is_on(&now));
    assert_int_equal(dlt_rendezvous_post(&now, "waiting"), DLT_OK);
    dlt_rendezvous_clean_up(&now);
    assert_false(dlt_rendezvous_is_on(&earlier));
    assert_true(dlt_rendezvous_has_line(&now, 1));
    dlt_rendezvous_end(&now);
    assert_int_equal(scratch_count(&files), 0);
}

#define watchdog_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        watchdog_test(train_watchdog_reports_a_rank_that_finishes_nothing),
        watchdog_test(train_watchdog_keeps_still_while_there_is_progress),
        watchdog_test(train_watchdog_is_patient_with_checkpoints),
        watchdog_test(train_watchdog_knows_of_a_job_that_is_only_set_up),
        watchdog_test(train_watchdog_waits_for_a_rank_that_is_slower),
        watchdog_test(train_watchdog_reports_alone_without_a_rendezvous),
        watchdog_test(train_watchdog_merges_what_the_ranks_say_into_one_report),
        watchdog_test(train_rendezvous_of_an_earlier_job_is_cleaned_up),
    };
    return cmocka_run_group_tests_name("train_watchdog", tests, NULL, NULL);
}
