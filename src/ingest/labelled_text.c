/* Texts with a label each, a line per sample, as sequences of word numbers of different length. The
 * columns of a line are cut at the separator alone: there are no quotes. A word is what stands
 * between blanks. Words and classes are those of the training split: a first pass over it counts
 * them, so that no more than a line, the vocabulary and a length per sample is in memory. */
#include "data/class_list.h"
#include "formats/text_reader.h"
#include "ingest/file_list.h"
#include "ingest/format.h"
#include "ingest/labelled_text_settings.h"
#include "ingest/vocabulary.h"

#include "base/alloc.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct labelled_text_state {
    dlt_format_context context;
    const dlt_labelled_text_settings *settings;
    dlt_file_set files;  /* of all splits */
    dlt_file_list paths; /* of the split being read */
    int64_t file;
    dlt_text_reader *reader; /* owned */
    int64_t text_column;     /* in the file being read, as the next two */
    int64_t target_column;
    int64_t columns;
    char *text; /* of the line read last; borrowed from the reader, as the next one */
    char *label;
    dlt_vocabulary vocabulary;
    dlt_text vocabulary_text;
    dlt_class_list classes;
    dlt_text class_names;
    dlt_text where;   /* file and line, for messages */
    int64_t *lengths; /* of the samples of the split, in words; owned */
    int64_t length_room;
    int64_t sample;    /* next to be read */
    int64_t shortened; /* samples of the split that were longer than `longest` */
    int64_t unknown;   /* words of the split that the vocabulary lacks */
} labelled_text_state;

static dlt_status fail_line(const labelled_text_state *state, const char *what) {
    return dlt_fail(DLT_ERR_FORMAT, "%s:%" PRId64 ": %s", dlt_text_reader_path(state->reader),
                    dlt_text_reader_line(state->reader), what);
}

static char *without_blanks(char *text) {
    text += strspn(text, DLT_TEXT_BLANKS);
    size_t bytes = strlen(text);
    while (bytes > 0 && strchr(DLT_TEXT_BLANKS, text[bytes - 1]) != NULL)
        text[--bytes] = '\0';
    return text;
}

/* Takes the next column off a line; NULL behind the last. */
static char *next_column(const labelled_text_state *state, char **line) {
    char *column = *line;
    if (column == NULL)
        return NULL;
    *line = strchr(column, state->settings->separator[0]);
    if (*line != NULL)
        *(*line)++ = '\0';
    return column;
}

/* A column by its number, counted from 0; -1 where the name is none. */
static int64_t number_of(const char *name) {
    char *end = NULL;
    const long long number = strtoll(name, &end, 10);
    return end == name || *end != '\0' || number < 0 ? -1 : number;
}

static dlt_status fail_column(const labelled_text_state *state, const char *key, const char *name) {
    return dlt_fail(DLT_ERR_CONFIG,
                    "%s has no column '%s' (given as %s); its first line has %" PRId64
                    " column%s cut at '%s'",
                    dlt_text_reader_path(state->reader), name, key, state->columns,
                    state->columns == 1 ? "" : "s",
                    state->settings->separator[0] == '\t' ? "\\t" : state->settings->separator);
}

/* Finds the columns in the first line of a file. */
static dlt_status find_columns(labelled_text_state *state, char *line) {
    const dlt_labelled_text_settings *settings = state->settings;
    const char *const names[] = {settings->text, settings->target};
    int64_t found[] = {-1, -1};
    state->columns = 0;
    for (char *column = next_column(state, &line); column != NULL;
         column = next_column(state, &line), state->columns++)
        for (int i = 0; settings->header && i < 2; i++)
            if (found[i] < 0 && strcmp(without_blanks(column), names[i]) == 0)
                found[i] = state->columns;
    for (int i = 0; i < 2; i++) {
        if (found[i] < 0)
            found[i] = number_of(names[i]);
        if (found[i] < 0 || found[i] >= state->columns)
            return fail_column(state, i == 0 ? "text" : "target", names[i]);
    }
    if (found[0] == found[1])
        return dlt_fail(DLT_ERR_CONFIG, "text and target are the same column '%s'", names[0]);
    state->text_column = found[0];
    state->target_column = found[1];
    return DLT_OK;
}

/* The first line of a file is read twice where it is no header. */
static dlt_status open_file(labelled_text_state *state, int64_t file) {
    char *line = NULL;
    int64_t bytes = 0;
    const char *path = state->paths.at[file];
    state->file = file;
    dlt_text_reader_close(&state->reader);
    DLT_TRY(dlt_text_reader_open(path, &state->reader));
    DLT_TRY(dlt_text_reader_next_line(state->reader, &line, &bytes));
    if (line == NULL)
        return dlt_fail(DLT_ERR_FORMAT, "%s is empty", path);
    DLT_TRY(find_columns(state, line));
    if (state->settings->header)
        return DLT_OK;
    dlt_text_reader_close(&state->reader);
    return dlt_text_reader_open(path, &state->reader);
}

/* Cuts a line into text and label. */
static dlt_status take_line(labelled_text_state *state, char *line) {
    int64_t columns = 0;
    for (char *column = next_column(state, &line); column != NULL;
         column = next_column(state, &line), columns++) {
        if (columns == state->text_column)
            state->text = column;
        if (columns == state->target_column)
            state->label = without_blanks(column);
    }
    if (columns != state->columns)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s:%" PRId64 ": this line has %" PRId64 " columns, but the first has "
                        "%" PRId64,
                        dlt_text_reader_path(state->reader), dlt_text_reader_line(state->reader),
                        columns, state->columns);
    if (state->label[0] == '\0')
        return fail_line(state, "the label of this line is missing");
    return DLT_OK;
}

/* The next line of all files that is not blank; *more is false behind the last. */
static dlt_status next_line(labelled_text_state *state, bool *more) {
    char *line = NULL;
    int64_t bytes = 0;
    for (;;) {
        DLT_TRY(dlt_text_reader_next_line(state->reader, &line, &bytes));
        *more = line != NULL;
        if (line != NULL && line[strspn(line, DLT_TEXT_BLANKS)] != '\0')
            return take_line(state, line);
        if (line == NULL && state->file + 1 == state->paths.count)
            return DLT_OK;
        if (line == NULL)
            DLT_TRY(open_file(state, state->file + 1));
    }
}

/* Takes the next word off a text, with its letters A to Z as wished; NULL behind the last. */
static const char *next_word(const labelled_text_state *state, char **text, int64_t *bytes) {
    char *word = *text + strspn(*text, DLT_TEXT_BLANKS);
    *bytes = (int64_t)strcspn(word, DLT_TEXT_BLANKS);
    *text = word + *bytes;
    for (int64_t i = 0; state->settings->lower_case && i < *bytes; i++)
        if (word[i] >= 'A' && word[i] <= 'Z')
            word[i] = (char)(word[i] - 'A' + 'a');
    return *bytes == 0 ? NULL : word;
}

static dlt_status start_split(labelled_text_state *state, dlt_split split) {
    dlt_file_list_destroy(&state->paths);
    DLT_TRY(
        dlt_file_list_find(&state->context, &state->settings->splits[split].file, &state->paths));
    return open_file(state, 0);
}

/* The class of a line's label; further ones are an error once training has been read. */
static dlt_status take_class(labelled_text_state *state, int32_t *label) {
    dlt_picture_class *one = NULL;
    dlt_text_clear(&state->where);
    dlt_text_add(&state->where, "%s:%" PRId64, dlt_text_reader_path(state->reader),
                 dlt_text_reader_line(state->reader));
    DLT_TRY(dlt_text_check(&state->where));
    DLT_TRY(dlt_class_list_take(&state->classes, state->label, dlt_text_of(&state->where), &one));
    *label = one->label;
    return DLT_OK;
}

static dlt_status keep_length(labelled_text_state *state, int64_t sample, int64_t words) {
    if (sample == state->length_room) {
        const int64_t room = sample == 0 ? 1024 : 2 * sample;
        int64_t *larger = NULL;
        DLT_TRY(DLT_NEW(larger, room));
        if (sample > 0)
            memcpy(larger, state->lengths, (size_t)sample * sizeof *larger);
        dlt_free(state->lengths);
        state->lengths = larger;
        state->length_room = room;
    }
    const int64_t longest = state->settings->longest;
    const bool is_cut = longest >= 0 && words > longest;
    state->shortened += is_cut;
    state->lengths[sample] = is_cut ? longest : words;
    return DLT_OK;
}

/* Counts the words of the line read last; in the training split, they make the vocabulary. */
static dlt_status count_words(labelled_text_state *state, bool learns, int64_t *words) {
    int64_t bytes = 0;
    const char *word = NULL;
    for (*words = 0; (word = next_word(state, &state->text, &bytes)) != NULL; (*words)++)
        if (learns)
            DLT_TRY(dlt_vocabulary_add(&state->vocabulary, word, bytes));
    return *words > 0 ? DLT_OK : fail_line(state, "the text of this line has no word");
}

/* Samples of the split and their lengths; in the training split, which words and classes there
 * are. */
static dlt_status count_split(labelled_text_state *state, dlt_split split, int64_t *samples) {
    bool more = true;
    int32_t label = 0;
    int64_t words = 0;
    DLT_TRY(start_split(state, split));
    state->shortened = 0;
    for (*samples = 0;; (*samples)++) {
        DLT_TRY(dlt_import_go_on(state->context.output, *samples));
        DLT_TRY(next_line(state, &more));
        if (!more)
            return DLT_OK;
        DLT_TRY(take_class(state, &label));
        DLT_TRY(count_words(state, split == DLT_SPLIT_TRAIN, &words));
        DLT_TRY(keep_length(state, *samples, words));
    }
}

/* Names of the description stand for the labels in their order, or are the labels themselves. */
static dlt_status name_classes(labelled_text_state *state) {
    const dlt_strings *given = &state->context.classes;
    const dlt_strings none = {0};
    const char *path = state->paths.at[0];
    int64_t known = 0;
    for (int64_t i = 0; i < given->count; i++)
        for (int64_t c = 0; c < state->classes.count; c++)
            known += strcmp(given->at[i], state->classes.at[c].name) == 0;
    if (given->count == 0 || known > 0 || given->count != state->classes.count)
        return dlt_class_list_finish(&state->classes, given, path, &state->class_names);
    DLT_TRY(dlt_class_list_finish(&state->classes, &none, path, &state->class_names));
    dlt_text_clear(&state->class_names);
    for (int64_t i = 0; i < given->count; i++)
        dlt_text_add(&state->class_names, "%s%s", i == 0 ? "" : "\n", given->at[i]);
    return dlt_text_check(&state->class_names);
}

static dlt_status learn(labelled_text_state *state, int64_t *samples) {
    const dlt_labelled_text_settings *settings = state->settings;
    DLT_TRY(count_split(state, DLT_SPLIT_TRAIN, samples));
    DLT_TRY(name_classes(state));
    DLT_TRY(dlt_vocabulary_rank(&state->vocabulary, settings->minimum_count,
                                settings->words - DLT_WORD_FIRST));
    DLT_TRY(dlt_vocabulary_print(&state->vocabulary, &state->vocabulary_text));
    dlt_text_add(state->context.notes,
                 "%s: %" PRId64 " of %" PRId64
                 " different words are numbered, with '" DLT_WORD_PADDING_NAME
                 "' and '" DLT_WORD_UNKNOWN_NAME "' %" PRId64 " in all\n",
                 state->paths.at[0], state->vocabulary.kept, state->vocabulary.count,
                 state->vocabulary.kept + DLT_WORD_FIRST);
    return DLT_OK;
}

static dlt_status open_labelled_text(const dlt_format_context *context, void **out) {
    labelled_text_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->context = *context;
    state->settings = context->format.settings;
    state->classes.noun = "label";
    DLT_TRY(dlt_labelled_text_check(state->settings));
    for (dlt_split split = 0; split < DLT_SPLITS; split++) {
        dlt_file_list_destroy(&state->paths);
        DLT_TRY(dlt_file_list_find(context, &state->settings->splits[split].file, &state->paths));
        DLT_TRY(dlt_file_list_claim(&state->paths, &state->files));
    }
    return DLT_OK;
}

static dlt_status begin_labelled_text(void *opaque, dlt_split split, dlt_split_facts *facts) {
    labelled_text_state *state = opaque;
    int64_t samples = 0;
    *facts = (dlt_split_facts){.samples = 0};
    if (state->settings->splits[split].file.count <= 0)
        return DLT_OK;
    DLT_TRY(split == DLT_SPLIT_TRAIN ? learn(state, &samples)
                                     : count_split(state, split, &samples));
    *facts = (dlt_split_facts){
        .samples = samples,
        .field_count = 2,
        .fields = {{.name = "tokens", .type = DLT_H5_I32, .lengths = state->lengths},
                   {.name = "y", .type = DLT_H5_I32}},
        .class_names = dlt_text_of(&state->class_names),
        .vocabulary = dlt_text_of(&state->vocabulary_text),
        .vocabulary_kind = "words"};
    state->unknown = 0;
    state->sample = 0;
    return start_split(state, split);
}

static dlt_status fail_changed(const labelled_text_state *state) {
    return dlt_fail(DLT_ERR_FORMAT, "%s changed while it was read",
                    dlt_text_reader_path(state->reader));
}

/* Numbers the words of the next sample. */
static dlt_status read_sample(labelled_text_state *state, int32_t *tokens, int32_t *label) {
    bool more = true;
    int64_t bytes = 0;
    DLT_TRY(next_line(state, &more));
    if (!more)
        return fail_changed(state);
    DLT_TRY(take_class(state, label));
    for (int64_t i = 0; i < state->lengths[state->sample]; i++) {
        const char *word = next_word(state, &state->text, &bytes);
        if (word == NULL)
            return fail_changed(state);
        tokens[i] = dlt_vocabulary_number(&state->vocabulary, word, bytes);
        state->unknown += tokens[i] == DLT_WORD_UNKNOWN;
    }
    return DLT_OK;
}

static dlt_status read_labelled_text(void *opaque, int64_t count, void *const *fields) {
    labelled_text_state *state = opaque;
    int32_t *tokens = fields[0];
    int32_t *labels = fields[1];
    for (int64_t i = 0; i < count; i++) {
        DLT_TRY(read_sample(state, tokens, &labels[i]));
        tokens += state->lengths[state->sample++];
    }
    return DLT_OK;
}

static dlt_status finish_labelled_text(void *opaque) {
    labelled_text_state *state = opaque;
    if (state->shortened > 0)
        dlt_text_add(state->context.notes,
                     "%s: %" PRId64 " texts are cut after %" PRId64 " words\n", state->paths.at[0],
                     state->shortened, state->settings->longest);
    if (state->unknown > 0)
        dlt_text_add(state->context.notes,
                     "%s: %" PRId64 " words are not in the vocabulary and become "
                     "'" DLT_WORD_UNKNOWN_NAME "'\n",
                     state->paths.at[0], state->unknown);
    return DLT_OK;
}

static void close_labelled_text(void *opaque) {
    labelled_text_state *state = opaque;
    dlt_text_reader_close(&state->reader);
    dlt_file_list_destroy(&state->paths);
    dlt_file_set_destroy(&state->files);
    dlt_vocabulary_destroy(&state->vocabulary);
    dlt_text_destroy(&state->vocabulary_text);
    dlt_class_list_destroy(&state->classes);
    dlt_text_destroy(&state->class_names);
    dlt_text_destroy(&state->where);
    dlt_free(state->lengths);
    dlt_free(state);
}

const dlt_format_ops dlt_format_labelled_text = {
    .entry = {.name = "labelled_text",
              .summary = "Lines of text with a label each, as sequences of word numbers.",
              .keys = dlt_labelled_text_keys,
              .settings_size = sizeof(dlt_labelled_text_settings)},
    .open = open_labelled_text,
    .begin = begin_labelled_text,
    .read = read_labelled_text,
    .finish = finish_labelled_text,
    .close = close_labelled_text,
};
