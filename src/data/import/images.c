/* Images in one folder per class, from directories or tar archives. A first pass over the names
 * counts the images and collects the classes, further ones decode them one at a time. Without `resize` all must have
 * one size. Labels follow the class names, whatever the order of the files: as numbers where all are numbers. */
#include "data/import/class_list.h"
#include "data/import/file_list.h"
#include "data/import/format.h"
#include "data/import/image_decode.h"
#include "data/import/image_files.h"
#include "data/import/image_resize.h"
#include "data/import/left_out.h"
#include "data/import/stratify.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct images_place {
    dlt_strings path;
    const char *folder;
} images_place;

typedef struct images_settings {
    images_place part[DLT_PARTS];
    int64_t channels;
    int alpha;
    dlt_ints resize;
    bool crop;
    dlt_reals split;
    int64_t seed;
} images_settings;

typedef struct images_state {
    dlt_format_site site;
    const images_settings *settings;
    dlt_class_list classes;
    dlt_text class_names;
    dlt_left_out left_out; /* of the part being counted */
    dlt_text left_out_text[DLT_PARTS];
    dlt_file_list containers; /* of the part being read */
    int64_t container;
    dlt_image_files *files; /* the container being read; owned */
    dlt_image_settings decode;
    dlt_image_raster raster;
    dlt_image_resizer resizer;
    dlt_split split;
    dlt_part part;
    int32_t *labels; /* of all images, where they are split; owned */
    int64_t label_room;
    uint8_t *part_of; /* of all images, where they are split; owned */
    int64_t images;   /* all of those */
    int64_t image;    /* next */
} images_state;

static bool is_split(const images_state *state) {
    return state->settings->split.count > 0;
}

/* Goes to the beginning of the first container of a part. */
static dlt_status open_part(images_state *state, dlt_part part) {
    const images_place *place = &state->settings->part[part];
    dlt_image_files_close(&state->files);
    dlt_file_list_destroy(&state->containers);
    DLT_TRY(dlt_file_list_find(&state->site, &place->path, &state->containers));
    state->container = 0;
    state->image = 0;
    return dlt_image_files_open(state->containers.at[0], place->folder, &state->files);
}

/* The next entry of all containers. */
static dlt_status next_file(images_state *state, dlt_image_file *out) {
    for (;;) {
        DLT_TRY(dlt_image_files_next(state->files, out));
        if (out->kind != DLT_FILE_END || state->container + 1 == state->containers.count)
            return DLT_OK;
        char *folder = dlt_alloc_text(state->files->folder);
        if (folder == NULL)
            return DLT_ERR_MEM;
        dlt_image_files_close(&state->files);
        dlt_status status =
            dlt_image_files_open(state->containers.at[++state->container], folder, &state->files);
        dlt_free(folder);
        DLT_TRY(status);
    }
}

/* The class whose folder "CLASS" or "CLASS/NAME" is in. */
static dlt_status take_class(images_state *state, const char *name, dlt_picture_class **out) {
    char *class_name = dlt_alloc_text(name);
    if (class_name == NULL)
        return DLT_ERR_MEM;
    class_name[strcspn(class_name, "/")] = '\0';
    dlt_status status = dlt_class_list_take(&state->classes, class_name, state->files->path, out);
    dlt_free(class_name);
    return status;
}

static dlt_status keep_label(images_state *state, int64_t index, int32_t place) {
    if (index == state->label_room) {
        const int64_t room = index == 0 ? 1024 : 2 * index;
        int32_t *larger = NULL;
        DLT_TRY(DLT_NEW(larger, room));
        if (index > 0)
            memcpy(larger, state->labels, (size_t)index * sizeof *larger);
        dlt_free(state->labels);
        state->labels = larger;
        state->label_room = room;
    }
    state->labels[index] = place;
    return DLT_OK;
}

static dlt_status count_file(images_state *state, const dlt_image_file *file, int64_t *count) {
    dlt_picture_class *one = NULL;
    if (file->kind == DLT_FILE_LEFT_OUT)
        DLT_TRY(dlt_left_out_add(&state->left_out, file->reason, file->name));
    if (file->kind == DLT_FILE_LEFT_OUT && !file->in_class)
        return DLT_OK;
    DLT_TRY(take_class(state, file->name, &one));
    one->is_seen = true;
    if (file->kind == DLT_FILE_LEFT_OUT) {
        one->left_out++;
        snprintf(one->reason, sizeof one->reason, "%s", file->reason);
    }
    if (file->kind == DLT_FILE_PICTURE) {
        one->pictures++;
        (*count)++;
    }
    return DLT_OK;
}

/* A class without a picture is none that can be learned; test data may lack one. */
static dlt_status check_counts(const images_state *state, dlt_part part) {
    for (int64_t i = 0; i < state->classes.count; i++) {
        const dlt_picture_class *one = &state->classes.at[i];
        if (!one->is_seen || one->pictures > 0)
            continue;
        if (one->left_out > 0)
            return dlt_fail(DLT_ERR_FORMAT,
                            "%s: class folder '%s' has no picture that can be read: %" PRId64
                            " left out (%s)",
                            state->files->path, one->name, one->left_out, one->reason);
        if (part == DLT_PART_TRAIN)
            return dlt_fail(DLT_ERR_FORMAT, "%s: class folder '%s' is empty", state->files->path,
                            one->name);
    }
    return DLT_OK;
}

/* The first pass. */
static dlt_status count_images(images_state *state, dlt_part part, int64_t *count) {
    dlt_class_list_reset(&state->classes);
    dlt_left_out_clear(&state->left_out);
    DLT_TRY(open_part(state, part));
    dlt_image_file file;
    *count = 0;
    for (;;) {
        DLT_TRY(next_file(state, &file));
        if (file.kind == DLT_FILE_END)
            break;
        DLT_TRY(count_file(state, &file, count));
    }
    dlt_left_out_print(&state->left_out, &state->left_out_text[part]);
    DLT_TRY(dlt_text_check(&state->left_out_text[part]));
    DLT_TRY(check_counts(state, part));
    if (*count == 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no images (.png, .jpg) in class folders%s%s",
                        state->files->path, state->files->folder[0] == '\0' ? "" : " below ",
                        state->files->folder);
    return DLT_OK;
}

/* Decodes the image that the files stand at, into the raster. */
static dlt_status decode_file(images_state *state, const char *name) {
    dlt_text shown = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_image_files_load(state->files, name));
    dlt_text_add(&shown, "%s: ", state->files->path);
    dlt_name_print(name, &shown);
    dlt_image_bytes image = {
        .name = dlt_text_of(&shown), .data = state->files->data, .bytes = state->files->bytes};
    DLT_TRY_OUT(dlt_image_decode(&image, &state->decode, &state->raster));
    if (state->resizer.height != 0)
        DLT_TRY_OUT(dlt_image_resize(&state->resizer, &state->raster));
out:
    dlt_text_destroy(&shown);
    return status;
}

/* Decodes the next image of the part. */
static dlt_status decode_next(images_state *state, int32_t *label) {
    dlt_image_file file;
    dlt_picture_class *one = NULL;
    for (;;) {
        DLT_TRY(next_file(state, &file));
        if (file.kind == DLT_FILE_END)
            return dlt_fail(DLT_ERR_FORMAT, "%s changed while it was read: it now has fewer images",
                            state->files->path);
        if (file.kind != DLT_FILE_PICTURE)
            continue;
        const int64_t image = state->image++;
        if (state->part_of == NULL || state->part_of[image] == state->part)
            break;
    }
    DLT_TRY(take_class(state, file.name, &one));
    *label = one->label;
    return decode_file(state, file.name);
}

/* Draws which image belongs to which part. */
static dlt_status split_images(images_state *state, int64_t count) {
    dlt_image_file file;
    dlt_picture_class *one = NULL;
    DLT_TRY(open_part(state, DLT_PART_TRAIN));
    for (int64_t i = 0; i < count;) {
        DLT_TRY(next_file(state, &file));
        if (file.kind == DLT_FILE_END)
            return dlt_fail(DLT_ERR_FORMAT, "%s changed while it was read: it now has fewer images",
                            state->files->path);
        if (file.kind != DLT_FILE_PICTURE)
            continue;
        DLT_TRY(take_class(state, file.name, &one));
        DLT_TRY(keep_label(state, i++, one->label));
    }
    state->images = count;
    DLT_TRY(DLT_NEW(state->part_of, count));
    return dlt_split_stratify(&state->split, state->labels, count, state->classes.count,
                              state->part_of);
}

static dlt_status open_images(const dlt_format_site *site, void **out) {
    images_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->site = *site;
    state->settings = site->format.settings;
    const images_settings *settings = state->settings;
    state->decode.channels = (int)settings->channels;
    state->decode.alpha = (dlt_image_alpha)settings->alpha;
    if (settings->channels == 2)
        return dlt_fail(DLT_ERR_CONFIG, "images have 1 channel (grey) or 3 (colour), not 2");
    if (settings->resize.count > 0) {
        state->resizer.height = settings->resize.at[0];
        state->resizer.width = settings->resize.at[settings->resize.count - 1];
        state->resizer.crop = settings->crop;
    } else if (settings->crop)
        return dlt_fail(DLT_ERR_CONFIG, "crop says how resize fits an image, and there is none");
    if (!is_split(state))
        return DLT_OK;
    if (settings->part[DLT_PART_TEST].path.count > 0 ||
        settings->part[DLT_PART_VALIDATION].path.count > 0)
        return dlt_fail(DLT_ERR_CONFIG,
                        "split makes the other parts of the training images; test or validation "
                        "has images of its own");
    return dlt_split_read(&settings->split, settings->seed, &state->split);
}

/* Counts, and learns the classes with the training part; then goes back to the first image. */
static dlt_status prepare_part(images_state *state, dlt_part part, int64_t *samples) {
    const bool is_derived = is_split(state) && part != DLT_PART_TRAIN;
    int32_t label = 0;
    if (!is_derived) {
        DLT_TRY(count_images(state, part, samples));
        if (!state->classes.is_final)
            DLT_TRY(dlt_class_list_finish(&state->classes, &state->site.classes, state->files->path,
                                          &state->class_names));
        if (is_split(state))
            DLT_TRY(split_images(state, *samples));
    }
    state->part = part;
    if (state->decode.height == 0 && state->resizer.height == 0) {
        DLT_TRY(open_part(state, DLT_PART_TRAIN));
        DLT_TRY(decode_next(state, &label));
        state->decode.height = state->raster.height;
        state->decode.width = state->raster.width;
    }
    return open_part(state, is_derived ? DLT_PART_TRAIN : part);
}

static dlt_status begin_images(void *opaque, dlt_part part, dlt_part_facts *facts) {
    images_state *state = opaque;
    *facts = (dlt_part_facts){.x_type = DLT_H5_U8, .y_type = DLT_H5_I32};
    const bool is_wanted =
        is_split(state) ? state->split.share[part] > 0 : state->settings->part[part].path.count > 0;
    if (!is_wanted)
        return DLT_OK;
    int64_t samples = 0;
    DLT_TRY(prepare_part(state, part, &samples));
    if (is_split(state)) {
        samples = 0;
        for (int64_t i = 0; i < state->images; i++)
            samples += state->part_of[i] == part;
        if (samples == 0)
            return dlt_fail(DLT_ERR_FORMAT, "split leaves no image of %s for the part '%s'",
                            state->files->path, dlt_part_name(part));
    }
    facts->samples = samples;
    const bool resized = state->resizer.height != 0;
    facts->x_shape = (dlt_shape){.rank = 3,
                                 .dim = {resized ? state->resizer.height : state->decode.height,
                                         resized ? state->resizer.width : state->decode.width,
                                         state->decode.channels}};
    facts->class_names = dlt_text_of(&state->class_names);
    if (state->left_out_text[part].used > 0)
        facts->left_out = dlt_text_of(&state->left_out_text[part]);
    return DLT_OK;
}

static dlt_status read_images(void *opaque, int64_t count, void *x, void *y) {
    images_state *state = opaque;
    uint8_t *to = x;
    for (int64_t i = 0; i < count; i++) {
        DLT_TRY(decode_next(state, (int32_t *)y + i));
        const dlt_image_raster *raster = &state->raster;
        const int64_t bytes = raster->height * raster->width * raster->channels;
        memcpy(to, raster->pixels, (size_t)bytes);
        to += bytes;
    }
    return DLT_OK;
}

static void close_images(void *opaque) {
    images_state *state = opaque;
    dlt_class_list_destroy(&state->classes);
    dlt_left_out_clear(&state->left_out);
    for (dlt_part part = 0; part < DLT_PARTS; part++)
        dlt_text_destroy(&state->left_out_text[part]);
    dlt_text_destroy(&state->class_names);
    dlt_image_files_close(&state->files);
    dlt_file_list_destroy(&state->containers);
    dlt_image_raster_destroy(&state->raster);
    dlt_image_resizer_destroy(&state->resizer);
    dlt_free(state->labels);
    dlt_free(state->part_of);
    dlt_free(state);
}

static const dlt_key place_keys[] = {
    {.name = "path",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(images_place, path),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Directories and tar archives, by name or pattern (*, ?); null where there is no such "
             "part."},
    {.name = "folder",
     .type = DLT_KEY_STRING,
     .offset = offsetof(images_place, folder),
     .fallback = "\"\"",
     .help = "Folder inside each that holds the class folders."},
    {.name = NULL}};

static const char *const alpha_words[] = {"refuse", "black", "white", "drop", NULL};

static const dlt_key images_keys[] = {
    {.name = "train",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(images_settings, part[DLT_PART_TRAIN]),
     .section = place_keys,
     .help = "Where the training images are."},
    {.name = "test",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(images_settings, part[DLT_PART_TEST]),
     .section = place_keys,
     .help = "Where the test images are."},
    {.name = "validation",
     .type = DLT_KEY_SECTION,
     .offset = offsetof(images_settings, part[DLT_PART_VALIDATION]),
     .section = place_keys,
     .help = "Where the validation images are."},
    {.name = "channels",
     .type = DLT_KEY_INT,
     .offset = offsetof(images_settings, channels),
     .fallback = "3",
     .minimum = 1,
     .maximum = 3,
     .help =
         "1 for grey images, 3 for colour; others are converted (grey by BT.601). Values are as "
         "stored, 16 bits divided by 257; colour profiles and gamma are ignored, an EXIF "
         "orientation is applied."},
    {.name = "alpha",
     .type = DLT_KEY_WORD,
     .offset = offsetof(images_settings, alpha),
     .words = alpha_words,
     .fallback = "refuse",
     .help =
         "What becomes of transparent pixels: the image is refused, lies over black or white, or "
         "keeps its colours without the alpha."},
    {.name = "resize",
     .type = DLT_KEY_INTS,
     .offset = offsetof(images_settings, resize),
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
     .offset = offsetof(images_settings, crop),
     .fallback = "false",
     .help =
         "With resize: the largest middle part of the same proportions is used; else images are "
         "stretched."},
    {.name = "split",
     .type = DLT_KEY_REALS,
     .offset = offsetof(images_settings, split),
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
     .offset = offsetof(images_settings, seed),
     .fallback = "1",
     .minimum = 0,
     .maximum = 9e15,
     .help = "Which images go to which part of a split."},
    {.name = NULL}};

const dlt_format_ops dlt_format_images = {
    .choice = {.name = "images",
               .summary =
                   "PNG and JPEG images, one folder per class, in directories or tar archives.",
               .keys = images_keys,
               .settings_size = sizeof(images_settings)},
    .open = open_images,
    .begin = begin_images,
    .read = read_images,
    .close = close_images,
};
