/* Whether the fields of the splits of an import agree, and how large they are. */
#ifndef DLT_INGEST_FIELD_CHECKS_H
#define DLT_INGEST_FIELD_CHECKS_H

#include "data/split.h"
#include "ingest/description.h"

/* A class number per sample. */
bool dlt_import_is_label(const dlt_split_field *field);
/* What y is: "labels", "values", "absent" where x is alone. */
const char *dlt_import_target_kind(const dlt_split_facts *facts);

/* Compares a split with the description's shape, which is of the first field, and with the training
 * split. Errors: FORMAT. */
DLT_CHECKED dlt_status dlt_import_check_fields(const dlt_description *description,
                                               const dlt_split_facts splits[DLT_SPLITS],
                                               dlt_split split);

/* Bytes of samples [first, first + count) of a field. */
int64_t dlt_import_field_bytes(const dlt_split_field *field, int64_t first, int64_t count);
/* Bytes of all samples; -1 if they are more than int64 holds. */
int64_t dlt_import_bytes(const dlt_split_facts *facts);

#endif
