/* What the files that describe a checkpoint share. */
#ifndef DLT_TOOLS_DESCRIBE_H
#define DLT_TOOLS_DESCRIBE_H

#include "checkpoint/seal.h"
#include "io/h5.h"
#include "report/table.h"

typedef struct dlt_checkpoint_description {
    dlt_h5_file *file;    /* borrowed */
    const dlt_seal *seal; /* borrowed; without entries if the file has none */
    const char *group;    /* whose tensors are listed: "/params" */
    dlt_table *table;     /* that they go to */
    int64_t tensors;      /* listed so far */
    int64_t elements;
} dlt_checkpoint_description;

/** Adds five cells: mean, standard deviation, minimum and maximum of the finite elements, and how
 * many are not finite; dashes where there are no numbers. Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_describe_numbers(dlt_h5_file *file, const char *name,
                                            const dlt_h5_info *info, dlt_table *table);

#endif
