/* How images with label maps are read: the settings of `format: {label_maps: ...}`. */
#ifndef DLT_INGEST_LABEL_MAPS_SETTINGS_H
#define DLT_INGEST_LABEL_MAPS_SETTINGS_H

#include "data/split.h"
#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

/* Where a split lies. */
typedef struct dlt_label_maps_place {
    dlt_strings path;
    const char *images;
    const char *labels;
} dlt_label_maps_place;

typedef struct dlt_label_maps_settings {
    dlt_label_maps_place splits[DLT_SPLITS];
    const char *suffix;
    dlt_strings colours; /* count -1: label maps hold numbers */
    int64_t ignored;     /* -1: none */
    int64_t channels;
    int alpha; /* dlt_image_alpha */
    dlt_ints resize;
} dlt_label_maps_settings;

/* A class number has one byte. */
enum { DLT_LABEL_CLASSES_MAX = 256 };

extern const dlt_key dlt_label_maps_keys[];

/* Errors: CONFIG for settings that contradict each other or the number of classes. */
DLT_CHECKED dlt_status dlt_label_maps_check(const dlt_label_maps_settings *settings,
                                            int64_t classes);
/* "#C0FFEE" as 0xC0FFEE; -1 where it is no colour. */
int32_t dlt_label_colour(const char *text);

#endif
