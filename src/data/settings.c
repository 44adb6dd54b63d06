/* Holds the key table: names, defaults and help of the `data:` section stand here and nowhere else.
 * `resume` says whether a resumed run may change a key. DLT_KEY_NO_IDENTITY leaves a key out of the
 * hash of the run file, because it does not change the results. */
#include "data/settings.h"

#include "data/field.h"
#include "dltrain/extend/transform.h"

static const char *const shuffle_buffer_names[] = {"auto", "all", NULL};
static const char *const verify_words[] = {
    [DLT_VERIFY_AUTO] = "auto", [DLT_VERIFY_ALWAYS] = "always", [DLT_VERIFY_NEVER] = "never", NULL};

static const char *const dtype_names[] = {
    [DLT_FIELD_AUTO] = "auto", [DLT_FIELD_REAL] = "float32", [DLT_FIELD_I32] = "int32", NULL};
static const char *const lengths_names[] = {"auto", NULL};

static const dlt_key field_keys[] = {
    {.name = "dataset",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_field_settings, dataset),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Name of the field's HDF5 dataset, whose first dimension is the samples; null: the "
             "field's own name."},
    {.name = "dtype",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_field_settings, dtype),
     .default_value = "auto",
     .enum_names = dtype_names,
     .help =
         "float32: real numbers. int32: indices and labels, which may also be stored as floats. "
         "auto: int32 for stored integers of 32 and 64 bits, else float32."},
    {0},
};

static const dlt_key transform_keys[] = {
    {.name = "fields",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_transform_settings, fields),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Fields that the transform acts on, alike, such as [image, labels]; null: the first "
             "field of real numbers."},
    {0},
};

const dlt_key dlt_data_keys[] = {
    {.name = "train",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, train),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_SAME_DATA,
     .help = "Training data: the prefix of shards PREFIX-00000-of-00008.h5, or one HDF5 file. "
             "Only a program that has its samples in memory leaves it out."},
    {.name = "test",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, test),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_CHANGES,
     .help = "Test data, evaluated once at the end."},
    {.name = "validation",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, validation),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .resume = DLT_RESUME_SAME_DATA,
     .help = "Data evaluated after each epoch: a fraction of train between 0 and 1, or a prefix or "
             "file. A resumed run with other data here begins its best value and patience anew."},
    {.name = "x",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, x),
     .default_value = "x",
     .help = "Name of the HDF5 dataset of inputs; samples are its first dimension."},
    {.name = "y",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, y),
     .default_value = "y",
     .help = "Name of the HDF5 dataset of targets: class labels or values."},
    {.name = "test_x",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, test_x),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .help = "Name of the inputs in the test data, such as test_set_x; null: the same as x."},
    {.name = "test_y",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, test_y),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .help = "Name of the targets in the test data; null: the same as y."},
    {.name = "validation_x",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, validation_x),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .help = "Name of the inputs in a separate validation set; null: the same as x."},
    {.name = "validation_y",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_data_settings, validation_y),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE | DLT_KEY_NO_IDENTITY,
     .help = "Name of the targets in a separate validation set; null: the same as y."},
    {.name = "fields",
     .type = DLT_KEY_NAMED,
     .offset = offsetof(dlt_data_settings, fields),
     .default_value = "null",
     .section = field_keys,
     .section_size = sizeof(dlt_field_settings),
     .flags = DLT_KEY_NULLABLE,
     .help = "Fields of the data by the names that nodes and losses use, such as {tokens: {}, "
             "label: {dataset: y}}; null: x and y."},
    {.name = "lengths",
     .type = DLT_KEY_INTS,
     .offset = offsetof(dlt_data_settings, lengths),
     .default_value = "auto",
     .minimum = 1,
     .maximum = 1e9,
     .enum_names = lengths_names,
     .help = "Lengths to which the sequences of ragged fields are padded, ascending: a micro-batch "
             "has the least one that holds its longest sequence. 'auto': powers of two from 8 to "
             "the longest of the training data."},
    {.name = "shuffle",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_data_settings, shuffle),
     .default_value = "true",
     .help = "Uses another order in each epoch, a function of seed and epoch; false: file order."},
    {.name = "shuffle_buffer",
     .formerly = "window",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_data_settings, shuffle_buffer),
     .default_value = "auto",
     .minimum = 1,
     .maximum = 1e15,
     .enum_names = shuffle_buffer_names,
     .help = "Size of the shuffle buffer in samples, or 'all'. The buffer holds runs of neighbours "
             "from all over the set, each replaced as it is used up. 'auto': 'all' for data that "
             "dltrain keeps in memory (chunked up to 64 MiB) or reads sample by sample (plain up "
             "to 4 GiB), else the samples that fill 16 MiB, so that each chunk is read once per "
             "epoch. A random 'validation' then holds out runs of neighbours, too."},
    {.name = "transform",
     .type = DLT_KEY_SELECTIONS,
     .offset = offsetof(dlt_data_settings, transform),
     .default_value = "[]",
     .registry = dlt_transforms,
     .section = transform_keys,
     .section_size = sizeof(dlt_transform_settings),
     .resume = DLT_RESUME_CHANGES | DLT_RESUME_BEST,
     .help = "Transforms of each sample, in order; random ones apply in training only."},
    {.name = "prefetch",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_data_settings, prefetch),
     .default_value = "4",
     .minimum = 2,
     .maximum = 1024,
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "Least number of micro-batches that the prefetch thread prepares ahead of the step; "
             "of small ones it prepares up to 4 MiB."},
    {.name = "verify",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_data_settings, verify),
     .default_value = "auto",
     .enum_names = verify_words,
     .flags = DLT_KEY_NO_IDENTITY,
     .resume = DLT_RESUME_FREE,
     .help = "Reads all samples before the run, each shard on one rank, and compares them with the "
             "fingerprint that `dltrain data` stored in the shard; 'auto': in sets of up to 256 "
             "MiB. `dltrain data info` does so for a set of any size."},
    {0},
};
