/* A split that keeps neighbours together, for sets that are not kept in memory: the set is cut into
 * equal parts, and of each a stretch of neighbouring samples, at a random place, is held out. */
#ifndef DLT_DATA_STRETCHES_H
#define DLT_DATA_STRETCHES_H

#include <stdint.h>

typedef struct dlt_stretches {
    uint64_t key;
    int64_t total;  /* samples of the set */
    int64_t kept;   /* of them, not held out */
    int64_t length; /* of a stretch; the last one may be shorter */
    int64_t parts;
} dlt_stretches;

/** The split of (seed) that holds out total - kept samples in stretches of length, shorter ones
 * where those would not fit; 0 < kept < total, length > 0.
 *  Not collective; the same on every rank. Errors: none */
dlt_stretches dlt_stretches_make(uint64_t seed, int64_t total, int64_t kept, int64_t length);
/** Positions below kept go to the samples that are kept, the others to those held out, each in the
 * order of the file. */
int64_t dlt_stretches_at(const dlt_stretches *it, int64_t position);

#endif
