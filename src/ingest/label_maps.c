/* Images with a label map each: a PNG image of the same size whose pixels say the class of the
 * image's pixels. Images and label maps are in two folders of a directory or tar archive, under the
 * same names and in the same order, so that two readers walk through them side by side: a first
 * pass counts pairs, a second one decodes one at a time. */
#include "data/left_out.h"
#include "formats/image_decode.h"
#include "formats/image_resize.h"
#include "ingest/file_list.h"
#include "ingest/format.h"
#include "ingest/image_files.h"
#include "ingest/label_maps_settings.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What has no class. */
enum { NO_CLASS = -1 };

typedef struct label_maps_state {
    dlt_format_context context;
    const dlt_label_maps_settings *settings;
    int32_t colours[DLT_LABEL_CLASSES_MAX]; /* of the classes, where label maps have colours */
    int64_t colour_count;
    dlt_text class_names;
    dlt_file_set places;   /* of all splits */
    dlt_left_out left_out; /* of the split being counted */
    dlt_text left_out_text[DLT_SPLITS];
    dlt_file_list containers; /* of the split being read */
    int64_t container;
    dlt_image_files *images; /* of the container being read; owned, as the next one */
    dlt_image_files *labels;
    dlt_split split;
    dlt_image_settings decode; /* of images; the size is that of the first one of all */
    dlt_image_raster image;
    dlt_image_raster label;
    dlt_image_resizer resizer;
} label_maps_state;

/* A pair of entries; the names are borrowed until the next pair. */
typedef struct label_pair {
    bool is_end;
    const char *image;
    const char *label;
} label_pair;

static dlt_status open_container(label_maps_state *state, int64_t container) {
    const dlt_label_maps_place *place = &state->settings->splits[state->split];
    const char *path = state->containers.at[container];
    dlt_image_files_close(&state->images);
    dlt_image_files_close(&state->labels);
    state->container = container;
    DLT_TRY(dlt_image_files_open(path, place->images, false, &state->images));
    return dlt_image_files_open(path, place->labels, false, &state->labels);
}

static dlt_status start_split(label_maps_state *state, dlt_split split) {
    state->split = split;
    dlt_file_list_destroy(&state->containers);
    DLT_TRY(dlt_file_list_find(&state->context, &state->settings->splits[split].path,
                               &state->containers));
    return open_container(state, 0);
}

/* The next picture of one folder; NULL behind the last. What is left out is counted if asked. */
static dlt_status next_picture(dlt_image_files *files, dlt_left_out *left_out, const char **name) {
    dlt_image_file file;
    *name = NULL;
    for (;;) {
        DLT_TRY(dlt_image_files_next(files, &file));
        if (file.kind == DLT_FILE_END)
            return DLT_OK;
        *name = file.name;
        if (file.kind == DLT_FILE_PICTURE)
            return DLT_OK;
        if (left_out != NULL)
            DLT_TRY(dlt_left_out_add(left_out, file.reason, file.name));
    }
}

/* Length of a name without its ending. */
static size_t stem_bytes(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot == NULL ? strlen(name) : (size_t)(dot - name);
}

static bool is_pair(const char *image, const char *label, const char *suffix) {
    const size_t stem = stem_bytes(image), added = strlen(suffix);
    return stem_bytes(label) == stem + added && memcmp(image, label, stem) == 0 &&
           memcmp(label + stem, suffix, added) == 0;
}

/* Adds 'FOLDER/NAME', or "nothing". */
static void print_entry(const dlt_image_files *files, const char *name, dlt_text *out) {
    if (name == NULL) {
        dlt_text_add(out, "nothing");
        return;
    }
    dlt_text_add(out, "'%s/", files->folder);
    dlt_name_print(name, out);
    dlt_text_add(out, "'");
}

static dlt_status fail_pair(const label_maps_state *state, const label_pair *pair) {
    dlt_text shown = DLT_TEXT_EMPTY;
    print_entry(state->images, pair->image, &shown);
    dlt_text_add(&shown, " comes with ");
    print_entry(state->labels, pair->label, &shown);
    dlt_status status = dlt_fail(DLT_ERR_FORMAT,
                                 "%s: %s; images and label maps need the same names, in the same "
                                 "order",
                                 state->images->path, dlt_text_of(&shown));
    dlt_text_destroy(&shown);
    return status;
}

/* The next image and its label map, of all containers. */
static dlt_status next_pair(label_maps_state *state, dlt_left_out *left_out, label_pair *pair) {
    for (;;) {
        DLT_TRY(next_picture(state->images, left_out, &pair->image));
        DLT_TRY(next_picture(state->labels, left_out, &pair->label));
        pair->is_end = pair->image == NULL && pair->label == NULL;
        if (!pair->is_end)
            break;
        if (state->container + 1 == state->containers.count)
            return DLT_OK;
        DLT_TRY(open_container(state, state->container + 1));
    }
    if (pair->image == NULL || pair->label == NULL ||
        !is_pair(pair->image, pair->label, state->settings->suffix))
        return fail_pair(state, pair);
    return DLT_OK;
}

static dlt_status count_pairs(label_maps_state *state, dlt_split split, int64_t *count) {
    label_pair pair;
    dlt_left_out_clear(&state->left_out);
    DLT_TRY(start_split(state, split));
    for (*count = 0;; (*count)++) {
        DLT_TRY(dlt_import_go_on(state->context.output, *count));
        DLT_TRY(next_pair(state, &state->left_out, &pair));
        if (pair.is_end)
            break;
    }
    dlt_left_out_print(&state->left_out, &state->left_out_text[split]);
    DLT_TRY(dlt_text_check(&state->left_out_text[split]));
    if (*count == 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no images (.png, .jpg) in the folder '%s'",
                        state->images->path, state->images->folder);
    return DLT_OK;
}

/* Decodes the picture that a reader stands at; *name, printed, is owned by the caller. */
static dlt_status decode_file(dlt_image_files *files, const char *name,
                              const dlt_image_settings *settings, dlt_image_raster *raster,
                              dlt_text *shown) {
    dlt_text_clear(shown);
    dlt_text_add(shown, "%s: %s/", files->path, files->folder);
    dlt_name_print(name, shown);
    DLT_TRY(dlt_text_check(shown));
    DLT_TRY(dlt_image_files_load(files, name));
    const dlt_image_bytes image = {
        .name = dlt_text_of(shown), .data = files->data, .bytes = files->bytes};
    return dlt_image_decode(&image, settings, raster);
}

static int32_t class_of(const label_maps_state *state, const uint8_t *pixel) {
    if (state->colour_count == 0) {
        const bool is_class =
            pixel[0] < state->context.classes.count || pixel[0] == state->settings->ignored;
        return is_class ? pixel[0] : NO_CLASS;
    }
    const int32_t colour = pixel[0] << 16 | pixel[1] << 8 | pixel[2];
    for (int32_t c = 0; c < state->colour_count; c++)
        if (state->colours[c] == colour)
            return c;
    return NO_CLASS;
}

static dlt_status fail_class(const label_maps_state *state, const char *name, int64_t row,
                             int64_t column, const uint8_t *pixel) {
    char what[32];
    if (state->colour_count == 0)
        snprintf(what, sizeof what, "number %d", pixel[0]);
    else
        snprintf(what, sizeof what, "colour #%02X%02X%02X", pixel[0], pixel[1], pixel[2]);
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s has the %s at row %" PRId64 ", column %" PRId64
                    ", which is none of the %" PRId64 " classes%s",
                    name, what, row, column, state->context.classes.count,
                    state->settings->ignored >= 0 ? " and not the ignored one" : "");
}

/* Writes the classes of a label map at the size of the samples, each of the nearest pixel. */
static dlt_status take_classes(const label_maps_state *state, const char *name, int64_t height,
                               int64_t width, uint8_t *to) {
    const dlt_image_raster *label = &state->label;
    for (int64_t r = 0; r < height; r++)
        for (int64_t s = 0; s < width; s++) {
            const int64_t row = (2 * r + 1) * label->height / (2 * height);
            const int64_t column = (2 * s + 1) * label->width / (2 * width);
            const uint8_t *pixel = label->pixels + (row * label->width + column) * label->channels;
            const int32_t number = class_of(state, pixel);
            if (number == NO_CLASS)
                return fail_class(state, name, row, column, pixel);
            *to++ = (uint8_t)number;
        }
    return DLT_OK;
}

/* Decodes a pair: the image into the raster at the size of the samples, the label map as it is. */
static dlt_status decode_pair(label_maps_state *state, const label_pair *pair, dlt_text *shown) {
    const dlt_image_settings numbers = {.channels = state->colour_count > 0 ? 3 : 1,
                                        .alpha = DLT_ALPHA_DROP,
                                        .numbers = state->colour_count == 0};
    DLT_TRY(decode_file(state->images, pair->image, &state->decode, &state->image, shown));
    DLT_TRY(decode_file(state->labels, pair->label, &numbers, &state->label, shown));
    if (state->label.height != state->image.height || state->label.width != state->image.width)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s has %" PRId64 " x %" PRId64 " pixels, but its image has %" PRId64
                        " x %" PRId64,
                        dlt_text_of(shown), state->label.height, state->label.width,
                        state->image.height, state->image.width);
    const bool fits =
        state->image.height == state->resizer.height && state->image.width == state->resizer.width;
    return state->resizer.height == 0 || fits ? DLT_OK
                                              : dlt_image_resize(&state->resizer, &state->image);
}

static dlt_status read_pair(label_maps_state *state, uint8_t *image, uint8_t *labels) {
    dlt_text shown = DLT_TEXT_EMPTY;
    label_pair pair;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(next_pair(state, NULL, &pair));
    if (pair.is_end)
        DLT_TRY_OUT(dlt_fail(DLT_ERR_FORMAT,
                             "%s changed while it was read: it now has fewer images",
                             state->images->path));
    DLT_TRY_OUT(decode_pair(state, &pair, &shown));
    const dlt_image_raster *raster = &state->image;
    memcpy(image, raster->pixels, (size_t)(raster->height * raster->width * raster->channels));
    status = take_classes(state, dlt_text_of(&shown), raster->height, raster->width, labels);
out:
    dlt_text_destroy(&shown);
    return status;
}

/* The size of all samples: as wished, or that of the first image of all. */
static dlt_status find_size(label_maps_state *state) {
    dlt_text shown = DLT_TEXT_EMPTY;
    label_pair pair;
    if (state->decode.height != 0 || state->resizer.height != 0)
        return DLT_OK;
    DLT_TRY(next_pair(state, NULL, &pair));
    dlt_status status =
        decode_file(state->images, pair.image, &state->decode, &state->image, &shown);
    state->decode.height = state->image.height;
    state->decode.width = state->image.width;
    dlt_text_destroy(&shown);
    return status;
}

static dlt_status claim_places(label_maps_state *state, dlt_split split) {
    const dlt_label_maps_place *place = &state->settings->splits[split];
    dlt_file_list_destroy(&state->containers);
    DLT_TRY(dlt_file_list_find(&state->context, &place->path, &state->containers));
    if (strcmp(place->images, place->labels) == 0)
        return dlt_fail(DLT_ERR_CONFIG, "images and labels of split '%s' are the same folder '%s'",
                        dlt_split_name(split), place->images);
    return dlt_file_list_claim(&state->containers, &state->places);
}

static dlt_status open_label_maps(const dlt_format_context *context, void **out) {
    label_maps_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->context = *context;
    state->settings = context->format.settings;
    const dlt_label_maps_settings *settings = state->settings;
    state->decode.channels = (int)settings->channels;
    state->decode.alpha = (dlt_image_alpha)settings->alpha;
    DLT_TRY(dlt_label_maps_check(settings, context->classes.count));
    for (int64_t i = 0; i < settings->colours.count; i++)
        state->colours[i] = dlt_label_colour(settings->colours.at[i]);
    state->colour_count = settings->colours.count > 0 ? settings->colours.count : 0;
    if (settings->resize.count > 0) {
        state->resizer.height = settings->resize.at[0];
        state->resizer.width = settings->resize.at[settings->resize.count - 1];
    }
    for (int64_t i = 0; i < context->classes.count; i++)
        dlt_text_add(&state->class_names, "%s%s", i == 0 ? "" : "\n", context->classes.at[i]);
    DLT_TRY(dlt_text_check(&state->class_names));
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        DLT_TRY(claim_places(state, split));
    return DLT_OK;
}

static dlt_status begin_label_maps(void *opaque, dlt_split split, dlt_split_facts *facts) {
    label_maps_state *state = opaque;
    int64_t samples = 0;
    *facts = (dlt_split_facts){.samples = 0};
    if (state->settings->splits[split].path.count <= 0)
        return DLT_OK;
    DLT_TRY(count_pairs(state, split, &samples));
    DLT_TRY(start_split(state, split));
    DLT_TRY(find_size(state));
    const bool resized = state->resizer.height != 0;
    const int64_t height = resized ? state->resizer.height : state->decode.height;
    const int64_t width = resized ? state->resizer.width : state->decode.width;
    *facts = (dlt_split_facts){
        .samples = samples,
        .field_count = 2,
        .fields = {{.name = "image",
                    .type = DLT_H5_U8,
                    .shape = {.rank = 3, .dim = {height, width, state->decode.channels}}},
                   {.name = "labels",
                    .type = DLT_H5_U8,
                    .shape = {.rank = 2, .dim = {height, width}}}},
        .class_names = dlt_text_of(&state->class_names),
        .ignored = state->settings->ignored >= 0 ? &state->settings->ignored : NULL};
    if (state->left_out_text[split].used > 0)
        facts->left_out = dlt_text_of(&state->left_out_text[split]);
    return start_split(state, split);
}

static dlt_status read_label_maps(void *opaque, int64_t count, void *const *fields) {
    label_maps_state *state = opaque;
    uint8_t *images = fields[0];
    uint8_t *labels = fields[1];
    for (int64_t i = 0; i < count; i++) {
        DLT_TRY(read_pair(state, images, labels));
        const int64_t pixels = state->image.height * state->image.width;
        images += pixels * state->image.channels;
        labels += pixels;
    }
    return DLT_OK;
}

static void close_label_maps(void *opaque) {
    label_maps_state *state = opaque;
    dlt_left_out_clear(&state->left_out);
    dlt_text_destroy(&state->class_names);
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        dlt_text_destroy(&state->left_out_text[split]);
    dlt_image_files_close(&state->images);
    dlt_image_files_close(&state->labels);
    dlt_file_list_destroy(&state->containers);
    dlt_file_set_destroy(&state->places);
    dlt_image_raster_destroy(&state->image);
    dlt_image_raster_destroy(&state->label);
    dlt_image_resizer_destroy(&state->resizer);
    dlt_free(state);
}

const dlt_format_ops dlt_format_label_maps = {
    .entry = {.name = "label_maps",
              .summary = "PNG and JPEG images, each with a PNG image of the classes of its pixels.",
              .keys = dlt_label_maps_keys,
              .settings_size = sizeof(dlt_label_maps_settings)},
    .open = open_label_maps,
    .begin = begin_label_maps,
    .read = read_label_maps,
    .close = close_label_maps,
};
