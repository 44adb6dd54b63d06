/* The recipe is a list of columns, each a choice of what it is for, with all that training found
 * out about it: the words of a category in their order, mean, deviation and fill of a number. */
#include "ingest/csv_recipe.h"

#include "base/alloc.h"
#include "base/error.h"
#include "ingest/csv_categories.h"
#include "ingest/csv_columns.h"

#include <stddef.h>

typedef struct number_settings {
    const char *name;
    double mean;
    double std;
    double fill;
} number_settings;

/* Of a category and of a class. */
typedef struct words_settings {
    const char *name;
    dlt_strings values; /* as they are in the file */
    dlt_strings names;  /* of classes, as they are shown */
} words_settings;

typedef struct target_settings {
    const char *name;
    double scale;
} target_settings;

typedef struct ignored_settings {
    const char *name;
} ignored_settings;

static const dlt_key number_keys[] = {
    {.name = "name", .type = DLT_KEY_STRING, .offset = offsetof(number_settings, name), .help = ""},
    {.name = "mean", .type = DLT_KEY_REAL, .offset = offsetof(number_settings, mean), .help = ""},
    {.name = "std", .type = DLT_KEY_REAL, .offset = offsetof(number_settings, std), .help = ""},
    {.name = "fill", .type = DLT_KEY_REAL, .offset = offsetof(number_settings, fill), .help = ""},
    {.name = NULL}};

static const dlt_key words_keys[] = {
    {.name = "name", .type = DLT_KEY_STRING, .offset = offsetof(words_settings, name), .help = ""},
    {.name = "values",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(words_settings, values),
     .help = ""},
    {.name = "names",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(words_settings, names),
     .default_value = "[]",
     .help = ""},
    {.name = NULL}};

static const dlt_key target_keys[] = {
    {.name = "name", .type = DLT_KEY_STRING, .offset = offsetof(target_settings, name), .help = ""},
    {.name = "scale", .type = DLT_KEY_REAL, .offset = offsetof(target_settings, scale), .help = ""},
    {.name = NULL}};

static const dlt_key ignored_keys[] = {{.name = "name",
                                        .type = DLT_KEY_STRING,
                                        .offset = offsetof(ignored_settings, name),
                                        .help = ""},
                                       {.name = NULL}};

static const dlt_registry_entry number_entry = {
    .name = "number", .summary = "", .keys = number_keys, .settings_size = sizeof(number_settings)};
static const dlt_registry_entry category_entry = {
    .name = "category", .summary = "", .keys = words_keys, .settings_size = sizeof(words_settings)};
static const dlt_registry_entry class_entry = {
    .name = "class", .summary = "", .keys = words_keys, .settings_size = sizeof(words_settings)};
static const dlt_registry_entry target_entry = {
    .name = "target", .summary = "", .keys = target_keys, .settings_size = sizeof(target_settings)};
static const dlt_registry_entry ignored_entry = {.name = "ignored",
                                                 .summary = "",
                                                 .keys = ignored_keys,
                                                 .settings_size = sizeof(ignored_settings)};

static const dlt_registry_entry *const column_registry[] = {
    &number_entry, &category_entry, &class_entry, &target_entry, &ignored_entry, NULL};

static const dlt_key recipe_keys[] = {
    {.name = "csv",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(dlt_csv_recipe, reading),
     .section = dlt_csv_keys,
     .help = ""},
    {.name = "fields", .type = DLT_KEY_INT, .offset = offsetof(dlt_csv_recipe, fields), .help = ""},
    {.name = "table",
     .type = DLT_KEY_SELECTIONS,
     .offset = offsetof(dlt_csv_recipe, table),
     .registry = column_registry,
     .help = ""},
    {.name = NULL}};

/* The settings of one column, whichever kind it is of. */
typedef union column_settings {
    number_settings number;
    words_settings words;
    target_settings target;
    ignored_settings ignored;
} column_settings;

static dlt_strings words_of(const dlt_csv_column *column) {
    return (dlt_strings){.count = column->category_count,
                         .at = (const char *const *)column->categories};
}

static int64_t feature_of(const dlt_csv_features *features, const dlt_csv_column *column) {
    int64_t f = 0;
    while (f < features->count && features->at[f].column != column)
        f++;
    return f;
}

static dlt_selection describe_column(const dlt_csv_column *column, const dlt_csv_features *features,
                                     const dlt_csv_settings *settings, const dlt_strings *classes,
                                     column_settings *out) {
    if (column->role == DLT_CSV_IGNORED) {
        out->ignored = (ignored_settings){.name = column->name};
        return (dlt_selection){.kind = &ignored_entry, .settings = out};
    }
    if (column->role == DLT_CSV_CATEGORY) {
        out->words = (words_settings){.name = column->name, .values = words_of(column)};
        if (column->target)
            out->words.names = *classes;
        return (dlt_selection){.kind = column->target ? &class_entry : &category_entry,
                               .settings = out};
    }
    if (column->target) {
        out->target = (target_settings){.name = column->name, .scale = settings->target_scale};
        return (dlt_selection){.kind = &target_entry, .settings = out};
    }
    int64_t f = feature_of(features, column);
    out->number = (number_settings){.name = column->name,
                                    .mean = features->mean[f],
                                    .std = features->std[f],
                                    .fill = features->fill[f]};
    return (dlt_selection){.kind = &number_entry, .settings = out};
}

dlt_status dlt_csv_recipe_print(const dlt_csv_table *table, const dlt_csv_features *features,
                                const dlt_csv_settings *settings, const dlt_strings *classes,
                                dlt_text *out) {
    dlt_selection *selection = NULL;
    column_settings *columns = NULL;
    dlt_status status = DLT_OK;
    dlt_csv_recipe recipe = {.reading = *settings, .fields = table->fields};
    /* Where that file was, and what it was divided into, means nothing to the next one. */
    recipe.reading.file = (dlt_strings){.count = 1, .at = (const char *const[]){"-"}};
    recipe.reading.split.count = -1;
    recipe.reading.test = (dlt_strings){.count = 1, .at = (const char *const[]){"0"}};
    DLT_TRY_OUT(DLT_NEW(selection, table->column_count));
    DLT_TRY_OUT(DLT_NEW(columns, table->column_count));
    for (int64_t c = 0; c < table->column_count; c++)
        selection[c] =
            describe_column(&table->columns[c], features, settings, classes, &columns[c]);
    recipe.table = (dlt_selection_list){.count = table->column_count, .at = selection};
    dlt_config_print(recipe_keys, &recipe, 0, out);
    status = dlt_text_check(out);
out:
    dlt_free(selection);
    dlt_free(columns);
    return status;
}

dlt_status dlt_csv_recipe_read(const char *text, dlt_config **config, dlt_csv_recipe *out) {
    DLT_TRY(dlt_config_parse(text, "the recipe of the table", NULL, 0, config));
    return dlt_config_read(*config, recipe_keys, out);
}

static dlt_status make_column(const dlt_selection *selection, dlt_csv_column *column) {
    /* The settings of all kinds begin with the name. */
    column->name = dlt_alloc_text(((const ignored_settings *)selection->settings)->name);
    if (column->name == NULL)
        return DLT_ERR_MEM;
    const words_settings *words = selection->settings;
    column->field = -1;
    column->target = selection->kind == &class_entry || selection->kind == &target_entry;
    if (selection->kind == &ignored_entry)
        column->role = DLT_CSV_IGNORED;
    bool has_words = selection->kind == &class_entry || selection->kind == &category_entry;
    return has_words ? dlt_csv_categories_start(column, &words->values) : DLT_OK;
}

dlt_status dlt_csv_recipe_columns(const dlt_csv_recipe *recipe, dlt_csv_table *table) {
    DLT_TRY(DLT_NEW(table->columns, recipe->table.count));
    table->column_count = recipe->table.count;
    table->fields = recipe->fields;
    table->made_by_recipe = true;
    for (int64_t c = 0; c < recipe->table.count; c++)
        DLT_TRY(make_column(&recipe->table.at[c], &table->columns[c]));
    dlt_csv_columns_place(table);
    return DLT_OK;
}

void dlt_csv_recipe_statistics(const dlt_csv_recipe *recipe, dlt_csv_features *features) {
    int64_t f = 0;
    for (int64_t c = 0; c < recipe->table.count; c++) {
        const dlt_selection *selection = &recipe->table.at[c];
        const number_settings *number = selection->settings;
        if (selection->kind == &category_entry)
            f += ((const words_settings *)selection->settings)->values.count;
        if (selection->kind != &number_entry || f >= features->count)
            continue;
        features->mean[f] = number->mean;
        features->std[f] = number->std;
        features->fill[f++] = number->fill;
    }
}

static const dlt_selection *find_target(const dlt_csv_recipe *recipe) {
    for (int64_t c = 0; c < recipe->table.count; c++)
        if (recipe->table.at[c].kind == &class_entry || recipe->table.at[c].kind == &target_entry)
            return &recipe->table.at[c];
    return NULL;
}

dlt_strings dlt_csv_recipe_classes(const dlt_csv_recipe *recipe) {
    const dlt_selection *target = find_target(recipe);
    if (target == NULL || target->kind != &class_entry)
        return (dlt_strings){.count = -1};
    return ((const words_settings *)target->settings)->names;
}

const char *dlt_csv_recipe_target(const dlt_csv_recipe *recipe) {
    const dlt_selection *target = find_target(recipe);
    return target != NULL ? ((const ignored_settings *)target->settings)->name : NULL;
}
