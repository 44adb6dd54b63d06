/* The tables of keys of the run file: each row has a key's default, range, help, and by `resume`
 * the effect of changing it in a resumed run. DLT_KEY_NO_IDENTITY leaves a key out of the hash that
 * identifies the settings. Names of enums stand in the order of their values. The keys of data,
 * nodes, regularize and checkpoint are tables of their modules. */
#include "run/run_settings.h"

#include "dltrain/extend/layer.h"
#include "dltrain/extend/loss.h"
#include "dltrain/extend/metric.h"
#include "dltrain/extend/optimizer.h"
#include "dltrain/extend/schedule.h"
#include "model/model.h"

#include <stddef.h>

static const char *const batch_names[] = {"all", NULL};
static const char *const micro_batch_names[] = {"auto", "per_rank", NULL};
static const char *const threads_names[] = {"auto", NULL};
static const char *const patience_names[] = {"off", NULL};
static const char *const strategy_names[] = {"replicated", "sharded", NULL};
static const char *const compression_names[] = {"fp32", "bf16", NULL};

static const dlt_key train_keys[] = {
    {.name = "epochs",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, epochs),
     .default_value = "1",
     .minimum = 1,
     .maximum = 1e9,
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_CHANGES,
     .help = "Passes over the training samples."},
    {.name = "batch",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, batch),
     .default_value = "32",
     .minimum = 1,
     .maximum = 1e12,
     .enum_names = batch_names,
     .help = "Samples per update over all ranks together, or 'all'; does not depend on the number "
             "of ranks."},
    {.name = "micro_batch",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, micro_batch),
     .default_value = "auto",
     .minimum = 1,
     .maximum = 1e12,
     .enum_names = micro_batch_names,
     .flags = DLT_KEY_NO_IDENTITY,
     .help =
         "Samples computed at once by one rank. 'auto' is a function of the batch alone, so runs "
         "on "
         "any number of ranks agree to the bit; 'per_rank' is batch / ranks at the first launch."},
    {.name = "clip_norm",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_train_settings, clip_norm),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .resume = DLT_RESUME_CHANGES,
     .help = "Scales the gradient so that its global 2-norm is at most this."},
    {.name = "clip_value",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_train_settings, clip_value),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .resume = DLT_RESUME_CHANGES,
     .help = "Limits each element of the gradient to plus or minus this, after clip_norm."},
    {.name = "ema",
     .formerly = "average",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_train_settings, ema),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .resume = DLT_RESUME_CHANGES,
     .help = "Decay of an exponential moving average (EMA) of the weights, such as 0.999: a <- a + "
             "(1 - ema) (w - a) after each update, starting with the weights after the first. "
             "Validation, test, eval and predict use the average; training continues with the "
             "weights themselves. null: none."},
    {.name = "init_from",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_train_settings, init_from),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Initial parameters: a run folder, whose best weights are taken if the run ends with "
             "them, else the newest; or an HDF5 file with /params/<node>/<name>, a checkpoint or "
             "any other. Running statistics of batch norms, /buffers/<node>/<name>, are taken if "
             "the file has them."},
    {.name = "strict",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_train_settings, strict),
     .default_value = "true",
     .flags = DLT_KEY_NO_IDENTITY,
     .help = "init_from must have every parameter of the model in its shape. false: takes the "
             "parameters that fit, as for fine-tuning with another number of classes, and lists "
             "those taken and left out."},
    {.name = "validate_every",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, validate_every),
     .default_value = "1",
     .minimum = 1,
     .maximum = 1e9,
     .resume = DLT_RESUME_CHANGES,
     .help = "Epochs between validations; the last epoch is always validated."},
    {.name = "check_every",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, check_every),
     .default_value = "1000",
     .minimum = 0,
     .maximum = 1e15,
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "Updates between two checks that all ranks hold the same parameters and optimizer "
             "state; 0: never."},
    {.name = "watchdog_s",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_train_settings, watchdog_s),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e9,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "The watchdog ends a run after this many seconds without a finished update or "
             "evaluated micro-batch, and reports where each rank stands (ten times as long during "
             "set-up and while a checkpoint is written); null: 20 times the median update, at "
             "least 60; 0: never."},
    {.name = "threads",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, threads),
     .default_value = "1",
     .minimum = 1,
     .maximum = 1024,
     .enum_names = threads_names,
     .resume = DLT_RESUME_CHANGES,
     .help = "Threads per rank in matrix products and convolutions. The bits depend on it, so the "
             "default is 1, and ranks fill the cores: runs on any number of ranks then agree. "
             "'auto' is a rank's share of the cores it may use, at the first launch; resumed runs "
             "keep it, but fresh ones elsewhere or on another number of ranks may differ."},
    {.name = "kernels",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_train_settings, kernels),
     .default_value = "auto",
     .resume = DLT_RESUME_CHANGES,
     .help = "Kernel table: auto, onednn, blas or ref; the bits depend on it."},
    {0}};

static const dlt_key early_stopping_keys[] = {
    {.name = "patience",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_early_stopping_settings, patience),
     .default_value = "off",
     .minimum = 1,
     .maximum = 1e9,
     .enum_names = patience_names,
     .flags = DLT_KEY_SHORTHAND,
     .resume = DLT_RESUME_CHANGES,
     .help = "Consecutive validations (with train_loss: epochs) without improvement; the last of "
             "them ends the training, as in Keras."},
    {.name = "monitor",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_early_stopping_settings, monitor),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .resume = DLT_RESUME_CHANGES | DLT_RESUME_BEST,
     .help = "Value that decides which weights are best: val_loss (the default with validation "
             "data), train_loss, or val_ and the name of a metric."},
    {.name = "min_delta",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_early_stopping_settings, min_delta),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e30,
     .resume = DLT_RESUME_CHANGES | DLT_RESUME_PATIENCE,
     .help = "A value improves if it is better than the best by more than this, as in Keras."},
    {.name = "restore_best",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_early_stopping_settings, restore_best),
     .default_value = "false",
     .resume = DLT_RESUME_CHANGES,
     .help = "Ends the run with the best weights instead of the last ones."},
    {0}};

static const dlt_key comm_keys[] = {
    {.name = "hierarchy",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_comm_settings, hierarchy),
     .default_value = "true",
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "Adds gradients in memory that the ranks of a node share, "
             "then between nodes; false: messages between "
             "all ranks alike, for comparison. The bits are the same."},
    {.name = "ranks_per_node",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_comm_settings, ranks_per_node),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e6,
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "Emulates nodes of at most this many ranks, to try the paths between nodes on one "
             "machine; 0: the real nodes."},
    {.name = "strategy",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_comm_settings, strategy),
     .default_value = "replicated",
     .enum_names = strategy_names,
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "What each rank keeps. replicated: everything; each rank makes the whole update. "
             "sharded: the optimizer's state of its share of the parameters, which it updates for "
             "all ranks; rank 0 assembles the state for checkpoints. The bits are the same."},
    {.name = "compression",
     .formerly = "wire",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_comm_settings, compression),
     .default_value = "fp32",
     .enum_names = compression_names,
     .help = "Format in which gradients are added. bf16: the gradient of each micro-batch and each "
             "partial sum is rounded to bf16, which halves the bytes of gradients between nodes. "
             "Parameters stay in fp32, as do the rows of sparse tables, and the bits are the same "
             "on any number of ranks. Use it "
             "where the network limits the run; on one node it costs time and saves nothing."},
    {.name = "error_feedback",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_comm_settings, error_feedback),
     .default_value = "true",
     .help = "With compression: bf16, adds the rounding error of a micro-batch's gradient to the "
             "gradient "
             "of the same micro-batch in the next update, in whole batches only. It takes the "
             "memory of the parameters once more for each micro-batch of a rank; rank 0 and "
             "checkpoints hold the errors of all micro-batches."},
    {0}};

static const dlt_key log_keys[] = {{.name = "every_steps",
                                    .type = DLT_KEY_INT,
                                    .offset = offsetof(dlt_log_settings, every_steps),
                                    .default_value = "50",
                                    .minimum = 1,
                                    .maximum = 1e12,
                                    .flags = DLT_KEY_NO_IDENTITY,
                                    .help = "Updates between two lines of metrics.jsonl."},
                                   {0}};

static const dlt_key loss_keys[] = {
    {.name = "name",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_loss_settings, name),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help =
         "Name of the loss in messages, logs and `metrics`; by default its kind, with a running "
         "number where there are several of a kind."},
    {.name = "from",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_loss_settings, from),
     .default_value = "null",
     .least = 2,
     .most = 2,
     .flags = DLT_KEY_NULLABLE,
     .help = "[prediction, target]: the output of a node, and a field or the output of a node; by "
             "default the last node and the field y."},
    {.name = "mask",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_loss_settings, mask),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "A field or node whose shape is the beginning of the prediction's; rows where it is 0 "
             "do not count."},
    {.name = "weight",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_loss_settings, weight),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "A field or node like mask; multiplies what a row counts, in the sum and in its "
             "denominator."},
    {.name = "ignore",
     .type = DLT_KEY_INTS,
     .offset = offsetof(dlt_loss_settings, ignore),
     .default_value = "null",
     .minimum = -2147483647,
     .maximum = 2147483647,
     .least = 1,
     .most = 1,
     .flags = DLT_KEY_NULLABLE,
     .help = "Rows with this label do not count (PyTorch's ignore_index)."},
    {.name = "factor",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_loss_settings, factor),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .help = "What the loss counts in the total; null: 1."},
    {0}};

const dlt_key dlt_metric_keys[] = {
    {.name = "loss",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_metric_settings, loss),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Name of the loss whose prediction, target and rows are taken; by default the first "
             "that the metric suits."},
    {.name = "name",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_metric_settings, name),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Name in logs; by default the metric's own, after the name of its loss where there "
             "are several losses."},
    {0}};

const dlt_key dlt_run_keys[] = {
    {.name = "name",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_run_settings, name),
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "Name of the run; its folder is runs/<name> unless --out names another."},
    {.name = "extensions",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_run_settings, extensions),
     .default_value = "null",
     .most = 32,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help =
         "Shared objects with layers, losses, optimizers and so on of your own, relative to the "
         "folder of the run file and never searched for elsewhere. See "
         "dltrain/extend/extension.h and `dltrain verify --extension`."},
    {.name = "seed",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_run_settings, seed),
     .default_value = "0",
     .minimum = 0,
     .maximum = 9e15,
     .help = "Seed of initial weights, order of samples, augmentation and dropout."},
    {.name = "precision",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_run_settings, precision),
     .default_value = "fp32",
     .help = "fp32, or bf16: dense layers and convolutions multiply numbers rounded to bf16, if "
             "the processor can (AVX-512 BF16, AMX), else fp32 with a warning; weights, sums, "
             "updates and all other layers stay in fp32."},
    {.name = "data",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, data),
     .section = dlt_data_keys,
     .help = "The datasets, and the transforms of their samples."},
    {.name = "model",
     .type = DLT_KEY_SELECTIONS,
     .offset = offsetof(dlt_run_settings, model),
     .least = 1,
     .most = 100000,
     .section = dlt_node_keys,
     .section_size = sizeof(dlt_node_settings),
     .registry = dlt_layers,
     .help = "The nodes of the model; each takes its input from the one before unless `from` names "
             "another."},
    {.name = "loss",
     .type = DLT_KEY_SELECTIONS,
     .offset = offsetof(dlt_run_settings, loss),
     .least = 1,
     .most = DLT_LOSSES_MAX,
     .registry = dlt_losses,
     .section = loss_keys,
     .section_size = sizeof(dlt_loss_settings),
     .flags = DLT_KEY_SINGLE,
     .resume = DLT_RESUME_CHANGES | DLT_RESUME_BEST | DLT_RESUME_SUMS,
     .help = "The function that is minimised, or a list of them: the sum over the losses of factor "
             "times the mean over the rows that count. A row is a sample, or a position of it."},
    {.name = "optimizer",
     .type = DLT_KEY_SELECTION,
     .offset = offsetof(dlt_run_settings, optimizer),
     .default_value = "sgd",
     .registry = dlt_optimizers,
     .resume = DLT_RESUME_REFUSED,
     .resume_below = DLT_RESUME_CHANGES,
     .help = "The update rule."},
    {.name = "schedule",
     .type = DLT_KEY_SELECTION,
     .offset = offsetof(dlt_run_settings, schedule),
     .default_value = "constant",
     .registry = dlt_schedules,
     .resume = DLT_RESUME_CHANGES | DLT_RESUME_SCHEDULE,
     .resume_below = DLT_RESUME_CHANGES,
     .help = "How the learning rate changes during the run."},
    {.name = "regularize",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, regularize),
     .section = dlt_regularize_keys,
     .resume = DLT_RESUME_CHANGES,
     .help = "Penalties on the parameters."},
    {.name = "parameters",
     .type = DLT_KEY_NAMED,
     .offset = offsetof(dlt_run_settings, parameters),
     .default_value = "{}",
     .section = dlt_param_keys,
     .section_size = sizeof(dlt_param_settings),
     .resume = DLT_RESUME_CHANGES,
     .help = "Settings of single parameters, behind patterns of their names: '*/bias' is compared "
             "with NODE/NAME, 'encoder*', without a '/', with NODE; '*' stands for any "
             "characters and '?' for one. role:weight, role:bias, role:norm_scale and "
             "role:embedding pick by what a parameter is to its layer. Later patterns win, key by "
             "key."},
    {.name = "metrics",
     .type = DLT_KEY_SELECTIONS,
     .offset = offsetof(dlt_run_settings, metrics),
     .default_value = "null",
     .most = DLT_METRICS_MAX,
     .registry = dlt_metrics,
     .section = dlt_metric_keys,
     .section_size = sizeof(dlt_metric_settings),
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_CHANGES | DLT_RESUME_METRIC | DLT_RESUME_SUMS,
     .help = "Metrics reported beside the loss; by default those that suit the loss."},
    {.name = "train",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, train),
     .section = train_keys,
     .help = "Length of the run, batches, clipping, initial weights."},
    {.name = "early_stopping",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, early_stopping),
     .section = early_stopping_keys,
     .help = "When training stops early, and which weights count as the best."},
    {.name = "checkpoint",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, checkpoint),
     .section = dlt_checkpoint_keys,
     .resume = DLT_RESUME_FREE,
     .help = "When checkpoints are written and how many are kept."},
    {.name = "comm",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, comm),
     .section = comm_keys,
     .help = "How the ranks exchange gradients; only compression and error_feedback change the "
             "result."},
    {.name = "log",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, log),
     .section = log_keys,
     .resume = DLT_RESUME_FREE,
     .help = "How often a line is added to metrics.jsonl."},
    {0}};
