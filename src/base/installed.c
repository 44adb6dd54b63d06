/* The place of installed files follows from the place of the running program, as Linux tells it. */
#include "base/installed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool dlt_installed_folder(const char *name, char *path, size_t bytes) {
    char prefix[4096];
    path[0] = '\0';
    ssize_t length = readlink("/proc/self/exe", prefix, sizeof prefix);
    if (length <= 0 || (size_t)length == sizeof prefix)
        return false;
    prefix[length] = '\0';
    for (int level = 0; level < 2; level++) {
        char *slash = strrchr(prefix, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
    int written = snprintf(path, bytes, "%s/share/dltrain/%s", prefix, name);
    if (written > 0 && (size_t)written < bytes)
        return true;
    path[0] = '\0';
    return false;
}
