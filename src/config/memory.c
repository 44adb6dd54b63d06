/* Allocates from an arena of blocks of 16 KiB, or larger for one large object. Nothing is released
 * before the whole configuration is, so settings may point into it. */
#include "config/memory.h"

#include "base/alloc.h"

#include <stdalign.h>
#include <string.h>

enum { BLOCK_BYTES = 16384 };

/* Stands in front of its memory; objects are handed out from it in turn. */
typedef struct dlt_config_block {
    struct dlt_config_block *next;
    size_t used;
    size_t room;
    alignas(max_align_t) char data[];
} dlt_config_block;

static dlt_config_block *add_block(dlt_config *config, size_t bytes) {
    size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    dlt_config_block *block = dlt_alloc((int64_t)(sizeof *block + room), 1);
    if (block == NULL)
        return NULL;
    block->room = room;
    block->next = config->blocks;
    config->blocks = block;
    return block;
}

void *dlt_config_take(dlt_config *config, int64_t count, size_t size) {
    size_t alignment = alignof(max_align_t);
    /* The document is at most 1 MiB, so that this product stays far from overflow. */
    size_t bytes = ((size_t)count * size + alignment - 1) / alignment * alignment;
    dlt_config_block *block = config->blocks;
    if (block == NULL || block->room - block->used < bytes)
        block = add_block(config, bytes);
    if (block == NULL)
        return NULL;
    void *memory = block->data + block->used;
    block->used += bytes;
    return memory;
}

char *dlt_config_take_text(dlt_config *config, const char *data, size_t bytes) {
    char *copy = dlt_config_take(config, (int64_t)bytes + 1, 1);
    if (copy != NULL && bytes > 0)
        memcpy(copy, data, bytes);
    return copy;
}

void dlt_config_memory_destroy(dlt_config **config) {
    if (*config == NULL)
        return;
    for (dlt_config_block *block = (*config)->blocks, *next; block != NULL; block = next) {
        next = block->next;
        dlt_free(block);
    }
    dlt_free(*config);
    *config = NULL;
}
