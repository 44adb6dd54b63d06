/* Holds the tables of subcommands' forms, of their options, and of exit codes. They describe the
 * command line to people and shells; nothing reads options through them. The run function of a
 * subcommand has rows of its own (option_row), so a new option needs a row in both. */
#include "commands.h"

#include "cli_internal.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define SET                                                                                        \
    { "--set", "KEY=VALUE", "overrides a key of the run file; may be repeated", COMPLETE_RUN_KEY }
#define JSON                                                                                       \
    { "--json", NULL, "prints the result as JSON", COMPLETE_NOTHING }
#define SHARDS                                                                                     \
    { "--shards", "N", "divides each split into N files", COMPLETE_NOTHING }
#define OVERWRITE_DATA                                                                             \
    { "--overwrite", NULL, "replaces a dataset that is already there", COMPLETE_NOTHING }
#define DATA                                                                                       \
    {                                                                                              \
        "--data", "PREFIX|FILE",                                                                   \
            "the dataset, table, or folder of pictures; the run's test data by default",           \
            COMPLETE_FILE                                                                          \
    }
#define CHECKPOINT                                                                                 \
    { "--checkpoint", "FILE", "takes the weights of this checkpoint", COMPLETE_FILE }
#define HANG_RANK                                                                                  \
    { "--hang-rank", "R", "rank R waits for a debugger, and the watchdog is off", COMPLETE_NOTHING }
#define END                                                                                        \
    { NULL, NULL, NULL, COMPLETE_NOTHING }

static const command_option train_options[] = {
    SET,
    {"--out", "DIR", "the run folder; runs/NAME by default", COMPLETE_FOLDER},
    {"--resume", NULL, "continues from the newest good checkpoint", COMPLETE_NOTHING},
    {"--overwrite", NULL, "replaces the run that the folder holds", COMPLETE_NOTHING},
    {"--time-limit", "1h30m", "stops with a checkpoint before this time is over", COMPLETE_NOTHING},
    HANG_RANK,
    {"--print-folder", NULL, "prints the run folder and trains nothing", COMPLETE_NOTHING},
    END};

static const command_option plan_options[] = {
    {"--weak", NULL, "lets the batch grow with the number of ranks", COMPLETE_NOTHING},
    {"--ranks", "1,2,4", "the numbers of ranks; 1 to 4096 by default", COMPLETE_NOTHING},
    {"--ranks-per-node", "R", "the number of ranks on a node", COMPLETE_NOTHING},
    {"--net", "2us,12.5GB/s", "latency and bandwidth between nodes", COMPLETE_NOTHING},
    {"--input", "28,28,1", "the shape of a sample, where there is no dataset yet",
     COMPLETE_NOTHING},
    SET,
    JSON,
    END};

static const command_option eval_options[] = {DATA, CHECKPOINT, END};

static const command_option predict_options[] = {
    {"--out", "FILE.h5|FILE.csv", "the file that the predictions are written to", COMPLETE_FILE},
    DATA,
    CHECKPOINT,
    {"--overwrite", NULL, "replaces earlier predictions", COMPLETE_NOTHING},
    END};

static const command_option import_options[] = {
    {"--source", "DIR", "the folder that the files of a description are in", COMPLETE_FOLDER},
    {"--target", "COLUMN", "the column of a table that is to be predicted", COMPLETE_NOTHING},
    {"--resize", "H[xW]", "resizes pictures to this height and width", COMPLETE_NOTHING},
    {"--crop", NULL, "crops pictures to the shape of --resize instead of stretching them",
     COMPLETE_NOTHING},
    {"--split", "TRAIN[,VALIDATION],TEST", "divides the samples by these shares", COMPLETE_NOTHING},
    {"--like", "RUN|FILE|PREFIX",
     "takes classes, columns and statistics from the data of a run, a checkpoint or a dataset",
     COMPLETE_FILE},
    {"--set", "KEY=VALUE", "overrides a key of the description's format; may be repeated",
     COMPLETE_IMPORT_KEY},
    {"--out", "DIR", "the folder that the dataset is written to; NAME-imported by default",
     COMPLETE_FOLDER},
    SHARDS,
    OVERWRITE_DATA,
    END};

static const command_option synth_options[] = {
    {"--out", "DIR", "the folder that the dataset is written to", COMPLETE_FOLDER},
    {"--samples", "N", "the number of training samples", COMPLETE_NOTHING},
    {"--test-samples", "N", "the number of test samples", COMPLETE_NOTHING},
    {"--seed", "S", "the seed of the random numbers", COMPLETE_NOTHING},
    {"--set", "KEY=VALUE", "sets a key of the kind; may be repeated", COMPLETE_SYNTH_KEY},
    SHARDS,
    OVERWRITE_DATA,
    END};

static const command_option info_options[] = {
    {"--x", "NAME", "the name of the samples in the files; x by default", COMPLETE_NOTHING},
    {"--y", "NAME", "the name of the targets in the files; y by default", COMPLETE_NOTHING},
    END};

static const command_option no_options[] = {END};

static const command_option verify_options[] = {
    {"--steps", "S", "the number of updates; 20 by default", COMPLETE_NOTHING},
    SET,
    {"--out", "DIR", "the folder of the trace; runs/verify-NAME by default", COMPLETE_FOLDER},
    {"--extension", "FILE", "run the self-tests of an extension instead", COMPLETE_FILE},
    {"--stop-after", "K", "stops after K updates with a checkpoint", COMPLETE_NOTHING},
    {"--resume", NULL, "continues a run that --stop-after ended", COMPLETE_NOTHING},
    HANG_RANK,
    {"--compare", NULL, "compares two traces, which stand in the place of RUN.yaml",
     COMPLETE_NOTHING},
    END};

static const command_option doctor_options[] = {
    {"--folder", "DIR", "the folder whose file system is examined; . by default", COMPLETE_FOLDER},
    END};

static const command_option step_options[] = {
    {"--seconds", "S", "the time to measure for; 4 by default", COMPLETE_NOTHING},
    {"--batch", "B", "the number of samples per rank, or in all with --strong", COMPLETE_NOTHING},
    {"--strong", NULL, "keeps the batch whatever the number of ranks", COMPLETE_NOTHING},
    {"--profile", NULL, "shows where the time goes, node by node", COMPLETE_NOTHING},
    SET,
    JSON,
    END};

static const command_option compare_options[] = {
    {"--against", "KEY=VALUE", "a key of the run file that the other way sets; may be repeated",
     COMPLETE_RUN_KEY},
    {"--allreduce", NULL, "lets the other way reduce with MPI_Allreduce", COMPLETE_NOTHING},
    {"--seconds", "S", "the time to measure for; 8 by default", COMPLETE_NOTHING},
    {"--batch", "B", "the number of samples per rank", COMPLETE_NOTHING},
    SET,
    JSON,
    END};

static const command_option reduce_options[] = {
    {"--max-bytes", "N", "the size of the largest gradient", COMPLETE_NOTHING}, JSON, END};

static const command_option kernels_options[] = {
    {"--table", "NAME", "measures this table of kernels: ref, blas, onednn, onednn-bf16",
     COMPLETE_NOTHING},
    {"--only", "NAME", "measures the kernels whose names begin with NAME", COMPLETE_NOTHING},
    {"--seconds", "S", "the time to measure each kernel for", COMPLETE_NOTHING},
    JSON,
    END};

#define DISK_OPTIONS                                                                               \
    {"--folder", "DIR", "the folder for the files; $TMPDIR by default", COMPLETE_FOLDER},          \
        {"--rounds", "R", "the number of rounds", COMPLETE_NOTHING}, JSON, END

static const command_option bench_data_options[] = {
    {"--samples", "N", "the number of samples to read", COMPLETE_NOTHING},
    {"--cold", NULL, "drops the files from the system's memory before each pass", COMPLETE_NOTHING},
    DISK_OPTIONS};

static const command_option bench_checkpoint_options[] = {
    {"--params", "N", "the number of parameters", COMPLETE_NOTHING}, DISK_OPTIONS};

const command_form command_forms[] = {
    {"train", "RUN.yaml", NULL, COMPLETE_RUN_FILE, train_options},
    {"plan", "RUN.yaml|WORKLOAD", NULL, COMPLETE_WORKLOAD, plan_options},
    {"eval", "RUN_DIR", NULL, COMPLETE_FOLDER, eval_options},
    {"predict", "RUN_DIR --out FILE", NULL, COMPLETE_FOLDER, predict_options},
    {"data import", "NAME|FILE.yaml|FOLDER|ARCHIVE|TABLE.csv|TEXT.txt",
     "import the files of a description, pictures in class folders, a table or a text",
     COMPLETE_DATASET, import_options},
    {"data synth", "KIND --out DIR", "draw a synthetic dataset", COMPLETE_SYNTH_KIND,
     synth_options},
    {"data info", "PREFIX|FILE", "describe a dataset, and compare it with its fingerprint",
     COMPLETE_FILE, info_options},
    {"inspect", "FILE|RUN_DIR|PREFIX", NULL, COMPLETE_FILE, no_options},
    {"list", "[KIND]", NULL, COMPLETE_LIST_KIND, no_options},
    {"help", "[KEY]", NULL, COMPLETE_TOPIC, no_options},
    {"verify", "RUN.yaml|TRACE TRACE", NULL, COMPLETE_RUN_FILE, verify_options},
    {"doctor", "", NULL, COMPLETE_NOTHING, doctor_options},
    {"bench step", "WORKLOAD|RUN.yaml", "time whole training steps", COMPLETE_WORKLOAD,
     step_options},
    {"bench compare", "WORKLOAD|RUN.yaml", "time whole training steps in two ways, in turn",
     COMPLETE_WORKLOAD, compare_options},
    {"bench reduce", "", "time the reduction of gradients, beside MPI_Allreduce", COMPLETE_NOTHING,
     reduce_options},
    {"bench kernels", "", "time each kernel, beside the machine's limit", COMPLETE_NOTHING,
     kernels_options},
    {"bench data", "", "time reading of data, beside plain reads", COMPLETE_NOTHING,
     bench_data_options},
    {"bench checkpoint", "", "time checkpoints, beside plain writes", COMPLETE_NOTHING,
     bench_checkpoint_options},
    {"generate", "man|bash|zsh", NULL, COMPLETE_SHELL, no_options},
    {NULL, NULL, NULL, COMPLETE_NOTHING, NULL}};

const exit_code_row exit_code_rows[] = {
    {EXIT_DONE, "done"},
    {EXIT_FAILED, "error"},
    {EXIT_USAGE, "wrong usage"},
    {EXIT_NONFINITE, "loss not finite"},
    {EXIT_REFUSED, "run file and run do not fit for --resume"},
    {EXIT_HUNG, "hung"},
    {EXIT_STOPPED, "stopped by a signal or a time limit with a checkpoint written (continue with "
                   "--resume)"},
    {0, NULL}};

static bool is_form_of(const command_form *form, const char *name) {
    const size_t length = strlen(name);
    return strncmp(form->name, name, length) == 0 &&
           (form->name[length] == '\0' || form->name[length] == ' ');
}

const command_form *next_form(const command_form *form, const char *name) {
    form = form == NULL ? command_forms : form + 1;
    while (form->name != NULL && !is_form_of(form, name))
        form++;
    return form->name != NULL ? form : NULL;
}
