/* What a command puts into such a folder are plain files, so nothing below it is walked. Its name
 * says which process will remove it. */
#include "io/scratch.h"

#include "base/error.h"
#include "base/hash.h"
#include "io/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { START_BYTES = 256, PATH_BYTES = 4096 };

/* "dltrain-PURPOSE-SPACE.": what the names of a purpose begin with where numbers of processes are
 * those that this one sees. */
static void name_start(const dlt_process *self, const char *purpose, char out[START_BYTES]) {
    char space[17];
    dlt_hash_format(dlt_hash_text(dlt_hash_text(0, self->boot), self->space), space);
    snprintf(out, START_BYTES, "dltrain-%.64s-%s.", purpose, space);
}

static void remove_those_of_the_dead(const char *parent, const char *start) {
    DIR *list = opendir(parent);
    for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        char path[PATH_BYTES];
        if (strncmp(entry->d_name, start, strlen(start)) != 0)
            continue;
        const long long pid = strtoll(entry->d_name + strlen(start), NULL, 10);
        const int length = snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
        if (pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH && length < (int)sizeof path)
            dlt_scratch_remove(path);
    }
    if (list != NULL)
        closedir(list);
}

static dlt_status make_folder(const char *parent, const char *start, char *out, size_t bytes) {
    int length = snprintf(out, bytes, "%s/%s%lld-XXXXXX", parent, start, (long long)getpid());
    if (length < 0 || (size_t)length >= bytes)
        return dlt_fail(DLT_ERR_ARG, "the path %s is too long", parent);
    if (mkdtemp(out) == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot make a folder in %s: %s", parent, strerror(errno));
    return DLT_OK;
}

dlt_status dlt_scratch_make(const char *parent, const char *purpose, char *out, size_t bytes) {
    const dlt_process self = dlt_process_self();
    char start[START_BYTES];
    name_start(&self, purpose, start);
    if (self.space[0] != '\0')
        remove_those_of_the_dead(parent, start);
    dlt_status status = make_folder(parent, start, out, bytes);
    if (status != DLT_OK)
        out[0] = '\0';
    return status;
}

void dlt_scratch_remove(const char *folder) {
    DIR *list = opendir(folder);
    if (list == NULL)
        return;
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(list), entry->d_name, 0);
    (void)closedir(list);
    (void)rmdir(folder);
}
