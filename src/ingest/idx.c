/* IDX files, the format of MNIST, as pairs of samples and targets; several pairs follow each other.
 * Unsigned bytes stay bytes, other samples become float32. Targets of one dimension of whole
 * numbers are labels, others are values. */
#include "formats/idx_file.h"
#include "ingest/file_list.h"
#include "ingest/format.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

#include <inttypes.h>
#include <stddef.h>

typedef struct idx_names {
    dlt_strings x;
    dlt_strings y;
} idx_names;

typedef struct idx_settings {
    idx_names splits[DLT_SPLITS];
} idx_settings;

typedef struct idx_state {
    dlt_format_context context;
    dlt_file_set x_files; /* of all splits */
    dlt_file_set y_files;
    const idx_settings *settings;
    dlt_file_list x_paths; /* of the split being read, as many as y_paths */
    dlt_file_list y_paths;
    int64_t pair; /* the one being read */
    dlt_idx_file x;
    dlt_idx_file y;
    const dlt_idx_type *x_type; /* of all pairs of the split; NULL until the first is open */
    const dlt_idx_type *y_type;
    dlt_shape x_shape;
    dlt_shape y_shape;
} idx_state;

static dlt_status find_files(idx_state *state, const idx_names *names) {
    dlt_file_list_destroy(&state->x_paths);
    dlt_file_list_destroy(&state->y_paths);
    DLT_TRY(dlt_file_list_find(&state->context, &names->x, &state->x_paths));
    DLT_TRY(dlt_file_list_find(&state->context, &names->y, &state->y_paths));
    if (state->x_paths.count != state->y_paths.count)
        return dlt_fail(DLT_ERR_CONFIG,
                        "x names %" PRId64 " files and y %" PRId64
                        "; each file of samples needs one of targets, in the same order",
                        state->x_paths.count, state->y_paths.count);
    return DLT_OK;
}

/* A file of one split is none of another. The samples of a split may be its targets, too. */
static dlt_status claim_files(idx_state *state, dlt_split split) {
    const idx_names *names = &state->settings->splits[split];
    if ((names->x.count > 0) != (names->y.count > 0))
        return dlt_fail(DLT_ERR_CONFIG,
                        "split '%s' of %s has %s but no %s; each file of samples needs one of "
                        "targets",
                        dlt_split_name(split), state->context.name, names->x.count > 0 ? "x" : "y",
                        names->x.count > 0 ? "y" : "x");
    if (names->x.count <= 0)
        return DLT_OK;
    DLT_TRY(find_files(state, names));
    DLT_TRY(dlt_file_list_claim(&state->x_paths, &state->x_files));
    return dlt_file_list_claim(&state->y_paths, &state->y_files);
}

static dlt_status open_idx(const dlt_format_context *context, void **out) {
    idx_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->context = *context;
    state->settings = context->format.settings;
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        DLT_TRY(claim_files(state, split));
    return DLT_OK;
}

/* A file of one dimension of whole numbers is one of labels. */
static dlt_status check_pair(const idx_state *state) {
    const char *x_path = dlt_byte_source_path(state->x.bytes);
    const char *y_path = dlt_byte_source_path(state->y.bytes);
    if (state->x.shape.rank < 1 && (state->x.type->is_whole || state->y.shape.rank > 0))
        return dlt_fail(DLT_ERR_FORMAT, "%s has one dimension, as labels have; samples need more",
                        x_path);
    if (state->x.samples != state->y.samples)
        return dlt_fail(DLT_ERR_FORMAT, "%s has %" PRId64 " samples but %s has %" PRId64 " %s",
                        x_path, state->x.samples, y_path, state->y.samples,
                        state->y.shape.rank == 0 ? "labels" : "targets");
    return DLT_OK;
}

static dlt_status check_alike(const dlt_idx_file *file, const dlt_idx_type *type,
                              const dlt_shape *shape, const char *first) {
    char here[DLT_SHAPE_TEXT_BYTES];
    char there[DLT_SHAPE_TEXT_BYTES];
    if (file->type == type && dlt_shape_equal(&file->shape, shape))
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s holds %s %s, but %s holds %s %s",
                    dlt_byte_source_path(file->bytes), file->type->name,
                    dlt_shape_text(&file->shape, here), first, type->name,
                    dlt_shape_text(shape, there));
}

/* All pairs of a split are of one kind. */
static dlt_status open_pair(idx_state *state, int64_t pair) {
    dlt_idx_close(&state->x);
    dlt_idx_close(&state->y);
    state->pair = pair;
    if (pair == state->x_paths.count)
        return dlt_fail(DLT_ERR_FORMAT, "%s changed while it was read: it now has fewer samples",
                        state->x_paths.at[0]);
    DLT_TRY(dlt_idx_open(state->x_paths.at[pair], &state->x));
    DLT_TRY(dlt_idx_open(state->y_paths.at[pair], &state->y));
    if (state->x_type == NULL) {
        state->x_type = state->x.type;
        state->y_type = state->y.type;
        state->x_shape = state->x.shape;
        state->y_shape = state->y.shape;
    }
    DLT_TRY(check_alike(&state->x, state->x_type, &state->x_shape, state->x_paths.at[0]));
    DLT_TRY(check_alike(&state->y, state->y_type, &state->y_shape, state->y_paths.at[0]));
    return check_pair(state);
}

/* Ends at the first pair. */
static dlt_status count_samples(idx_state *state, int64_t *samples) {
    *samples = 0;
    state->x_type = NULL;
    for (int64_t pair = 0; pair < state->x_paths.count; pair++) {
        DLT_TRY(open_pair(state, pair));
        *samples += state->x.samples;
    }
    return state->x_paths.count == 1 ? DLT_OK : open_pair(state, 0);
}

static bool has_labels(const idx_state *state) {
    return state->y_shape.rank == 0 && state->y_type->is_whole;
}

static bool has_bytes(const idx_state *state) {
    return state->x_type->code == DLT_IDX_UNSIGNED_BYTE;
}

static dlt_status begin_idx(void *opaque, dlt_split split, dlt_split_facts *facts) {
    idx_state *state = opaque;
    const idx_names *names = &state->settings->splits[split];
    dlt_idx_close(&state->x);
    dlt_idx_close(&state->y);
    *facts = (dlt_split_facts){.x_type = DLT_H5_U8, .y_type = DLT_H5_I32};
    if (names->x.count <= 0)
        return DLT_OK;
    DLT_TRY(find_files(state, names));
    DLT_TRY(count_samples(state, &facts->samples));
    if (!has_bytes(state))
        facts->x_type = DLT_H5_F32;
    facts->x_shape = state->x_shape;
    if (facts->x_shape.rank == 0)
        facts->x_shape = (dlt_shape){1, {1}};
    else if (facts->x_shape.rank == 2) /* grey images: one channel */
        facts->x_shape.dim[facts->x_shape.rank++] = 1;
    if (!has_labels(state)) {
        facts->y_type = DLT_H5_F32;
        facts->y_shape = state->y_shape;
    }
    return DLT_OK;
}

static dlt_status check_labels(const idx_state *state, int64_t count, const int32_t *labels) {
    const int64_t classes = state->context.classes.count;
    for (int64_t i = 0; classes > 0 && i < count; i++)
        if (labels[i] >= classes)
            return dlt_fail(DLT_ERR_FORMAT,
                            "%s: label %" PRId32 " of sample %" PRId64 " is outside 0..%" PRId64,
                            dlt_byte_source_path(state->y.bytes), labels[i],
                            state->y.sample - count + i, classes - 1);
    return DLT_OK;
}

static dlt_status read_targets(idx_state *state, int64_t first, int64_t count, void *y) {
    if (!has_labels(state))
        return dlt_idx_read_reals(&state->y, count,
                                  (float *)y + first * dlt_shape_count(&state->y_shape));
    DLT_TRY(dlt_idx_read_labels(&state->y, count, (int32_t *)y + first));
    return check_labels(state, count, (const int32_t *)y + first);
}

/* Whole numbers that lose digits are said once per file. */
static void note_rounded(const idx_state *state, const dlt_idx_file *file) {
    if (file->rounded > 0)
        dlt_text_add(state->context.notes,
                     "%s: %" PRId64 " integers beyond 16,777,216 are rounded to float32\n",
                     dlt_byte_source_path(file->bytes), file->rounded);
}

static dlt_status finish_idx(void *opaque) {
    idx_state *state = opaque;
    DLT_TRY(dlt_idx_check_end(&state->x));
    DLT_TRY(dlt_idx_check_end(&state->y));
    note_rounded(state, &state->x);
    note_rounded(state, &state->y);
    return DLT_OK;
}

static dlt_status read_idx(void *opaque, int64_t count, void *const *fields) {
    idx_state *state = opaque;
    void *const x = fields[0];
    const int64_t each = dlt_shape_count(&state->x_shape);
    for (int64_t done = 0; done < count;) {
        while (state->x.sample == state->x.samples) {
            DLT_TRY(finish_idx(state));
            DLT_TRY(open_pair(state, state->pair + 1));
        }
        const int64_t now = dlt_min_i64(count - done, state->x.samples - state->x.sample);
        DLT_TRY(has_bytes(state) ? dlt_idx_read_bytes(&state->x, now, (uint8_t *)x + done * each)
                                 : dlt_idx_read_reals(&state->x, now, (float *)x + done * each));
        DLT_TRY(read_targets(state, done, now, fields[1]));
        done += now;
    }
    return DLT_OK;
}

static void close_idx(void *opaque) {
    idx_state *state = opaque;
    dlt_idx_close(&state->x);
    dlt_idx_close(&state->y);
    dlt_file_list_destroy(&state->x_paths);
    dlt_file_list_destroy(&state->y_paths);
    dlt_file_set_destroy(&state->x_files);
    dlt_file_set_destroy(&state->y_files);
    dlt_free(state);
}

static const dlt_key pair_keys[] = {
    {.name = "x",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(idx_names, x),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "File of the samples, or several, or patterns such as *-images-*; null where there is "
             "no such split."},
    {.name = "y",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(idx_names, y),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "File of the labels or values, one for each file of samples, in the same order."},
    {.name = NULL}};

static const dlt_key idx_keys[] = {{.name = "train",
                                    .type = DLT_KEY_SECTION,
                                    .offset = offsetof(idx_settings, splits[DLT_SPLIT_TRAIN]),
                                    .section = pair_keys,
                                    .help = "Files of the training split, with or without .gz."},
                                   {.name = "test",
                                    .type = DLT_KEY_SECTION,
                                    .offset = offsetof(idx_settings, splits[DLT_SPLIT_TEST]),
                                    .section = pair_keys,
                                    .help = "Files of the test split, with or without .gz."},
                                   {.name = "validation",
                                    .type = DLT_KEY_SECTION,
                                    .offset = offsetof(idx_settings, splits[DLT_SPLIT_VALIDATION]),
                                    .section = pair_keys,
                                    .help = "Files of the validation split, with or without .gz."},
                                   {.name = NULL}};

const dlt_format_ops dlt_format_idx = {
    .entry = {.name = "idx",
              .summary = "IDX files of any type, samples with labels or values, as MNIST has.",
              .keys = idx_keys,
              .settings_size = sizeof(idx_settings)},
    .open = open_idx,
    .begin = begin_idx,
    .read = read_idx,
    .finish = finish_idx,
    .close = close_idx,
};
