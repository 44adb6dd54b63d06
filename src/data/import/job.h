/* The run of an import, once its description has been read. */
#ifndef DLT_DATA_IMPORT_JOB_H
#define DLT_DATA_IMPORT_JOB_H

#include "config/config.h"
#include "dltrain/import.h"

/* Imports what config describes, like the table of recipe unless that is NULL (dlt_description_keys). Errors as dlt_import. */
DLT_CHECKED dlt_status dlt_import_run(dlt_config *config, const char *source, const char *recipe,
                                      const dlt_import_output *output, FILE *report);

#endif
