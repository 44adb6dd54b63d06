/* Usage: pty COLUMNS[,SECONDS,COLUMNS]... COMMAND ARGUMENT...
 * Runs a command on a terminal of its own that has so many columns, and other widths from so many
 * seconds on; copies what the command prints to stdout and ends with its exit code. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what) {
    perror(what);
    return 125;
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int set_columns(int terminal, long columns) {
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};
    return ioctl(terminal, TIOCSWINSZ, &size);
}

static int run_child(const char *name, char **command) {
    setsid();
    int terminal = open(name, O_RDWR);
    if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0)
        return fail("pty: cannot open the terminal");
    for (int i = 0; i < 3; i++)
        dup2(terminal, i);
    execvp(command[0], command);
    return fail("pty: cannot start the command");
}

/* Until all that share the command's terminal have closed it. `held`, a descriptor of that side,
 * keeps it open until the command has ended: before anybody has opened it a read would fail, too.
 */
static void copy_output(int master, char *widths, pid_t child, int held) {
    double began = now_s();
    char bytes[4096];
    for (;;) {
        char *columns = NULL;
        if (*widths == ',' && now_s() - began >= strtod(widths + 1, &columns))
            set_columns(master, strtol(columns + 1, &widths, 10));
        siginfo_t ended = {0};
        if (held >= 0 && waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            ended.si_pid == child) {
            close(held);
            held = -1;
        }
        struct pollfd ready = {.fd = master, .events = POLLIN};
        if (poll(&ready, 1, 20) <= 0)
            continue;
        ssize_t count = read(master, bytes, sizeof bytes);
        if (count <= 0)
            return;
        fwrite(bytes, 1, (size_t)count, stdout);
        fflush(stdout);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: pty COLUMNS[,SECONDS,COLUMNS]... COMMAND ARGUMENT...\n", stderr);
        return 125;
    }
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return fail("pty: cannot make a terminal");
    char *widths = argv[1];
    int held = open(ptsname(master), O_RDWR | O_NOCTTY);
    /* The terminal is closed with this program, so no other may hold its master. */
    if (held < 0 || fcntl(master, F_SETFD, FD_CLOEXEC) != 0 ||
        set_columns(master, strtol(widths, &widths, 10)) != 0)
        return fail("pty: cannot set the width");
    pid_t child = fork();
    if (child == 0) {
        close(held);
        _exit(run_child(ptsname(master), argv + 2));
    }
    copy_output(master, widths, child, held);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
