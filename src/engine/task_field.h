/* A field of a run: what the run file calls it, and how it is read. */
#ifndef DLT_ENGINE_TASK_FIELD_H
#define DLT_ENGINE_TASK_FIELD_H

#include "data/field.h"

typedef struct dlt_task_field {
    const char *name;          /* as nodes and losses say it; borrowed */
    const char *data_name;     /* as transforms say it; borrowed */
    dlt_field_request request; /* of the data sets */
    int of_data;               /* the field of the data sets that it is, or is the lengths of */
    bool is_ragged;
    bool is_length;       /* NAME.length: the lengths of the ragged field NAME */
    bool is_operand;      /* a loss takes it */
    bool is_input;        /* a node takes it */
    int loaded;           /* among the loader's fields; -1: neither takes it */
    bool is_known;        /* a data set has it, or it is made elsewhere: then its shape is */
    dlt_shape stored;     /* of one sample in the data sets */
    dlt_tensor_spec spec; /* as it is delivered: behind the transforms */
    int64_t below;        /* bound of whole numbers; 0: any */
    bool takes_labels;    /* some loss takes it as labels */
    bool has_ignored;
    int32_t ignored;
    const dlt_target_range *range;
    bool transformed;
} dlt_task_field;

#endif
