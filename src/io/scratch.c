/* What a command puts into such a folder are plain files, so nothing below it is walked. */
#include "io/scratch.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static dlt_status make_folder(const char *parent, const char *purpose, char *out, size_t bytes) {
    int length = snprintf(out, bytes, "%s/dltrain-%s-XXXXXX", parent, purpose);
    if (length < 0 || (size_t)length >= bytes)
        return dlt_fail(DLT_ERR_ARG, "the path %s is too long", parent);
    if (mkdtemp(out) == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot make a folder in %s: %s", parent, strerror(errno));
    return DLT_OK;
}

dlt_status dlt_scratch_make(const char *parent, const char *purpose, char *out, size_t bytes) {
    dlt_status status = make_folder(parent, purpose, out, bytes);
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
