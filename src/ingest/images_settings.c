/* The keys of class folders of images, and what becomes of each image. */
#include "ingest/images_settings.h"

#include <stddef.h>

static const dlt_key place_keys[] = {
    {.name = "path",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_images_place, path),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Directories and tar archives, by name or pattern (*, ?); null where there is no such "
             "part."},
    {.name = "folder",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_images_place, folder),
     .fallback = "\"\"",
     .help = "Folder inside each that holds the class folders."},
    {.name = NULL}};

const char *const dlt_images_alpha_words[] = {"refuse", "black", "white", "drop", NULL};

/* The three parts differ in their place alone. */
#define PART_ROW(word, index, text)                                                                \
    {                                                                                              \
        .name = (word), .type = DLT_KEY_SECTION,                                                   \
        .offset = offsetof(dlt_images_settings, part[index]), .section = place_keys,               \
        .help = (text)                                                                             \
    }

const dlt_key dlt_images_keys[] = {
    PART_ROW("train", DLT_PART_TRAIN, "Where the training images are."),
    PART_ROW("test", DLT_PART_TEST, "Where the test images are."),
    PART_ROW("validation", DLT_PART_VALIDATION, "Where the validation images are."),
    {.name = "class_folders",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_images_settings, class_folders),
     .fallback = "true",
     .help = "false: the images are not in a folder for each class, and have no targets; only with "
             "--like."},
    {.name = "channels",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_images_settings, channels),
     .fallback = "3",
     .minimum = 1,
     .maximum = 3,
     .help =
         "1 for grey images, 3 for colour; others are converted (grey by BT.601). Values are as "
         "stored, 16 bits divided by 257; colour profiles and gamma are ignored, an EXIF "
         "orientation is applied."},
    {.name = "alpha",
     .type = DLT_KEY_WORD,
     .offset = offsetof(dlt_images_settings, alpha),
     .words = dlt_images_alpha_words,
     .fallback = "refuse",
     .help =
         "What becomes of transparent pixels: the image is refused, lies over black or white, or "
         "keeps its colours without the alpha."},
    {.name = "resize",
     .type = DLT_KEY_INTS,
     .offset = offsetof(dlt_images_settings, resize),
     .fallback = "null",
     .minimum = 1,
     .maximum = 65536,
     .least = 1,
     .most = 2,
     .flags = DLT_KEY_NULLABLE,
     .help = "Height and width that all images are given, bilinear with an average over the area "
             "where they shrink, as Pillow's BILINEAR; null requires one size."},
    {.name = "crop",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dlt_images_settings, crop),
     .fallback = "false",
     .help =
         "With resize: the largest middle part of the same proportions is used; else images are "
         "stretched."},
    {.name = "split",
     .type = DLT_KEY_REALS,
     .offset = offsetof(dlt_images_settings, split),
     .fallback = "null",
     .minimum = 0,
     .maximum = 1,
     .least = 2,
     .most = 3,
     .flags = DLT_KEY_NULLABLE,
     .help = "Shares of the images of train for training, validation (may be left out) and test; "
             "every class is split in proportion."},
    {.name = "seed",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_images_settings, seed),
     .fallback = "1",
     .minimum = 0,
     .maximum = 9e15,
     .help = "Which images go to which part of a split."},
    {.name = NULL}};
