/* Hashes bytes and text with the 64-bit variant of XXH3, each call seeded with the hash before. A
 * chained hash depends on where one call ends and the next begins, so both sides of a comparison
 * must divide the bytes in the same way. */
#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

uint64_t dlt_hash(uint64_t seed, const void *data, size_t bytes) {
    return XXH3_64bits_withSeed(data, bytes, seed);
}

uint64_t dlt_hash_text(uint64_t seed, const char *text) {
    return dlt_hash(seed, text, strlen(text));
}

void dlt_hash_format(uint64_t hash, char out[17]) {
    snprintf(out, 17, "%016" PRIx64, hash);
}
