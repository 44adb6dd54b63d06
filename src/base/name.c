/* The rule is that of POSIX for one component of a path, without what a terminal would act on. */
#include "base/name.h"

#include <string.h>

bool dlt_name_is_plain(const char *name) {
    for (const char *c = name; *c != '\0'; c++)
        if (*c == '/' || (unsigned char)*c < 0x20 || *c == 0x7F)
            return false;
    return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}
