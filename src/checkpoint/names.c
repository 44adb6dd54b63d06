/* Makes the names of datasets absolute and tests which group they are in. Snapshots and seals use
 * absolute names; the visitor of io need not. */
#include "checkpoint/names.h"

#include <stdio.h>
#include <string.h>

void dlt_checkpoint_full_name(const char *name, char out[DLT_CHECKPOINT_NAME_BYTES]) {
    snprintf(out, DLT_CHECKPOINT_NAME_BYTES, "%s%s", name[0] == '/' ? "" : "/", name);
}

bool dlt_checkpoint_is_below(const char *name, const char *group) {
    size_t length = strlen(group);
    return strncmp(name, group, length) == 0 && name[length] == '/' && name[length + 1] != '\0';
}
