/* Filling settings structs from nodes, row by row of a table of keys. */
#ifndef DLT_CONFIG_READ_H
#define DLT_CONFIG_READ_H

#include "config/names.h"
#include "config/tree.h"

/** The way from the root to a value, for the dotted path in messages; lives on the stack. */
typedef struct dlt_scope {
    const struct dlt_scope *parent; /* NULL: the root */
    const char *name;               /* NULL: an item of a list */
    int64_t index;
} dlt_scope;

enum { DLT_KEY_PATH_BYTES = 256 };

/** Writes "model.0.conv2d.filters"; empty for the root (NULL). */
void dlt_scope_format(const dlt_scope *scope, char *out, size_t bytes);

/** Where the values of one table come from. */
typedef struct dlt_origin {
    const dlt_node *mapping;   /* NULL: nowhere, all defaults */
    const dlt_node *other;     /* a second mapping, looked into as well; or NULL */
    const dlt_key *hidden;     /* keys of this table are not looked for in `other` */
    const dlt_node *shorthand; /* value of the row with DLT_KEY_SHORTHAND; or NULL */
    dlt_position position;     /* named when a required key is missing */
} dlt_origin;

/** Fills settings from the rows of a table. Does not look for unknown keys. */
DLT_CHECKED dlt_status dlt_read_keys(dlt_config *config, const dlt_scope *scope,
                                     const dlt_key *keys, const dlt_origin *origin, void *settings);

/** Whether a key of the table (or NULL) takes a value that stands without a key. */
bool dlt_read_has_shorthand(const dlt_key *keys);

/** CONFIG if a key of the mapping (or NULL) is not among the names: with its new name if an earlier
 * version had it, else with the nearest one. */
DLT_CHECKED dlt_status dlt_read_check_known(const dlt_scope *scope, const dlt_node *mapping,
                                            const dlt_names *names);

/** Reads one value of a row into its field. */
typedef dlt_status dlt_read_value(dlt_config *config, const dlt_scope *scope, const dlt_key *key,
                                  const dlt_node *node, void *field);

dlt_read_value dlt_read_bool, dlt_read_int, dlt_read_real, dlt_read_string, dlt_read_enum;
dlt_read_value dlt_read_ints, dlt_read_reals, dlt_read_strings;
dlt_read_value dlt_read_section, dlt_read_selection, dlt_read_selections, dlt_read_named;

/** Fails with "'a.b' must be WANTED, found …". */
dlt_status dlt_read_fail_type(const dlt_scope *scope, const dlt_node *node, const char *wanted);

/** Fails if a list (or a scalar, a list of one) has a length that the row does not allow. */
DLT_CHECKED dlt_status dlt_read_check_length(const dlt_scope *scope, const dlt_key *key,
                                             const dlt_node *node);

/** The row of one element of a list: the same, but never null. */
dlt_key dlt_read_element_row(const dlt_key *list);

/** Whether a row may be null: flagged so, or null by default. */
bool dlt_read_is_nullable(const dlt_key *key);

#endif
