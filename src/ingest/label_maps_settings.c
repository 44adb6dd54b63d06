/* The keys of images with label maps. */
#include "ingest/label_maps_settings.h"

#include "base/error.h"
#include "ingest/images_settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const dlt_key place_keys[] = {
    {.name = "path",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_label_maps_place, path),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Directories and tar archives, by name or pattern (*, ?); null where there is no such "
             "split."},
    {.name = "images",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_label_maps_place, images),
     .default_value = "images",
     .help = "Folder inside each that holds the images."},
    {.name = "labels",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_label_maps_place, labels),
     .default_value = "labels",
     .help = "Folder inside each that holds the label maps, in the order of the images."},
    {.name = NULL}};

static const char *const ignored_names[] = {"none", NULL};

/* The three splits differ in their place alone. */
#define SPLIT_ROW(word, index, text)                                                               \
    {                                                                                              \
        .name = (word), .type = DLT_KEY_SECTION,                                                   \
        .offset = offsetof(dlt_label_maps_settings, splits[index]), .section = place_keys,         \
        .help = (text)                                                                             \
    }

const dlt_key dlt_label_maps_keys[] = {
    SPLIT_ROW("train", DLT_SPLIT_TRAIN, "Where the training images are."),
    SPLIT_ROW("test", DLT_SPLIT_TEST, "Where the test images are."),
    SPLIT_ROW("validation", DLT_SPLIT_VALIDATION, "Where the validation images are."),
    {.name = "suffix",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_label_maps_settings, suffix),
     .default_value = "\"\"",
     .help = "What the name of a label map adds to that of its image, before the ending: _L for "
             "a.jpg and a_L.png."},
    {.name = "colours",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_label_maps_settings, colours),
     .default_value = "null",
     .most = DLT_LABEL_CLASSES_MAX,
     .flags = DLT_KEY_NULLABLE,
     .help = "The colour of each class, in the order of the classes, such as \"#C0FFEE\", the "
             "ignored one last if it is no class; null: label maps hold class numbers, as grey "
             "values or indices into a palette."},
    {.name = "ignored",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_label_maps_settings, ignored),
     .default_value = "none",
     .minimum = 0,
     .maximum = DLT_LABEL_CLASSES_MAX - 1,
     .enum_names = ignored_names,
     .help = "The number of pixels without a class, stored unchanged; the loss has `ignore` for "
             "it."},
    {.name = "channels",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_label_maps_settings, channels),
     .default_value = "3",
     .minimum = 1,
     .maximum = 3,
     .help = "1 for grey images, 3 for colour; others are converted (grey by BT.601)."},
    {.name = "alpha",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_label_maps_settings, alpha),
     .enum_names = dlt_images_alpha_names,
     .default_value = "refuse",
     .help = "Treatment of transparent pixels of images: the image is refused, laid over black or "
             "white, or kept without its alpha channel."},
    {.name = "resize",
     .type = DLT_KEY_INTS,
     .offset = offsetof(dlt_label_maps_settings, resize),
     .default_value = "null",
     .minimum = 1,
     .maximum = 65536,
     .least = 1,
     .most = 2,
     .flags = DLT_KEY_NULLABLE,
     .help = "Height and width that all images are stretched to, as Pillow's BILINEAR does, and "
             "label maps by the nearest pixel; null requires one size."},
    {.name = NULL}};

int32_t dlt_label_colour(const char *text) {
    const size_t digits = 6;
    if (text[0] != '#' || strlen(text) != digits + 1 ||
        strspn(text + 1, "0123456789abcdefABCDEF") != digits)
        return -1;
    return (int32_t)strtol(text + 1, NULL, 16);
}

static dlt_status check_colours(const dlt_label_maps_settings *settings, int64_t classes) {
    const dlt_strings *colours = &settings->colours;
    const bool has_ignored = settings->ignored == classes;
    if (colours->count != classes + has_ignored)
        return dlt_fail(DLT_ERR_CONFIG,
                        "`colours` lists %lld colours, but there are %lld classes%s",
                        (long long)colours->count, (long long)classes,
                        has_ignored ? " and the ignored one" : "");
    for (int64_t i = 0; i < colours->count; i++) {
        const int32_t colour = dlt_label_colour(colours->at[i]);
        if (colour < 0)
            return dlt_fail(DLT_ERR_CONFIG, "'%.40s' is no colour such as \"#C0FFEE\"",
                            colours->at[i]);
        for (int64_t k = 0; k < i; k++)
            if (dlt_label_colour(colours->at[k]) == colour)
                return dlt_fail(DLT_ERR_CONFIG, "`colours` lists %s twice", colours->at[i]);
    }
    return DLT_OK;
}

dlt_status dlt_label_maps_check(const dlt_label_maps_settings *settings, int64_t classes) {
    if (settings->channels == 2)
        return dlt_fail(DLT_ERR_CONFIG, "images have 1 channel (grey) or 3 (colour), not 2");
    if (classes < 2 || classes > DLT_LABEL_CLASSES_MAX)
        return dlt_fail(DLT_ERR_CONFIG,
                        "label maps need the names of 2 to %d classes, in the order of their "
                        "numbers: the description's `classes` lists %lld",
                        DLT_LABEL_CLASSES_MAX, (long long)classes);
    return settings->colours.count > 0 ? check_colours(settings, classes) : DLT_OK;
}
