/* A library to be preloaded: one call of one process fails, falls short, or sends it a signal.
 *
 *   FAULT_CALL which calls, with commas between them: open, rename, write, fsync, truncate, unlink,
 *   read, alloc
 *                   (of dltrain's own memory), finalize (MPI's end; only for signals, and before
 *                   it), time (no call, but a moment: see below)
 *   FAULT_PATH part of the path (rename: of the new one); of the open file for write, fsync and
 *   read
 *   FAULT_RANK      the rank it happens on; every one if not set
 *   FAULT_NTH the how manieth such call, 1 if not set; "all": each one; "5+": the fifth and all
 *   after it; "0": none
 *   FAULT_ERRNO     the error it then gives, as a number; or
 *   FAULT_SIGNAL    the signal raised after the call, which is left to succeed
 *   FAULT_HALF if set, half of the bytes of a write are written first: before the signal, or as all
 *   that the call
 *                   does; where there is an error the calls after it meet that
 *   FAULT_FLIP      if set, a write gets through with one bit the other way round
 *   FAULT_ONCE a file that is made when the fault strikes; where it is there at the start nothing
 *   happens
 *   FAULT_LOG a file to which each call that counts adds a line: its number, the rank, the call,
 *   the path
 *
 * FAULT_CALL=time raises FAULT_SIGNAL FAULT_AFTER_MS after the start of the process, or after the
 * file FAULT_AFTER_FILE is there and not empty; and SIGCONT FAULT_PAUSE_MS after that.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static atomic_int matches;
static atomic_int strikes_done;

static int number_in(const char *variable) {
    const char *number = getenv(variable);
    return number != NULL ? atoi(number) : 0;
}

static const char *own_rank(void) {
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    return rank != NULL ? rank : "0";
}

static bool is_other_rank(void) {
    const char *wanted = getenv("FAULT_RANK");
    return wanted != NULL && strcmp(wanted, own_rank()) != 0;
}

/* True if FAULT_CALL lists the call. */
static bool is_wanted(const char *call) {
    const char *rest = getenv("FAULT_CALL");
    size_t length = strlen(call);
    while (rest != NULL) {
        if (strncmp(rest, call, length) == 0 && (rest[length] == ',' || rest[length] == '\0'))
            return true;
        rest = strchr(rest, ',');
        rest = rest != NULL ? rest + 1 : NULL;
    }
    return false;
}

/* By system calls, which this library does not stand in for. */
static void log_call(int number, const char *call, const char *path) {
    char line[PATH_BYTES + 64];
    const char *log = getenv("FAULT_LOG");
    if (log == NULL)
        return;
    int fd = (int)syscall(SYS_open, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int length = snprintf(line, sizeof line, "%d %s %s %s\n", number, own_rank(), call, path);
    if (fd >= 0 && length > 0)
        syscall(SYS_write, fd, line, (size_t)length);
    syscall(SYS_close, fd);
}

/* False if another process has struck before. */
static bool may_strike(void) {
    const char *once = getenv("FAULT_ONCE");
    bool first = atomic_fetch_add(&strikes_done, 1) == 0;
    if (once == NULL || !first)
        return true;
    int fd = (int)syscall(SYS_open, once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        unsetenv("FAULT_CALL");
    else
        syscall(SYS_close, fd);
    return fd >= 0;
}

static bool is_the_one(int number) {
    const char *nth = getenv("FAULT_NTH");
    if (nth != NULL && strchr(nth, '+') != NULL)
        return number >= atoi(nth);
    return nth == NULL ? number == 1 : strcmp(nth, "all") == 0 || number == atoi(nth);
}

/* True if this call is the one. */
static bool strikes(const char *call, const char *path) {
    if (!is_wanted(call) || path == NULL || is_other_rank())
        return false;
    const char *part = getenv("FAULT_PATH");
    if (part != NULL && strstr(path, part) == NULL)
        return false;
    int number = atomic_fetch_add(&matches, 1) + 1;
    log_call(number, call, path);
    return is_the_one(number) && may_strike();
}

/* True if the call fails, with errno set. */
static bool fails(void) {
    const char *number = getenv("FAULT_ERRNO");
    if (number == NULL)
        return false;
    errno = atoi(number);
    return true;
}

static void raise_signal(void) {
    const char *number = getenv("FAULT_SIGNAL");
    if (number != NULL)
        kill(getpid(), atoi(number)); /* not raise: some threads leave signals to others */
}

static void *next(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

static const char *path_of(int fd, char path[PATH_BYTES]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_BYTES - 1);
    if (length < 0)
        return NULL;
    path[length] = '\0';
    return path;
}

typedef int open_function(const char *path, int flags, ...);
typedef FILE *fopen_function(const char *path, const char *mode);
typedef size_t fwrite_function(const void *data, size_t size, size_t count, FILE *file);
typedef int rename_function(const char *from, const char *to);
typedef ssize_t write_function(int fd, const void *data, size_t bytes);
typedef ssize_t pwrite_function(int fd, const void *data, size_t bytes, off_t at);
typedef ssize_t read_function(int fd, void *data, size_t bytes);
typedef ssize_t pread_function(int fd, void *data, size_t bytes, off_t at);
typedef int descriptor_function(int fd);
typedef int ftruncate_function(int fd, off_t bytes);
typedef int truncate_function(const char *path, off_t bytes);
typedef int unlink_function(const char *path);
typedef void *alloc_function(size_t alignment, size_t bytes);
typedef int finalize_function(void);

static int open_by(const char *name, const char *path, int flags, mode_t mode) {
    bool struck = strikes("open", path);
    if (struck && fails())
        return -1;
    open_function *real = (open_function *)next(name);
    int fd = real(path, flags, mode);
    if (struck)
        raise_signal();
    return fd;
}

static mode_t mode_of(int flags, va_list arguments) {
    return (flags & O_CREAT) != 0 ? (mode_t)va_arg(arguments, unsigned) : 0;
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_by("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_by("open64", path, flags, mode);
}

/* What the C library does inside of itself goes past the functions above. */
FILE *fopen(const char *path, const char *mode) {
    bool struck = strikes("open", path);
    if (struck && fails())
        return NULL;
    FILE *file = ((fopen_function *)next("fopen"))(path, mode);
    if (struck)
        raise_signal();
    return file;
}

int rename(const char *from, const char *to) {
    bool struck = strikes("rename", to);
    if (struck && fails())
        return -1;
    rename_function *real = (rename_function *)next("rename");
    int result = real(from, to);
    if (struck)
        raise_signal();
    return result;
}

static ssize_t really_write(int fd, const void *data, size_t bytes, off_t at) {
    if (at < 0)
        return ((write_function *)next("write"))(fd, data, bytes);
    return ((pwrite_function *)next("pwrite"))(fd, data, bytes, at);
}

static ssize_t write_flipped(int fd, const void *data, size_t bytes, off_t at) {
    char *copy = malloc(bytes);
    if (copy == NULL)
        return -1;
    memcpy(copy, data, bytes);
    copy[bytes / 2] = (char)(copy[bytes / 2] ^ 0x10);
    ssize_t done = really_write(fd, copy, bytes, at);
    free(copy);
    return done;
}

/* A write that is struck. With an error and FAULT_HALF the first one falls short, as on a disk that
 * is filling up. */
static ssize_t write_badly(int fd, const void *data, size_t bytes, off_t at) {
    bool falls_short = getenv("FAULT_HALF") != NULL && bytes > 1 &&
                       (getenv("FAULT_ERRNO") == NULL || atomic_load(&strikes_done) <= 1);
    if (!falls_short && fails())
        return -1;
    ssize_t done = getenv("FAULT_FLIP") != NULL && bytes > 0
                       ? write_flipped(fd, data, bytes, at)
                       : really_write(fd, data, falls_short ? bytes / 2 : bytes, at);
    raise_signal();
    return done;
}

/* at < 0: where the file stands. */
static ssize_t write_at(int fd, const void *data, size_t bytes, off_t at) {
    char path[PATH_BYTES];
    return strikes("write", path_of(fd, path)) ? write_badly(fd, data, bytes, at)
                                               : really_write(fd, data, bytes, at);
}

ssize_t write(int fd, const void *data, size_t bytes) {
    return write_at(fd, data, bytes, -1);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
    return write_at(fd, data, bytes, at);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t at) {
    return write_at(fd, data, bytes, (off_t)at);
}

/* Through to the file at once, so that the signal finds what it would find after a write. */
size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
    char path[PATH_BYTES];
    fwrite_function *real = (fwrite_function *)next("fwrite");
    if (!strikes("write", path_of(fileno(file), path)))
        return real(data, size, count, file);
    bool half = getenv("FAULT_HALF") != NULL;
    if (!half && fails())
        return 0;
    size_t done = real(data, size, half ? count / 2 : count, file);
    fflush(file);
    raise_signal();
    return fails() ? 0 : done;
}

ssize_t read(int fd, void *data, size_t bytes) {
    char path[PATH_BYTES];
    if (strikes("read", path_of(fd, path)) && fails())
        return -1;
    return ((read_function *)next("read"))(fd, data, bytes);
}

static ssize_t read_at(int fd, void *data, size_t bytes, off_t at) {
    char path[PATH_BYTES];
    if (strikes("read", path_of(fd, path)) && fails())
        return -1;
    return ((pread_function *)next("pread"))(fd, data, bytes, at);
}

ssize_t pread(int fd, void *data, size_t bytes, off_t at) {
    return read_at(fd, data, bytes, at);
}

ssize_t pread64(int fd, void *data, size_t bytes, off64_t at) {
    return read_at(fd, data, bytes, (off_t)at);
}

int fsync(int fd) {
    char path[PATH_BYTES];
    bool struck = strikes("fsync", path_of(fd, path));
    if (struck && fails())
        return -1;
    int result = ((descriptor_function *)next("fsync"))(fd);
    if (struck)
        raise_signal();
    return result;
}

static int ftruncate_by(int fd, off_t bytes) {
    char path[PATH_BYTES];
    bool struck = strikes("truncate", path_of(fd, path));
    if (struck && fails())
        return -1;
    int result = ((ftruncate_function *)next("ftruncate"))(fd, bytes);
    if (struck)
        raise_signal();
    return result;
}

int ftruncate(int fd, off_t bytes) {
    return ftruncate_by(fd, bytes);
}

int ftruncate64(int fd, off64_t bytes) {
    return ftruncate_by(fd, (off_t)bytes);
}

int truncate(const char *path, off_t bytes) {
    bool struck = strikes("truncate", path);
    if (struck && fails())
        return -1;
    int result = ((truncate_function *)next("truncate"))(path, bytes);
    if (struck)
        raise_signal();
    return result;
}

int unlink(const char *path) {
    bool struck = strikes("unlink", path);
    if (struck && fails())
        return -1;
    int result = ((unlink_function *)next("unlink"))(path);
    if (struck)
        raise_signal();
    return result;
}

/* Whether an address is in the program itself and not in one of its libraries. */
static bool is_of_program(const void *address) {
    Dl_info program;
    Dl_info caller;
    return dladdr((const void *)(uintptr_t)getauxval(AT_ENTRY), &program) != 0 &&
           dladdr(address, &caller) != 0 && caller.dli_fbase == program.dli_fbase;
}

/* All of dltrain's own memory comes from here. */
void *aligned_alloc(size_t alignment, size_t bytes) {
    if (is_of_program(__builtin_return_address(0)) && strikes("alloc", "")) {
        errno = ENOMEM;
        return NULL;
    }
    return ((alloc_function *)next("aligned_alloc"))(alignment, bytes);
}

/* By its name alone: the library is for programs without MPI, too. */
int MPI_Finalize(void);

int MPI_Finalize(void) {
    if (strikes("finalize", ""))
        raise_signal();
    return ((finalize_function *)next("MPI_Finalize"))();
}

static void sleep_ms(int milliseconds) {
    const struct timespec time = {.tv_sec = milliseconds / 1000,
                                  .tv_nsec = milliseconds % 1000 * 1000000L};
    (void)nanosleep(&time, NULL);
}

static void wait_for_file(const char *path) {
    struct stat facts;
    while (path != NULL && (stat(path, &facts) != 0 || facts.st_size == 0))
        sleep_ms(2);
}

/* False once the process is gone, whose number may then be another's. */
static bool send_to_parent(pid_t target, int signal_number) {
    return getppid() == target && kill(target, signal_number) == 0;
}

/* In a process of its own, which ends with the one it watches, and holds none of its pipes open. */
static void strike_in_time(pid_t target) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != target)
        _exit(0);
    for (int fd = 0; fd < 256; fd++)
        close(fd);
    wait_for_file(getenv("FAULT_AFTER_FILE"));
    sleep_ms(number_in("FAULT_AFTER_MS"));
    if (may_strike() && send_to_parent(target, number_in("FAULT_SIGNAL")) &&
        getenv("FAULT_PAUSE_MS") != NULL) {
        sleep_ms(number_in("FAULT_PAUSE_MS"));
        (void)send_to_parent(target, SIGCONT);
    }
    _exit(0);
}

__attribute__((constructor)) static void begin(void) {
    /* A program that became another one (env, sh) has the helper already. */
    if (!is_wanted("time") || is_other_rank() || getenv("FAULT_BEGUN") != NULL)
        return;
    setenv("FAULT_BEGUN", "1", 1);
    pid_t self = getpid();
    if (fork() == 0)
        strike_in_time(self);
}
