/* The rank looks for a tracer in /proc/self/status, so that neither a variable has to be set nor
 * symbols of the program are needed: `continue` in the debugger is enough. */
#include "hang_rank.h"

#include "cli_internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { HOST_BYTES = 256, LINE_BYTES = 256 };

static volatile sig_atomic_t continued;

static void on_continue(int number) {
    (void)number;
    continued = 1;
}

bool read_hang_rank(const char *text, option_list *overrides, int *rank) {
    *rank = NO_HANG_RANK;
    if (text == NULL)
        return true;
    char *end = NULL;
    errno = 0;
    long number = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
    if (end == NULL || *end != '\0' || errno != 0 || number > INT_MAX) {
        (void)report_usage("'--hang-rank' takes the number of a rank, found '%s'", text);
        return false;
    }
    if (overrides->count == OPTION_VALUES_MAX) {
        (void)report_usage("'--hang-rank' leaves room for %d times '--set'", OPTION_VALUES_MAX - 1);
        return false;
    }
    overrides->at[overrides->count++] = "train.watchdog_s=0";
    *rank = (int)number;
    return true;
}

/* The process that traces this one; 0: none, or the system does not say. */
static long tracer(void) {
    static const char key[] = "TracerPid:";
    char line[LINE_BYTES];
    long pid = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL)
        return 0;
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, key, sizeof key - 1) == 0)
            pid = strtol(line + sizeof key - 1, NULL, 10);
    (void)fclose(status);
    return pid;
}

/* Where the kernel lets only ancestors attach, as Ubuntu's does, the user's debugger may. */
static void permit_tracing(void) {
#ifdef PR_SET_PTRACER
    (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
#endif
}

static void wait_for_debugger(int rank, const volatile sig_atomic_t *stop) {
    const struct timespec briefly = {.tv_nsec = 100000000};
    const long tracer_before = tracer();
    const long pid = (long)getpid();
    char host[HOST_BYTES] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        snprintf(host, sizeof host, "this host");
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_continue;
    sigemptyset(&action.sa_mask);
    sigaction(SIGCONT, &action, NULL);
    permit_tracing();
    fprintf(stderr,
            "dltrain: rank %d waits for a debugger on %s: gdb -p %ld, then continue (or, without "
            "one, kill -CONT %ld)\n",
            rank, host, pid, pid);
    long seen = tracer_before;
    while (continued == 0 && *stop == 0 && (seen == 0 || seen == tracer_before)) {
        (void)nanosleep(&briefly, NULL);
        seen = tracer();
    }
    signal(SIGCONT, SIG_DFL);
}

int hang_rank(const dlt_comm *comm, int rank, const volatile sig_atomic_t *stop) {
    if (rank == NO_HANG_RANK)
        return EXIT_DONE;
    if (rank >= dlt_comm_size(comm))
        return report_usage("'--hang-rank' is %d, but the last of %d ranks is number %d", rank,
                            dlt_comm_size(comm), dlt_comm_size(comm) - 1);
    if (rank == dlt_comm_rank(comm))
        wait_for_debugger(rank, stop);
    return EXIT_DONE;
}
