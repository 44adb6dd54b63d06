/* The rendezvous is a folder .watchdog[-HASH OF THE JOB] with files rank-R (a line), busy-R (a
 * veto) and `report` (one rank has claimed to read out). Lines appear by rename, so nobody reads
 * half of one; `report` is created exclusively, so one rank alone gets it. Nothing is synced. Ranks
 * of one job agree on the folder through the root and the name of the job. */
#include "watchdog/rendezvous.h"

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

/* A path has room for the rendezvous's folder and any name in it. */
enum { NAME_BYTES = 32, PATH_BYTES = DLT_RENDEZVOUS_FOLDER_BYTES + 256 };

/* False where the path would be cut off. */
static bool join(const char *folder, const char *name, char out[PATH_BYTES]) {
    int length = snprintf(out, PATH_BYTES, "%s/%s", folder, name);
    return length > 0 && length < PATH_BYTES;
}

void dlt_rendezvous_name(const char *root, const char *job, int rank, int size,
                         dlt_rendezvous *out) {
    char name[NAME_BYTES];
    char digits[17] = "";
    *out = (dlt_rendezvous){.rank = rank, .size = size};
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

/* A rendezvous that has the name of this job has begun before this rank got here, and goes on. */
static bool is_over(const dlt_rendezvous *rendezvous, const char *name) {
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0)
        return false;
    const char *own = rendezvous->path + strlen(rendezvous->root) + 1;
    return strcmp(own, PREFIX) == 0 || strcmp(own, name) != 0;
}

void dlt_rendezvous_clean_up(const dlt_rendezvous *rendezvous) {
    char path[PATH_BYTES];
    DIR *directory = rendezvous->root[0] != '\0' ? opendir(rendezvous->root) : NULL;
    if (directory == NULL)
        return;
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (is_over(rendezvous, entry->d_name) && join(rendezvous->root, entry->d_name, path))
            remove_folder(path);
    closedir(directory);
}

bool dlt_rendezvous_is_on(const dlt_rendezvous *rendezvous) {
    return rendezvous->path[0] != '\0' && dlt_path_exists(rendezvous->path);
}

static void file_of(const dlt_rendezvous *rendezvous, const char *kind, int rank,
                    char out[PATH_BYTES]) {
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s-%d", kind, rank);
    (void)join(rendezvous->path, name, out);
}

static bool has_file(const dlt_rendezvous *rendezvous, const char *kind, int rank) {
    char path[PATH_BYTES];
    file_of(rendezvous, kind, rank, path);
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
dlt_status dlt_rendezvous_post(const dlt_rendezvous *rendezvous, const char *line) {
    char path[PATH_BYTES];
    char temporary[PATH_BYTES];
    if (rendezvous->path[0] == '\0')
        return dlt_fail(DLT_ERR_IO, "the ranks have no folder to meet in");
    DLT_TRY(dlt_directory_make(rendezvous->path));
    file_of(rendezvous, "draft", rendezvous->rank, temporary);
    file_of(rendezvous, "rank", rendezvous->rank, path);
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

void dlt_rendezvous_veto(const dlt_rendezvous *rendezvous) {
    char path[PATH_BYTES];
    file_of(rendezvous, "busy", rendezvous->rank, path);
    (void)make_file(path);
}

bool dlt_rendezvous_has_line(const dlt_rendezvous *rendezvous, int rank) {
    return has_file(rendezvous, "rank", rank);
}

/* By one look at the folder, however many ranks there are. */
static int count_files(const dlt_rendezvous *rendezvous, const char *kind) {
    int count = 0;
    DIR *directory = opendir(rendezvous->path);
    if (directory == NULL)
        return 0;
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        count += strncmp(entry->d_name, kind, strlen(kind)) == 0;
    closedir(directory);
    return count;
}

bool dlt_rendezvous_has_any_line(const dlt_rendezvous *rendezvous) {
    return count_files(rendezvous, "rank-") > 0;
}

bool dlt_rendezvous_has_all_lines(const dlt_rendezvous *rendezvous) {
    return count_files(rendezvous, "rank-") == rendezvous->size;
}

bool dlt_rendezvous_has_veto(const dlt_rendezvous *rendezvous) {
    return count_files(rendezvous, "busy-") > 0;
}

bool dlt_rendezvous_is_reader(const dlt_rendezvous *rendezvous) {
    char path[PATH_BYTES];
    for (int rank = 0; rank < rendezvous->rank; rank++)
        if (dlt_rendezvous_has_line(rendezvous, rank))
            return false;
    (void)join(rendezvous->path, "report", path);
    return make_file(path);
}

static void read_line(const dlt_rendezvous *rendezvous, int rank, dlt_text *report) {
    char path[PATH_BYTES];
    char *line = NULL;
    size_t bytes = 0;
    file_of(rendezvous, "rank", rank, path);
    if (!dlt_path_exists(path) ||
        dlt_file_read(path, DLT_RENDEZVOUS_LINE_BYTES, &line, &bytes) != DLT_OK)
        dlt_text_add(report, "\n  rank %d: no answer; it is stopped, or its node is out of reach",
                     rank);
    else
        dlt_text_add(report, "\n  rank %d: %s", rank, line);
    dlt_free(line);
}

void dlt_rendezvous_read(const dlt_rendezvous *rendezvous, dlt_text *report) {
    for (int rank = 0; rank < rendezvous->size; rank++)
        read_line(rendezvous, rank, report);
}

void dlt_rendezvous_end(const dlt_rendezvous *rendezvous) {
    if (rendezvous->path[0] != '\0')
        remove_folder(rendezvous->path);
}
