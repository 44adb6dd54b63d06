/* A column of which most values are words is one of words: it is encoded where it has few different
 * ones, and left out where it has many. A target of words is a class, one of numbers a number.
 * Dates and numbers with a comma are neither, and refused. What settings give is not guessed. */
#include "ingest/csv_guess.h"

#include "base/alloc.h"
#include "base/error.h"
#include "config/print.h"
#include "ingest/description.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool is_given(const dlt_config *config, const char *key) {
    return dlt_description_gives(config, "csv", key);
}

/* Values that are not words, however they are written, make no column of words. */
static bool holds_words(const dlt_csv_column_survey *seen) {
    return seen->words > seen->numbers + seen->otherwise;
}

/* True with a line of notes if a column is left out. */
static bool is_left_out(const dlt_csv_column *column, const dlt_csv_column_survey *seen,
                        const char *path, dlt_text *notes) {
    const bool has_value = seen->numbers + seen->words + seen->otherwise > 0;
    const bool has_many = holds_words(seen) && seen->different > DLT_CSV_WORDS_MAX;
    if (!column->nameless && has_value && !has_many)
        return false;
    dlt_text_add(notes, "%s: column '%s' is left out: it has ", path, column->name);
    if (column->nameless || !has_value)
        dlt_text_add(notes, "%s\n", column->nameless ? "no name" : "no value");
    else
        dlt_text_add(notes, "more than %d different words\n", DLT_CSV_WORDS_MAX);
    return true;
}

/* The sentence of a described table, and the setting that takes the values as words all the same.
 */
static dlt_status check_otherwise(const dlt_csv_guess *it, const dlt_csv_column *column,
                                  const char *path) {
    const dlt_csv_column_survey *seen = &it->survey.at[column - it->survey.table.columns];
    dlt_text setting = DLT_TEXT_EMPTY;
    if (seen->otherwise == 0 || holds_words(seen))
        return DLT_OK;
    if (column == it->survey.target) {
        dlt_text_add(&setting, "target_kind=class");
    } else {
        dlt_text_add(&setting, "'encode=[{one_hot: ");
        dlt_print_string(column->name, &setting);
        dlt_text_add(&setting, "}]'");
    }
    dlt_status status =
        dlt_fail(DLT_ERR_ARG,
                 "%s:%" PRId64 ": '%s' in column '%s' is %s; --set %s takes its values as words",
                 path, seen->line, seen->example, column->name, dlt_csv_kind_text(seen->kind),
                 dlt_text_of(&setting));
    dlt_text_destroy(&setting);
    return status;
}

/* Adds what is guessed to the columns that `encode` and `ignore` give. */
static dlt_status guess_inputs(dlt_csv_guess *it, const char *path, dlt_text *notes) {
    const dlt_csv_table *table = &it->survey.table;
    dlt_csv_settings *settings = &it->settings;
    int64_t words = settings->encode.count;
    int64_t ignored = settings->ignore.count;
    DLT_TRY(DLT_NEW(it->words, table->column_count));
    DLT_TRY(DLT_NEW(it->encode, words + table->column_count));
    DLT_TRY(DLT_NEW(it->ignore, ignored + table->column_count));
    for (int64_t i = 0; i < words; i++)
        it->encode[i] = settings->encode.at[i];
    for (int64_t i = 0; i < ignored; i++)
        it->ignore[i] = settings->ignore.at[i];
    for (int64_t c = 0; c < table->column_count; c++) {
        const dlt_csv_column *column = &table->columns[c];
        if (column == it->survey.target || column->role != DLT_CSV_NUMBER)
            continue;
        if (is_left_out(column, &it->survey.at[c], path, notes)) {
            it->ignore[ignored++] = column->name;
            continue;
        }
        DLT_TRY(check_otherwise(it, column, path));
        if (!holds_words(&it->survey.at[c]))
            continue;
        it->words[c] = (dlt_csv_one_hot){.column = column->name, .values = {.count = -1}};
        it->encode[words++] =
            (dlt_selection){.kind = &dlt_csv_one_hot_entry, .settings = &it->words[c]};
    }
    settings->encode = (dlt_selection_list){.count = words, .at = it->encode};
    settings->ignore = (dlt_strings){.count = ignored, .at = it->ignore};
    return DLT_OK;
}

/* A model begins with outputs of about 1 and takes long to reach thousands: a target that is a
 * large number is divided by a power of ten. */
static void guess_scale(dlt_csv_guess *it, const char *path, dlt_text *notes) {
    const double large = 1000;
    const dlt_csv_column *target = it->survey.target;
    const double largest = it->survey.at[target - it->survey.table.columns].largest;
    double scale = large;
    if (!(largest >= large) || !isfinite(largest))
        return;
    while (scale * 10 <= largest)
        scale *= 10;
    it->settings.target_scale = scale;
    dlt_text_add(notes,
                 "%s: the target '%s' is divided by %.15g, because it reaches %g; --set "
                 "target_scale=1 leaves it as it is\n",
                 path, target->name, scale, largest);
}

static dlt_status guess_target(dlt_csv_guess *it, const char *path, dlt_text *notes) {
    const dlt_csv_column *target = it->survey.target;
    const dlt_csv_column_survey *seen = &it->survey.at[target - it->survey.table.columns];
    DLT_TRY(check_otherwise(it, target, path));
    it->settings.target_kind = holds_words(seen) ? DLT_CSV_TARGET_CLASS : DLT_CSV_TARGET_NUMBER;
    if (holds_words(seen) || seen->has_fraction)
        return DLT_OK;
    dlt_text_add(notes,
                 "%s: the target '%s' is taken as a number; --set target_kind=class makes classes "
                 "of its ",
                 path, target->name);
    if (seen->different > DLT_CSV_WORDS_MAX)
        dlt_text_add(notes, "more than %d values\n", DLT_CSV_WORDS_MAX);
    else
        dlt_text_add(notes, "%d values\n", seen->different);
    return DLT_OK;
}

/* A part of the table is for testing. */
static void guess_split(const dlt_config *config, dlt_csv_settings *settings) {
    static const double shares[] = {0.8, 0.2};
    if (!is_given(config, "split") && !is_given(config, "test"))
        settings->split = (dlt_reals){.count = 2, .at = shares};
}

dlt_status dlt_csv_guess_make(const char *path, const dlt_config *config,
                              const dlt_csv_settings *given, const dlt_import_output *output,
                              dlt_csv_guess *out, dlt_text *notes) {
    dlt_csv_settings *settings = &out->settings;
    *settings = *given;
    if (!is_given(config, "separator")) {
        DLT_TRY(dlt_csv_survey_separator(path, out->separator));
        settings->separator = out->separator;
    }
    DLT_TRY(dlt_csv_check_separator(settings));
    if (!is_given(config, "missing_tokens"))
        settings->missing_tokens = dlt_csv_missing_words;
    if (!is_given(config, "missing"))
        settings->missing = DLT_CSV_MISSING_MEDIAN;
    if (!is_given(config, "missing_category"))
        settings->missing_category = DLT_CSV_MISSING_CATEGORY_OWN;
    if (!is_given(config, "unseen"))
        settings->unseen = DLT_CSV_UNSEEN_ZEROS;
    guess_split(config, settings);
    DLT_TRY(dlt_csv_survey_make(path, is_given(config, "header"), settings, output, &out->survey,
                                notes));
    settings->target = out->survey.target->name;
    if (!is_given(config, "target_kind"))
        DLT_TRY(guess_target(out, path, notes));
    if (settings->target_kind == DLT_CSV_TARGET_NUMBER && !is_given(config, "target_scale"))
        guess_scale(out, path, notes);
    DLT_TRY(guess_inputs(out, path, notes));
    return dlt_text_check(notes);
}

void dlt_csv_guess_destroy(dlt_csv_guess *guess) {
    dlt_csv_survey_destroy(&guess->survey);
    dlt_free(guess->words);
    dlt_free(guess->encode);
    dlt_free(guess->ignore);
    *guess = (dlt_csv_guess){0};
}
