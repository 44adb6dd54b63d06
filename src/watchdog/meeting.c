#include "watchdog/meeting.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "io/atomic_file.h"
#include "io/posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char PREFIX[] = ".watchdog";

/* A path has room for the meeting's folder and any name in it. */
enum { NAME_BYTES = 32, PATH_BYTES = DLT_MEETING_FOLDER_BYTES + 256 };

/* False where the path would be cut off. */
static bool join(const char *folder, const char *name, char out[PATH_BYTES]) {
    int length = snprintf(out, PATH_BYTES, "%s/%s", folder, name);
    return length > 0 && length < PATH_BYTES;
}

void dlt_meeting_name(const char *root, const char *job, int rank, int size, dlt_meeting *out) {
    char name[NAME_BYTES];
    char digits[17] = "";
    *out = (dlt_meeting){.rank = rank, .size = size};
    if (job != NULL)
        dlt_hash_format(dlt_hash_text(0, job), digits);
    snprintf(name, sizeof name, "%s%s%s", PREFIX, job != NULL ? "-" : "", digits);
    if (root == NULL || strlen(root) >= sizeof out->root)
        return;
    memcpy(out->root, root, strlen(root) + 1);
    snprintf(out->path, sizeof out->path, "%s/%s", out->root, name);
}

static void remove_folder(const char *folder) {
    char path[PATH_BYTES];
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (entry->d_name[0] != '.' && join(folder, entry->d_name, path))
            (void)unlink(path);
    closedir(directory);
    (void)rmdir(folder);
}

/* A meeting that has the name of this job has begun before this rank got here, and goes on. */
static bool is_over(const dlt_meeting *meeting, const char *name) {
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0)
        return false;
    const char *own = meeting->path + strlen(meeting->root) + 1;
    return strcmp(own, PREFIX) == 0 || strcmp(own, name) != 0;
}

void dlt_meeting_sweep(const dlt_meeting *meeting) {
    char path[PATH_BYTES];
    DIR *directory = meeting->root[0] != '\0' ? opendir(meeting->root) : NULL;
    if (directory == NULL)
        return;
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (is_over(meeting, entry->d_name) && join(meeting->root, entry->d_name, path))
            remove_folder(path);
    closedir(directory);
}

bool dlt_meeting_is_on(const dlt_meeting *meeting) {
    return meeting->path[0] != '\0' && dlt_path_exists(meeting->path);
}

static void file_of(const dlt_meeting *meeting, const char *kind, int rank, char out[PATH_BYTES]) {
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s-%d", kind, rank);
    (void)join(meeting->path, name, out);
}

static bool has_file(const dlt_meeting *meeting, const char *kind, int rank) {
    char path[PATH_BYTES];
    file_of(meeting, kind, rank, path);
    return dlt_path_exists(path);
}

static dlt_status write_line(const char *path, const char *line) {
    int fd = dlt_posix_open(path, O_CREAT | O_TRUNC | O_WRONLY);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot write %s", path);
    dlt_status status = dlt_posix_write(fd, path, line, strlen(line));
    close(fd);
    return status;
}

/* Whole or not at all, but not synced: what matters is that it is there soon. */
dlt_status dlt_meeting_speak(const dlt_meeting *meeting, const char *line) {
    char path[PATH_BYTES];
    char temporary[PATH_BYTES];
    if (meeting->path[0] == '\0')
        return dlt_fail(DLT_ERR_IO, "the ranks have no folder to meet in");
    DLT_TRY(dlt_directory_make(meeting->path));
    file_of(meeting, "draft", meeting->rank, temporary);
    file_of(meeting, "rank", meeting->rank, path);
    DLT_TRY(write_line(temporary, line));
    if (rename(temporary, path) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot rename %s", temporary);
    return DLT_OK;
}

/* Whether the file was not there before. */
static bool make_file(const char *path) {
    int fd = dlt_posix_open(path, O_CREAT | O_EXCL | O_WRONLY);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

void dlt_meeting_object(const dlt_meeting *meeting) {
    char path[PATH_BYTES];
    file_of(meeting, "busy", meeting->rank, path);
    (void)make_file(path);
}

bool dlt_meeting_has_line(const dlt_meeting *meeting, int rank) {
    return has_file(meeting, "rank", rank);
}

/* By one look at the folder, however many ranks there are. */
static int count_files(const dlt_meeting *meeting, const char *kind) {
    int count = 0;
    DIR *directory = opendir(meeting->path);
    if (directory == NULL)
        return 0;
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        count += strncmp(entry->d_name, kind, strlen(kind)) == 0;
    closedir(directory);
    return count;
}

bool dlt_meeting_has_any_line(const dlt_meeting *meeting) {
    return count_files(meeting, "rank-") > 0;
}

bool dlt_meeting_has_all_lines(const dlt_meeting *meeting) {
    return count_files(meeting, "rank-") == meeting->size;
}

bool dlt_meeting_has_objection(const dlt_meeting *meeting) {
    return count_files(meeting, "busy-") > 0;
}

bool dlt_meeting_is_reader(const dlt_meeting *meeting) {
    char path[PATH_BYTES];
    for (int rank = 0; rank < meeting->rank; rank++)
        if (dlt_meeting_has_line(meeting, rank))
            return false;
    (void)join(meeting->path, "report", path);
    return make_file(path);
}

static void read_line(const dlt_meeting *meeting, int rank, dlt_text *report) {
    char path[PATH_BYTES];
    char *line = NULL;
    size_t bytes = 0;
    file_of(meeting, "rank", rank, path);
    if (!dlt_path_exists(path) ||
        dlt_file_read(path, DLT_MEETING_LINE_BYTES, &line, &bytes) != DLT_OK)
        dlt_text_add(report, "\n  rank %d: no answer; it is stopped, or its node is out of reach",
                     rank);
    else
        dlt_text_add(report, "\n  rank %d: %s", rank, line);
    dlt_free(line);
}

void dlt_meeting_read(const dlt_meeting *meeting, dlt_text *report) {
    for (int rank = 0; rank < meeting->size; rank++)
        read_line(meeting, rank, report);
}

void dlt_meeting_end(const dlt_meeting *meeting) {
    if (meeting->path[0] != '\0')
        remove_folder(meeting->path);
}
