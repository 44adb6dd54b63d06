/* A library to be preloaded: one call of one process fails, or sends it a signal.
 *
 *   FAULT_CALL    open, rename, write, fsync: which call
 *   FAULT_PATH    part of the path (rename: of the new one); write and fsync: of the open file
 *   FAULT_RANK    the rank it happens on; every one if not set
 *   FAULT_NTH     the how manieth such call, 1 if not set; "all": each one; "5+": the fifth and all after it
 *   FAULT_ERRNO   the error it then gives, as a number; or
 *   FAULT_SIGNAL  the signal raised after the call, which is left to succeed
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int matches;

static bool is_other_rank(void) {
    const char *wanted = getenv("FAULT_RANK");
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    return wanted != NULL && strcmp(wanted, rank != NULL ? rank : "0") != 0;
}

/* True if this call is the one. */
static bool strikes(const char *call, const char *path) {
    const char *wanted = getenv("FAULT_CALL");
    const char *part = getenv("FAULT_PATH");
    if (wanted == NULL || strcmp(wanted, call) != 0 || path == NULL || part == NULL ||
        strstr(path, part) == NULL || is_other_rank())
        return false;
    const char *nth = getenv("FAULT_NTH");
    int number = atomic_fetch_add(&matches, 1) + 1;
    if (nth != NULL && strchr(nth, '+') != NULL)
        return number >= atoi(nth);
    return nth == NULL ? number == 1 : strcmp(nth, "all") == 0 || number == atoi(nth);
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

static const char *path_of(int fd, char path[4096]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0)
        return NULL;
    path[length] = '\0';
    return path;
}

typedef int open_function(const char *path, int flags, ...);
typedef int rename_function(const char *from, const char *to);
typedef ssize_t write_function(int fd, const void *data, size_t bytes);
typedef ssize_t pwrite_function(int fd, const void *data, size_t bytes, off_t at);
typedef int fsync_function(int fd);

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

ssize_t write(int fd, const void *data, size_t bytes) {
    char path[4096];
    if (strikes("write", path_of(fd, path)) && fails())
        return -1;
    write_function *real = (write_function *)next("write");
    return real(fd, data, bytes);
}

static ssize_t pwrite_by(const char *name, int fd, const void *data, size_t bytes, off_t at) {
    char path[4096];
    if (strikes("write", path_of(fd, path)) && fails())
        return -1;
    pwrite_function *real = (pwrite_function *)next(name);
    return real(fd, data, bytes, at);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
    return pwrite_by("pwrite", fd, data, bytes, at);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t at) {
    return pwrite_by("pwrite64", fd, data, bytes, (off_t)at);
}

int fsync(int fd) {
    char path[4096];
    if (strikes("fsync", path_of(fd, path)) && fails())
        return -1;
    fsync_function *real = (fsync_function *)next("fsync");
    return real(fd);
}
