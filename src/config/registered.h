/* Entries that a program or an extension adds to the registries of the library. */
#ifndef DLT_CONFIG_REGISTERED_H
#define DLT_CONFIG_REGISTERED_H

#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

#include <stdbool.h>

/** The entry of a registry with this number: those of the library come first, then those that were
 * added, in their order; NULL behind the last. */
const dlt_registry_entry *dlt_registry_at(const dlt_registry_entry *const *registry, int index);

/** Adds an entry, which stays where it is. kind: "layer". is_whole: it has what its kind requires.
 *  Not collective. Errors: CONFIG if the name is taken or is none, or if something is missing */
DLT_CHECKED dlt_status dlt_registry_add(const dlt_registry_entry *const *registry,
                                        const dlt_registry_entry *entry, const char *kind,
                                        bool is_whole);

/** How many entries have been added to all registries together. */
int dlt_registered_count(void);

/** One of them, and its registry. */
const dlt_registry_entry *dlt_registered_at(int index, const dlt_registry_entry *const **registry);

/** Takes back all but the first `count`: those of an extension that failed to open. */
void dlt_registered_withdraw(int count);

#endif
