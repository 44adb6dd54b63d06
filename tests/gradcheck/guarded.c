#include "guarded.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

enum { GUARD_BYTES = 256, GUARD = 0xA5 };

dlt_status guarded_create(int64_t bytes, guarded *out) {
    unsigned char *memory;
    DLT_TRY(DLT_NEW(memory, bytes + GUARD_BYTES));
    *out = (guarded){.at = (dlt_real *)(void *)memory, .bytes = bytes};
    memset(memory + bytes, GUARD, GUARD_BYTES);
    guarded_poison(out);
    return DLT_OK;
}

void guarded_destroy(guarded *buffer) {
    dlt_free(buffer->at);
    *buffer = (guarded){0};
}

void guarded_poison(guarded *buffer) {
    memset(buffer->at, 0xFF, (size_t)buffer->bytes);
}

int64_t guarded_count(const guarded *buffer) {
    return buffer->bytes / (int64_t)sizeof(dlt_real);
}

bool guarded_intact(const guarded *buffer) {
    const unsigned char *guard = (const unsigned char *)buffer->at + buffer->bytes;
    for (int i = 0; i < GUARD_BYTES; i++)
        if (guard[i] != GUARD)
            return false;
    return true;
}

bool guarded_finite(const guarded *buffer) {
    for (int64_t i = 0; i < guarded_count(buffer); i++)
        if (!isfinite(buffer->at[i]))
            return false;
    return true;
}
