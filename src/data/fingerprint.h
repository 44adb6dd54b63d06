/* A hash of all samples of a shard, which its importer leaves in the attribute `fingerprint`. The
 * attribute `fields` names what was hashed; without it, that is x and, where there is one, y. */
#ifndef DLT_DATA_FINGERPRINT_H
#define DLT_DATA_FINGERPRINT_H

#include "data/field.h"

#include <stdint.h>

/* Samples that are hashed at a time: other blocks would give another hash. `row_bytes`: of one
 * sample of all fields that are not ragged, or of x. */
int64_t dlt_fingerprint_rows(int64_t row_bytes, bool has_ragged);

/* Takes in what a field is, before its samples; not for x and y alone. */
uint64_t dlt_fingerprint_describe(uint64_t chain, const char *name, dlt_h5_type type,
                                  const dlt_shape *shape, bool is_ragged);
/* Takes in one field of a block. lengths: [count] of a ragged field; else NULL. */
uint64_t dlt_fingerprint_add(uint64_t chain, int64_t count, const int64_t *lengths,
                             const void *rows, int64_t bytes);

#endif
