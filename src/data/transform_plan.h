/* The transforms of a run, in order, ready to be applied to samples. */
#ifndef DLT_DATA_TRANSFORM_PLAN_H
#define DLT_DATA_TRANSFORM_PLAN_H

#include "data/field.h"
#include "dltrain/extend/transform.h"
#include "dltrain/status.h"

#include <stdint.h>

/** What transforms are applied to: fields of a sample as they are stored. */
typedef struct dlt_transform_inputs {
    int count;
    dlt_transform_field fields[DLT_FIELDS_MAX];
    bool is_ragged[DLT_FIELDS_MAX]; /* which no transform acts on */
    int standard;          /* the field that a transform which names none acts on; -1: none */
    int64_t feature_count; /* of mean and std of that field, borrowed; 0: there are none */
    const double *mean;
    const double *std;
} dlt_transform_inputs;

typedef struct dlt_transform_step {
    const dlt_transform_ops *ops;
    dlt_transform_context context;
    uint32_t index; /* in the run file's list: names the stream of random numbers */
    int slots[DLT_TRANSFORM_FIELDS_MAX]; /* the context's fields among the inputs */
} dlt_transform_step;

typedef struct dlt_transform_plan {
    dlt_transform_step *steps; /* owned */
    int64_t count;
    bool training;
    int field_count;
    bool is_used[DLT_FIELDS_MAX];       /* some step acts on the field */
    bool is_reshaped[DLT_FIELDS_MAX];   /* some step changes its shape */
    dlt_tensor_spec in[DLT_FIELDS_MAX]; /* of one sample, as it is stored */
    dlt_tensor_spec out[DLT_FIELDS_MAX];
    char *work[DLT_FIELDS_MAX]; /* owned: one sample of a field that is reshaped */
    char *scratch;              /* owned: one sample of any field */
} dlt_transform_plan;

/** The shapes of the fields behind all transforms; those of the inputs are left as they are.
 *  Errors: CONFIG or SHAPE, with the place in the run file */
DLT_CHECKED dlt_status dlt_transforms_infer(const dlt_selection_list *transforms,
                                            const dlt_transform_inputs *inputs,
                                            dlt_shape out[DLT_FIELDS_MAX]);

/** Checks the transforms on samples of the inputs' shapes and keeps those that apply: random ones
 * only in training, unless they change the shape. A field that a transform names and the inputs
 * lack is left out. Settings, mean and std are borrowed until destroy.
 *  Errors: CONFIG or SHAPE, with the place in the run file; MEM */
DLT_CHECKED dlt_status dlt_transform_plan_make(const dlt_selection_list *transforms,
                                               const dlt_transform_inputs *inputs, bool training,
                                               dlt_transform_plan *out);
void dlt_transform_plan_destroy(dlt_transform_plan *plan);

/** Transforms one sample; random numbers depend on (seed, epoch, sample) alone. in[f] and out[f]
 * are the same for a field that is not reshaped. */
void dlt_transform_plan_apply(const dlt_transform_plan *plan, uint64_t seed, int64_t epoch,
                              int64_t sample, const void *const *in, void *const *out);

#endif
