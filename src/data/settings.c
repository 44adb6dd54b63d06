#include "data/settings.h"

#include "dltrain/plugin/transform.h"

static const char *const window_words[] = {"auto", "all", NULL};
static const char *const verify_words[] = {
    [DLT_VERIFY_AUTO] = "auto", [DLT_VERIFY_ALWAYS] = "always", [DLT_VERIFY_NEVER] = "never", NULL};

const dlt_key dlt_data_keys[] = {
    {.name = "train",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, train),
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_SAME_DATA,
     .help = "Training data: the prefix of shards PREFIX-00000-of-00008.h5, or one .h5 file."},
    {.name = "test",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, test),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_CHANGES,
     .help = "Test data, evaluated once at the end."},
    {.name = "validation",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, validation),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .resume = DLT_RESUME_SAME_DATA,
     .help = "Data evaluated after each epoch: a fraction of train between 0 and 1, or a prefix or "
             "file. A resumed run with other data here begins its best value and patience anew."},
    {.name = "x",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, x),
     .fallback = "x",
     .help = "Name of the HDF5 dataset of inputs; samples are its first dimension."},
    {.name = "y",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, y),
     .fallback = "y",
     .help = "Name of the HDF5 dataset of targets: class labels or values."},
    {.name = "shuffle",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_data_settings, shuffle),
     .fallback = "true",
     .help = "Each epoch in an order of its own, given by seed and epoch; false: file order."},
    {.name = "window",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_data_settings, window),
     .fallback = "auto",
     .minimum = 1,
     .maximum = 1e15,
     .words = window_words,
     .help = "Size of the shuffle buffer in samples, or 'all'. The buffer holds runs of neighbours "
             "from all over the set, each replaced as it is used up. 'auto': 'all' for data that "
             "dltrain keeps in memory (chunked up to 64 MiB) or reads sample by sample (plain up "
             "to 4 GiB), else the samples that fill 16 MiB, so that each chunk is read once per "
             "epoch. A random 'validation' then holds out runs of neighbours, too."},
    {.name = "transform",
     .type = DLT_KEY_CHOICES,
     .offset = offsetof(dlt_data_settings, transform),
     .fallback = "[]",
     .choices = dlt_transforms,
     .resume = DLT_RESUME_CHANGES | DLT_RESUME_BEST,
     .help = "What is done to each sample, in order; random transforms only in training."},
    {.name = "prefetch",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_data_settings, prefetch),
     .fallback = "4",
     .minimum = 2,
     .maximum = 1024,
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "Micro-batches that a thread reads ahead of the step, at least: of small ones up to 1 "
             "MiB."},
    {.name = "verify",
     .type = DLT_KEY_WORD,
     .offset = offsetof(dlt_data_settings, verify),
     .fallback = "auto",
     .words = verify_words,
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "Before the run, all samples are read once, each shard by one rank, and compared with "
             "the fingerprint that `dltrain data` left in the shard; 'auto': in sets of up to 256 "
             "MiB. `dltrain data info` does it for a set of any size."},
    {0},
};
