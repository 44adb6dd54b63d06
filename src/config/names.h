/* Sets of names, for messages: the nearest one, or all of them. */
#ifndef DLT_CONFIG_NAMES_H
#define DLT_CONFIG_NAMES_H

#include "dltrain/extend/keys.h"

#include <stddef.h>

/** The names that are allowed in one place; members may be NULL. */
typedef struct dlt_names {
    const char *const *enum_names; /* NULL-terminated */
    const dlt_registry_entry *const *registry;
    const dlt_key *keys;
    const dlt_key *more_keys;
} dlt_names;

/** The nearest name, or NULL if none is near. */
const char *dlt_names_nearest(const dlt_names *names, const char *name);

/** Writes "; did you mean 'x'?", or "; known: a, b, c" if none is near, or nothing if there are no
 * names at all; shortened to fit. */
void dlt_names_suggest(const dlt_names *names, const char *name, char *out, size_t bytes);

/** Writes "a, b, c", shortened to fit. */
void dlt_names_join(const dlt_names *names, char *out, size_t bytes);

/** The row of a table by name, or NULL; keys may be NULL. */
const dlt_key *dlt_keys_find(const dlt_key *keys, const char *name);

/** The index of a name, or -1; names may be NULL. */
int dlt_enum_names_find(const char *const *enum_names, const char *name);

#endif
