/* Checksums and identities: XXH3 (xxHash by Yann Collet), a well-kept library that reaches the
 * memory's bandwidth. Not cryptographic: it protects against accidents. */
#ifndef DLT_BASE_HASH_H
#define DLT_BASE_HASH_H

#include "dltrain/status.h"

#include <stddef.h>
#include <stdint.h>

/** Hash of bytes, chained: pass the previous hash as seed (0 to start). */
uint64_t dlt_hash(uint64_t seed, const void *data, size_t bytes);

/** Hash of text without its terminator, chained likewise. */
uint64_t dlt_hash_text(uint64_t seed, const char *text);

/** 16 lower-case hexadecimal digits and a terminator. */
void dlt_hash_format(uint64_t hash, char out[17]);

#endif
