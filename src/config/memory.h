/* A configuration from inside: its document, and memory that lives as long as it does. */
#ifndef DLT_CONFIG_MEMORY_H
#define DLT_CONFIG_MEMORY_H

#include "dltrain/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct dlt_config dlt_config;
struct dlt_node;
struct dlt_config_block;

struct dlt_config {
    struct dlt_config_block *blocks; /* owned, newest first */
    const char *source;              /* name of the document in messages */
    struct dlt_node *root;
};

/** NULL-safe. Frees all of it, and the configuration. */
void dlt_config_memory_destroy(dlt_config **config);

/** Zeroed memory that lives as long as the configuration; NULL with the error recorded. */
void *dlt_config_take(dlt_config *config, int64_t count, size_t size);

/** A terminated copy of bytes that lives as long as the configuration, or NULL. */
char *dlt_config_take_text(dlt_config *config, const char *data, size_t bytes);

/** Takes count objects of *pointer's type into pointer; a status, to be used in DLT_TRY. */
#define DLT_TAKE(config, pointer, count)                                                           \
    (((pointer) = dlt_config_take((config), (count), sizeof *(pointer))) != NULL ? DLT_OK          \
                                                                                 : DLT_ERR_MEM)

#endif
