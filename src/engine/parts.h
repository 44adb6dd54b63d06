/* Opening the data sets of a run and cutting them into training, validation and test parts. */
#ifndef DLT_ENGINE_PARTS_H
#define DLT_ENGINE_PARTS_H

#include "checkpoint/snapshot.h"
#include "engine/problem.h"

/* The batch from which evaluation takes its micro-batch where the run file's batch is 'all'. */
enum { DLT_EVALUATION_BATCH = 2048 };

/* Where a checkpoint keeps the normalisation of the training data. */
#define DLT_NORMALISATION_MEAN "/extra/input/mean"
#define DLT_NORMALISATION_STD  "/extra/input/std"
/* And the class weights of a loss that balances classes. */
#define DLT_CLASS_WEIGHTS "/extra/loss/class_weights"

/** Fills data sets and parts of the problem. Not collective. Errors: IO, FORMAT, CONFIG, SHAPE,
 * MEM. */
DLT_CHECKED dlt_status dlt_parts_open(dlt_problem *problem, const dlt_problem_options *options);

/** Fills the problem's normalisation: from the training data, or from the checkpoint. Not
 * collective. Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_normalisation_find(dlt_problem *problem,
                                              const dlt_problem_options *options);

/** Computes the normalisation from the training samples where the run's transforms need it and the
 * data set has none.
 *  Collective: Collective; problem equal on all ranks
 *  Errors:     those of reading and transforming; MEM, MPI: agreed by all ranks
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_normalisation_compute(dlt_problem *problem);

/* The samples that a checkpoint was trained on; "" where it does not say. */
typedef struct dlt_recorded_input {
    char shape[DLT_SHAPE_TEXT_BYTES];
    char type[16]; /* of their elements in the file */
} dlt_recorded_input;

/** What a checkpoint says of its training data, and in *input, unless that is NULL, of one sample.
 *  Collective: Not collective
 *  Owns:       caller owns *out, also after a failure
 *  Errors:     IO, FORMAT, MEM
 */
DLT_CHECKED dlt_status dlt_identity_recall(dlt_h5_gate *gate, const char *checkpoint,
                                           dlt_identity *out, dlt_recorded_input *input);
/** Adds it to what a checkpoint will hold. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_identity_record(const dlt_identity *identity, dlt_snapshot *snapshot);
/** Compares the training data of a resumed run with what its checkpoint says. Not collective.
 *  Errors: MISMATCH naming the first difference; FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_identity_check(const dlt_identity *identity,
                                          const dlt_snapshot *snapshot);

#endif
