/* Values as text, for printing and hashing. */
#ifndef DLT_CONFIG_PRINT_H
#define DLT_CONFIG_PRINT_H

#include "base/text.h"
#include "dltrain/extend/keys.h"

#include <stdbool.h>

/** The field of a row in its settings. */
static inline const void *dlt_field_of(const dlt_key *key, const void *settings) {
    return (const char *)settings + key->offset;
}

/** The name that an integer of a row stands for, or NULL if it is a number. */
const char *dlt_enum_name_of(const dlt_key *key, int64_t value);

/** Adds the value of a row in one line, as in a run file. */
void dlt_print_value(const dlt_key *key, const void *field, dlt_text *out);

/** Adds text as a YAML scalar, in quotes where plain text would read back as something else. */
void dlt_print_string(const char *value, dlt_text *out);

#endif
