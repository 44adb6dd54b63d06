/** A session: the public handle on an engine. Calls return data and print nothing.
 *
 *  A session trains one run on the ranks of one communicator, on samples of a data set, on arrays
 *  in memory, or on batches that the program hands over. Its parameters have the same bits on any
 *  number of ranks. Calls that are collective are made by all ranks of the session in the same
 *  order; an error that one rank alone meets is agreed by all in the same call.
 */
#ifndef DLTRAIN_SESSION_H
#define DLTRAIN_SESSION_H

#include "dltrain/array.h"
#include "dltrain/comm.h"
#include "dltrain/real.h"
#include "dltrain/run.h"
#include "dltrain/status.h"
#include "dltrain/tensor.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dlt_session dlt_session;

enum { DLT_SESSION_NAME_BYTES = 160, DLT_SESSION_VALUES_MAX = 144 };

/** One number of a metric. */
typedef struct dlt_session_value {
    /* "accuracy", "f1_macro"; of several losses "price_loss", "ocean_accuracy" */
    char name[DLT_SESSION_NAME_BYTES];
    double value;
    bool higher_is_better;
} dlt_session_value;

/** What an evaluation found. */
typedef struct dlt_session_metrics {
    int64_t samples;
    double loss; /* the total, where there are several */
    int count;   /* of several losses "NAME_loss" each, then the metrics */
    dlt_session_value values[DLT_SESSION_VALUES_MAX];
} dlt_session_metrics;

/** One update. */
typedef struct dlt_session_progress {
    int64_t step;    /* updates done, this one included */
    int64_t epoch;   /* that it belongs to, 1 for the first */
    int64_t samples; /* of its batch, all ranks together */
    double loss;     /* mean of the batch, before the update */
    double lr;
    bool finite;     /* false: loss or gradient was not finite, and nothing was updated */
    bool ends_epoch; /* it was the last one of its epoch */
} dlt_session_progress;

/** One finished epoch. */
typedef struct dlt_session_epoch {
    int64_t epoch; /* 1 for the first */
    int64_t step;  /* updates done */
    double train_loss;
    bool validated;
    dlt_session_metrics validation; /* where validated */
    bool best;                      /* the monitored value is the best so far */
    bool stops;                     /* patience of early stopping is at its end */
} dlt_session_epoch;

/** Who is told of updates and epochs; every rank's own. Either function may be NULL. */
typedef struct dlt_session_observer {
    void *context;
    void (*step)(void *context, const dlt_session_progress *progress);
    void (*epoch)(void *context, const dlt_session_epoch *epoch);
} dlt_session_observer;

/** Where samples come from, and who looks on. All zero: the run's data, and nobody. */
typedef struct dlt_session_options {
    /* Samples in memory in the place of data.train and data.validation. Each rank holds all of
     * them, with equal contents. Borrowed until destroy. NULL: as the run file says. */
    const dlt_arrays *train;
    const dlt_arrays *validation;
    /* Batches are handed over with dlt_session_push: the fields of a batch, each with its element
     * type and the shape of a sample behind a first dimension of any size; `at` is not looked at.
     * The run has no transforms then. NULL: samples are read. */
    const dlt_arrays *batch;
    int64_t epoch_steps; /* with batch: updates of an epoch; 0: an epoch does not end */
    dlt_session_observer observer;
} dlt_session_options;

/** Opens data, builds the model and initialises parameters by the run's seed or train.init_from.
 *  Collective: Collective over comm; run and options equal on all ranks, but for addresses and
 *              observer
 *  Owns:       caller owns *out (dlt_session_destroy); it borrows run and arrays, not comm
 *  Errors:     ARG, SHAPE for arrays that do not fit the run; IO, FORMAT, CONFIG, SHAPE of run file
 *              and data; MISMATCH where ranks differ; MEM; MPI: agreed by all ranks
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_create(const dlt_comm *comm, dlt_run *run,
                                          const dlt_session_options *options, dlt_session **out);

/** Releases a session; NULL-safe.
 *  Collective: Collective
 *  Errors:     none
 */
void dlt_session_destroy(dlt_session **session);

/** Computes the next update. After the last one of an epoch it checks that every sample was
 *  computed once, evaluates the validation data where that is due, tells the observer, and begins
 *  the next epoch.
 *  Collective: Collective
 *  Errors:     ARG after the last epoch of the run; those of reading data and of an evaluation:
 *              agreed by all ranks. A loss that is not finite is a result, not an error
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_step(dlt_session *session, dlt_session_progress *out);

/** Computes updates until so many are done in this call, the run's epochs are over, early stopping
 *  ends it, or a loss is not finite. steps 0: no limit of their number.
 *  Collective: Collective; steps equal on all ranks
 *  Errors:     as dlt_session_step, but none after the last epoch. *out is the last update; its
 *              step is 0 where none was made
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_train(dlt_session *session, int64_t steps,
                                         dlt_session_progress *out);

/* An update piece by piece, for a program that computes something between its pieces, such as a
 * loss of its own. For each micro-batch of its own a rank calls forward and backward; then all
 * ranks call reduce and update. The result is that of dlt_session_step, bit by bit. */

/** Micro-batches of the next update that this rank computes; a rank may have none.
 *  Collective: Not collective
 *  Errors:     none
 */
int64_t dlt_session_micro_batches(const dlt_session *session);

/** A micro-batch: samples [first, first + count) of the batch. */
typedef struct dlt_session_micro {
    int64_t first;
    int64_t count;
} dlt_session_micro;

/** Computes the model's outputs for this rank's next micro-batch.
 *  Collective: Not collective; what fails here is told to all ranks by dlt_session_reduce
 *  Errors:     ARG out of turn or after the last epoch; UNSUPPORTED for a model with statistics
 *              over the whole batch, or several losses whose weights follow from it; those of
 *              reading data
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_forward(dlt_session *session, dlt_session_micro *out);

/** What the (first) loss of the run compares with its target, between forward and backward.
 *  Collective: Not collective
 *  Owns:       *out [samples of the micro-batch, output] is borrowed until backward
 *  Errors:     ARG out of turn
 */
DLT_CHECKED dlt_status dlt_session_prediction(const dlt_session *session, int64_t *count,
                                              const dlt_real **out);

/** The gradient of a loss of the program's own, with respect to the prediction. */
typedef struct dlt_session_gradient {
    int64_t count;
    const dlt_real *values; /* of the sum over the samples of the micro-batch */
    double loss;            /* that sum, for reports */
    double weight;          /* what the sums are divided by, added over the batch; 0: its samples */
} dlt_session_gradient;

/** Computes the gradients of the parameters for the micro-batch of the last forward. given: NULL
 *  for the run's losses and metrics.
 *  Collective: Not collective
 *  Owns:       copies the gradient
 *  Errors:     ARG out of turn; SHAPE for a gradient of another number of elements; UNSUPPORTED for
 *              a gradient given to a run with several losses
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_backward(dlt_session *session,
                                            const dlt_session_gradient *given);

/** Adds gradients, loss and metrics over the batch. *out has its loss; its step is that of the
 *  update before.
 *  Collective: Collective
 *  Errors:     ARG if a rank has left out a micro-batch; those of its forward calls: agreed by all
 *              ranks, and the batch begins anew
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_reduce(dlt_session *session, dlt_session_progress *out);

/** Reads the gradient of a parameter, averaged over the batch and not clipped, between reduce and
 *  update.
 *  Collective: Not collective; the same on all ranks
 *  Owns:       out [count] is the caller's
 *  Errors:     ARG out of turn, or if there is no such parameter; SHAPE; UNSUPPORTED under
 *              `comm.strategy: sharded`, where no rank has all of it
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_gradient_of(const dlt_session *session, const char *name,
                                               int64_t count, dlt_real *out);

/** Changes the parameters; what follows is as after dlt_session_step.
 *  Collective: Collective
 *  Errors:     ARG before dlt_session_reduce; as dlt_session_step
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_update(dlt_session *session, dlt_session_progress *out);

/** Samples other than those that a session trains on. One of the three is given. */
typedef struct dlt_session_data {
    const char *split;        /* "validation" or "test": of the session's own data */
    const char *source;       /* a data set: a prefix of shards or one HDF5 file */
    const dlt_arrays *arrays; /* in memory; each rank holds all, with equal contents */
} dlt_session_data;

/** Computes loss and metrics, under the moving average of the weights where the run has one.
 *  Collective: Collective; data equal on all ranks, but for addresses
 *  Errors:     ARG for data that are not one of the three, or a split that the session lacks; as
 *              dlt_session_create for the samples: agreed by all ranks
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_evaluate(dlt_session *session, const dlt_session_data *data,
                                            dlt_session_metrics *out);

/** Finds a metric by name, "loss" included; NAN if there is none of that name.
 *  Collective: Not collective
 *  Errors:     none
 */
double dlt_session_metric(const dlt_session_metrics *metrics, const char *name);

/** Type and shape of one sample of a node's output. node: its name in the run file or the default
 *  one (dense_1); NODE.1 is the second output of a node with several; NULL: the last node.
 *  Collective: Not collective; the same on all ranks
 *  Errors:     CONFIG if the model has no such node
 */
DLT_CHECKED dlt_status dlt_session_output(const dlt_session *session, const char *node,
                                          dlt_tensor_spec *out);

/** Computes a node's output for every sample, in the order of the data, which is a source or
 *  arrays. Targets are not needed.
 *  Collective: Collective; data, node and count equal on all ranks, but for addresses
 *  Owns:       out [samples, output] is the caller's; every rank receives all of it
 *  Errors:     SHAPE unless count is samples times the elements of one output; as
 *              dlt_session_evaluate and dlt_session_output: agreed by all ranks
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_predict(dlt_session *session, const dlt_session_data *data,
                                           const char *node, int64_t count, dlt_real *out);

/** A hash of parameters, running state, optimizer states and the number of updates, as 16 digits:
 *  that of summary.json.
 *  Collective: Collective
 *  Errors:     MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_session_hash(dlt_session *session, char out[17]);

/** The samples of the next batch that this rank hands over: [*first, *first + *count) of the
 *  train.batch samples of all ranks together. A rank may have none.
 *  Collective: Not collective
 *  Errors:     ARG unless the session takes batches
 */
DLT_CHECKED dlt_status dlt_session_share(const dlt_session *session, int64_t *first,
                                         int64_t *count);

/** Hands over this rank's samples of the next update, each field by its name with the element type
 *  and the shape that dlt_session_options.batch declared, but as many samples as dlt_session_share
 *  says. Values are checked like those of a file and copied. A rank without samples need not call
 *  it.
 *  Collective: Not collective; a failure is told to all ranks by the next dlt_session_step
 *  Errors:     ARG, SHAPE for arrays other than declared; FORMAT for a value that a loss or node
 *              cannot take
 */
DLT_CHECKED dlt_status dlt_session_push(dlt_session *session, const dlt_arrays *samples);

/** A named tensor of the state. */
typedef struct dlt_session_tensor {
    const char *name; /* "params/dense_1/weight", "buffers/bn/running_mean",
                       * "optim/momentum/dense_1/weight"; borrowed from the session */
    dlt_shape shape;
    int64_t count; /* of its elements, each a dlt_real */
} dlt_session_tensor;

/** Number of named tensors: parameters, then buffers, then optimizer states.
 *  Collective: Not collective
 *  Errors:     none
 */
int64_t dlt_session_tensor_count(const dlt_session *session);

/** The tensor of that number, from 0.
 *  Collective: Not collective
 *  Errors:     ARG if there is none
 */
DLT_CHECKED dlt_status dlt_session_tensor_at(const dlt_session *session, int64_t index,
                                             dlt_session_tensor *out);

/** The tensor of that name.
 *  Collective: Not collective
 *  Errors:     ARG if there is none
 */
DLT_CHECKED dlt_status dlt_session_tensor_find(const dlt_session *session, const char *name,
                                               dlt_session_tensor *out);

/** Reads a tensor; every rank receives all of it, also of what the ranks share among them.
 *  Collective: Collective; name and count equal on all ranks
 *  Owns:       out [count] is the caller's
 *  Errors:     ARG if there is no such tensor; SHAPE unless count is its number of elements; MPI:
 *              agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_session_read(dlt_session *session, const char *name, int64_t count,
                                        dlt_real *out);

/** Replaces the elements of a tensor.
 *  Collective: Collective; name, count and values equal on all ranks
 *  Errors:     as dlt_session_read; ARG for a value that is not finite; MISMATCH where values
 *              differ between ranks: agreed by all ranks, and the tensor is as before
 */
DLT_CHECKED dlt_status dlt_session_write(dlt_session *session, const char *name, int64_t count,
                                         const dlt_real *values);

/** The whole state of a session at one update, in memory. */
typedef struct dlt_session_state dlt_session_state;

/** Copies parameters, running state, optimizer states and all that the next updates depend on.
 *  Collective: Collective
 *  Owns:       caller owns *out (dlt_session_state_destroy); it is independent of the session. Each
 *              rank holds what it keeps in the session itself
 *  Errors:     MEM; MPI: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_session_keep(dlt_session *session, dlt_session_state **out);

/** Goes back to a state that was kept, of this session or of another one of the same run on as many
 *  ranks. What follows has the same bits as what followed then.
 *  Collective: Collective; of the same call of dlt_session_keep on all ranks
 *  Owns:       state stays the caller's and may be restored again
 *  Errors:     MISMATCH for the state of another model, optimizer, batch or data set, or of another
 *              number of ranks: agreed by all ranks, and the session is as before
 */
DLT_CHECKED dlt_status dlt_session_restore(dlt_session *session, const dlt_session_state *state);

/** Releases a kept state; NULL-safe.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_session_state_destroy(dlt_session_state **state);

/** Writes a checkpoint as `dltrain train` does, whole or not at all; any number of ranks can load
 *  it.
 *  Collective: Collective; path equal on all ranks
 *  Errors:     IO if rank 0 cannot write it; MEM; MPI: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_session_save(dlt_session *session, const char *path);

/** Goes on from a checkpoint of the same run, written by a session or by `dltrain train`. To take
 *  nothing but weights, create a session with train.init_from.
 *  Collective: Collective; path equal on all ranks, each of which reads the file
 *  Errors:     IO; FORMAT if it is damaged; MISMATCH if it is of another model, optimizer, batch or
 *              data set: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_session_load(dlt_session *session, const char *path);

#ifdef __cplusplus
}
#endif
#endif
