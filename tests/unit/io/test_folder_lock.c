#include "io/folder_lock.h"

#include "base/alloc.h"
#include "io/atomic_file.h"
#include "io/process.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
    scratch files;
    int64_t balance;
} fixture;

static fixture it;
static const dlt_folder_lock_patience brief = {.stale_s = 0.2};

static int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    return scratch_make(&it.files);
}

static int tear_down(void **state) {
    (void)state;
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

static void rest(double seconds) {
    const struct timespec time = {.tv_nsec = (long)(seconds * 1e9)};
    nanosleep(&time, NULL);
}

/* A child that takes the folder and dies in possession of it. */
static void die_with(const char *folder) {
    pid_t child = fork();
    if (child == 0) {
        dlt_folder_lock *lock = NULL;
        _exit(dlt_folder_lock_take(folder, &brief, &lock) == DLT_OK ? 0 : 1);
    }
    int result = 1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
}

static void write_lock(const char *path, const dlt_process *process) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_process_write(process, &text);
    scratch_write(path, dlt_text_of(&text), text.used);
    dlt_text_destroy(&text);
}

static dlt_status take_and_release(const char *folder) {
    dlt_folder_lock *lock = NULL;
    dlt_status status = dlt_folder_lock_take(folder, &brief, &lock);
    dlt_folder_lock_release(&lock);
    return status;
}

static void io_folder_lock_refuses_a_second_owner(void **state) {
    (void)state;
    dlt_folder_lock *lock = NULL;
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld on host", (long)getpid());
    assert_int_equal(dlt_folder_lock_take(it.files.directory, &brief, &lock), DLT_OK);
    assert_int_equal(take_and_release(it.files.directory), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), pid));
    assert_non_null(strstr(dlt_error_message(), "/.lock"));
    assert_int_equal(scratch_count(&it.files), 1);
    assert_int_equal(dlt_folder_lock_check(lock), DLT_OK);
    dlt_folder_lock_release(&lock);
    assert_int_equal(scratch_count(&it.files), 0);
    assert_int_equal(take_and_release(it.files.directory), DLT_OK);
}

static void io_folder_lock_removes_the_folders_that_it_made(void **state) {
    (void)state;
    const char *deep = scratch_path(&it.files, "a/b//c/");
    const char *kept = scratch_path(&it.files, "kept");
    assert_int_equal(take_and_release(deep), DLT_OK);
    assert_int_equal(scratch_count(&it.files), 0);
    assert_int_equal(mkdir(kept, 0777), 0);
    assert_int_equal(take_and_release(kept), DLT_OK);
    assert_int_equal(scratch_count(&it.files), 1);
}

static void io_folder_lock_is_taken_over_from_the_dead(void **state) {
    (void)state;
    die_with(it.files.directory);
    assert_int_equal(scratch_count(&it.files), 1);
    assert_int_equal(take_and_release(it.files.directory), DLT_OK);
    assert_int_equal(scratch_count(&it.files), 0);
}

/* This process has the number, but began at another time. */
static void io_folder_lock_knows_a_number_that_has_come_again(void **state) {
    (void)state;
    dlt_process other = dlt_process_self();
    if (other.started == 0)
        skip();
    write_lock(scratch_path(&it.files, ".lock"), &other);
    assert_int_equal(take_and_release(it.files.directory), DLT_ERR_ARG);
    other.started--;
    write_lock(scratch_path(&it.files, ".lock"), &other);
    assert_int_equal(take_and_release(it.files.directory), DLT_OK);
}

/* Machines that share a name, containers that share a kernel. */
static void io_folder_lock_waits_for_a_sign_of_life_from_elsewhere(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        dlt_process other = dlt_process_self();
        char *part = kind == 0 ? other.boot : other.space;
        if (kind < 2)
            strcpy(part, "another");
        else
            other.boot[0] = '\0';
        write_lock(scratch_path(&it.files, ".lock"), &other);
        pid_t child = fork();
        for (int i = 0; child == 0 && i < 25; i++) {
            /* Seconds differ: an owner is looked at again after its next beat only. */
            const struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};
            utimensat(AT_FDCWD, scratch_path(&it.files, ".lock"), times, 0);
            rest(0.02);
        }
        if (child == 0)
            _exit(0);
        assert_int_equal(take_and_release(it.files.directory), DLT_ERR_ARG);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(take_and_release(it.files.directory), DLT_OK);
    }
}

static void io_folder_lock_survives_files_that_are_no_records(void **state) {
    (void)state;
    static const char *const contents[] = {"", "host: a\n", "pid: 1\ntag: ../../etc/passwd\n",
                                           "\0\0\0\0", "no line at all"};
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        scratch_write(scratch_path(&it.files, ".lock"), contents[i], strlen(contents[i]));
        assert_int_equal(take_and_release(it.files.directory), DLT_OK);
        assert_int_equal(scratch_count(&it.files), 0);
    }
}

static void io_folder_lock_stops_waiting_for_a_signal(void **state) {
    (void)state;
    volatile sig_atomic_t stop = 1;
    const dlt_folder_lock_patience patient = {.stale_s = 4, .stop = &stop};
    dlt_folder_lock *lock = NULL;
    scratch_write(scratch_path(&it.files, ".lock"), "", 0);
    assert_int_equal(dlt_folder_lock_take(it.files.directory, &patient, &lock), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), "signal"));
}

static void io_folder_lock_check_sees_a_loss(void **state) {
    (void)state;
    dlt_folder_lock *lock = NULL;
    const char *path = scratch_path(&it.files, ".lock");
    assert_int_equal(dlt_folder_lock_take(it.files.directory, &brief, &lock), DLT_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(dlt_folder_lock_check(lock), DLT_ERR_IO);
    dlt_process other = dlt_process_self();
    write_lock(path, &other);
    assert_int_equal(dlt_folder_lock_check(lock), DLT_ERR_IO);
    dlt_folder_lock_release(&lock);
    assert_true(dlt_path_exists(path)); /* the other one's */
}

/* A claim on a dead owner, left by one who died amid taking over. */
static void io_folder_lock_takes_over_claims_of_the_dead(void **state) {
    (void)state;
    dlt_process dead = dlt_process_self();
    dlt_process claimant = dlt_process_self();
    char name[64];
    if (dead.started == 0)
        skip();
    dead.started--;
    claimant.started--;
    write_lock(scratch_path(&it.files, ".lock"), &dead);
    snprintf(name, sizeof name, ".lock.claim-%s", dead.tag);
    write_lock(scratch_path(&it.files, name), &claimant);
    assert_int_equal(take_and_release(it.files.directory), DLT_OK);
    assert_int_equal(scratch_count(&it.files), 0);
}

/* Children begin together; the winner holds the folder until all have tried. */
static int count_winners(const char *folder, const dlt_folder_lock_patience *patience) {
    enum { RIVALS = 6 };
    int start[2];
    int done[2];
    pid_t child[RIVALS];
    char byte = 0;
    int winners = 0;
    assert_int_equal(pipe(start), 0);
    assert_int_equal(pipe(done), 0);
    for (int i = 0; i < RIVALS; i++) {
        child[i] = fork();
        if (child[i] != 0)
            continue;
        dlt_folder_lock *lock = NULL;
        close(start[1]);
        close(done[1]);
        bool good = read(start[0], &byte, 1) == 0;
        bool won = good && dlt_folder_lock_take(folder, patience, &lock) == DLT_OK;
        if (won)
            good = read(done[0], &byte, 1) == 0;
        dlt_folder_lock_release(&lock);
        _exit(!good ? 2 : won ? 0 : 1);
    }
    close(start[1]);
    for (int left = RIVALS, result; left > 0; left--) {
        /* The last one that is left to wait for holds the folder. */
        if (left == 1)
            close(done[1]);
        assert_true(waitpid(-1, &result, 0) > 0);
        assert_true(WIFEXITED(result) && WEXITSTATUS(result) < 2);
        winners += WEXITSTATUS(result) == 0;
    }
    close(start[0]);
    close(done[0]);
    return winners;
}

static void io_folder_lock_has_one_winner_of_many(void **state) {
    (void)state;
    for (int round = 0; round < 15; round++) {
        assert_int_equal(count_winners(scratch_path(&it.files, "new"), &brief), 1);
        assert_int_equal(scratch_count(&it.files), 0);
    }
    assert_int_equal(scratch_count(&it.files), 0);
    for (int round = 0; round < 15; round++) {
        die_with(it.files.directory);
        assert_int_equal(count_winners(it.files.directory, &brief), 1);
        assert_int_equal(scratch_count(&it.files), 0);
    }
    /* Where nobody can tell at once that the owner is dead. */
    for (int round = 0; round < 3; round++) {
        scratch_write(scratch_path(&it.files, ".lock"), "", 0);
        assert_int_equal(count_winners(it.files.directory, &brief), 1);
        assert_int_equal(scratch_count(&it.files), 0);
    }
}

static void io_folder_lock_refuses_an_empty_name(void **state) {
    (void)state;
    dlt_folder_lock *lock = NULL;
    assert_int_equal(dlt_folder_lock_take("", &brief, &lock), DLT_ERR_ARG);
    assert_null(lock);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(io_folder_lock_refuses_a_second_owner),
        TEST(io_folder_lock_removes_the_folders_that_it_made),
        TEST(io_folder_lock_is_taken_over_from_the_dead),
        TEST(io_folder_lock_knows_a_number_that_has_come_again),
        TEST(io_folder_lock_waits_for_a_sign_of_life_from_elsewhere),
        TEST(io_folder_lock_survives_files_that_are_no_records),
        TEST(io_folder_lock_stops_waiting_for_a_signal),
        TEST(io_folder_lock_check_sees_a_loss),
        TEST(io_folder_lock_takes_over_claims_of_the_dead),
        TEST(io_folder_lock_has_one_winner_of_many),
        TEST(io_folder_lock_refuses_an_empty_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
