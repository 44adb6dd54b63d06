/* Allocates, frees and counts heap blocks. A header of 64 bytes in front of each block keeps its
 * size, so dlt_free can count bytes and every block begins on a cache line. The counters are atomic
 * because loader and writer threads allocate, too. A block of 1 MiB or more is zeroed by giving its
 * pages back to Linux (MADV_DONTNEED), so it costs memory only where it is written.
 * dlt_alloc_fail_at sets a countdown; a test uses it to let each allocation fail in turn. */
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

/* Bytes of the whole pages in a range, which begin `head` bytes after it. */
static size_t whole_pages(const char *memory, size_t bytes, size_t *head) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *head = (page - (uintptr_t)memory % page) % page;
    return bytes > *head ? (bytes - *head) / page * page : 0;
}

/* Linux hands out pages anew, as zeros, once they have been given back: a large block then costs
 * memory only where it is written. */
static void clear(char *memory, size_t bytes) {
#ifdef __linux__
    const size_t large = (size_t)1 << 20;
    size_t head = 0;
    size_t pages = bytes < large ? 0 : whole_pages(memory, bytes, &head);
    if (pages > 0 && madvise(memory + head, pages, MADV_DONTNEED) == 0) {
        memset(memory, 0, head);
        memset(memory + head + pages, 0, bytes - head - pages);
        return;
    }
#endif
    memset(memory, 0, bytes);
}

void *dlt_alloc(int64_t count, size_t size) {
    size_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow((size_t)count, size, &bytes) ||
        bytes > (size_t)INT64_MAX - 2 * ALIGNMENT) {
        (void)dlt_fail(DLT_ERR_MEM, "cannot allocate %lld objects of %zu bytes", (long long)count,
                       size);
        return NULL;
    }
    size_t padded = (bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
    char *block = told_to_fail() ? NULL : aligned_alloc(ALIGNMENT, padded);
    if (block == NULL) {
        (void)dlt_fail(DLT_ERR_MEM, "cannot allocate %zu bytes; %lld are in use", bytes,
                       (long long)atomic_load(&bytes_live));
        return NULL;
    }
    ((block_header *)block)->bytes = (int64_t)padded;
    atomic_fetch_add(&blocks_made, 1);
    atomic_fetch_add(&blocks_live, 1);
    atomic_fetch_add(&bytes_live, (int64_t)padded);
    clear(block + ALIGNMENT, bytes);
    return block + ALIGNMENT;
}

void dlt_free(void *memory) {
    if (memory == NULL)
        return;
    char *block = (char *)memory - ALIGNMENT;
    atomic_fetch_sub(&blocks_live, 1);
    atomic_fetch_sub(&bytes_live, ((block_header *)block)->bytes);
    free(block);
}

void dlt_forget(void *memory, int64_t bytes) {
    size_t head = 0;
    size_t pages = whole_pages(memory, (size_t)bytes, &head);
    if (pages > 0)
        (void)madvise((char *)memory + head, pages, MADV_DONTNEED);
}

/* Only a hint: without it, or without the pages, nothing changes but speed (resnet20: 3 % of a
 * step). */
void dlt_use_large_pages(void *memory, int64_t bytes) {
#ifdef MADV_HUGEPAGE
    const int64_t least = (int64_t)4 << 20;
    size_t head = 0;
    size_t pages = bytes < least ? 0 : whole_pages(memory, (size_t)bytes, &head);
    if (pages > 0)
        (void)madvise((char *)memory + head, pages, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
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
