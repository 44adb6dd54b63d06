/* Identifies a process by the kernel's boot id, PID namespace, PID and start time, because a PID
 * may be reused and machines may share a host name. Linux supplies them in /proc; macOS supplies
 * only a boot session. A field that cannot be read stays empty. Without a start time, kill(pid, 0)
 * and the state decide whether the process lives. */
#include "io/process.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

/* The beginning of a small file of the kernel's; "" where there is none. */
static void read_line_of(const char *path, char *out, size_t bytes) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, out, bytes - 1) : -1;
    if (fd >= 0)
        close(fd);
    out[got > 0 ? got : 0] = '\0';
}

static void find_boot(char *out, size_t bytes) {
#ifdef __APPLE__
    size_t length = bytes;
    if (sysctlbyname("kern.bootsessionuuid", out, &length, NULL, 0) != 0)
        out[0] = '\0';
#else
    read_line_of("/proc/sys/kernel/random/boot_id", out, bytes);
#endif
    out[strcspn(out, "\n")] = '\0';
}

/* State, parent and start time, as proc(5) has them behind the name, which may hold anything. '?'
 * where there is no /proc. */
static char look_up(long long pid, long long *parent, long long *started) {
    enum { BETWEEN = 18 }; /* fields between state and start time */
    char path[64];
    char line[1024];
    *parent = 0;
    *started = 0;
    snprintf(path, sizeof path, "/proc/%lld/stat", pid);
    read_line_of(path, line, sizeof line);
    const char *at = strrchr(line, ')');
    if (at == NULL || at[1] != ' ' || at[2] == '\0')
        return '?';
    char state = at[2];
    at += 3;
    *parent = strtoll(at, NULL, 10);
    for (int i = 0; i < BETWEEN && at != NULL; i++)
        at = strchr(at + 1, ' ');
    if (at != NULL)
        *started = strtoll(at, NULL, 10);
    return state;
}

bool dlt_process_look_up(long long pid, long long *parent, long long *started) {
    char state = look_up(pid, parent, started);
    return state != '?' && state != 'Z' && state != 'X';
}

static void find_job(char *out, size_t bytes) {
    static const char *const names[][2] = {{"SLURM_JOB_ID", "Slurm"},
                                           {"PBS_JOBID", "PBS"},
                                           {"LSB_JOBID", "LSF"},
                                           {"JOB_ID", "Grid Engine"}};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *job = getenv(names[i][0]);
        if (job == NULL || job[0] == '\0')
            continue;
        snprintf(out, bytes, "%s job %s", names[i][1], job);
        break;
    }
    for (char *c = out; *c != '\0'; c++)
        *c = *c == '\n' ? ' ' : *c;
}

dlt_process dlt_process_self(void) {
    dlt_process self;
    memset(&self, 0, sizeof self); /* also what pads it, for the tag */
    struct timespec now = {0};
    struct tm utc = {0};
    if (gethostname(self.host, sizeof self.host - 1) != 0)
        self.host[0] = '\0';
    find_boot(self.boot, sizeof self.boot);
    ssize_t length = readlink("/proc/self/ns/pid", self.space, sizeof self.space - 1);
    self.space[length > 0 ? length : 0] = '\0';
    find_job(self.job, sizeof self.job);
    self.pid = (long long)getpid();
    long long parent;
    (void)look_up(self.pid, &parent, &self.started);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(self.since, sizeof self.since, "%Y-%m-%d %H:%M:%S UTC", &utc);
    uint64_t hash = dlt_hash(0, &self, sizeof self);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    dlt_hash_format(dlt_hash(hash, &now, sizeof now), self.tag);
    return self;
}

void dlt_process_write(const dlt_process *process, dlt_text *out) {
    dlt_text_add(out, "host: %s\nboot: %s\nspace: %s\njob: %s\nsince: %s\ntag: %s\n", process->host,
                 process->boot, process->space, process->job, process->since, process->tag);
    dlt_text_add(out, "pid: %lld\nstarted: %lld\n", process->pid, process->started);
}

/* Copies the value of a line "key: value"; false if there is no such line or it is too long. */
static bool find_value(const char *text, const char *key, char *out, size_t bytes) {
    size_t length = strlen(key);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) != 0 || strncmp(line + length, ": ", 2) != 0)
            continue;
        const char *value = line + length + 2;
        const char *end = strchr(value, '\n');
        if (end == NULL || (size_t)(end - value) >= bytes)
            return false;
        memcpy(out, value, (size_t)(end - value));
        out[end - value] = '\0';
        return true;
    }
    return false;
}

bool dlt_process_read(const char *text, dlt_process *out) {
    char pid[24];
    char started[24];
    *out = (dlt_process){0};
    if (!find_value(text, "host", out->host, sizeof out->host) ||
        !find_value(text, "boot", out->boot, sizeof out->boot) ||
        !find_value(text, "space", out->space, sizeof out->space) ||
        !find_value(text, "job", out->job, sizeof out->job) ||
        !find_value(text, "since", out->since, sizeof out->since) ||
        !find_value(text, "tag", out->tag, sizeof out->tag) ||
        !find_value(text, "pid", pid, sizeof pid) ||
        !find_value(text, "started", started, sizeof started))
        return false;
    out->pid = strtoll(pid, NULL, 10);
    out->started = strtoll(started, NULL, 10);
    /* The tag becomes a part of file names. */
    return out->pid > 0 && strspn(out->tag, "0123456789abcdef") == sizeof out->tag - 1;
}

/* By the kernel's own number: a name as localhost may be that of many machines. */
bool dlt_process_same_machine(const dlt_process *a, const dlt_process *b) {
    return a->boot[0] != '\0' && strcmp(a->boot, b->boot) == 0 && strcmp(a->space, b->space) == 0;
}

bool dlt_process_is_alive(const dlt_process *process) {
    if (kill((pid_t)process->pid, 0) != 0 && errno == ESRCH)
        return false;
    long long parent;
    long long started;
    char state = look_up(process->pid, &parent, &started);
    if (state == 'Z' || state == 'X')
        return false;
    return started == 0 || process->started == 0 || started == process->started;
}

const char *dlt_process_describe(const dlt_process *process, char *out, size_t bytes) {
    snprintf(out, bytes, "process %lld on host %s%s%s, since %s", process->pid, process->host,
             process->job[0] != '\0' ? ", " : "", process->job, process->since);
    return out;
}
