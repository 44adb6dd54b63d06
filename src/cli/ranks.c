/* Handles signals, reports failures of ranks, and ends ranks that hang. The handler only stores the
 * signal's number; training and inference poll it. A function in .preinit_array notes which signals
 * nohup ignores, before the constructors of libraries change that. end_hung_job runs while the
 * other threads stand still, so it avoids stdio, whose lock one of them may hold. */
#include "ranks.h"

#include "cli_internal.h"
#include "dltrain/progress.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

/* nohup ignores SIGHUP, and others SIGQUIT. What was ignored is seen before the constructors of the
 * libraries run, because UCX, with which Open MPI 5 comes, puts a handler of its own there. */
static bool hangup_is_ignored;
static bool quit_is_ignored;

static bool is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void note_ignored(void) {
    hangup_is_ignored = is_ignored(SIGHUP);
    quit_is_ignored = is_ignored(SIGQUIT);
}

#ifdef __linux__
__attribute__((section(".preinit_array"), used)) static void (*const at_start)(void) = note_ignored;
#else
__attribute__((constructor)) static void at_start(void) {
    note_ignored();
}
#endif

static void on_signal(int number) {
    /* The second Ctrl-C means it. */
    if (number == SIGINT && caught == SIGINT)
        signal(SIGINT, SIG_DFL);
    if (number == SIGINT && caught == SIGINT)
        (void)raise(SIGINT); /* delivered when this handler returns */
    caught = number;
}

const volatile sig_atomic_t *catch_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGQUIT};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        bool stays_ignored = (numbers[i] == SIGHUP && hangup_is_ignored) ||
                             (numbers[i] == SIGQUIT && quit_is_ignored);
        if (stays_ignored)
            signal(numbers[i], SIG_IGN);
        else
            sigaction(numbers[i], &action, NULL);
    }
    /* An output that nobody reads any more is found out where it is written. */
    signal(SIGPIPE, SIG_IGN);
    return &caught;
}

void stop_orphaned_rank(void *context) {
    (void)context;
    caught = SIGHUP;
}

/* Called while this rank's other threads stand still: nothing but the message, and the end. */
void end_hung_job(void *context, const char *report) {
    (void)context;
    char line[8192];
    /* Not by stdio, whose lock the thread that hangs may hold. */
    int length = report != NULL ? snprintf(line, sizeof line, "dltrain: %s\n", report) : 0;
    if (length > 0 && write(STDERR_FILENO, line, strlen(line)) < 0)
        _exit(EXIT_HUNG);
    _exit(EXIT_HUNG);
}

int report_agreed_failure(const dlt_comm *comm) {
    return dlt_comm_rank(comm) == 0 ? report_failure() : EXIT_FAILED;
}

int report_start_failure(void) {
    return is_first_process() ? report_failure() : EXIT_FAILED;
}

int end_start_failure(dlt_comm **comm) {
    int code = report_start_failure();
    dlt_comm_finish(comm);
    return code;
}

bool shows_on_terminal(void) {
    return dlt_is_terminal(stdout);
}
