/* Module card: config (level 1).
 *
 * What lives here: reading YAML (libyaml) into a tree that remembers lines and columns (tree.h),
 * `--set` overrides, filling settings structs from tables of keys (dltrain/extend/keys.h, read.h),
 * naming the nearest known name in errors (names.h), printing the resolved configuration and help
 * from the same tables, hashing. May include: base, <yaml.h>. Owns: a dlt_config owns the tree and
 * everything that settings structs point to.
 */
#ifndef DLT_CONFIG_INTERNAL_H
#define DLT_CONFIG_INTERNAL_H

#endif
