/* The words of a text and their numbers: by how often they occur, the most frequent first, words of
 * the same frequency by their bytes. */
#ifndef DLT_INGEST_VOCABULARY_H
#define DLT_INGEST_VOCABULARY_H

#include "base/text.h"
#include "dltrain/status.h"

#include <stdint.h>

/* Numbers that are no word's own: what fills up a short sample, and a word that is not in the
 * vocabulary. Text that holds these names itself holds unknown words. */
enum { DLT_WORD_PADDING, DLT_WORD_UNKNOWN, DLT_WORD_FIRST };
#define DLT_WORD_PADDING_NAME "<pad>"
#define DLT_WORD_UNKNOWN_NAME "<unk>"

/* Bounds of what is held in memory. */
enum { DLT_VOCABULARY_WORDS_MAX = 1 << 22, DLT_VOCABULARY_BYTES_MAX = 1 << 26 };

typedef struct dlt_word {
    int64_t at; /* of its bytes in the text */
    int64_t bytes;
    int64_t count;
    int32_t number; /* DLT_WORD_UNKNOWN until it is ranked, and if it is not kept */
} dlt_word;

typedef struct dlt_vocabulary {
    char *text; /* all words, one behind the other; owned */
    int64_t text_used;
    int64_t text_room;
    dlt_word *words; /* [count]; once ranked, in the order of their numbers; owned */
    int64_t count;
    int64_t room;
    int64_t *table; /* [table_room] open addressing: place of a word, plus 1; owned */
    int64_t table_room;
    int64_t kept; /* words with a number of their own */
} dlt_vocabulary;

/* Counts a word of the training text. Errors: FORMAT beyond the bounds; MEM. */
DLT_CHECKED dlt_status dlt_vocabulary_add(dlt_vocabulary *vocabulary, const char *word,
                                          int64_t bytes);
/* Gives out the numbers, from DLT_WORD_FIRST, to words that occur `minimum` times, at most `most`
 * of them. Errors: MEM. */
DLT_CHECKED dlt_status dlt_vocabulary_rank(dlt_vocabulary *vocabulary, int64_t minimum,
                                           int64_t most);
/* The number of a word, once ranked. */
int32_t dlt_vocabulary_number(const dlt_vocabulary *vocabulary, const char *word, int64_t bytes);
/* Adds all names in the order of their numbers, a line each. Errors: MEM. */
DLT_CHECKED dlt_status dlt_vocabulary_print(const dlt_vocabulary *vocabulary, dlt_text *out);
void dlt_vocabulary_destroy(dlt_vocabulary *vocabulary);

#endif
