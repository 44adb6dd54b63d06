/* Images in one folder per class, from a directory or a tar archive. A first pass over the names
 * counts the images and collects the classes, a second decodes them one at a time; all must have
 * one size. Labels follow the sorted class names, whatever the order of the files. */
#include "data/import/format.h"
#include "data/import/image_decode.h"
#include "data/import/image_files.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 1 << 16 };

typedef struct images_place {
    const char *path;
    const char *folder;
} images_place;

typedef struct images_settings {
    images_place part[DLT_PARTS];
    int64_t channels;
} images_settings;

typedef struct images_state {
    dlt_format_site site;
    const images_settings *settings;
    char **classes; /* [class_count], sorted; owned */
    int64_t class_count;
    int64_t class_room;
    bool classes_known; /* a name that is not there is an error */
    dlt_text class_names;
    dlt_image_files *files; /* of the part being read; owned */
    dlt_image_pixels size;
} images_state;

static int compare_class(const void *name, const void *entry) {
    return strcmp(name, *(char *const *)entry);
}

/* The label of a class, or -1. */
static int64_t find_class(const images_state *state, const char *name) {
    if (state->class_count == 0)
        return -1;
    char *const *entry = bsearch(name, state->classes, (size_t)state->class_count,
                                 sizeof *state->classes, compare_class);
    return entry == NULL ? -1 : entry - state->classes;
}

static dlt_status grow_classes(images_state *state) {
    if (state->class_count < state->class_room)
        return DLT_OK;
    int64_t room = state->class_room == 0 ? 16 : 2 * state->class_room;
    char **larger = NULL;
    DLT_TRY(DLT_NEW(larger, room));
    for (int64_t i = 0; i < state->class_count; i++)
        larger[i] = state->classes[i];
    dlt_free(state->classes);
    state->classes = larger;
    state->class_room = room;
    return DLT_OK;
}

/* Inserts a class at its sorted place. */
static dlt_status add_class(images_state *state, const char *name) {
    if (state->class_count == CLASSES_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "%s has more than %d class folders", state->files->path,
                        CLASSES_MAX);
    DLT_TRY(grow_classes(state));
    char *copy = dlt_alloc_text(name);
    if (copy == NULL)
        return DLT_ERR_MEM;
    int64_t at = state->class_count++;
    for (; at > 0 && strcmp(state->classes[at - 1], copy) > 0; at--)
        state->classes[at] = state->classes[at - 1];
    state->classes[at] = copy;
    return DLT_OK;
}

/* The class folder of "CLASS/NAME", a dlt_alloc copy. */
static dlt_status class_of(const char *name, char **out) {
    *out = dlt_alloc_text(name);
    if (*out == NULL)
        return DLT_ERR_MEM;
    *strchr(*out, '/') = '\0';
    for (char *at = *out; *at != '\0'; at++)
        if (*at == '\n') /* class names are kept newline-separated */
            *at = ' ';
    return DLT_OK;
}

static dlt_status take_class(images_state *state, const char *name, int64_t *label) {
    char *class_name = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(class_of(name, &class_name));
    *label = find_class(state, class_name);
    if (*label >= 0)
        goto out;
    if (state->classes_known)
        status = dlt_fail(DLT_ERR_FORMAT, "%s: '%.200s' belongs to none of the %" PRId64 " classes",
                          state->files->path, name, state->class_count);
    else
        status = add_class(state, class_name);
out:
    dlt_free(class_name);
    return status;
}

static dlt_status open_files(images_state *state, dlt_part part) {
    const images_place *place = &state->settings->part[part];
    char *path = NULL;
    dlt_image_files_close(&state->files);
    DLT_TRY(dlt_format_locate(&state->site, place->path, &path));
    dlt_status status = dlt_image_files_open(path, place->folder, &state->files);
    dlt_free(path);
    return status;
}

/* The first pass. */
static dlt_status count_images(images_state *state, dlt_part part, int64_t *count) {
    DLT_TRY(open_files(state, part));
    for (*count = 0;; (*count)++) {
        const char *name = NULL;
        int64_t label = 0;
        DLT_TRY(dlt_image_files_next(state->files, &name));
        if (name == NULL)
            return DLT_OK;
        DLT_TRY(take_class(state, name, &label));
    }
}

/* Decodes the next image of the second pass; pixels NULL only finds the size. */
static dlt_status decode_next(images_state *state, uint8_t *pixels, int32_t *label) {
    const char *name = NULL;
    int64_t index = 0;
    DLT_TRY(dlt_image_files_next(state->files, &name));
    if (name == NULL)
        return dlt_fail(DLT_ERR_FORMAT, "%s changed while it was read: it now has fewer images",
                        state->files->path);
    DLT_TRY(take_class(state, name, &index));
    DLT_TRY(dlt_image_files_load(state->files, name));
    dlt_text shown = DLT_TEXT_EMPTY;
    dlt_text_add(&shown, "%s: %.200s", state->files->path, name);
    dlt_image_bytes image = {
        .name = dlt_text_of(&shown), .data = state->files->data, .bytes = state->files->bytes};
    state->size.pixels = pixels;
    dlt_status status = dlt_image_decode(&image, &state->size);
    dlt_text_destroy(&shown);
    *label = (int32_t)index;
    return status;
}

/* Classes of the description, where it names them, must be those of the folders. */
static dlt_status check_classes(images_state *state) {
    const dlt_strings *given = &state->site.classes;
    state->classes_known = true;
    for (int64_t i = 0; i < state->class_count; i++)
        dlt_text_add(&state->class_names, "%s%s", i == 0 ? "" : "\n", state->classes[i]);
    DLT_TRY(dlt_text_check(&state->class_names));
    bool same = given->count == 0 || given->count == state->class_count;
    for (int64_t i = 0; same && i < given->count; i++)
        same = strcmp(given->at[i], state->classes[i]) == 0;
    if (same)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s has other class folders (%" PRId64 ") than the description names (%" PRId64
                    "), which must be sorted",
                    state->files->path, state->class_count, given->count);
}

static dlt_status open_images(const dlt_format_site *site, void **out) {
    images_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->site = *site;
    state->settings = site->format.settings;
    state->size.channels = state->settings->channels;
    if (state->size.channels == 2)
        return dlt_fail(DLT_ERR_CONFIG, "images have 1 channel (grey) or 3 (colour), not 2");
    return DLT_OK;
}

static dlt_status begin_images(void *opaque, dlt_part part, dlt_part_facts *facts) {
    images_state *state = opaque;
    int32_t label = 0;
    *facts = (dlt_part_facts){.x_type = DLT_H5_U8, .y_type = DLT_H5_I32};
    if (state->settings->part[part].path == NULL)
        return DLT_OK;
    DLT_TRY(count_images(state, part, &facts->samples));
    if (facts->samples == 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no images (.png, .jpg) in class folders%s%s",
                        state->files->path, state->files->folder[0] == '\0' ? "" : " below ",
                        state->files->folder);
    if (!state->classes_known)
        DLT_TRY(check_classes(state));
    DLT_TRY(open_files(state, part));
    DLT_TRY(decode_next(state, NULL, &label));
    DLT_TRY(open_files(state, part));
    facts->x_shape = (dlt_shape){
        .rank = 3, .dim = {state->size.height, state->size.width, state->size.channels}};
    facts->class_names = dlt_text_of(&state->class_names);
    return DLT_OK;
}

static dlt_status read_images(void *opaque, int64_t count, void *x, void *y) {
    images_state *state = opaque;
    int64_t bytes = state->size.height * state->size.width * state->size.channels;
    for (int64_t i = 0; i < count; i++)
        DLT_TRY(decode_next(state, (uint8_t *)x + i * bytes, (int32_t *)y + i));
    return DLT_OK;
}

static void close_images(void *opaque) {
    images_state *state = opaque;
    for (int64_t i = 0; i < state->class_count; i++)
        dlt_free(state->classes[i]);
    dlt_free(state->classes);
    dlt_text_destroy(&state->class_names);
    dlt_image_files_close(&state->files);
    dlt_free(state);
}

static const dlt_key place_keys[] = {
    {.name = "path",
     .type = DLT_KEY_STRING,
     .offset = offsetof(images_place, path),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "A directory or tar archive; null where there is no such part."},
    {.name = "folder",
     .type = DLT_KEY_STRING,
     .offset = offsetof(images_place, folder),
     .fallback = "\"\"",
     .help = "Folder inside it that holds the class folders."},
    {.name = NULL}};

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
    {.name = "channels",
     .type = DLT_KEY_INT,
     .offset = offsetof(images_settings, channels),
     .fallback = "3",
     .minimum = 1,
     .maximum = 3,
     .help = "1 for grey images, 3 for colour; others are converted."},
    {.name = NULL}};

const dlt_format_ops dlt_format_images = {
    .choice = {.name = "images",
               .summary =
                   "PNG and JPEG images, one folder per class, in a directory or tar archive.",
               .keys = images_keys,
               .settings_size = sizeof(images_settings)},
    .open = open_images,
    .begin = begin_images,
    .read = read_images,
    .close = close_images,
};
