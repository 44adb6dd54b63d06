/* Buffers of a test that show what was written: filled with NaN, with a guard behind the end. */
#ifndef GRADCHECK_GUARDED_H
#define GRADCHECK_GUARDED_H

#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct guarded {
    dlt_real *at; /* owned; as many bytes as asked for */
    int64_t bytes;
} guarded;

/** Poisoned memory of the given bytes. Errors: MEM. */
DLT_CHECKED dlt_status guarded_create(int64_t bytes, guarded *out);
void guarded_destroy(guarded *buffer);

/** Makes every byte 0xFF: NaN as a real, -1 as an integer. */
void guarded_poison(guarded *buffer);

/** Number of reals. */
int64_t guarded_count(const guarded *buffer);

/** True if nothing was written behind the end. */
bool guarded_intact(const guarded *buffer);

/** True if no element is NaN or infinite. */
bool guarded_finite(const guarded *buffer);

#endif
