/* Names that become those of files, folders and HDF5 objects. */
#ifndef DLT_BASE_NAME_H
#define DLT_BASE_NAME_H

#include <stdbool.h>

/** What every such name must be, as the end of a sentence that begins with the name's key. */
#define DLT_NAME_RULE "must not be empty, '.' or '..', nor contain '/' or a control character"

/** True for a name that keeps the rule: whatever joins it to a folder gets a member of that folder.
 */
bool dlt_name_is_plain(const char *name);

#endif
