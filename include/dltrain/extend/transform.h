/** A transform: what happens to one sample between the file and the model, in the prefetch thread.
 */
#ifndef DLTRAIN_EXTEND_TRANSFORM_H
#define DLTRAIN_EXTEND_TRANSFORM_H

#include "dltrain/extend/keys.h"
#include "dltrain/real.h"
#include "dltrain/shape.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a transform may know of itself and of its data set. */
typedef struct dlt_transform_context {
    const char *name;      /* of the transform, for messages */
    dlt_position position; /* in the run file, for messages */
    const void *settings;
    dlt_shape shape;       /* of one sample; no transform changes it */
    int64_t feature_count; /* length of mean and std; 0 if the data set has none */
    const double *mean;    /* normalisation attributes of the data set: one value, one per feature
                              (last dimension), or one per element */
    const double *std;
} dlt_transform_context;

typedef struct dlt_transform_call {
    uint32_t random_key[2]; /* the stream of (seed, AUGMENT, transform, epoch, sample) */
    uint32_t random_high[2];
    dlt_real *x;       /* in place; dlt_shape_count(shape) elements */
    dlt_real *scratch; /* as many elements */
} dlt_transform_call;

typedef struct dlt_transform_selftest {
    const char *name;
    const char *settings;
    dlt_shape shape;
    int64_t feature_count; /* of mean and std, where the transform looks at them */
    const double *mean;
    const double *std;
    const double *input;
    /* NULL: only checked to be a pure function of its stream, and not the identity */
    const double *output;
} dlt_transform_selftest;

typedef struct dlt_transform_ops {
    dlt_registry_entry entry;
    bool random; /* augmentation: applied in training only */
    /** CONFIG or SHAPE if it does not fit the context. */
    dlt_status (*check)(const dlt_transform_context *context);
    void (*apply)(const dlt_transform_context *context, const dlt_transform_call *call);
    const dlt_transform_selftest *selftests;
    int selftest_count;
} dlt_transform_ops;

/** All transforms; each entry is the `entry` of a dlt_transform_ops. NULL-terminated. */
extern const dlt_registry_entry *const dlt_transforms[];

/** Fails with "FILE:LINE:COLUMN: transform 'NAME': WHY".
 *  Collective: Not collective
 *  Errors:     always code
 */
__attribute__((format(printf, 3, 4))) DLT_CHECKED dlt_status
dlt_transform_error(const dlt_transform_context *context, dlt_status code, const char *why, ...);

#ifdef __cplusplus
}
#endif
#endif
