/* Who takes a lock over from a dead owner must be alone in doing so, however many try: it first
 * takes a second lock, which is named after the dead owner's tag, looks again whether that owner
 * still stands in the first, and then renames its own file over it. Because a tag never comes back,
 * whoever was slow finds another one on its second look. The second lock may itself be left by a
 * dead process and is then taken over in the same way. */
#include "io/folder_lock.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "io/atomic_file.h"
#include "io/folder_lock_pulse.h"
#include "io/posix.h"
#include "io/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char NAME[] = ".lock";
static const char DUTY[] = ".lock.made"; /* whoever leaves last removes the folder */
static const double LOOK_S = 0.25;

enum { FOLDER_BYTES = 3584, PATH_BYTES = 4096, CONTENT_BYTES = 4096, TRIES = 100, DEPTH = 16 };

struct dlt_folder_lock {
    char folder[FOLDER_BYTES];
    size_t kept; /* length of the part of folder that was there before */
    char path[PATH_BYTES];
    char draft[PATH_BYTES]; /* this process's record, which becomes the lock */
    dlt_process self;
    dlt_folder_lock_patience patience;
    dlt_pulse *pulse;
};

typedef struct owner {
    dlt_process process;
    bool readable; /* else another program's, or cut short: known by its content alone */
    char tag[17];
    uint64_t image; /* of content and time of change */
} owner;

typedef enum owner_state { ALIVE, DEAD, CHANGED } owner_state;

static bool name_path(char out[PATH_BYTES], const char *folder, const char *kind, const char *tag) {
    int length = snprintf(out, PATH_BYTES, "%s/%s%s%s", folder, NAME, kind, tag);
    return length > 0 && length < PATH_BYTES;
}

/* False if the file is not there. */
static bool read_owner(const char *path, owner *out) {
    char content[CONTENT_BYTES];
    struct stat facts = {0};
    size_t got = 0;
    *out = (owner){.readable = false};
    int fd = dlt_posix_open(path, O_RDONLY);
    if (fd < 0)
        return errno != ENOENT;
    if (fstat(fd, &facts) != 0 ||
        dlt_posix_read(fd, path, content, sizeof content - 1, &got) != DLT_OK)
        got = 0;
    close(fd);
    content[got] = '\0';
    out->readable = dlt_process_read(content, &out->process);
    out->image = dlt_hash(0, content, got);
    dlt_hash_format(out->image, out->tag);
    if (out->readable)
        memcpy(out->tag, out->process.tag, sizeof out->tag);
    out->image = dlt_hash(out->image, &facts.st_mtime, sizeof facts.st_mtime);
    return true;
}

static dlt_status refuse(const dlt_folder_lock *lock, const owner *holder) {
    char who[512] = "another job";
    if (holder->readable)
        (void)dlt_process_describe(&holder->process, who, sizeof who);
    return dlt_fail(DLT_ERR_ARG,
                    "%s is in use by %s; wait until it ends, choose another folder with --out, or, "
                    "if it is certain to be dead, remove %s",
                    lock->folder, who, lock->path);
}

static void rest(double seconds) {
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    (void)nanosleep(&time, NULL);
}

/* Of an owner that runs elsewhere: waits for its file to change. Time that this process slept
 * through does not count. */
static dlt_status watch(const dlt_folder_lock *lock, const char *path, const owner *seen,
                        owner_state *out) {
    char who[512] = "an unknown process";
    const dlt_folder_lock_patience *patience = &lock->patience;
    double limit_s = patience->stale_s > 0 ? patience->stale_s : DLT_FOLDER_LOCK_STALE_S;
    if (seen->readable)
        (void)dlt_process_describe(&seen->process, who, sizeof who);
    if (limit_s >= 5)
        dlt_log(DLT_LOG_WARNING, "%s belongs to %s; waiting up to %g s for a heartbeat",
                lock->folder, who, limit_s);
    double before = dlt_clock_s();
    for (double waited_s = 0; waited_s < limit_s;) {
        owner now;
        rest(fmin(LOOK_S, limit_s / 4));
        double clock = dlt_clock_s();
        waited_s += fmin(clock - before, 4 * LOOK_S);
        before = clock;
        if (patience->progress != NULL)
            atomic_fetch_add(patience->progress, 1);
        if (patience->stop != NULL && *patience->stop != 0)
            return dlt_fail(DLT_ERR_ARG, "stopped by a signal while %s belonged to %s",
                            lock->folder, who);
        if (!read_owner(path, &now) || strcmp(now.tag, seen->tag) != 0) {
            *out = CHANGED;
            return DLT_OK;
        }
        if (now.image != seen->image) {
            *out = ALIVE;
            return DLT_OK;
        }
    }
    *out = DEAD;
    return DLT_OK;
}

static dlt_status judge(const dlt_folder_lock *lock, const char *path, const owner *seen,
                        owner_state *out) {
    if (!seen->readable || !dlt_process_same_machine(&seen->process, &lock->self))
        return watch(lock, path, seen, out);
    *out = dlt_process_is_alive(&seen->process) ? ALIVE : DEAD;
    return DLT_OK;
}

static dlt_status write_record(const dlt_folder_lock *lock, const char *path) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_process_write(&lock->self, &text);
    dlt_status status = dlt_text_check(&text);
    int fd = status == DLT_OK ? dlt_posix_open(path, O_WRONLY | O_CREAT | O_EXCL) : -1;
    if (status == DLT_OK && fd < 0)
        status = dlt_fail(DLT_ERR_IO, "cannot create %s: %s", path, strerror(errno));
    if (fd >= 0 && status == DLT_OK)
        status = dlt_posix_write(fd, path, dlt_text_of(&text), text.used);
    if (fd >= 0 && close(fd) != 0 && status == DLT_OK)
        status = dlt_fail(DLT_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0 && status != DLT_OK)
        (void)unlink(path);
    dlt_text_destroy(&text);
    return status;
}

/* What file systems without hard links say. */
static bool has_no_links(int reason) {
    return reason == EPERM || reason == ENOSYS || reason == EOPNOTSUPP || reason == EMLINK ||
           reason == EXDEV;
}

static bool is_same_file(const char *first, const char *second) {
    struct stat a;
    struct stat b;
    return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* Makes path this process's record unless it is there. The folder may be removed beside it by one
 * who had made it. */
static dlt_status put_new(const dlt_folder_lock *lock, const char *path, bool *done) {
    *done = false;
    DLT_TRY(dlt_directory_make(lock->folder));
    if (!dlt_path_exists(lock->draft)) {
        dlt_status status = write_record(lock, lock->draft);
        if (status != DLT_OK)
            return dlt_path_exists(lock->folder) ? status : DLT_OK;
    }
    if (link(lock->draft, path) == 0) {
        *done = true;
        return DLT_OK;
    }
    int reason = errno;
    /* NFS may repeat a call whose answer was lost, and then tells that the link is there. */
    *done = reason == EEXIST && is_same_file(lock->draft, path);
    if (reason == EEXIST || reason == ENOENT)
        return DLT_OK;
    if (!has_no_links(reason))
        return dlt_fail(DLT_ERR_IO, "cannot create %s: %s", path, strerror(reason));
    *done = !dlt_path_exists(path) && write_record(lock, path) == DLT_OK;
    return *done || dlt_path_exists(path) ? DLT_OK : DLT_ERR_IO;
}

/* Replaces path, whose owner is dead; false if a new owner of the folder has cleared this process's
 * files away. */
static dlt_status put_over(const dlt_folder_lock *lock, const char *path, bool *done) {
    char moved[PATH_BYTES];
    (void)name_path(moved, lock->folder, ".moved-", lock->self.tag);
    if (link(lock->draft, moved) != 0)
        DLT_TRY(write_record(lock, moved));
    *done = rename(moved, path) == 0;
    if (*done || errno == ENOENT)
        return DLT_OK;
    int reason = errno;
    (void)unlink(moved);
    return dlt_fail(DLT_ERR_IO, "cannot rename %s to %s: %s", moved, path, strerror(reason));
}

static dlt_status take(const dlt_folder_lock *lock, const char *path, int depth) {
    for (int i = 0; i < TRIES && depth < DEPTH; i++) {
        owner seen;
        owner again;
        owner_state found = CHANGED;
        bool done = false;
        char claim[PATH_BYTES];
        DLT_TRY(put_new(lock, path, &done));
        if (done)
            return DLT_OK;
        if (!read_owner(path, &seen))
            continue;
        DLT_TRY(judge(lock, path, &seen, &found));
        if (found == ALIVE)
            return refuse(lock, &seen);
        if (found == CHANGED)
            continue;
        (void)name_path(claim, lock->folder, ".claim-", seen.tag);
        DLT_TRY(take(lock, claim, depth + 1));
        bool same = read_owner(path, &again) && strcmp(seen.tag, again.tag) == 0;
        dlt_status status = same ? put_over(lock, path, &done) : DLT_OK;
        (void)unlink(claim);
        if (done || status != DLT_OK)
            return status;
    }
    return dlt_fail(DLT_ERR_IO, "cannot lock %s: the owner of %s keeps changing", lock->folder,
                    path);
}

/* What others that were killed have left: their claims are on owners that no longer stand in the
 * lock. */
static void clean_up(const dlt_folder_lock *lock) {
    DIR *directory = opendir(lock->folder);
    if (directory == NULL)
        return;
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        char path[PATH_BYTES];
        if (strncmp(entry->d_name, NAME, sizeof NAME - 1) == 0 &&
            entry->d_name[sizeof NAME - 1] == '.' && strcmp(entry->d_name, DUTY) != 0 &&
            name_path(path, lock->folder, entry->d_name + sizeof NAME - 1, ""))
            (void)unlink(path);
    }
    closedir(directory);
}

static void strip_slashes(char *path) {
    for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--)
        path[end - 1] = '\0';
}

/* How much of the path is there already, in characters. */
static size_t existing_length(const char *folder) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s", folder);
    while (!dlt_path_exists(path)) {
        char *slash = strrchr(path, '/');
        if (slash == NULL || slash == path)
            return 0;
        *slash = '\0';
        strip_slashes(path);
    }
    return strlen(path);
}

/* From the innermost folder outwards, as far as they were made here and are empty. */
static bool remove_made(dlt_folder_lock *lock) {
    char *path = lock->folder;
    bool any = false;
    while (strlen(path) > lock->kept && rmdir(path) == 0) {
        any = true;
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            break;
        *slash = '\0';
        strip_slashes(path);
    }
    return any;
}

/* Whether nothing is in the folder but what owners and rivals have there; *alone: not even that. */
static bool holds_rivals(const dlt_folder_lock *lock, bool *alone) {
    DIR *directory = opendir(lock->folder);
    bool only = directory != NULL;
    *alone = true;
    for (const struct dirent *entry; only && (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, DUTY) == 0)
            continue;
        *alone = false;
        only = strncmp(entry->d_name, NAME, sizeof NAME - 1) == 0;
    }
    if (directory != NULL)
        closedir(directory);
    return only;
}

/* Who has made the folder cannot remove it while rivals have files in it, nor can they, who found
 * it there. So the duty is left in a file, and each that leaves looks for it once its own files are
 * gone. Of folders around it only the maker knows. */
static void leave(dlt_folder_lock *lock) {
    char duty[PATH_BYTES];
    (void)name_path(duty, lock->folder, DUTY + sizeof NAME - 1, "");
    for (int i = 0; i < TRIES; i++) {
        bool alone = false;
        if (unlink(duty) == 0 && lock->kept == strlen(lock->folder))
            lock->kept--;
        if (strlen(lock->folder) <= lock->kept || remove_made(lock) || !holds_rivals(lock, &alone))
            return;
        int fd = alone ? -1 : dlt_posix_open(duty, O_WRONLY | O_CREAT);
        if (fd >= 0)
            close(fd);
        (void)holds_rivals(lock, &alone);
        if (!alone)
            return;
    }
}

dlt_status dlt_folder_lock_take(const char *folder, const dlt_folder_lock_patience *patience,
                                dlt_folder_lock **out) {
    dlt_folder_lock *lock = NULL;
    dlt_status status = DLT_OK;
    bool taken = false;
    *out = NULL;
    if (folder[0] == '\0')
        return dlt_fail(DLT_ERR_ARG, "the name of a folder is empty");
    DLT_TRY(DLT_NEW(lock, 1));
    lock->self = dlt_process_self();
    lock->patience = *patience;
    if (strlen(folder) >= FOLDER_BYTES) {
        status = dlt_fail(DLT_ERR_ARG, "the path of the folder is too long");
        goto out;
    }
    memcpy(lock->folder, folder, strlen(folder) + 1);
    strip_slashes(lock->folder);
    lock->kept = existing_length(lock->folder);
    (void)name_path(lock->path, lock->folder, "", "");
    (void)name_path(lock->draft, lock->folder, ".draft-", lock->self.tag);
    DLT_TRY_OUT(take(lock, lock->path, 0));
    taken = true;
    clean_up(lock);
    DLT_TRY_OUT(dlt_pulse_start(lock->path, DLT_FOLDER_LOCK_BEAT_S, &lock->pulse));
    *out = lock;
    lock = NULL;
out:
    if (lock != NULL && !taken) {
        (void)unlink(lock->draft);
        leave(lock);
        dlt_free(lock);
    } else
        dlt_folder_lock_release(&lock);
    return status;
}

/* Only this process's own record counts: a folder that was removed, or lies on a disk that is gone,
 * is lost, too. */
static bool is_own(const dlt_folder_lock *lock) {
    owner seen;
    return read_owner(lock->path, &seen) && strcmp(seen.tag, lock->self.tag) == 0;
}

dlt_status dlt_folder_lock_check(const dlt_folder_lock *lock) {
    owner seen;
    char who[512] = "somebody has removed its file .lock";
    if (is_own(lock))
        return DLT_OK;
    if (read_owner(lock->path, &seen) && seen.readable)
        (void)dlt_process_describe(&seen.process, who, sizeof who);
    return dlt_fail(DLT_ERR_IO, "%s no longer belongs to this job: %s", lock->folder, who);
}

void dlt_folder_lock_release(dlt_folder_lock **lock) {
    if (lock == NULL || *lock == NULL)
        return;
    dlt_folder_lock *it = *lock;
    dlt_pulse_stop(&it->pulse);
    if (is_own(it))
        (void)unlink(it->path);
    leave(it);
    dlt_free(it);
    *lock = NULL;
}
