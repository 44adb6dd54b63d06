#include "train/run_settings.h"

#include "dltrain/plugin/layer.h"
#include "dltrain/plugin/loss.h"
#include "dltrain/plugin/metric.h"
#include "dltrain/plugin/optimizer.h"
#include "dltrain/plugin/schedule.h"
#include "model/model.h"

#include <stddef.h>

static const char *const batch_words[] = {"all", NULL};
static const char *const micro_batch_words[] = {"auto", "per_rank", NULL};
static const char *const threads_words[] = {"auto", NULL};
static const char *const patience_words[] = {"off", NULL};
static const char *const wire_words[] = {"fp32", "bf16", NULL};

static const dlt_key train_keys[] = {
    {.name = "epochs",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, epochs),
     .fallback = "1",
     .minimum = 1,
     .maximum = 1e9,
     .flags = DLT_KEY_NO_IDENTITY,
     .help = "Passes over the training samples."},
    {.name = "batch",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, batch),
     .fallback = "32",
     .minimum = 1,
     .maximum = 1e12,
     .words = batch_words,
     .help = "Samples per update over all ranks together, or 'all'; does not depend on the number "
             "of ranks."},
    {.name = "micro_batch",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, micro_batch),
     .fallback = "auto",
     .minimum = 1,
     .maximum = 1e12,
     .words = micro_batch_words,
     .flags = DLT_KEY_NO_IDENTITY,
     .help =
         "Samples computed at once by one rank. 'auto' is a function of the batch alone, so runs "
         "on "
         "any number of ranks agree to the bit; 'per_rank' is batch / ranks at the first launch."},
    {.name = "clip_norm",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_train_settings, clip_norm),
     .fallback = "null",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .help = "Scales the gradient so that its global 2-norm is at most this."},
    {.name = "clip_value",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_train_settings, clip_value),
     .fallback = "null",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .help = "Limits each element of the gradient to plus or minus this, after clip_norm."},
    {.name = "average",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_train_settings, average),
     .fallback = "null",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .help = "Decay of an exponential moving average of the weights, as 0.999: a <- a + (1 - "
             "average) (w - a) after each "
             "update, from the weights after the first one on. Validation, test, eval and predict "
             "take it for the weights; "
             "training goes on with the weights themselves. null: none."},
    {.name = "init_from",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_train_settings, init_from),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help =
         "HDF5 file with initial parameters as /params/<node>/<name>: a checkpoint or any other."},
    {.name = "validate_every",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, validate_every),
     .fallback = "1",
     .minimum = 1,
     .maximum = 1e9,
     .help = "Epochs between validations; the last epoch is always validated."},
    {.name = "check_every",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, check_every),
     .fallback = "1000",
     .minimum = 0,
     .maximum = 1e15,
     .flags = DLT_KEY_NO_IDENTITY,
     .help = "Updates between two checks that all ranks hold the same parameters and optimizer "
             "state; 0: never."},
    {.name = "watchdog_s",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_train_settings, watchdog_s),
     .fallback = "null",
     .minimum = 0,
     .maximum = 1e9,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .help =
         "Seconds without a finished update or evaluated micro-batch after which a run that "
         "hangs is ended, with a message of where its ranks stand (ten times as long while it is "
         "set up and while a checkpoint is written); null: 20 times the median update, at "
         "least 60; 0: never."},
    {.name = "threads",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_train_settings, threads),
     .fallback = "1",
     .minimum = 1,
     .maximum = 1024,
     .words = threads_words,
     .help = "Threads per rank in matrix products and convolutions. The bits depend on it, so the "
             "default is 1, and ranks fill the cores: runs on any number of ranks then agree. "
             "'auto' is a rank's share of the cores it may use, at the first launch; resumed runs "
             "keep it, but fresh ones elsewhere or on another number of ranks may differ."},
    {.name = "kernels",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_train_settings, kernels),
     .fallback = "auto",
     .help = "Kernel table: auto, onednn, blas or ref; the bits depend on it."},
    {0}};

static const dlt_key early_stopping_keys[] = {
    {.name = "patience",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_early_stopping_settings, patience),
     .fallback = "off",
     .minimum = 1,
     .maximum = 1e9,
     .words = patience_words,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Validations without improvement after which training stops."},
    {.name = "monitor",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_early_stopping_settings, monitor),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "What decides which weights are best: val_loss (the default with validation data), "
             "train_loss, or val_ and the name of a metric."},
    {.name = "min_delta",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_early_stopping_settings, min_delta),
     .fallback = "0",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Smallest change that counts as an improvement."},
    {.name = "restore_best",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_early_stopping_settings, restore_best),
     .fallback = "false",
     .help = "Ends the run with the best weights instead of the last ones."},
    {0}};

static const dlt_key comm_keys[] = {
    {.name = "hierarchy",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_comm_settings, hierarchy),
     .fallback = "true",
     .flags = DLT_KEY_NO_IDENTITY,
     .help = "Adds gradients in memory that the ranks of a node share, "
             "then between nodes; false: messages between "
             "all ranks alike, for comparison. The bits are the same."},
    {.name = "ranks_per_node",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_comm_settings, ranks_per_node),
     .fallback = "0",
     .minimum = 0,
     .maximum = 1e6,
     .flags = DLT_KEY_NO_IDENTITY,
     .help = "Pretends nodes of at most so many ranks, to try the "
             "paths between nodes on one machine; 0: the nodes "
             "that there are."},
    {.name = "strategy",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_comm_settings, strategy),
     .fallback = "replicated",
     .flags = DLT_KEY_NO_IDENTITY,
     .help = "What each rank keeps. replicated: everything, and makes the whole update; "
             "sharded: the optimizer's state of its share of the parameters, which it "
             "updates for all (rank 0 puts it together for checkpoints). The bits are the "
             "same."},
    {.name = "wire",
     .type = DLT_KEY_WORD,
     .offset = offsetof(dlt_comm_settings, wire),
     .fallback = "fp32",
     .words = wire_words,
     .help = "What gradients are added in. bf16: the gradient of each micro-batch and every sum of "
             "two is rounded to bf16, so that half as many bytes of gradients travel between "
             "nodes; parameters stay in fp32, and the bits are the same on any number of ranks. It "
             "is for networks that limit the run: on one node it costs time and saves nothing."},
    {.name = "error_feedback",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_comm_settings, error_feedback),
     .fallback = "true",
     .help = "With wire: bf16, adds what rounding has left out of a micro-batch's gradient to that "
             "of the same micro-batch in the next update, in whole batches. Takes the memory of "
             "the parameters once more for each micro-batch of a rank, and rank 0 and checkpoints "
             "hold that of all micro-batches of a batch."},
    {0}};

static const dlt_key log_keys[] = {{.name = "every_steps",
                                    .type = DLT_KEY_INT,
                                    .offset = offsetof(dlt_log_settings, every_steps),
                                    .fallback = "50",
                                    .minimum = 1,
                                    .maximum = 1e12,
                                    .flags = DLT_KEY_NO_IDENTITY,
                                    .help = "Updates between two lines of metrics.jsonl."},
                                   {0}};

const dlt_key dlt_run_keys[] = {
    {.name = "name",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_run_settings, name),
     .flags = DLT_KEY_NO_IDENTITY,
     .help = "Name of the run; its folder is runs/<name> unless --out says otherwise."},
    {.name = "seed",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_run_settings, seed),
     .fallback = "0",
     .minimum = 0,
     .maximum = 9e15,
     .help = "Decides initial weights, order of samples, augmentation and dropout."},
    {.name = "precision",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_run_settings, precision),
     .fallback = "fp32",
     .help = "fp32, or bf16: dense layers and convolutions multiply numbers rounded to bf16, where "
             "the processor can (AVX-512 BF16, AMX), else fp32 with a warning; weights, sums, "
             "updates and all other layers stay in fp32."},
    {.name = "data",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, data),
     .section = dlt_data_keys,
     .help = "Where the samples are and what happens to them on the way to the model."},
    {.name = "model",
     .type = DLT_KEY_CHOICES,
     .offset = offsetof(dlt_run_settings, model),
     .least = 1,
     .most = 100000,
     .section = dlt_node_keys,
     .section_size = sizeof(dlt_node_settings),
     .choices = dlt_layers,
     .help = "The nodes of the model; each feeds the next unless `from` says otherwise."},
    {.name = "loss",
     .type = DLT_KEY_CHOICE,
     .offset = offsetof(dlt_run_settings, loss),
     .choices = dlt_losses,
     .help = "What is minimised."},
    {.name = "optimizer",
     .type = DLT_KEY_CHOICE,
     .offset = offsetof(dlt_run_settings, optimizer),
     .fallback = "sgd",
     .choices = dlt_optimizers,
     .help = "The rule of the update."},
    {.name = "schedule",
     .type = DLT_KEY_CHOICE,
     .offset = offsetof(dlt_run_settings, schedule),
     .fallback = "constant",
     .choices = dlt_schedules,
     .help = "How the learning rate changes during the run."},
    {.name = "regularize",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, regularize),
     .section = dlt_regularize_keys,
     .help = "Penalties on the parameters."},
    {.name = "metrics",
     .type = DLT_KEY_CHOICES,
     .offset = offsetof(dlt_run_settings, metrics),
     .fallback = "null",
     .choices = dlt_metrics,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .help = "What is reported beside the loss; by default what suits the loss."},
    {.name = "train",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, train),
     .section = train_keys,
     .help = "Length of the run, batches, clipping, initial weights."},
    {.name = "early_stopping",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, early_stopping),
     .section = early_stopping_keys,
     .help = "Stops when a value no longer improves, and which weights are the best."},
    {.name = "checkpoint",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, checkpoint),
     .section = dlt_checkpoint_keys,
     .help = "When checkpoints are written and how many are kept."},
    {.name = "comm",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, comm),
     .section = comm_keys,
     .help = "How the ranks exchange gradients; only wire and error_feedback change the result."},
    {.name = "log",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_run_settings, log),
     .section = log_keys,
     .help = "How often metrics.jsonl gets a line."},
    {0}};
