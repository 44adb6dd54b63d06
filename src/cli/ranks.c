#include "ranks.h"

#include "cli_internal.h"

#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t caught;

static void on_signal(int number) {
    /* The second Ctrl-C means it. */
    if (number == SIGINT && caught == SIGINT)
        signal(SIGINT, SIG_DFL);
    caught = number;
}

const volatile sig_atomic_t *catch_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
    return &caught;
}

int report_agreed_failure(const dlt_comm *comm) {
    return dlt_comm_rank(comm) == 0 ? report_failure() : EXIT_FAILED;
}
