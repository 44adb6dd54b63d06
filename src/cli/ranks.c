#include "ranks.h"

#include "cli_internal.h"
#include "dltrain/progress.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void on_signal(int number) {
    /* The second Ctrl-C means it. */
    if (number == SIGINT && caught == SIGINT)
        signal(SIGINT, SIG_DFL);
    caught = number;
}

const volatile sig_atomic_t *catch_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGQUIT};
    struct sigaction before;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        /* nohup means what it says. */
        bool may_be_ignored = numbers[i] == SIGHUP || numbers[i] == SIGQUIT;
        if (may_be_ignored && sigaction(numbers[i], NULL, &before) == 0 &&
            before.sa_handler == SIG_IGN)
            continue;
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
