/* The run of an import, once its description has been read. */
#ifndef DLT_DATA_IMPORT_JOB_H
#define DLT_DATA_IMPORT_JOB_H

#include "config/config.h"
#include "dltrain/import.h"

struct dlt_description;

/* Imports what config describes, like the table of recipe unless that is NULL
 * (dlt_description_keys). Errors as dlt_import. */
DLT_CHECKED dlt_status dlt_import_run(dlt_config *config, const char *source, const char *recipe,
                                      const dlt_import_output *output, FILE *report);

/* Imports what description says; otherwise the same. */
DLT_CHECKED dlt_status dlt_import_described(const struct dlt_description *description,
                                            const char *source, const char *recipe,
                                            const dlt_import_output *output, FILE *report);

/* Imports the table of one file, wherever it is, by the recipe alone. Errors as dlt_import. */
DLT_CHECKED dlt_status dlt_import_by_recipe(const char *path, const char *recipe,
                                            const dlt_import_output *output, FILE *report);

#endif
