/* Images in one folder per class, from directories or tar archives. A first pass over the names
 * counts the images and collects the classes, further ones decode them one at a time. Without
 * `resize` all must have one size. Labels follow the class names, whatever the order of the files:
 * as numbers where all are numbers. Like another data set, images take its classes, size and
 * channels, and may be in no class folder: then they have no targets. */
#include "data/class_list.h"
#include "data/left_out.h"
#include "data/stratify.h"
#include "formats/image_decode.h"
#include "formats/image_resize.h"
#include "ingest/description.h"
#include "ingest/file_list.h"
#include "ingest/format.h"
#include "ingest/image_files.h"
#include "ingest/image_places.h"
#include "ingest/image_recipe.h"
#include "ingest/images_settings.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Names of classes in one sentence. */
enum { ABSENT_NAMES = 5 };

typedef struct images_state {
    dlt_format_context context;
    const dlt_images_settings *settings;
    dlt_class_list classes;
    dlt_text class_names;
    dlt_text recipe;
    dlt_left_out left_out; /* of the split being counted */
    dlt_text left_out_text[DLT_SPLITS];
    dlt_file_list containers; /* of the split being read */
    int64_t container;
    dlt_image_files *files; /* the container being read; owned */
    dlt_image_settings decode;
    dlt_image_raster raster;
    dlt_image_resizer resizer;
    int64_t stretched; /* images resized to the size of the data that they are to be like */
    bool is_resized_by_wish;
    dlt_split_shares shares;
    dlt_split split;
    int32_t *labels; /* of all images, where they are split; owned */
    int64_t label_room;
    uint8_t *split_of; /* of all images, where they are split; owned */
    int64_t images;    /* all of those */
    int64_t image;     /* next */
} images_state;

static bool is_like_another(const images_state *state) {
    return state->context.like != NULL;
}

static bool is_split(const images_state *state) {
    return state->settings->split.count > 0;
}

/* Goes to the beginning of the first container of a split. */
static dlt_status open_split(images_state *state, dlt_split split) {
    const dlt_images_place *place = &state->settings->splits[split];
    dlt_image_files_close(&state->files);
    dlt_file_list_destroy(&state->containers);
    DLT_TRY(dlt_file_list_find(&state->context, &place->path, &state->containers));
    state->container = 0;
    state->image = 0;
    return dlt_image_files_open(state->containers.at[0], place->folder,
                                state->settings->class_folders, &state->files);
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
        dlt_status status = dlt_image_files_open(state->containers.at[++state->container], folder,
                                                 state->settings->class_folders, &state->files);
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
    if (!state->settings->class_folders) {
        (*count)++;
        return DLT_OK;
    }
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
static dlt_status check_counts(const images_state *state, dlt_split split) {
    for (int64_t i = 0; i < state->classes.count; i++) {
        const dlt_picture_class *one = &state->classes.at[i];
        if (!one->is_seen || one->pictures > 0)
            continue;
        if (one->left_out > 0)
            return dlt_fail(DLT_ERR_FORMAT,
                            "%s: class folder '%s' has no picture that can be read: %" PRId64
                            " left out (%s)",
                            state->files->path, one->name, one->left_out, one->reason);
        if (split == DLT_SPLIT_TRAIN)
            return dlt_fail(DLT_ERR_FORMAT, "%s: class folder '%s' is empty", state->files->path,
                            one->name);
    }
    return DLT_OK;
}

/* The first pass. */
static dlt_status count_images(images_state *state, dlt_split split, int64_t *count) {
    dlt_class_list_reset(&state->classes);
    dlt_left_out_clear(&state->left_out);
    DLT_TRY(open_split(state, split));
    dlt_image_file file;
    *count = 0;
    for (int64_t files = 0;; files++) {
        DLT_TRY(dlt_import_go_on(state->context.output, files));
        DLT_TRY(next_file(state, &file));
        if (file.kind == DLT_FILE_END)
            break;
        DLT_TRY(count_file(state, &file, count));
    }
    dlt_left_out_print(&state->left_out, &state->left_out_text[split]);
    DLT_TRY(dlt_text_check(&state->left_out_text[split]));
    DLT_TRY(check_counts(state, split));
    if (*count == 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no images (.png, .jpg)%s%s%s", state->files->path,
                        state->settings->class_folders ? " in class folders" : "",
                        state->files->folder[0] == '\0' ? "" : " below ", state->files->folder);
    return DLT_OK;
}

/* Data that is like another need not have all its classes. */
static dlt_status note_absent(const images_state *state, dlt_split split) {
    dlt_text names = DLT_TEXT_EMPTY;
    int64_t absent = 0;
    for (int64_t i = 0; i < state->classes.count; i++) {
        const dlt_picture_class *one = &state->classes.at[i];
        if (one->pictures > 0)
            continue;
        if (absent++ < ABSENT_NAMES)
            dlt_text_add(&names, "%s'%s'", absent == 1 ? "" : ", ", one->name);
    }
    if (absent > 0)
        dlt_text_add(state->context.notes,
                     "%s: split '%s' has no images of %lld of the %lld classes of %s: %s%s\n",
                     state->files->path, dlt_split_name(split), (long long)absent,
                     (long long)state->classes.count, state->context.like->source,
                     dlt_text_of(&names), absent > ABSENT_NAMES ? ", …" : "");
    dlt_status status = dlt_text_check(&names);
    dlt_text_destroy(&names);
    return status;
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
    const bool fits = state->raster.height == state->resizer.height &&
                      state->raster.width == state->resizer.width;
    if (state->resizer.height != 0 && !fits) {
        DLT_TRY_OUT(dlt_image_resize(&state->resizer, &state->raster));
        state->stretched++;
    }
out:
    dlt_text_destroy(&shown);
    return status;
}

/* Decodes the next image of the split. */
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
        if (state->split_of == NULL || state->split_of[image] == state->split)
            break;
    }
    if (state->settings->class_folders) {
        DLT_TRY(take_class(state, file.name, &one));
        *label = one->label;
    }
    return decode_file(state, file.name);
}

/* Draws which image belongs to which split. */
static dlt_status split_images(images_state *state, int64_t count) {
    dlt_image_file file;
    dlt_picture_class *one = NULL;
    DLT_TRY(open_split(state, DLT_SPLIT_TRAIN));
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
    DLT_TRY(DLT_NEW(state->split_of, count));
    return dlt_split_stratify(&state->shares, state->labels, count, state->classes.count,
                              state->split_of);
}

/* Size, channels and classes are those of the other data. */
static dlt_status take_likeness(images_state *state) {
    const dlt_import_likeness *like = state->context.like;
    dlt_image_recipe recipe;
    DLT_TRY(dlt_image_recipe_read(like, &recipe));
    DLT_TRY(dlt_image_recipe_check(&state->context, &recipe));
    state->decode.channels = (int)recipe.channels;
    if (!dlt_description_gives(state->context.config, "images", "alpha"))
        state->decode.alpha = (dlt_image_alpha)recipe.alpha;
    state->resizer.height = recipe.height;
    state->resizer.width = recipe.width;
    state->resizer.crop = recipe.crop;
    state->is_resized_by_wish = recipe.resized;
    if (!state->settings->class_folders && like->class_names == NULL)
        return DLT_OK;
    if (like->class_names == NULL)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s has no class names, by which class folders find their labels",
                        like->source);
    dlt_text_add(&state->class_names, "%s", like->class_names);
    DLT_TRY(dlt_text_check(&state->class_names));
    return dlt_class_list_start(&state->classes, like->class_names, like->source);
}

static dlt_status check_settings(const images_state *state) {
    const dlt_images_settings *settings = state->settings;
    if (settings->channels == 2)
        return dlt_fail(DLT_ERR_CONFIG, "images have 1 channel (grey) or 3 (colour), not 2");
    if (settings->resize.count <= 0 && settings->crop && !is_like_another(state))
        return dlt_fail(DLT_ERR_CONFIG, "crop needs resize");
    return DLT_OK;
}

static dlt_status open_images(const dlt_format_context *context, void **out) {
    images_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->context = *context;
    state->settings = context->format.settings;
    const dlt_images_settings *settings = state->settings;
    state->decode.channels = (int)settings->channels;
    state->decode.alpha = (dlt_image_alpha)settings->alpha;
    DLT_TRY(check_settings(state));
    DLT_TRY(dlt_image_places_check(context, settings));
    if (settings->resize.count > 0) {
        state->resizer.height = settings->resize.at[0];
        state->resizer.width = settings->resize.at[settings->resize.count - 1];
        state->resizer.crop = settings->crop;
        state->is_resized_by_wish = true;
    }
    if (is_like_another(state))
        DLT_TRY(take_likeness(state));
    else if (!settings->class_folders)
        return dlt_fail(DLT_ERR_CONFIG, "images without class folders have no targets; only --like "
                                        "imports them");
    if (!is_split(state))
        return DLT_OK;
    if (!settings->class_folders)
        return dlt_fail(DLT_ERR_CONFIG, "split needs class folders to divide");
    if (settings->splits[DLT_SPLIT_TEST].path.count > 0 ||
        settings->splits[DLT_SPLIT_VALIDATION].path.count > 0)
        return dlt_fail(DLT_ERR_CONFIG,
                        "split makes the other splits of the training images; test or validation "
                        "has images of its own");
    return dlt_split_shares_read(&settings->split, settings->seed, &state->shares);
}

/* Counts, and learns the classes with the training split; then goes back to the first image. */
static dlt_status prepare_split(images_state *state, dlt_split split, int64_t *samples) {
    const bool is_derived = is_split(state) && split != DLT_SPLIT_TRAIN;
    int32_t label = 0;
    if (!is_derived) {
        DLT_TRY(count_images(state, split, samples));
        if (is_like_another(state) && state->settings->class_folders)
            DLT_TRY(note_absent(state, split));
        else if (!state->classes.is_final)
            DLT_TRY(dlt_class_list_finish(&state->classes, &state->context.classes,
                                          state->files->path, &state->class_names));
        if (is_split(state))
            DLT_TRY(split_images(state, *samples));
    }
    state->split = split;
    if (state->decode.height == 0 && state->resizer.height == 0) {
        DLT_TRY(open_split(state, DLT_SPLIT_TRAIN));
        DLT_TRY(decode_next(state, &label));
        state->decode.height = state->raster.height;
        state->decode.width = state->raster.width;
    }
    return open_split(state, is_derived ? DLT_SPLIT_TRAIN : split);
}

/* How images of later data become samples of the same meaning; what is like other data hands on the
 * recipe of that. */
static dlt_status print_recipe(images_state *state, dlt_split_facts *facts) {
    facts->recipe = is_like_another(state) ? state->context.like->recipe : NULL;
    if (is_like_another(state))
        return DLT_OK;
    const dlt_image_recipe recipe = {.height = facts->x_shape.dim[0],
                                     .width = facts->x_shape.dim[1],
                                     .channels = facts->x_shape.dim[2],
                                     .alpha = (int)state->decode.alpha,
                                     .resized = state->is_resized_by_wish,
                                     .crop = state->resizer.crop};
    dlt_text_clear(&state->recipe);
    DLT_TRY(dlt_image_recipe_print(&recipe, &state->recipe));
    facts->recipe = dlt_text_of(&state->recipe);
    return DLT_OK;
}

static dlt_status begin_images(void *opaque, dlt_split split, dlt_split_facts *facts) {
    images_state *state = opaque;
    *facts = (dlt_split_facts){
        .x_type = DLT_H5_U8, .y_type = state->settings->class_folders ? DLT_H5_I32 : DLT_H5_OTHER};
    const bool is_wanted = is_split(state) ? state->shares.share[split] > 0
                                           : state->settings->splits[split].path.count > 0;
    if (!is_wanted)
        return DLT_OK;
    int64_t samples = 0;
    DLT_TRY(prepare_split(state, split, &samples));
    if (is_split(state)) {
        samples = 0;
        for (int64_t i = 0; i < state->images; i++)
            samples += state->split_of[i] == split;
        if (samples == 0)
            return dlt_fail(DLT_ERR_FORMAT, "split leaves no image of %s for the split '%s'",
                            state->files->path, dlt_split_name(split));
    }
    facts->samples = samples;
    const bool resized = state->resizer.height != 0;
    facts->x_shape = (dlt_shape){.rank = 3,
                                 .dim = {resized ? state->resizer.height : state->decode.height,
                                         resized ? state->resizer.width : state->decode.width,
                                         state->decode.channels}};
    if (state->class_names.used > 0)
        facts->class_names = dlt_text_of(&state->class_names);
    DLT_TRY(print_recipe(state, facts));
    if (state->left_out_text[split].used > 0)
        facts->left_out = dlt_text_of(&state->left_out_text[split]);
    return DLT_OK;
}

static dlt_status read_images(void *opaque, int64_t count, void *const *fields) {
    images_state *state = opaque;
    uint8_t *to = fields[0];
    const bool has_targets = state->settings->class_folders;
    int32_t none = 0;
    for (int64_t i = 0; i < count; i++) {
        DLT_TRY(decode_next(state, has_targets ? (int32_t *)fields[1] + i : &none));
        const dlt_image_raster *raster = &state->raster;
        const int64_t bytes = raster->height * raster->width * raster->channels;
        memcpy(to, raster->pixels, (size_t)bytes);
        to += bytes;
    }
    return DLT_OK;
}

/* Images that were all of one size where the model was trained may have been chosen to be. */
static dlt_status finish_images(void *opaque) {
    images_state *state = opaque;
    if (is_like_another(state) && !state->is_resized_by_wish && state->stretched > 0)
        dlt_text_add(state->context.notes,
                     "%s: %lld images of another size are resized to %lld x "
                     "%lld, the size of those of %s\n",
                     state->files->path, (long long)state->stretched,
                     (long long)state->resizer.height, (long long)state->resizer.width,
                     state->context.like->source);
    state->stretched = 0;
    return DLT_OK;
}

static void close_images(void *opaque) {
    images_state *state = opaque;
    dlt_class_list_destroy(&state->classes);
    dlt_left_out_clear(&state->left_out);
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        dlt_text_destroy(&state->left_out_text[split]);
    dlt_text_destroy(&state->class_names);
    dlt_text_destroy(&state->recipe);
    dlt_image_files_close(&state->files);
    dlt_file_list_destroy(&state->containers);
    dlt_image_raster_destroy(&state->raster);
    dlt_image_resizer_destroy(&state->resizer);
    dlt_free(state->labels);
    dlt_free(state->split_of);
    dlt_free(state);
}

const dlt_format_ops dlt_format_images = {
    .entry = {.name = "images",
              .summary =
                  "PNG and JPEG images, one folder per class, in directories or tar archives.",
              .keys = dlt_images_keys,
              .settings_size = sizeof(dlt_images_settings)},
    .open = open_images,
    .begin = begin_images,
    .read = read_images,
    .finish = finish_images,
    .close = close_images,
};
