/* The keys of lines of labelled text. */
#include "ingest/labelled_text_settings.h"

#include "base/error.h"
#include "ingest/vocabulary.h"

#include <stddef.h>
#include <string.h>

static const dlt_key files_keys[] = {
    {.name = "file",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_labelled_text_files, file),
     .default_value = "null",
     .most = 4096,
     .flags = DLT_KEY_NULLABLE,
     .help = "The file, UTF-8 with or without .gz, or several, or patterns such as part-*.tsv; "
             "null where there is no such split."},
    {.name = NULL}};

static const char *const longest_names[] = {"any", NULL};

/* The three splits differ in their files alone. */
#define SPLIT_ROW(word, index, text)                                                               \
    {                                                                                              \
        .name = (word), .type = DLT_KEY_SECTION,                                                   \
        .offset = offsetof(dlt_labelled_text_settings, splits[index]), .section = files_keys,      \
        .help = (text)                                                                             \
    }

const dlt_key dlt_labelled_text_keys[] = {
    SPLIT_ROW("train", DLT_SPLIT_TRAIN, "Where the training texts are."),
    SPLIT_ROW("test", DLT_SPLIT_TEST, "Where the test texts are."),
    SPLIT_ROW("validation", DLT_SPLIT_VALIDATION, "Where the validation texts are."),
    {.name = "separator",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_labelled_text_settings, separator),
     .default_value = "\"\\t\"",
     .help = "The character between the columns of a line; there are no quotes."},
    {.name = "header",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_labelled_text_settings, header),
     .default_value = "true",
     .help = "Whether the first line of each file names the columns."},
    {.name = "text",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_labelled_text_settings, text),
     .help = "Name or number (from 0) of the column with the text."},
    {.name = "target",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_labelled_text_settings, target),
     .help = "Name or number (from 0) of the column with the label."},
    {.name = "lower_case",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_labelled_text_settings, lower_case),
     .default_value = "true",
     .help = "Whether the letters A to Z become lower case; words are what stands between blanks."},
    {.name = "minimum_count",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_labelled_text_settings, minimum_count),
     .default_value = "1",
     .minimum = 1,
     .maximum = 1e9,
     .help = "A word that occurs less often in the training texts becomes "
             "'" DLT_WORD_UNKNOWN_NAME "'."},
    {.name = "words",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_labelled_text_settings, words),
     .default_value = "1000000",
     .minimum = DLT_WORD_FIRST + 1,
     .maximum = DLT_VOCABULARY_WORDS_MAX,
     .help = "The size of the vocabulary, '" DLT_WORD_PADDING_NAME "' (0) and "
             "'" DLT_WORD_UNKNOWN_NAME "' (1) included: the most frequent words, of equals the "
             "first by their bytes."},
    {.name = "longest",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_labelled_text_settings, longest),
     .default_value = "any",
     .minimum = 1,
     .maximum = 1e9,
     .enum_names = longest_names,
     .help = "The number of words after which a text is cut; any: none is."},
    {.name = NULL}};

dlt_status dlt_labelled_text_check(const dlt_labelled_text_settings *settings) {
    const char *separator = settings->separator;
    if (strlen(separator) == 1 && strchr("\r\n", separator[0]) == NULL)
        return DLT_OK;
    return dlt_fail(DLT_ERR_CONFIG, "the separator must be one character, not a line end: '%s'",
                    separator);
}
