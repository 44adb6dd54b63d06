/* The keys of a description, and which of them it gives. */
#include "ingest/description.h"

#include "dltrain/import.h"

#include <stddef.h>
#include <stdio.h>

static const dlt_key expected_keys[] = {
    {.name = "train",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_expected_samples, splits[DLT_SPLIT_TRAIN]),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e15,
     .help = "Samples the training split must have; 0 for any number."},
    {.name = "test",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_expected_samples, splits[DLT_SPLIT_TEST]),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e15,
     .help = "Samples the test split must have; 0 for any number."},
    {.name = "validation",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_expected_samples, splits[DLT_SPLIT_VALIDATION]),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e15,
     .help = "Samples the validation split must have; 0 for any number."},
    {.name = NULL}};

const dlt_key dlt_description_keys[] = {
    {.name = "name",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_description, name),
     .help = "Name of the data set."},
    {.name = "summary",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_description, summary),
     .default_value = "\"\"",
     .help = "One sentence on what the data set holds."},
    {.name = "source",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_description, source),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Where the files come from."},
    {.name = "licence",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_description, licence),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Licence as its publisher states it."},
    {.name = "citation",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_description, citation),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Work to cite."},
    {.name = "folder",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_description, folder),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Folder below the source that is searched, too; the name by default."},
    {.name = "shape",
     .type = DLT_KEY_INTS,
     .offset = offsetof(dlt_description, shape),
     .default_value = "null",
     .minimum = 1,
     .maximum = 1e9,
     .least = 1,
     .most = 5,
     .flags = DLT_KEY_NULLABLE,
     .help = "Shape one sample must have; null for any."},
    {.name = "classes",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_description, classes),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Class names in the order of their labels; null to take them from the files."},
    {.name = "samples",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_description, samples),
     .section = expected_keys,
     .help = "Samples each split must have."},
    {.name = "format",
     .type = DLT_KEY_SELECTION,
     .offset = offsetof(dlt_description, format),
     .registry = dlt_formats,
     .help = "How the files are read, or which synthetic set is drawn."},
    {.name = NULL}};

bool dlt_description_gives(const dlt_config *config, const char *format, const char *key) {
    char path[128];
    (void)snprintf(path, sizeof path, "format.%s.%s", format, key);
    return dlt_config_position(config, path).line > 0;
}
