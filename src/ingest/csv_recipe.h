/* How a table was read, as text: what a later table needs to become samples of the same meaning. */
#ifndef DLT_INGEST_CSV_RECIPE_H
#define DLT_INGEST_CSV_RECIPE_H

#include "base/text.h"
#include "config/config.h"
#include "ingest/csv_features.h"

/* A recipe as it was read; borrows from its configuration. */
typedef struct dlt_csv_recipe {
    dlt_csv_settings reading; /* header, columns, separator, missing … of that table */
    int64_t fields;
    dlt_selection_list table; /* its columns */
} dlt_csv_recipe;

/* Adds the recipe of a table as YAML; classes are the names of its target's. Errors: MEM. */
DLT_CHECKED dlt_status dlt_csv_recipe_print(const dlt_csv_table *table,
                                            const dlt_csv_features *features,
                                            const dlt_csv_settings *settings,
                                            const dlt_strings *classes, dlt_text *out);

/* Reads it back. Owns: caller owns *config, also after a failure. Errors: CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_csv_recipe_read(const char *text, dlt_config **config,
                                           dlt_csv_recipe *out);

/* Makes the columns of a table that is yet to be read. Errors: CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_csv_recipe_columns(const dlt_csv_recipe *recipe, dlt_csv_table *table);

/* Gives the features of such a table their statistics. */
void dlt_csv_recipe_statistics(const dlt_csv_recipe *recipe, dlt_csv_features *features);

/* The classes' names, count -1 where the target is a number; and the target's name, NULL: none. */
dlt_strings dlt_csv_recipe_classes(const dlt_csv_recipe *recipe);
const char *dlt_csv_recipe_target(const dlt_csv_recipe *recipe);

#endif
