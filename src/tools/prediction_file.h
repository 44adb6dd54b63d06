/* Predictions as an HDF5 file: rank 0 makes it with all its room, then every rank writes its own
 * samples at their place, so that nothing of the size of the data set is gathered anywhere. */
#ifndef DLT_TOOLS_PREDICTION_FILE_H
#define DLT_TOOLS_PREDICTION_FILE_H

#include "data/loader.h"
#include "engine/task.h"
#include "io/positioned.h"

/** The datasets of the file, each with a row per sample. Where there are several losses, each but
 * SAMPLE is a group with a dataset for each loss, by its name. */
typedef enum dlt_prediction_column {
    DLT_PREDICTION_OUTPUT,      /* "prediction": what the model returns */
    DLT_PREDICTION_PROBABILITY, /* "probability", where the loss has some */
    DLT_PREDICTION_LABEL,       /* "label": the class, -1 where the prediction is not a number */
    DLT_PREDICTION_TARGET,      /* "target", where the data set has targets */
    DLT_PREDICTION_SAMPLE,      /* "sample": the number of the record, where some are no samples */
    DLT_PREDICTION_COLUMNS
} dlt_prediction_column;

const char *dlt_prediction_column_name(dlt_prediction_column column);

/** What is said of the predictions as a whole; borrowed. */
typedef struct dlt_prediction_origin {
    const char *checkpoint;
    int64_t step;
    const char *data;
} dlt_prediction_origin;

/** Offsets of the datasets in the file; -1: not there. */
typedef struct dlt_prediction_places {
    int64_t at[DLT_LOSSES_MAX][DLT_PREDICTION_COLUMNS];
} dlt_prediction_places;

/** Names of the classes that a label of the first loss means, newline-separated, borrowed from the
 * task; NULL: none, or not as many as there are classes. */
const char *dlt_prediction_classes(const dlt_task *task);

/** Makes the file with room for the task's test split. Not collective; by one process. Errors:
 * IO, MEM. */
DLT_CHECKED dlt_status dlt_prediction_file_make(const dlt_task *task,
                                                const dlt_prediction_origin *origin,
                                                const char *path, dlt_prediction_places *out);

typedef struct dlt_prediction_writer {
    const dlt_task *task; /* borrowed */
    dlt_prediction_places places;
    dlt_positioned_file file;
    dlt_real *probability; /* of one micro-batch; owned */
    int32_t *label;        /* owned */
    int64_t *sample;       /* owned */
} dlt_prediction_writer;

/** Opens the file for this rank's samples; task and places are set. Not collective. Owns: caller
 * closes it, also after a failure. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_prediction_writer_open(dlt_prediction_writer *writer, const char *path);
/** A dlt_output_sink; context is the writer. Not collective. Errors: IO. */
dlt_status dlt_prediction_write(void *context, const dlt_micro_batch *batch);
/** Forces what was written to the disk and closes. Not collective. Errors: IO; all is released all
 * the same. */
DLT_CHECKED dlt_status dlt_prediction_writer_close(dlt_prediction_writer *writer);

#endif
