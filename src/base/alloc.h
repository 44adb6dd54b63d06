/* Counted heap memory. All of dltrain's heap goes through here, so that a test can see every leak,
 * measure what a run holds, and make any single allocation fail. */
#ifndef DLT_BASE_ALLOC_H
#define DLT_BASE_ALLOC_H

#include "dltrain/status.h"

#include <stddef.h>
#include <stdint.h>

/** Zeroed memory for count objects of size bytes, aligned to 64 bytes. NULL (with the error
 * recorded) when count * size overflows or memory is exhausted. count = 0 gives a valid pointer to
 * free. */
void *dlt_alloc(int64_t count, size_t size);

/** Releases memory of dlt_alloc; NULL is allowed. */
void dlt_free(void *memory);

/** Gives the whole pages of [memory, memory + bytes), a part of a block, back to the system until
 * they are written again; what the range holds is then undefined. A large block likewise costs
 * memory only where it has been written. */
void dlt_forget(void *memory, int64_t bytes);

/** For a new block all of which will be in use: large pages where the system has them, so that
 * going through it does not wait for translations of addresses. Of no effect on blocks of less than
 * a few MiB, where they would cost memory. */
void dlt_use_large_pages(void *memory, int64_t bytes);

/** Allocates count objects of *pointer's type into pointer; a status, to be used in DLT_TRY. */
#define DLT_NEW(pointer, count)                                                                    \
    (((pointer) = dlt_alloc((count), sizeof *(pointer))) != NULL ? DLT_OK : DLT_ERR_MEM)

/** A copy of text owned by the caller, or NULL with the error recorded. */
char *dlt_alloc_text(const char *text);

/** Allocations made minus allocations released; 0 when nothing leaked. */
int64_t dlt_alloc_balance(void);
/** Allocations made since the start: unchanged across a step that allocates nothing. */
int64_t dlt_alloc_made(void);
/** Bytes held now. */
int64_t dlt_alloc_bytes(void);
/** Makes the nth allocation from now (1 = the next) fail once; 0 switches this off. */
void dlt_alloc_fail_at(int64_t nth);

#endif
