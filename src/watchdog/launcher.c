/* Processes are found by /proc: a rank has the variables of its launcher in its environment, and
 * what has started the outermost of them is the launcher. */
#include "watchdog/launcher.h"

#include "io/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const rank_names[] = {
    "OMPI_COMM_WORLD_RANK=", "PMIX_RANK=", "PMI_RANK=", "SLURM_PROCID="};
enum { RANK_NAMES = sizeof rank_names / sizeof rank_names[0] };

static bool is_rank_name(const char *entry) {
    for (int i = 0; i < RANK_NAMES; i++)
        if (strncmp(entry, rank_names[i], strlen(rank_names[i])) == 0)
            return true;
    return false;
}

/* Whether a process is a rank, or stands between a launcher and one, as a shell does. The
 * launcher's own environment lacks its ranks' variables, and that of a daemon of the system cannot
 * be read. A job inside of a Slurm step has Slurm's. */
static bool is_rank(long long pid) {
    static const char slurm[] = "SLURM_PROCID=";
    char path[64];
    char text[4096];
    bool found = false;
    bool at_start = true;
    bool nested = getenv("OMPI_COMM_WORLD_RANK") != NULL || getenv("PMI_RANK") != NULL;
    size_t used = 0;
    snprintf(path, sizeof path, "/proc/%lld/environ", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got;
    /* Only the beginning of each entry counts. */
    char entry[32] = "";
    while (!found && (got = read(fd, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < got && !found; i++) {
            if (text[i] == '\0') {
                used = 0;
                at_start = true;
            } else if (at_start && used < sizeof entry - 1) {
                entry[used++] = text[i];
                entry[used] = '\0';
                found =
                    text[i] == '=' && is_rank_name(entry) && !(nested && strcmp(entry, slurm) == 0);
                at_start = text[i] != '=';
            }
        }
    }
    close(fd);
    return found;
}

static bool is_launched(void) {
    for (int i = 0; i < RANK_NAMES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strlen(rank_names[i]) - 1, rank_names[i]);
        if (getenv(name) != NULL)
            return true;
    }
    return false;
}

dlt_launcher dlt_launcher_find(void) {
    dlt_launcher launcher = {.parent = (long long)getppid()};
    const char *named = getenv("DLTRAIN_GUARDIAN");
    long long guardian = named != NULL ? strtoll(named, NULL, 10) : 0;
    long long chain[DLT_LAUNCHER_PROCESSES];
    int length = 0;
    int launched = is_launched() ? 1 : 0;
    int guarded = 0;
    if (launched == 0)
        return launcher;
    for (long long pid = launcher.parent; pid > 1 && length < DLT_LAUNCHER_PROCESSES;) {
        long long parent = 0;
        chain[length] = pid;
        if (!dlt_process_look_up(pid, &parent, &launcher.started[length]))
            break;
        length++;
        if (launched == length && is_rank(pid))
            launched++;
        if (pid == guardian)
            guarded = length;
        pid = parent;
    }
    launcher.count = guarded > launched ? guarded : launched;
    if (launcher.count > length)
        launcher.count = length;
    memcpy(launcher.pid, chain, (size_t)launcher.count * sizeof *chain);
    return launcher;
}

bool dlt_launcher_is_gone(const dlt_launcher *launcher) {
    if (launcher->count > 0 && (long long)getppid() != launcher->parent)
        return true;
    for (int i = 0; i < launcher->count; i++) {
        dlt_process process = {.pid = launcher->pid[i], .started = launcher->started[i]};
        if (!dlt_process_is_alive(&process))
            return true;
    }
    return false;
}
