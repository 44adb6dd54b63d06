/* A hash table with open addressing, at most half full, of places in one list of words. Ranking
 * sorts the list and fills the table anew. Hashes decide nothing but where a word is looked for, so
 * the numbers are a function of the text alone. */
#include "ingest/vocabulary.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_TABLE = 1 << 10, FIRST_BYTES = 1 << 12 };

static bool is_reserved(const char *word, int64_t bytes) {
    const char *const names[] = {DLT_WORD_PADDING_NAME, DLT_WORD_UNKNOWN_NAME};
    for (int i = 0; i < DLT_WORD_FIRST; i++)
        if ((int64_t)strlen(names[i]) == bytes && memcmp(names[i], word, (size_t)bytes) == 0)
            return true;
    return false;
}

/* The place of the table that has the word, or the free one where it belongs. */
static int64_t find(const dlt_vocabulary *vocabulary, const char *word, int64_t bytes) {
    const int64_t mask = vocabulary->table_room - 1;
    int64_t at = (int64_t)(dlt_hash(0, word, (size_t)bytes) & (uint64_t)mask);
    for (;; at = (at + 1) & mask) {
        if (vocabulary->table[at] == 0)
            return at;
        const dlt_word *one = &vocabulary->words[vocabulary->table[at] - 1];
        if (one->bytes == bytes && memcmp(vocabulary->text + one->at, word, (size_t)bytes) == 0)
            return at;
    }
}

static void fill_table(dlt_vocabulary *vocabulary) {
    memset(vocabulary->table, 0, (size_t)vocabulary->table_room * sizeof *vocabulary->table);
    for (int64_t i = 0; i < vocabulary->count; i++) {
        const dlt_word *one = &vocabulary->words[i];
        vocabulary->table[find(vocabulary, vocabulary->text + one->at, one->bytes)] = i + 1;
    }
}

static dlt_status grow_table(dlt_vocabulary *vocabulary) {
    if (2 * (vocabulary->count + 1) <= vocabulary->table_room)
        return DLT_OK;
    int64_t *table = NULL;
    const int64_t room = vocabulary->table_room == 0 ? FIRST_TABLE : 2 * vocabulary->table_room;
    DLT_TRY(DLT_NEW(table, room));
    dlt_free(vocabulary->table);
    vocabulary->table = table;
    vocabulary->table_room = room;
    fill_table(vocabulary);
    return DLT_OK;
}

static dlt_status grow_words(dlt_vocabulary *vocabulary) {
    if (vocabulary->count < vocabulary->room)
        return DLT_OK;
    dlt_word *larger = NULL;
    const int64_t room = vocabulary->room == 0 ? FIRST_TABLE : 2 * vocabulary->room;
    DLT_TRY(DLT_NEW(larger, room));
    for (int64_t i = 0; i < vocabulary->count; i++)
        larger[i] = vocabulary->words[i];
    dlt_free(vocabulary->words);
    vocabulary->words = larger;
    vocabulary->room = room;
    return DLT_OK;
}

static dlt_status grow_text(dlt_vocabulary *vocabulary, int64_t bytes) {
    int64_t room = vocabulary->text_room == 0 ? FIRST_BYTES : vocabulary->text_room;
    if (vocabulary->text_used + bytes > DLT_VOCABULARY_BYTES_MAX ||
        vocabulary->count == DLT_VOCABULARY_WORDS_MAX)
        return dlt_fail(DLT_ERR_FORMAT,
                        "the training text has more than %d different words, or more than %d bytes "
                        "of them",
                        DLT_VOCABULARY_WORDS_MAX, DLT_VOCABULARY_BYTES_MAX);
    while (room < vocabulary->text_used + bytes)
        room *= 2;
    if (room == vocabulary->text_room)
        return DLT_OK;
    char *larger = NULL;
    DLT_TRY(DLT_NEW(larger, room));
    if (vocabulary->text_used > 0)
        memcpy(larger, vocabulary->text, (size_t)vocabulary->text_used);
    dlt_free(vocabulary->text);
    vocabulary->text = larger;
    vocabulary->text_room = room;
    return DLT_OK;
}

dlt_status dlt_vocabulary_add(dlt_vocabulary *vocabulary, const char *word, int64_t bytes) {
    if (is_reserved(word, bytes))
        return DLT_OK;
    DLT_TRY(grow_table(vocabulary));
    const int64_t place = find(vocabulary, word, bytes);
    if (vocabulary->table[place] != 0) {
        vocabulary->words[vocabulary->table[place] - 1].count++;
        return DLT_OK;
    }
    DLT_TRY(grow_words(vocabulary));
    DLT_TRY(grow_text(vocabulary, bytes));
    memcpy(vocabulary->text + vocabulary->text_used, word, (size_t)bytes);
    vocabulary->words[vocabulary->count++] = (dlt_word){
        .at = vocabulary->text_used, .bytes = bytes, .count = 1, .number = DLT_WORD_UNKNOWN};
    vocabulary->table[place] = vocabulary->count;
    vocabulary->text_used += bytes;
    return DLT_OK;
}

/* What is sorted: qsort has no context, so a word brings its text. */
typedef struct ranked_word {
    dlt_word word;
    const char *text; /* borrowed */
} ranked_word;

static int compare_ranked(const void *a, const void *b) {
    const ranked_word *left = a;
    const ranked_word *right = b;
    if (left->word.count != right->word.count)
        return left->word.count > right->word.count ? -1 : 1;
    const int64_t less =
        left->word.bytes < right->word.bytes ? left->word.bytes : right->word.bytes;
    const int order = memcmp(left->text, right->text, (size_t)less);
    if (order != 0)
        return order;
    return (left->word.bytes > right->word.bytes) - (left->word.bytes < right->word.bytes);
}

dlt_status dlt_vocabulary_rank(dlt_vocabulary *vocabulary, int64_t minimum, int64_t most) {
    ranked_word *ranked = NULL;
    if (vocabulary->count == 0)
        return DLT_OK;
    DLT_TRY(DLT_NEW(ranked, vocabulary->count));
    for (int64_t i = 0; i < vocabulary->count; i++)
        ranked[i] = (ranked_word){.word = vocabulary->words[i],
                                  .text = vocabulary->text + vocabulary->words[i].at};
    qsort(ranked, (size_t)vocabulary->count, sizeof *ranked, compare_ranked);
    for (int64_t i = 0; i < vocabulary->count; i++) {
        vocabulary->words[i] = ranked[i].word;
        if (i >= most || ranked[i].word.count < minimum)
            continue;
        vocabulary->words[i].number = (int32_t)(DLT_WORD_FIRST + i);
        vocabulary->kept = i + 1;
    }
    dlt_free(ranked);
    fill_table(vocabulary);
    return DLT_OK;
}

int32_t dlt_vocabulary_number(const dlt_vocabulary *vocabulary, const char *word, int64_t bytes) {
    if (vocabulary->count == 0)
        return DLT_WORD_UNKNOWN;
    const int64_t place = find(vocabulary, word, bytes);
    return vocabulary->table[place] == 0 ? DLT_WORD_UNKNOWN
                                         : vocabulary->words[vocabulary->table[place] - 1].number;
}

dlt_status dlt_vocabulary_print(const dlt_vocabulary *vocabulary, dlt_text *out) {
    dlt_text_add(out, "%s\n%s", DLT_WORD_PADDING_NAME, DLT_WORD_UNKNOWN_NAME);
    for (int64_t i = 0; i < vocabulary->kept; i++) {
        const dlt_word *one = &vocabulary->words[i];
        dlt_text_add_bytes(out, "\n", 1);
        dlt_text_add_bytes(out, vocabulary->text + one->at, (size_t)one->bytes);
    }
    return dlt_text_check(out);
}

void dlt_vocabulary_destroy(dlt_vocabulary *vocabulary) {
    dlt_free(vocabulary->text);
    dlt_free(vocabulary->words);
    dlt_free(vocabulary->table);
    *vocabulary = (dlt_vocabulary){0};
}
