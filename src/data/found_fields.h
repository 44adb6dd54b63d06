/* The fields that a data set has, for whoever is to show all of them. */
#ifndef DLT_DATA_FOUND_FIELDS_H
#define DLT_DATA_FOUND_FIELDS_H

#include "base/text.h"
#include "data/field.h"

typedef struct dlt_found_fields {
    dlt_field_requests requests; /* with which the data set opens; they borrow the names */
    int count;
    char *names[DLT_FIELDS_MAX]; /* owned */
} dlt_found_fields;

/** Lists the inputs, the targets, and the further fields of a data set's first shard, up to
 * DLT_FIELDS_MAX: those that the importer noted, else the datasets that have as many samples as
 * the inputs, and ragged fields. x and y: NULL stands for "x" and "y". Inputs are required, unless
 * the importer noted other fields.
 *  Collective: Not collective
 *  Owns:       caller owns *out, also after a failure
 *  Errors:     IO, FORMAT, MEM as when the data set is opened
 */
DLT_CHECKED dlt_status dlt_found_fields_find(dlt_h5_lock *h5_lock, const char *source,
                                             const char *x, const char *y, dlt_found_fields *out);
void dlt_found_fields_destroy(dlt_found_fields *it);

#endif
