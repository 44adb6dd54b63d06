/* How images are read: the settings of `format: {images: ...}`. */
#ifndef DLT_INGEST_IMAGES_SETTINGS_H
#define DLT_INGEST_IMAGES_SETTINGS_H

#include "ingest/format.h"

typedef struct dlt_images_place {
    dlt_strings path;
    const char *folder;
} dlt_images_place;

typedef struct dlt_images_settings {
    dlt_images_place splits[DLT_SPLITS];
    bool class_folders;
    int64_t channels;
    int alpha; /* dlt_image_alpha */
    dlt_ints resize;
    bool crop;
    dlt_reals split;
    int64_t seed;
} dlt_images_settings;

extern const dlt_key dlt_images_keys[];
/* The words of `alpha`. */
extern const char *const dlt_images_alpha_names[];

#endif
