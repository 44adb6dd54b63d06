/** A transform: what happens to one sample between the file and the model, in the prefetch thread.
 */
#ifndef DLTRAIN_EXTEND_TRANSFORM_H
#define DLTRAIN_EXTEND_TRANSFORM_H

#include "dltrain/extend/keys.h"
#include "dltrain/real.h"
#include "dltrain/shape.h"
#include "dltrain/status.h"
#include "dltrain/tensor.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DLT_TRANSFORM_FIELDS_MAX = 8 };

/** A field that a transform acts on: an image, or the label map that belongs to it. */
typedef struct dlt_transform_field {
    const char *name;     /* in the run file */
    dlt_tensor_spec spec; /* of one sample, as it comes from the transform before */
    int32_t fill; /* I32: what stands where an image has nothing: the label that is ignored, or 0 */
} dlt_transform_field;

/** What a transform may know of itself and of its data set. */
typedef struct dlt_transform_context {
    const char *name;      /* of the transform, for messages */
    dlt_position position; /* in the run file, for messages */
    const void *settings;
    int field_count;
    dlt_transform_field fields[DLT_TRANSFORM_FIELDS_MAX];
    dlt_shape outputs[DLT_TRANSFORM_FIELDS_MAX]; /* of the fields behind it, as inferred */
    dlt_shape shape;                             /* of the first field, as it comes */
    int64_t feature_count; /* length of mean and std; 0 if the field has none */
    const double *mean;    /* normalisation attributes of the data set: one value, one per feature
                              (last dimension), or one per element */
    const double *std;
} dlt_transform_context;

typedef struct dlt_transform_call {
    uint32_t random_key[2]; /* the stream of (seed, AUGMENT, transform, epoch, sample) */
    uint32_t random_high[2];
    bool training; /* false: a random transform that changes the shape does so in a fixed way */
    void *fields[DLT_TRANSFORM_FIELDS_MAX]; /* in place, with room for either shape */
    dlt_real *x;                            /* the first of them, if it holds reals */
    void *scratch;                          /* room for any of them, in either shape */
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
    dlt_shape output_shape; /* rank 0: as `shape` */
} dlt_transform_selftest;

typedef struct dlt_transform_ops {
    dlt_registry_entry entry;
    bool random;     /* augmentation: applied in training only, unless it changes the shape */
    int fields_most; /* of either dtype that it acts on together; 0: on one, of reals */
    /** Optional: changes the shapes of the fields, which `outputs` has as they come. SHAPE or
     * CONFIG if it cannot. Statistics are not known yet. */
    dlt_status (*infer)(const dlt_transform_context *context,
                        dlt_shape outputs[DLT_TRANSFORM_FIELDS_MAX]);
    /** Optional: CONFIG or SHAPE if it does not fit the context. */
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

/** Adds a transform of the caller's own, which run files then can name. `ops` stays as it is
 *  until the process ends. Call it before anything reads a run file, in one thread alone.
 *  Collective: Not collective; the same on all ranks, in any order
 *  Owns:       borrows ops until the process ends
 *  Errors:     CONFIG if the name is taken or no name, or if a required member is missing
 */
DLT_CHECKED dlt_status dlt_register_transform(const dlt_transform_ops *ops);

#ifdef __cplusplus
}
#endif
#endif
