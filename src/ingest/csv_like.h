/* The settings of a table that is to be like another: how it is written may differ, what it means
 * may not. */
#ifndef DLT_INGEST_CSV_LIKE_H
#define DLT_INGEST_CSV_LIKE_H

#include "ingest/csv_recipe.h"
#include "ingest/format.h"

/* Makes the settings of the recipe, and over them those that the description gives and that say how
 * a file is written. Errors: CONFIG for a split, a drawn test split, another target, and other
 * settings that differ from the recipe's; MEM. */
DLT_CHECKED dlt_status dlt_csv_like_settings(const dlt_format_context *context,
                                             const dlt_csv_recipe *recipe, dlt_csv_settings *out);

#endif
