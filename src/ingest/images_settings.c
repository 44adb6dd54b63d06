/* The keys of class folders of images, and what becomes of each image. */
#include "ingest/images_settings.h"

#include <stddef.h>

static const dlt_key place_keys[] = {
    {.name = "path",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_images_place, path),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Directories and tar archives, by name or pattern (*, ?); null where there is no such "
             "split."},
    {.name = "folder",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_images_place, folder),
     .default_value = "\"\"",
     .help = "Folder inside each that holds the class folders."},
    {.name = NULL}};

const char *const dlt_images_alpha_names[] = {"refuse", "black", "white", "drop", NULL};

/* The three splits differ in their place alone. */
#define SPLIT_ROW(word, index, text)                                                               \
    {                                                                                              \
        .name = (word), .type = DLT_KEY_SECTION,                                                   \
        .offset = offsetof(dlt_images_settings, splits[index]), .section = place_keys,             \
        .help = (text)                                                                             \
    }

const dlt_key dlt_images_keys[] = {
    SPLIT_ROW("train", DLT_SPLIT_TRAIN, "Where the training images are."),
    SPLIT_ROW("test", DLT_SPLIT_TEST, "Where the test images are."),
    SPLIT_ROW("validation", DLT_SPLIT_VALIDATION, "Where the validation images are."),
    {.name = "class_folders",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_images_settings, class_folders),
     .default_value = "true",
     .help = "false: the images are not in class folders and have no targets; only with --like."},
    {.name = "channels",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_images_settings, channels),
     .default_value = "3",
     .minimum = 1,
     .maximum = 3,
     .help = "1 for grey images, 3 for colour; others are converted (grey by BT.601). Values are "
             "stored unchanged, 16 bits divided by 257; colour profiles and gamma are ignored, an "
             "EXIF orientation is applied."},
    {.name = "alpha",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(dlt_images_settings, alpha),
     .enum_names = dlt_images_alpha_names,
     .default_value = "refuse",
     .help = "Treatment of transparent pixels: the image is refused, laid over black or white, or "
             "kept without its alpha channel."},
    {.name = "resize",
     .type = DLT_KEY_INTS,
     .offset = offsetof(dlt_images_settings, resize),
     .default_value = "null",
     .minimum = 1,
     .maximum = 65536,
     .least = 1,
     .most = 2,
     .flags = DLT_KEY_NULLABLE,
     .help = "Height and width that all images are resized to, as Pillow's BILINEAR does (with an "
             "average over the area if they shrink); null requires one size."},
    {.name = "crop",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_images_settings, crop),
     .default_value = "false",
     .help = "With resize: crops images to the largest middle section of these proportions; false: "
             "images are stretched."},
    {.name = "split",
     .type = DLT_KEY_REALS,
     .offset = offsetof(dlt_images_settings, split),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1,
     .least = 2,
     .most = 3,
     .flags = DLT_KEY_NULLABLE,
     .help = "Shares of the images of train for training, validation (optional) and test data; "
             "every class is split in proportion."},
    {.name = "seed",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_images_settings, seed),
     .default_value = "1",
     .minimum = 0,
     .maximum = 9e15,
     .help = "Which images go to which split."},
    {.name = NULL}};
