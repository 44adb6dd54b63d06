/* The kinds of entries that the catalog knows, each with its registry. */
#ifndef DLT_TOOLS_CATALOG_KINDS_H
#define DLT_TOOLS_CATALOG_KINDS_H

#include "dltrain/extend/keys.h"

typedef struct dlt_catalog_kind {
    const char *name; /* NULL ends the table */
    const dlt_registry_entry *const *entries;
} dlt_catalog_kind;

extern const dlt_catalog_kind dlt_catalog_kinds[];

#endif
