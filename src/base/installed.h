/* Files that are installed with the program. */
#ifndef DLT_BASE_INSTALLED_H
#define DLT_BASE_INSTALLED_H

#include <stdbool.h>
#include <stddef.h>

/** Writes PREFIX/share/dltrain/<name> into path, where the running program is PREFIX/bin/ANYTHING;
 *  an installed tree can thus be moved. False, with an empty path, if the program's place is not
 *  known or path is too short.
 *  Collective: Not collective
 *  Errors:     none
 */
bool dlt_installed_folder(const char *name, char *path, size_t bytes);

#endif
