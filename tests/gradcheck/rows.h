/* What every row of every registry owes its reader: a name of its own, a summary, help for each key.
 */
#ifndef GRADCHECK_ROWS_H
#define GRADCHECK_ROWS_H

#include "dltrain/plugin/keys.h"

#include <stdbool.h>

/** Prints a line for each thing missing in the rows of a registry; returns how many. */
int rows_check(const char *kind, const dlt_registry_entry *const *registry);

/** True if the YAML text of a self-test sets the key of this choice: by name or by shorthand. */
bool rows_sets_key(const dlt_registry_entry *entry, const dlt_key *key, const char *settings);

#endif
