#include "base/alloc.h"

#include "base/error.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALIGNMENT = 64 };

/* Stands in front of each block, so that releasing it can be counted in bytes. */
typedef struct block_header {
    int64_t bytes;
    void *start; /* of what calloc gave */
} block_header;

static atomic_llong blocks_made;
static atomic_llong blocks_live;
static atomic_llong bytes_live;
static atomic_llong fail_countdown;

static int told_to_fail(void) {
    if (atomic_load(&fail_countdown) == 0)
        return 0;
    return atomic_fetch_sub(&fail_countdown, 1) == 1;
}

void *dlt_alloc(int64_t count, size_t size) {
    size_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow((size_t)count, size, &bytes) ||
        bytes > (size_t)INT64_MAX - 2 * ALIGNMENT) {
        (void)dlt_fail(DLT_ERR_MEM, "cannot allocate %lld objects of %zu bytes", (long long)count,
                       size);
        return NULL;
    }
    /* calloc knows which memory the system hands out zeroed and leaves it untouched. */
    size_t padded = bytes + 2 * ALIGNMENT;
    char *start = told_to_fail() ? NULL : calloc(padded, 1);
    if (start == NULL) {
        (void)dlt_fail(DLT_ERR_MEM, "cannot allocate %zu bytes; %lld are in use", bytes,
                       (long long)atomic_load(&bytes_live));
        return NULL;
    }
    char *block = start + ALIGNMENT - (uintptr_t)start % ALIGNMENT;
    *(block_header *)(void *)block = (block_header){.bytes = (int64_t)padded, .start = start};
    atomic_fetch_add(&blocks_made, 1);
    atomic_fetch_add(&blocks_live, 1);
    atomic_fetch_add(&bytes_live, (int64_t)padded);
    return block + ALIGNMENT;
}

void dlt_free(void *memory) {
    if (memory == NULL)
        return;
    const block_header header = *(block_header *)(void *)((char *)memory - ALIGNMENT);
    atomic_fetch_sub(&blocks_live, 1);
    atomic_fetch_sub(&bytes_live, header.bytes);
    free(header.start);
}

void dlt_forget(void *memory, int64_t bytes) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)memory + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)memory + (uintptr_t)bytes) / page * page;
    if (end > first)
        (void)madvise((char *)memory + (first - (uintptr_t)memory), end - first, MADV_DONTNEED);
}

char *dlt_alloc_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = dlt_alloc((int64_t)bytes, 1);
    if (copy != NULL)
        memcpy(copy, text, bytes);
    return copy;
}

int64_t dlt_alloc_balance(void) {
    return atomic_load(&blocks_live);
}

int64_t dlt_alloc_made(void) {
    return atomic_load(&blocks_made);
}

int64_t dlt_alloc_bytes(void) {
    return atomic_load(&bytes_live);
}

void dlt_alloc_fail_at(int64_t nth) {
    atomic_store(&fail_countdown, nth);
}
