/* How images were imported, as text: what later images need to have the same meaning. */
#ifndef DLT_INGEST_IMAGE_RECIPE_H
#define DLT_INGEST_IMAGE_RECIPE_H

#include "base/text.h"
#include "dltrain/import.h"
#include "ingest/format.h"

typedef struct dlt_image_recipe {
    int64_t height;
    int64_t width;
    int64_t channels;
    int alpha; /* dlt_image_alpha */
    bool resized;
    bool crop;
} dlt_image_recipe;

/* Adds it as YAML. Errors: MEM. */
DLT_CHECKED dlt_status dlt_image_recipe_print(const dlt_image_recipe *recipe, dlt_text *out);
/* Reads it back; from data without a recipe, whose samples are images, only size and channels are
 * known. Errors: FORMAT if the samples are no images of bytes, CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_image_recipe_read(const dlt_import_likeness *like,
                                             dlt_image_recipe *out);

/* Whether images that are imported by a recipe are given other settings than it has. Errors: CONFIG
 * for those, and for a split. */
DLT_CHECKED dlt_status dlt_image_recipe_check(const dlt_format_context *context,
                                              const dlt_image_recipe *recipe);

#endif
