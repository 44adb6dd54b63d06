/* The fingerprint that an importer leaves in each shard: a hash of its samples, block by block. */
#ifndef DLT_DATA_FINGERPRINT_H
#define DLT_DATA_FINGERPRINT_H

#include <stdint.h>

/** Samples of a block, from the bytes of one sample's x. Blocks start at the shard's first sample.
 */
int64_t dlt_fingerprint_rows(int64_t x_bytes);

/** Chains the next block; the chain starts with 0. */
uint64_t dlt_fingerprint_add(uint64_t chain, const void *x, int64_t x_bytes, const void *y,
                             int64_t y_bytes);

#endif
