/* A text as sequences of character numbers, for models that predict the next character. The files
 * of a split are one text, one behind the other. A sample is `length` + 1 characters: positions 0
 * to length - 1 are what the model reads, 1 to length what it predicts. Three passes: one counts
 * characters, one collects those of the training split, one reads the samples; none holds more
 * than a sample. */
#include "data/stratify.h"
#include "formats/text_reader.h"
#include "ingest/characters.h"
#include "ingest/file_list.h"
#include "ingest/format.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef struct text_settings {
    dlt_strings file;
    dlt_reals split;
    int64_t length;
    int64_t stride;
    int vocabulary;
} text_settings;

enum { OF_TRAINING, OF_ALL };
enum { STRIDE_OF_LENGTH = -1 };

typedef struct text_state {
    dlt_format_context context;
    const text_settings *settings;
    dlt_file_list files;
    dlt_characters characters;
    dlt_text vocabulary;
    int64_t first[DLT_SPLITS]; /* character of each split */
    int64_t count[DLT_SPLITS]; /* of its characters */
    int64_t stride;
    /* reading */
    int64_t file;            /* the one being read */
    dlt_text_reader *reader; /* owned */
    int64_t position;        /* of the next character in all files */
    int64_t end;             /* of the split being read */
    int32_t *window;         /* [length + 1]; owned */
    int64_t held;            /* characters of the next sample that are in it */
} text_state;

static dlt_status rewind_text(text_state *state) {
    dlt_text_reader_close(&state->reader);
    state->file = 0;
    state->position = 0;
    return dlt_text_reader_open(state->files.at[0], &state->reader);
}

/* The next character of all files; DLT_TEXT_END behind the last. */
static dlt_status next_character(text_state *state, int32_t *character) {
    for (;;) {
        DLT_TRY(dlt_text_reader_next(state->reader, character));
        if (*character != DLT_TEXT_END) {
            state->position++;
            return DLT_OK;
        }
        if (state->file + 1 == state->files.count)
            return DLT_OK;
        dlt_text_reader_close(&state->reader);
        DLT_TRY(dlt_text_reader_open(state->files.at[++state->file], &state->reader));
    }
}

/* Calls next_character `count` times; fewer characters than in the pass before are an error. */
static dlt_status skip(text_state *state, int64_t count, dlt_characters *into) {
    const int64_t often = 1 << 20;
    for (int64_t i = 0; i < count; i++) {
        int32_t character = 0;
        if (i % often == 0)
            DLT_TRY(dlt_import_go_on(state->context.output, i));
        DLT_TRY(next_character(state, &character));
        if (character == DLT_TEXT_END)
            return dlt_fail(DLT_ERR_FORMAT, "%s changed while it was read: it is shorter now",
                            dlt_text_reader_path(state->reader));
        if (into != NULL)
            dlt_characters_add(into, character);
    }
    return DLT_OK;
}

static dlt_status count_characters(text_state *state, int64_t *count) {
    const int64_t often = 1 << 20;
    int32_t character = 0;
    DLT_TRY(rewind_text(state));
    for (;;) {
        DLT_TRY(next_character(state, &character));
        if (character == DLT_TEXT_END)
            break;
        if (state->position % often == 0)
            DLT_TRY(dlt_import_go_on(state->context.output, state->position));
    }
    *count = state->position;
    return DLT_OK;
}

/* The splits follow each other in the text: training, validation, test. */
static dlt_status cut_splits(text_state *state, int64_t characters) {
    dlt_split_shares shares;
    double before = 0;
    const double rounding = 1e-9; /* 0.29 * 100 is a little below 29 */
    DLT_TRY(dlt_split_shares_read(&state->settings->split, 0, &shares));
    int64_t at = 0;
    for (int i = 0; i < DLT_SPLITS; i++) {
        const dlt_split split = dlt_split_order[i];
        before += shares.share[split];
        int64_t end = (int64_t)floor(before * (double)characters * (1 + rounding));
        if (i + 1 == DLT_SPLITS || end > characters)
            end = characters;
        state->first[split] = at;
        state->count[split] = end - at;
        at = end;
        if (shares.share[split] > 0 && state->count[split] <= state->settings->length)
            return dlt_fail(DLT_ERR_FORMAT,
                            "split '%s' of %s has %" PRId64 " characters, but a sample of length "
                            "%" PRId64 " takes %" PRId64,
                            dlt_split_name(split), state->files.at[0], state->count[split],
                            state->settings->length, state->settings->length + 1);
    }
    return DLT_OK;
}

/* Those of the training split, or of all: the whole text is then known to be what is trained on. */
static dlt_status collect_characters(text_state *state, int64_t characters) {
    const int64_t wanted =
        state->settings->vocabulary == OF_ALL ? characters : state->count[DLT_SPLIT_TRAIN];
    DLT_TRY(dlt_characters_create(&state->characters));
    DLT_TRY(rewind_text(state));
    DLT_TRY(skip(state, wanted, &state->characters));
    const int32_t count = dlt_characters_rank(&state->characters);
    dlt_text_add(state->context.notes, "%s: %" PRId32 " different characters are numbered\n",
                 state->files.at[0], count);
    return dlt_characters_print(&state->characters, &state->vocabulary);
}

static dlt_status open_text(const dlt_format_context *context, void **out) {
    text_state *state = NULL;
    int64_t characters = 0;
    dlt_file_set files = {0};
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->context = *context;
    state->settings = context->format.settings;
    state->stride = state->settings->stride == STRIDE_OF_LENGTH ? state->settings->length
                                                                : state->settings->stride;
    DLT_TRY(dlt_file_list_find(context, &state->settings->file, &state->files));
    dlt_status status = dlt_file_list_claim(&state->files, &files);
    dlt_file_set_destroy(&files);
    DLT_TRY(status);
    DLT_TRY(count_characters(state, &characters));
    DLT_TRY(cut_splits(state, characters));
    DLT_TRY(collect_characters(state, characters));
    return DLT_NEW(state->window, state->settings->length + 1);
}

static dlt_status begin_text(void *opaque, dlt_split split, dlt_split_facts *facts) {
    text_state *state = opaque;
    const int64_t length = state->settings->length;
    const int64_t count = state->count[split];
    *facts = (dlt_split_facts){.field_count = 1,
                               .fields = {{.name = "tokens",
                                           .type = DLT_H5_I32,
                                           .shape = {.rank = 1, .dim = {length + 1}}}},
                               .vocabulary = dlt_text_of(&state->vocabulary),
                               .vocabulary_kind = "characters"};
    if (count == 0)
        return DLT_OK;
    facts->samples = (count - length - 1) / state->stride + 1;
    const int64_t rest = count - ((facts->samples - 1) * state->stride + length + 1);
    if (rest > 0)
        dlt_text_add(state->context.notes,
                     "%s: the last %" PRId64 " characters of split '%s' are left out\n",
                     state->files.at[0], rest, dlt_split_name(split));
    DLT_TRY(rewind_text(state));
    DLT_TRY(skip(state, state->first[split], NULL));
    state->end = state->first[split] + count;
    state->held = 0;
    return DLT_OK;
}

/* A character that training has not seen has no number. */
static dlt_status number_character(const text_state *state, int32_t character, int32_t *out) {
    char bytes[DLT_UTF8_BYTES_MAX + 1] = {0};
    *out = dlt_characters_number(&state->characters, character);
    if (*out != DLT_CHARACTER_UNKNOWN)
        return DLT_OK;
    (void)dlt_utf8_encode(character, bytes);
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s:%" PRId64 ": the character '%s' (U+%04X) does not occur in the training "
                    "split; set `vocabulary: all` to number the characters of all splits",
                    dlt_text_reader_path(state->reader), dlt_text_reader_line(state->reader),
                    character < ' ' ? "?" : bytes, (unsigned)character);
}

/* The next sample, of which the window may hold the first characters. */
static dlt_status read_window(text_state *state) {
    const int64_t length = state->settings->length + 1;
    while (state->held < length) {
        int32_t character = 0;
        DLT_TRY(next_character(state, &character));
        if (character == DLT_TEXT_END || state->position > state->end)
            return dlt_fail(DLT_ERR_FORMAT, "%s changed while it was read: it is shorter now",
                            dlt_text_reader_path(state->reader));
        DLT_TRY(number_character(state, character, &state->window[state->held++]));
    }
    return DLT_OK;
}

/* Moves on to the next sample; behind the last one there may not be enough characters. */
static dlt_status leave_window(text_state *state) {
    const int64_t length = state->settings->length + 1;
    if (state->stride < length) {
        state->held = length - state->stride;
        memmove(state->window, state->window + state->stride,
                (size_t)state->held * sizeof *state->window);
        return DLT_OK;
    }
    state->held = 0;
    const int64_t gap = state->stride - length, rest = state->end - state->position;
    return skip(state, gap < rest ? gap : rest, NULL);
}

static dlt_status read_text(void *opaque, int64_t count, void *const *fields) {
    text_state *state = opaque;
    const int64_t length = state->settings->length + 1;
    int32_t *tokens = fields[0];
    for (int64_t i = 0; i < count; i++) {
        DLT_TRY(read_window(state));
        memcpy(tokens + i * length, state->window, (size_t)length * sizeof *state->window);
        DLT_TRY(leave_window(state));
    }
    return DLT_OK;
}

static void close_text(void *opaque) {
    text_state *state = opaque;
    dlt_text_reader_close(&state->reader);
    dlt_file_list_destroy(&state->files);
    dlt_characters_destroy(&state->characters);
    dlt_text_destroy(&state->vocabulary);
    dlt_free(state->window);
    dlt_free(state);
}

static const char *const stride_names[] = {"length", NULL};
static const char *const vocabulary_names[] = {"train", "all", NULL};

static const dlt_key text_keys[] = {
    {.name = "file",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(text_settings, file),
     .least = 1,
     .most = 4096,
     .flags = DLT_KEY_SHORTHAND,
     .help = "The file, UTF-8 with or without .gz, or several, or patterns such as *.txt; they are "
             "one text, one behind the other."},
    {.name = "length",
     .type = DLT_KEY_INT,
     .offset = offsetof(text_settings, length),
     .default_value = "64",
     .minimum = 1,
     .maximum = 1 << 24,
     .help = "Characters that a model reads at once; a sample has one more, the last to predict."},
    {.name = "stride",
     .type = DLT_KEY_INT,
     .offset = offsetof(text_settings, stride),
     .default_value = "length",
     .minimum = 1,
     .maximum = 1e9,
     .enum_names = stride_names,
     .help = "Characters from the beginning of a sample to that of the next; length: each "
             "character but the first is predicted once."},
    {.name = "split",
     .type = DLT_KEY_REALS,
     .offset = offsetof(text_settings, split),
     .default_value = "[0.9, 0.1]",
     .minimum = 0,
     .maximum = 1,
     .least = 2,
     .most = 3,
     .help = "Shares of the text, in its order, for training, validation (optional) and test "
             "data."},
    {.name = "vocabulary",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(text_settings, vocabulary),
     .default_value = "train",
     .enum_names = vocabulary_names,
     .help = "Whose characters have numbers, ascending as in Unicode: those of the training split, "
             "so that another character is an error, or those of all splits."},
    {.name = NULL}};

const dlt_format_ops dlt_format_text = {
    .entry = {.name = "text",
              .summary = "Plain text as sequences of character numbers, for predicting the next "
                         "character.",
              .keys = text_keys,
              .settings_size = sizeof(text_settings)},
    .open = open_text,
    .begin = begin_text,
    .read = read_text,
    .close = close_text,
};
