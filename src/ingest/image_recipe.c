/* The recipe is a section of keys, as a description has them. Data that was not imported as images,
 * such as IDX files, has none: there shape and type of a sample say
 * the size, and whether pictures can be like it at all. */
#include "ingest/image_recipe.h"

#include "base/error.h"
#include "config/config.h"
#include "ingest/description.h"
#include "ingest/format.h"
#include "ingest/images_settings.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct document {
    dlt_image_recipe images;
} document;

static const dlt_key recipe_keys[] = {
    {.name = "height",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_image_recipe, height),
     .minimum = 1,
     .maximum = 65536,
     .help = ""},
    {.name = "width",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_image_recipe, width),
     .minimum = 1,
     .maximum = 65536,
     .help = ""},
    {.name = "channels",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_image_recipe, channels),
     .minimum = 1,
     .maximum = 3,
     .help = ""},
    {.name = "alpha",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_image_recipe, alpha),
     .enum_names = dlt_images_alpha_names,
     .help = ""},
    {.name = "resized",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_image_recipe, resized),
     .help = ""},
    {.name = "crop", .type = DLT_KEY_BOOL, .offset = offsetof(dlt_image_recipe, crop), .help = ""},
    {.name = NULL}};

static const dlt_key document_keys[] = {{.name = "images",
                                         .type = DLT_KEY_SECTION,
                                         .offset = offsetof(document, images),
                                         .section = recipe_keys,
                                         .help = ""},
                                        {.name = NULL}};

dlt_status dlt_image_recipe_print(const dlt_image_recipe *recipe, dlt_text *out) {
    const document whole = {.images = *recipe};
    dlt_config_print(document_keys, &whole, 0, out);
    return dlt_text_check(out);
}

dlt_status dlt_image_recipe_read(const dlt_import_likeness *like, dlt_image_recipe *out) {
    const dlt_shape *sample = &like->sample;
    const bool is_bytes = like->sample_type != NULL && strcmp(like->sample_type, "uint8") == 0;
    *out = (dlt_image_recipe){0};
    if (like->sample_type != NULL && !is_bytes)
        return dlt_fail(DLT_ERR_FORMAT,
                        "the samples of %s are %s, and pictures are imported as uint8; make an "
                        "HDF5 file of the pictures in the way that the training data was made",
                        like->source, like->sample_type);
    if (like->recipe != NULL) {
        dlt_config *config = NULL;
        document whole = {0};
        DLT_TRY(dlt_config_parse(like->recipe, "the recipe of the images", NULL, 0, &config));
        dlt_status status = dlt_config_read(config, document_keys, &whole);
        dlt_config_destroy(&config);
        *out = whole.images;
        return status;
    }
    if (!is_bytes || sample->rank != 3 || (sample->dim[2] != 1 && sample->dim[2] != 3))
        return dlt_fail(DLT_ERR_FORMAT, "the samples of %s are no images of bytes, grey or colour",
                        like->source);
    *out = (dlt_image_recipe){
        .height = sample->dim[0], .width = sample->dim[1], .channels = sample->dim[2]};
    return DLT_OK;
}

static dlt_status fail_differs(const dlt_format_context *context, const char *key,
                               const char *given, const char *there) {
    return dlt_fail(DLT_ERR_CONFIG,
                    "the setting %s is %s, but the images are to be like those of %s, where it is "
                    "%s; leave it out",
                    key, given, context->like->source, there);
}

dlt_status dlt_image_recipe_check(const dlt_format_context *context,
                                  const dlt_image_recipe *recipe) {
    const dlt_images_settings *given = context->format.settings;
    const dlt_ints *size = &given->resize;
    char here[64];
    char there[64];
    if (given->split.count > 0)
        return dlt_fail(DLT_ERR_CONFIG,
                        "split divides data for training, but all images are imported like those "
                        "of %s; leave it out",
                        context->like->source);
    if (dlt_description_gives(context->config, "images", "channels") &&
        given->channels != recipe->channels) {
        (void)snprintf(here, sizeof here, "%" PRId64, given->channels);
        (void)snprintf(there, sizeof there, "%" PRId64, recipe->channels);
        return fail_differs(context, "channels", here, there);
    }
    if (size->count > 0 &&
        (size->at[0] != recipe->height || size->at[size->count - 1] != recipe->width)) {
        (void)snprintf(here, sizeof here, "%" PRId64 " x %" PRId64, size->at[0],
                       size->at[size->count - 1]);
        (void)snprintf(there, sizeof there, "%" PRId64 " x %" PRId64, recipe->height,
                       recipe->width);
        return fail_differs(context, "resize", here, there);
    }
    if (dlt_description_gives(context->config, "images", "crop") && given->crop != recipe->crop)
        return fail_differs(context, "crop", given->crop ? "true" : "false",
                            recipe->crop ? "true" : "false");
    return DLT_OK;
}
