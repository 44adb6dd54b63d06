/* CSV tables (RFC 4180). The table is held in memory as numbers, since a median and the statistics
 * of a split drawn by the seed need all of it before the first sample can be written. Like another
 * data set, a table is read by that one's recipe: its columns by their names, its numbers by those
 * statistics. */
#include "data/stratify.h"
#include "ingest/csv_features.h"
#include "ingest/csv_fields.h"
#include "ingest/csv_like.h"
#include "ingest/csv_read.h"
#include "ingest/csv_recipe.h"
#include "ingest/csv_settings.h"
#include "ingest/description.h"
#include "ingest/file_list.h"
#include "ingest/format.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/philox.h"
#include "base/text.h"
#include "data/subset.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef struct csv_state {
    dlt_format_context context;
    dlt_csv_settings settings;
    dlt_config *recipe_config; /* owned; NULL unless like another data set */
    dlt_csv_recipe recipe;
    double test_fraction; /* drawn by the seed; 0 where the test split has files of its own */
    dlt_file_list train_files;
    dlt_file_list test_files;
    dlt_file_set files; /* both; owned */
    const char *path;   /* of the first file; borrowed from train_files */
    dlt_csv_table table;
    const dlt_csv_column *target; /* the class, else the last target; borrowed from the table */
    dlt_csv_features features;
    dlt_csv_fields fields;
    dlt_strings classes; /* names of the target's classes; borrowed */
    dlt_text class_names;
    dlt_text recipe_text;
    int64_t *order;            /* records, split by split: test, validation, training; owned */
    int64_t first[DLT_SPLITS]; /* of each split in order */
    int64_t rows[DLT_SPLITS];
    int64_t *record;  /* the number of each in its files, in that order; owned */
    int64_t position; /* next in order */
} csv_state;

static bool is_like_another(const csv_state *state) {
    return state->recipe_config != NULL;
}

/* Puts the categories of a closed column into the order of given names of the same set. */
static dlt_status reorder_classes(dlt_csv_table *table, const dlt_csv_column *column,
                                  const dlt_strings *given) {
    double *place = NULL;
    char **words = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(place, given->count));
    DLT_TRY_OUT(DLT_NEW(words, given->count));
    for (int64_t i = 0; i < given->count; i++)
        for (int64_t old = 0; old < given->count; old++)
            if (strcmp(column->categories[old], given->at[i]) == 0) {
                place[old] = (double)i;
                words[i] = column->categories[old];
            }
    memcpy(column->categories, words, (size_t)given->count * sizeof *words);
    for (int64_t row = 0; row < table->rows; row++) {
        double *value = &table->values[row * table->width + column->value_index];
        *value = place[(int64_t)*value];
    }
out:
    dlt_free(place);
    dlt_free(words);
    return status;
}

/* The description's names stand for the words in their order, or are these words themselves. */
static dlt_status name_classes(csv_state *state) {
    const dlt_strings *given = &state->context.classes;
    const dlt_csv_column *target = state->target;
    int64_t known = 0;
    state->classes = (dlt_strings){.count = target->category_count,
                                   .at = (const char *const *)target->categories};
    if (given->count == 0)
        return DLT_OK;
    if (given->count != target->category_count)
        return dlt_fail(DLT_ERR_FORMAT,
                        "column '%s' of %s has %" PRId64
                        " classes, but the description names %" PRId64,
                        target->name, state->path, target->category_count, given->count);
    for (int64_t i = 0; i < given->count; i++)
        for (int64_t c = 0; c < target->category_count; c++)
            known += strcmp(given->at[i], target->categories[c]) == 0;
    if (known == 0)
        state->classes = *given;
    else if (known == given->count)
        return reorder_classes(&state->table, target, given);
    else
        return dlt_fail(DLT_ERR_FORMAT,
                        "of the %" PRId64 " classes that the description names, only %" PRId64
                        " are values of column '%s' of %s",
                        given->count, known, target->name, state->path);
    return DLT_OK;
}

/* One class to be named and split in proportion: of several, none. */
static bool has_labels(const csv_state *state) {
    int count = 0;
    for (int64_t c = 0; c < state->table.column_count; c++)
        count += state->table.columns[c].target && state->table.columns[c].role == DLT_CSV_CATEGORY;
    return count == 1;
}

static dlt_status make_classes(csv_state *state) {
    for (int64_t c = 0; c < state->table.column_count; c++) {
        const dlt_csv_column *column = &state->table.columns[c];
        if (column->target && (state->target == NULL || column->role == DLT_CSV_CATEGORY))
            state->target = column;
    }
    if (!has_labels(state))
        return DLT_OK;
    if (is_like_another(state))
        state->classes = dlt_csv_recipe_classes(&state->recipe);
    else
        DLT_TRY(name_classes(state));
    for (int64_t i = 0; i < state->classes.count; i++) {
        dlt_text_add(&state->class_names, "%s", i == 0 ? "" : "\n");
        for (const char *name = state->classes.at[i]; *name != '\0'; name++)
            dlt_text_add_bytes(&state->class_names, *name == '\n' || *name == '\r' ? " " : name, 1);
    }
    return dlt_text_check(&state->class_names);
}

static bool has_shares(const csv_state *state) {
    return state->settings.split.count > 0;
}

/* Each class of the target in proportion; a target that is a number counts as one class. */
static dlt_status split_by_shares(csv_state *state) {
    const dlt_csv_table *table = &state->table;
    const bool labels = has_labels(state);
    dlt_split_shares shares;
    int32_t *label = NULL;
    uint8_t *split_of = NULL;
    int64_t at = 0;
    dlt_status status = DLT_OK;
    DLT_TRY(dlt_split_shares_read(&state->settings.split, state->settings.seed, &shares));
    DLT_TRY(DLT_NEW(state->order, table->rows));
    DLT_TRY_OUT(DLT_NEW(label, table->rows));
    DLT_TRY_OUT(DLT_NEW(split_of, table->rows));
    for (int64_t row = 0; labels && row < table->rows; row++)
        label[row] = (int32_t)table->values[row * table->width + state->target->value_index];
    DLT_TRY_OUT(dlt_split_stratify(&shares, label, table->rows,
                                   labels ? state->target->category_count : 1, split_of));
    for (int i = DLT_SPLITS - 1; i >= 0; i--) {
        const dlt_split one = dlt_split_order[i];
        state->first[one] = at;
        for (int64_t row = 0; row < table->rows; row++)
            if (split_of[row] == one)
                state->order[at++] = row;
        state->rows[one] = at - state->first[one];
        if (shares.share[one] > 0 && state->rows[one] == 0)
            DLT_TRY_OUT(dlt_fail(DLT_ERR_FORMAT, "split leaves no record of %s for the split '%s'",
                                 state->path, dlt_split_name(one)));
    }
out:
    dlt_free(label);
    dlt_free(split_of);
    return status;
}

/* Records of the test files come first, then those drawn for the test split, then the others. Like
 * another data set, all keep their place, so that a prediction can be told its record. */
static dlt_status split_by_fraction(csv_state *state) {
    const dlt_csv_table *table = &state->table;
    int64_t rows = table->train_rows;
    int64_t own_test_rows = table->rows - rows;
    dlt_permutation permutation =
        dlt_permutation_make((uint64_t)state->settings.seed, DLT_PURPOSE_SPLIT, 0, 0, rows);
    DLT_TRY(DLT_NEW(state->order, table->rows));
    for (int64_t i = 0; i < own_test_rows; i++)
        state->order[i] = rows + i;
    for (int64_t i = 0; i < rows; i++)
        state->order[own_test_rows + i] =
            is_like_another(state) ? i : dlt_permutation_at(&permutation, i);
    int64_t drawn = (int64_t)floor(state->test_fraction * (double)rows + 0.5);
    state->rows[DLT_SPLIT_TEST] = own_test_rows + drawn;
    state->first[DLT_SPLIT_TRAIN] = state->rows[DLT_SPLIT_TEST];
    state->rows[DLT_SPLIT_TRAIN] = table->rows - state->rows[DLT_SPLIT_TEST];
    if (drawn >= rows || (state->test_fraction > 0 && drawn == 0))
        return dlt_fail(DLT_ERR_CONFIG,
                        "%s has %" PRId64 " records, too few for a test split of %g of them",
                        state->path, rows, state->test_fraction);
    return DLT_OK;
}

/* A fraction, or files of their own. */
static dlt_status read_test(csv_state *state) {
    const dlt_strings *test = &state->settings.test;
    if (has_shares(state))
        return dlt_description_gives(state->context.config, "csv", "test")
                   ? dlt_fail(DLT_ERR_CONFIG, "split replaces test; give one of them")
                   : DLT_OK;
    double fraction = 0;
    if (!dlt_csv_is_fraction(test, &fraction))
        return dlt_file_list_find(&state->context, test, &state->test_files);
    if (!(fraction >= 0 && fraction < 1))
        return dlt_fail(DLT_ERR_CONFIG,
                        "'test' must be at least 0 and below 1, or name files, found %s",
                        test->at[0]);
    state->test_fraction = fraction;
    return DLT_OK;
}

static dlt_status read_table(csv_state *state) {
    dlt_csv_table *table = &state->table;
    DLT_TRY(dlt_csv_check_separator(&state->settings));
    DLT_TRY(read_test(state));
    DLT_TRY(dlt_file_list_find(&state->context, &state->settings.file, &state->train_files));
    state->path = state->train_files.at[0];
    DLT_TRY(dlt_file_list_claim(&state->train_files, &state->files));
    DLT_TRY(dlt_file_list_claim(&state->test_files, &state->files));
    if (is_like_another(state))
        DLT_TRY(dlt_csv_recipe_columns(&state->recipe, table));
    DLT_TRY(
        dlt_csv_table_read(&state->train_files, &state->settings, state->context.output, table));
    DLT_TRY(dlt_csv_table_close(table, state->path));
    if (state->test_files.count > 0)
        DLT_TRY(
            dlt_csv_table_read(&state->test_files, &state->settings, state->context.output, table));
    return DLT_OK;
}

/* The samples of a table that lost records cannot be counted off against its lines. */
static dlt_status number_records(csv_state *state) {
    const dlt_csv_table *table = &state->table;
    if (table->dropped_missing + table->dropped_unseen == 0)
        return DLT_OK;
    DLT_TRY(DLT_NEW(state->record, table->rows));
    for (int64_t i = 0; i < table->rows; i++)
        state->record[i] = table->record[state->order[i]];
    return DLT_OK;
}

static dlt_status open_csv(const dlt_format_context *context, void **out) {
    csv_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->context = *context;
    state->settings = *(const dlt_csv_settings *)context->format.settings;
    if (context->like != NULL) {
        DLT_TRY(dlt_csv_recipe_read(context->like->recipe, &state->recipe_config, &state->recipe));
        DLT_TRY(dlt_csv_like_settings(context, &state->recipe, &state->settings));
    }
    DLT_TRY(dlt_csv_check_fields(&state->settings, context->like != NULL));
    DLT_TRY(read_table(state));
    DLT_TRY(make_classes(state));
    DLT_TRY(dlt_csv_features_make(&state->table, state->path, &state->features));
    DLT_TRY(dlt_csv_fields_make(&state->table, &state->features, &state->settings, &state->fields));
    DLT_TRY(has_shares(state) ? split_by_shares(state) : split_by_fraction(state));
    DLT_TRY(number_records(state));
    if (is_like_another(state))
        dlt_csv_recipe_statistics(&state->recipe, &state->features);
    else
        DLT_TRY(dlt_csv_features_measure(&state->features, &state->table, &state->settings,
                                         state->order + state->first[DLT_SPLIT_TRAIN],
                                         state->rows[DLT_SPLIT_TRAIN], state->path));
    dlt_csv_features_note(&state->features, &state->table, state->path);
    dlt_text_add(context->notes, "%s", dlt_text_of(&state->table.notes));
    DLT_TRY(dlt_text_check(&state->table.notes));
    if (is_like_another(state) || state->settings.fields.count > 0)
        return DLT_OK;
    return dlt_csv_recipe_print(&state->table, &state->features, &state->settings, &state->classes,
                                &state->recipe_text);
}

/* A number per sample is a row of one. */
static void describe_field(const dlt_csv_field *field, dlt_split_field *out) {
    *out = (dlt_split_field){.name = field->name, .type = DLT_H5_I32};
    if (field->is_label)
        return;
    out->type = DLT_H5_F32;
    out->shape = (dlt_shape){.rank = 1, .dim = {field->count}};
}

static dlt_status begin_csv(void *opaque, dlt_split split, dlt_split_facts *facts) {
    csv_state *state = opaque;
    const bool labels = has_labels(state);
    state->position = state->first[split];
    *facts = (dlt_split_facts){.samples = state->rows[split],
                               .class_names = labels ? dlt_text_of(&state->class_names) : NULL,
                               .record = state->record != NULL ? state->record + state->first[split]
                                                               : NULL};
    if (state->settings.fields.count > 0) {
        facts->field_count = state->fields.count;
        for (int f = 0; f < state->fields.count; f++)
            describe_field(&state->fields.at[f], &facts->fields[f]);
        return DLT_OK;
    }
    facts->x_type = DLT_H5_F32;
    facts->x_shape = (dlt_shape){.rank = 1, .dim = {state->features.count}};
    facts->y_type = state->table.lacks_target ? DLT_H5_OTHER : labels ? DLT_H5_I32 : DLT_H5_F32;
    facts->feature_names = dlt_text_of(&state->features.names);
    facts->raw_count = state->settings.standardize ? state->features.count : 0;
    facts->raw_mean = state->features.mean;
    facts->raw_std = state->features.std;
    facts->target_name = state->target->name;
    facts->target_scale = labels ? 0 : state->settings.target_scale;
    facts->recipe =
        is_like_another(state) ? state->context.like->recipe : dlt_text_of(&state->recipe_text);
    return DLT_OK;
}

/* A record of the test split may lie far outside the range in which its column was scaled. */
static dlt_status to_float(const csv_state *state, const dlt_csv_column *column, double value,
                           float *out) {
    if (!(fabs(value) <= (double)FLT_MAX))
        return dlt_fail(DLT_ERR_FORMAT,
                        "column '%s' of %s has a value that is too large once scaled", column->name,
                        state->path);
    *out = (float)value;
    return DLT_OK;
}

/* The elements of one record that a field takes. */
static dlt_status read_field(const csv_state *state, const dlt_csv_field *field, const double *row,
                             float *out) {
    for (int64_t i = 0; i < field->count; i++) {
        const dlt_csv_element *element = &state->fields.elements[field->first + i];
        const double value = element->feature >= 0
                                 ? dlt_csv_feature_value(&state->features, row, element->feature)
                                 : row[element->column->value_index] / field->scale;
        DLT_TRY(to_float(state, element->column, value, &out[i]));
    }
    return DLT_OK;
}

static dlt_status read_csv(void *opaque, int64_t count, void *const *fields) {
    csv_state *state = opaque;
    for (int64_t i = 0; i < count; i++) {
        const int64_t record = state->order[state->position++];
        const double *row = &state->table.values[record * state->table.width];
        for (int f = 0; f < state->fields.count; f++) {
            const dlt_csv_field *field = &state->fields.at[f];
            if (field->is_label)
                ((int32_t *)fields[f])[i] =
                    (int32_t)row[state->fields.elements[field->first].column->value_index];
            else
                DLT_TRY(read_field(state, field, row, (float *)fields[f] + i * field->count));
        }
    }
    return DLT_OK;
}

static void close_csv(void *opaque) {
    csv_state *state = opaque;
    dlt_csv_table_destroy(&state->table);
    dlt_csv_features_destroy(&state->features);
    dlt_csv_fields_destroy(&state->fields);
    dlt_file_list_destroy(&state->train_files);
    dlt_file_list_destroy(&state->test_files);
    dlt_file_set_destroy(&state->files);
    dlt_text_destroy(&state->class_names);
    dlt_text_destroy(&state->recipe_text);
    dlt_config_destroy(&state->recipe_config);
    dlt_free(state->order);
    dlt_free(state->record);
    dlt_free(state);
}

const dlt_format_ops dlt_format_csv = {
    .entry = {.name = "csv",
              .summary = "CSV tables: numbers, categories, missing values, split by the seed.",
              .keys = dlt_csv_keys,
              .settings_size = sizeof(dlt_csv_settings)},
    .open = open_csv,
    .begin = begin_csv,
    .read = read_csv,
    .close = close_csv,
};
