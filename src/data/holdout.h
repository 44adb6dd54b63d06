/* A contiguous hold-out: a random split that keeps neighbours together, for sets that are not kept
 * in memory: the set is cut into equal parts, and of each a run of neighbouring samples, at a
 * random place, is held out. */
#ifndef DLT_DATA_HOLDOUT_H
#define DLT_DATA_HOLDOUT_H

#include <stdint.h>

typedef struct dlt_holdout {
    uint64_t key;
    int64_t total;  /* samples of the set */
    int64_t kept;   /* of them, not held out */
    int64_t length; /* of a held-out run; the last one may be shorter */
    int64_t parts;
} dlt_holdout;

/** The split of (seed) that holds out total - kept samples in runs of length, shorter ones
 * where those would not fit; 0 < kept < total, length > 0.
 *  Not collective; the same on every rank. Errors: none */
dlt_holdout dlt_holdout_make(uint64_t seed, int64_t total, int64_t kept, int64_t length);
/** Positions below kept go to the samples that are kept, the others to those held out, each in the
 * order of the file. */
int64_t dlt_holdout_at(const dlt_holdout *it, int64_t position);

#endif
