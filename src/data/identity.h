/* What a data set says of itself beside its numbers: the names of classes and columns, and how the
 * numbers were made. Data that belong together are compared by it. */
#ifndef DLT_DATA_IDENTITY_H
#define DLT_DATA_IDENTITY_H

#include "base/text.h"
#include "dltrain/shape.h"
#include "dltrain/status.h"
#include "io/h5.h"

#include <stdbool.h>
#include <stdint.h>

/* NULL and 0 where it is not said. All owned. */
typedef struct dlt_identity {
    char *class_names;   /* newline-separated, in the order of the labels */
    char *feature_names; /* newline-separated, in the order of x */
    char *target_name;
    double target_scale; /* targets are numbers divided by this */
    int64_t raw_count;
    double *raw_mean; /* [raw_count]: x = (raw - raw_mean) / raw_std */
    double *raw_std;
    char *recipe; /* how a later table becomes samples of the same meaning */
} dlt_identity;

void dlt_identity_destroy(dlt_identity *identity);
/** Not collective. Owns: caller owns *out, also after a failure. Errors: MEM. */
DLT_CHECKED dlt_status dlt_identity_copy(const dlt_identity *identity, dlt_identity *out);
/** Reads the attributes of a file of a data set; those of another program are passed over.
 *  Collective: Not collective
 *  Owns:       caller owns *out, also after a failure
 *  Errors:     IO, FORMAT, MEM
 */
DLT_CHECKED dlt_status dlt_identity_read(dlt_h5_file *file, dlt_identity *out);

/** OK in place of FORMAT: other programs use the same names for their own attributes, and what
 * cannot be ours is not there; *foreign is then set. Not collective. Errors: those of `status`. */
DLT_CHECKED dlt_status dlt_identity_pass_over_foreign(dlt_status status, bool *foreign);

/** How samples of one data set become those of another. */
typedef struct dlt_data_map {
    int64_t features;
    int64_t *column; /* [features] of x, in the stored order; NULL: they are in order; owned */
    int64_t classes;
    int32_t *label; /* [classes] what a stored label becomes; NULL: the same; owned */
    dlt_text said;  /* what is mapped, in half a sentence; empty where all is in its place */
} dlt_data_map;

/** Compares the data of `source` with the training data, and finds the map from one to the other by
 *  names. What either does not say is not compared.
 *  Collective: Not collective
 *  Owns:       caller owns *out, also after a failure
 *  Errors:     MISMATCH naming the first difference; MEM
 */
DLT_CHECKED dlt_status dlt_identity_map(const dlt_identity *training, const dlt_identity *data,
                                        const char *source, bool has_target, int64_t features,
                                        dlt_data_map *out);
void dlt_data_map_destroy(dlt_data_map *map);

#endif
