/* What a loader delivers, and what it is told. */
#ifndef DLT_DATA_LOADER_OPTIONS_H
#define DLT_DATA_LOADER_OPTIONS_H

#include "data/batch_sampler.h"
#include "data/dataset.h"
#include "data/subset.h"
#include "dltrain/extend/keys.h"

/** A micro-batch in memory; borrowed from the loader between next and release. */
typedef struct dlt_micro_batch {
    dlt_micro_batch_id id;
    /* [count, shape] of its dtype, in the order of the loader's fields; of a ragged one [count,
     * length of the class, shape of an element] */
    void *fields[DLT_FIELDS_MAX];
    int shape_class;        /* of its sequences; 0 without ragged fields */
    const int64_t *samples; /* [count] indices in the data set */
} dlt_micro_batch;

typedef struct dlt_loader_options {
    dlt_dataset *dataset; /* borrowed */
    dlt_subset subset;
    dlt_batch_sampler sampler;
    dlt_selection_list transforms; /* borrowed */
    bool training;                 /* random transforms are applied */
    uint64_t seed;
    int field_count;
    dlt_loader_field fields[DLT_FIELDS_MAX];
    dlt_shape_classes classes; /* lengths to which ragged fields are padded */
    const double *mean; /* normalisation for `standardize`, of the training set; may be NULL */
    const double *std;
    int64_t feature_count;
    int depth; /* micro-batches ahead, at least 2; more where they are small */
} dlt_loader_options;

/** Whether field `f` of a loader is delivered at the length of the micro-batch's class. */
bool dlt_loader_field_is_ragged(const dlt_loader_options *options, int f);

/** Micro-batches that are read ahead where `asked` are asked for: small ones cost little and are
 * soon used. */
int dlt_loader_depth(int asked, int64_t micro_batch_bytes);

#endif
