/* Opening the data sets of a run and cutting them into training, validation and test splits. */
#ifndef DLT_ENGINE_SPLITS_H
#define DLT_ENGINE_SPLITS_H

#include "checkpoint/snapshot.h"
#include "engine/task.h"

/* The batch from which evaluation takes its micro-batch where the run file's batch is 'all'. */
enum { DLT_EVALUATION_BATCH = 2048 };

/* Where a checkpoint keeps the normalisation of the training data. */
#define DLT_NORMALISATION_MEAN "/buffers/input/mean"
#define DLT_NORMALISATION_STD  "/buffers/input/std"
/* And the class weights of a loss that balances classes. */
#define DLT_CLASS_WEIGHTS "/buffers/loss/class_weights"

/** Fills data sets and splits of the task. Not collective. Errors: IO, FORMAT, CONFIG, SHAPE,
 * MEM. */
DLT_CHECKED dlt_status dlt_task_open_splits(dlt_task *task, const dlt_task_options *options);

/** Fills the task's normalisation: from the training data, or from the checkpoint. Not
 * collective. Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_normalisation_find(dlt_task *task, const dlt_task_options *options);

/** Computes the normalisation from the training samples where the run's transforms need it and the
 * data set has none.
 *  Collective: Collective; task equal on all ranks
 *  Errors:     those of reading and transforming; MEM, MPI: agreed by all ranks
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_normalisation_compute(dlt_task *task);

/* The samples that a checkpoint was trained on; "" where it does not say. */
typedef struct dlt_recorded_input {
    char shape[DLT_SHAPE_TEXT_BYTES];
    char type[16];   /* of their elements in the file */
    char length[24]; /* the largest to which sequences were padded */
} dlt_recorded_input;

/** What a checkpoint says of its training data, and in *input, unless that is NULL, of one sample.
 *  Collective: Not collective
 *  Owns:       caller owns *out, also after a failure
 *  Errors:     IO, FORMAT, MEM
 */
DLT_CHECKED dlt_status dlt_identity_recall(dlt_h5_lock *h5_lock, const char *checkpoint,
                                           dlt_identity *out, dlt_recorded_input *input);
/** Adds it to what a checkpoint will hold. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_identity_record(const dlt_identity *identity, dlt_snapshot *snapshot);
/** Compares the training data of a resumed run with what its checkpoint says. Not collective.
 *  Errors: MISMATCH naming the first difference; FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_identity_check(const dlt_identity *identity,
                                          const dlt_snapshot *snapshot);

#endif
