/* Room card: config (level 1).
 *
 * What lives here: reading YAML (libyaml) into a tree that remembers lines and columns (tree.h),
 * `--set` overrides, filling settings structs from tables of keys (dltrain/plugin/keys.h, read.h),
 * naming the nearest known name in errors (names.h), printing the resolved configuration and help
 * from the same tables, hashing. May include: base, <yaml.h>. Owns: a dlt_config owns the tree and
 * everything that settings structs point to.
 */
#ifndef DLT_CONFIG_INTERNAL_H
#define DLT_CONFIG_INTERNAL_H

#include "config/config.h"

#include <stddef.h>
#include <stdint.h>

struct dlt_node;
struct dlt_config_block;

struct dlt_config {
    struct dlt_config_block *blocks; /* owned, newest first */
    const char *source;              /* name of the document in messages */
    struct dlt_node *root;
};

/** Zeroed memory that lives as long as the configuration; NULL with the error recorded. */
void *dlt_config_take(dlt_config *config, int64_t count, size_t size);

/** A terminated copy of bytes that lives as long as the configuration, or NULL. */
char *dlt_config_take_text(dlt_config *config, const char *data, size_t bytes);

/** Takes count objects of *pointer's type into pointer; a status, to be used in DLT_TRY. */
#define DLT_TAKE(config, pointer, count)                                                           \
    (((pointer) = dlt_config_take((config), (count), sizeof *(pointer))) != NULL ? DLT_OK          \
                                                                                 : DLT_ERR_MEM)

#endif
