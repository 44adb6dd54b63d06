/* The fields of a run: those of the run file's `data.fields`, or inputs x and targets y. */
#ifndef DLT_DATA_RUN_FIELDS_H
#define DLT_DATA_RUN_FIELDS_H

#include "config/config.h"
#include "data/dataset.h"
#include "data/settings.h"

typedef struct dlt_run_fields {
    bool is_short;                     /* x and y */
    const char *names[DLT_FIELDS_MAX]; /* by which nodes and losses ask for them; borrowed */
    dlt_field_requests requests;       /* of the training data, in the same order */
} dlt_run_fields;

/** Lists the fields that the settings name; texts are borrowed from them. `config` says where a key
 * stands.
 *  Collective: Not collective
 *  Errors:     CONFIG with the place: no field or too many, a name with a dot, or `x`, `y` or one
 *              of their variants for test or validation beside `fields`; a transform of a field
 *              that is not among them
 */
DLT_CHECKED dlt_status dlt_run_fields_find(const dlt_data_settings *settings,
                                           const dlt_config *config, dlt_run_fields *out);

/** The shapes of the samples of a data set that was opened with these fields, as they are
 * delivered: behind the transforms of the settings. Of a ragged field that of an element.
 *  Collective: Not collective
 *  Errors:     CONFIG, SHAPE from transforms, with the place
 */
DLT_CHECKED dlt_status dlt_run_fields_deliver(const dlt_run_fields *fields,
                                              const dlt_data_settings *settings,
                                              const dlt_dataset *dataset,
                                              dlt_shape out[DLT_FIELDS_MAX]);

#endif
