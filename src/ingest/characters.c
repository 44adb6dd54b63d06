/* One table over all of Unicode: 4 MiB, whatever the text. */
#include "ingest/characters.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"

dlt_status dlt_characters_create(dlt_characters *out) {
    DLT_TRY(DLT_NEW(out->number, DLT_CHARACTERS));
    for (int32_t c = 0; c < DLT_CHARACTERS; c++)
        out->number[c] = DLT_CHARACTER_UNKNOWN;
    return DLT_OK;
}

void dlt_characters_destroy(dlt_characters *characters) {
    dlt_free(characters->number);
    *characters = (dlt_characters){0};
}

void dlt_characters_add(dlt_characters *characters, int32_t character) {
    characters->number[character] = 0;
}

void dlt_characters_rank(dlt_characters *characters) {
    characters->count = 0;
    for (int32_t c = 0; c < DLT_CHARACTERS; c++)
        if (characters->number[c] != DLT_CHARACTER_UNKNOWN)
            characters->number[c] = (int32_t)characters->count++;
}

dlt_status dlt_characters_print(const dlt_characters *characters, dlt_text *out) {
    char bytes[DLT_UTF8_BYTES_MAX];
    for (int32_t c = 0; c < DLT_CHARACTERS; c++)
        if (characters->number[c] != DLT_CHARACTER_UNKNOWN)
            dlt_text_add_bytes(out, bytes, (size_t)dlt_utf8_encode(c, bytes));
    return dlt_text_check(out);
}
