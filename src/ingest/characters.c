/* A set of bits over all of Unicode, 136 KiB whatever the text. A character's number is how many
 * bits are set before its own: those of the words before, which are counted once, and those of its
 * word. */
#include "ingest/characters.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"

/* Unicode ends at 10FFFF. */
enum { CHARACTERS = 0x110000, WORD_BITS = 64, WORDS = CHARACTERS / WORD_BITS };

dlt_status dlt_characters_create(dlt_characters *out) {
    DLT_TRY(DLT_NEW(out->bits, WORDS));
    return DLT_NEW(out->before, WORDS);
}

void dlt_characters_destroy(dlt_characters *characters) {
    dlt_free(characters->bits);
    dlt_free(characters->before);
    *characters = (dlt_characters){0};
}

static uint64_t bit_of(int32_t character) {
    return UINT64_C(1) << (character % WORD_BITS);
}

void dlt_characters_add(dlt_characters *characters, int32_t character) {
    characters->bits[character / WORD_BITS] |= bit_of(character);
}

int32_t dlt_characters_rank(dlt_characters *characters) {
    int32_t before = 0;
    for (int32_t word = 0; word < WORDS; word++) {
        characters->before[word] = before;
        before += __builtin_popcountll(characters->bits[word]);
    }
    return before;
}

int32_t dlt_characters_number(const dlt_characters *characters, int32_t character) {
    const uint64_t word = characters->bits[character / WORD_BITS];
    const uint64_t bit = bit_of(character);
    if ((word & bit) == 0)
        return DLT_CHARACTER_UNKNOWN;
    return characters->before[character / WORD_BITS] + __builtin_popcountll(word & (bit - 1));
}

dlt_status dlt_characters_print(const dlt_characters *characters, dlt_text *out) {
    char bytes[DLT_UTF8_BYTES_MAX];
    for (int32_t c = 0; c < CHARACTERS; c++)
        if ((characters->bits[c / WORD_BITS] & bit_of(c)) != 0)
            dlt_text_add_bytes(out, bytes, (size_t)dlt_utf8_encode(c, bytes));
    return dlt_text_check(out);
}
