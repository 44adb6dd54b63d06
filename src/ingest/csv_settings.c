/* The keys of CSV tables. */
#include "ingest/csv_settings.h"

#include "base/error.h"
#include "base/name.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/split.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const dlt_key one_hot_keys[] = {
    {.name = "column",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_csv_one_hot, column),
     .flags = DLT_KEY_SHORTHAND,
     .help = "Name or number of the column."},
    {.name = "values",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_csv_one_hot, values),
     .most = DLT_CSV_CATEGORIES_MAX,
     .least = 1,
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Values of the column, in this order; null: those of the training records, numbers by "
             "size, then words by alphabet."},
    {.name = NULL}};

const dlt_registry_entry dlt_csv_one_hot_entry = {.name = "one_hot",
                                                  .summary = "One column of 0 and 1 for each word.",
                                                  .keys = one_hot_keys,
                                                  .settings_size = sizeof(dlt_csv_one_hot)};

static const dlt_registry_entry *const encodings[] = {&dlt_csv_one_hot_entry, NULL};

static const char *const missing_names[] = {"error", "drop", "mean", "median", NULL};
static const char *const missing_category_words[] = {"error", "category", "zeros", NULL};
static const char *const unseen_words[] = {"error", "drop", "zeros", NULL};
static const char *const field_kinds[] = {"input", "target", "class", NULL};

static const dlt_key field_keys[] = {
    {.name = "columns",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_csv_field_settings, columns),
     .least = 1,
     .most = 4096,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Names or numbers of the columns, in the order of the field's elements."},
    {.name = "kind",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_csv_field_settings, kind),
     .default_value = "input",
     .enum_names = field_kinds,
     .help =
         "input: numbers, standardised if `standardize` says so, and words that `encode` lists; "
         "target: numbers as they are, divided by `scale`; class: one column of class names."},
    {.name = "scale",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_csv_field_settings, scale),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_OPEN_LOW,
     .help = "Divisor of numbers that are targets."},
    {.name = NULL}};

static const char *const target_names[] = {"number", "class", NULL};

const dlt_key dlt_csv_keys[] = {
    {.name = "file",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_csv_settings, file),
     .least = 1,
     .most = 4096,
     .help =
         "The file, with or without .gz, or several, or patterns such as part-*.csv; columns of "
         "further files are found by their names."},
    {.name = "header",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_csv_settings, header),
     .default_value = "true",
     .help = "Whether the first record names the columns."},
    {.name = "columns",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_csv_settings, columns),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Names of the columns, which replace those of a header; without either, columns are "
             "numbered from 0."},
    {.name = "separator",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_csv_settings, separator),
     .default_value = "\",\"",
     .help = "The character between fields."},
    {.name = "missing_tokens",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_csv_settings, missing_tokens),
     .default_value = "[\"\"]",
     .help = "Fields that mean a missing value, without the blanks around them."},
    {.name = "missing",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_csv_settings, missing),
     .default_value = "error",
     .enum_names = missing_names,
     .help = "Treatment of a missing value: an error, dropping the record, or, for numbers, the "
             "mean or median of the training split."},
    {.name = "missing_category",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_csv_settings, missing_category),
     .default_value = "error",
     .enum_names = missing_category_words,
     .help =
         "Treatment of a missing word in an encoded column: an error (or dropping the record, with "
         "`missing: drop`), the category '" DLT_CSV_MISSING_NAME "', or 0 in all its columns."},
    {.name = "unseen",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_csv_settings, unseen),
     .default_value = "error",
     .enum_names = unseen_words,
     .help = "Treatment of a word that is not among the values of the column or the training "
             "records: an error, dropping the record, or 0 in all columns of an encoded one."},
    {.name = "fields",
     .type = DLT_KEY_NAMED,
     .offset = offsetof(dlt_csv_settings, fields),
     .default_value = "null",
     .section = field_keys,
     .section_size = sizeof(dlt_csv_field_settings),
     .flags = DLT_KEY_NULLABLE,
     .help = "Replaces `target`: the columns of each field, by the name of the field; other "
             "columns are left out. null: all columns but the target are the field x, the target "
             "is y."},
    {.name = "target",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_csv_settings, target),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Name or number of the column to predict; null with --like, which knows it."},
    {.name = "target_kind",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_csv_settings, target_kind),
     .default_value = "number",
     .enum_names = target_names,
     .help = "Whether the target is a number or the name of a class."},
    {.name = "target_values",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_csv_settings, target_values),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .most = DLT_CSV_CATEGORIES_MAX,
     .least = 1,
     .help = "The target's classes in label order; null for those of the training records, numbers "
             "by size, then words by alphabet."},
    {.name = "target_scale",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_csv_settings, target_scale),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_OPEN_LOW,
     .help = "Divisor of a target that is a number."},
    {.name = "encode",
     .type = DLT_KEY_SELECTIONS,
     .offset = offsetof(dlt_csv_settings, encode),
     .default_value = "[]",
     .registry = encodings,
     .help = "Columns that are not numbers, each with its encoding."},
    {.name = "ignore",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_csv_settings, ignore),
     .default_value = "[]",
     .help = "Names or numbers of columns that are left out."},
    {.name = "standardize",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_csv_settings, standardize),
     .default_value = "true",
     .help =
         "Whether numbers are shifted and scaled to mean 0 and deviation 1 in the training split."},
    {.name = "test",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_csv_settings, test),
     .default_value = "0.2",
     .least = 1,
     .most = 4096,
     .help =
         "Fraction of the records, drawn by the seed, that makes the test split, 0 for none; or "
         "the files of the test split, given as `file` is."},
    {.name = "split",
     .type = DLT_KEY_REALS,
     .offset = offsetof(dlt_csv_settings, split),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1,
     .least = 2,
     .most = 3,
     .flags = DLT_KEY_NULLABLE,
     .help = "Replaces `test`: shares of the records for training, validation (optional) and test "
             "data; every class of the target is split in proportion."},
    {.name = "seed",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_csv_settings, seed),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e18,
     .help = "Seed of the split."},
    {.name = NULL}};

bool dlt_csv_is_fraction(const dlt_strings *test, double *fraction) {
    char *end = NULL;
    *fraction = strtod(test->at[0], &end);
    return test->count == 1 && end != test->at[0] && *end == '\0';
}

dlt_status dlt_csv_check_separator(const dlt_csv_settings *settings) {
    const char *separator = settings->separator;
    if (strlen(separator) == 1 && strchr("\"\r\n", separator[0]) == NULL)
        return DLT_OK;
    return dlt_fail(DLT_ERR_CONFIG,
                    "the separator must be one character, not a quote or line end: '%s'",
                    separator);
}

static dlt_status check_field(const dlt_named *field) {
    const dlt_csv_field_settings *settings = field->settings;
    if (strpbrk(field->name, "/.") != NULL || !dlt_name_is_plain(field->name) ||
        strcmp(field->name, DLT_RECORD_NAME) == 0)
        return dlt_config_fail(&field->position,
                               "a field cannot be called '%.80s': its name has no '/', '.' or "
                               "control character, and is not '" DLT_RECORD_NAME "'",
                               field->name);
    if (settings->kind == DLT_CSV_FIELD_CLASS && settings->columns.count != 1)
        return dlt_config_fail(&field->position,
                               "a field of a class has one column, but '%s' has "
                               "%lld",
                               field->name, (long long)settings->columns.count);
    return DLT_OK;
}

dlt_status dlt_csv_check_fields(const dlt_csv_settings *settings, bool is_like) {
    const dlt_named_list *fields = &settings->fields;
    if (fields->count <= 0)
        return settings->target != NULL
                   ? DLT_OK
                   : dlt_fail(DLT_ERR_CONFIG,
                              "a table needs the column to predict: the key 'target'");
    if (settings->target != NULL)
        return dlt_fail(DLT_ERR_CONFIG, "`fields` replaces `target`; give one of them");
    if (is_like)
        return dlt_fail(DLT_ERR_CONFIG, "--like does not know `fields`; describe the table");
    if (fields->count > DLT_FIELDS_MAX)
        return dlt_fail(DLT_ERR_CONFIG, "`fields` has %lld fields, but a data set has %d at most",
                        (long long)fields->count, DLT_FIELDS_MAX);
    for (int64_t i = 0; i < fields->count; i++)
        DLT_TRY(check_field(&fields->at[i]));
    return DLT_OK;
}
