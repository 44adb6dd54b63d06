/* The run of an import, once its description has been read. */
#ifndef DLT_INGEST_JOB_H
#define DLT_INGEST_JOB_H

#include "config/config.h"
#include "dltrain/import.h"

/* What an import takes beside its description; all borrowed. */
typedef struct dlt_import_inputs {
    const char *source;              /* folder with the files; may be NULL */
    const dlt_import_likeness *like; /* may be NULL */
    const char *notes;               /* lines to be said at the end; may be NULL */
    const dlt_selection *format;     /* in place of the description's; may be NULL */
} dlt_import_inputs;

/* Imports what config describes (dlt_description_keys). Errors as dlt_import. */
DLT_CHECKED dlt_status dlt_import_run(dlt_config *config, const dlt_import_inputs *inputs,
                                      const dlt_import_output *output, const dlt_line_sink *report);

#endif
