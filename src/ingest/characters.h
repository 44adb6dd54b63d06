/* The characters of a text and their numbers: ascending as in Unicode. */
#ifndef DLT_INGEST_CHARACTERS_H
#define DLT_INGEST_CHARACTERS_H

#include "base/text.h"
#include "dltrain/status.h"

#include <stdint.h>

enum { DLT_CHARACTER_UNKNOWN = -1 };

typedef struct dlt_characters {
    uint64_t *bits;  /* one for each character of Unicode: whether it occurs; owned */
    int32_t *before; /* how many occur before each word of bits; owned */
} dlt_characters;

/* Errors: MEM. */
DLT_CHECKED dlt_status dlt_characters_create(dlt_characters *out);
void dlt_characters_destroy(dlt_characters *characters);
void dlt_characters_add(dlt_characters *characters, int32_t character);
/* Gives out the numbers, once all are added; how many there are. */
int32_t dlt_characters_rank(dlt_characters *characters);
/* The number of a character once they are given out; DLT_CHARACTER_UNKNOWN if it is absent. */
int32_t dlt_characters_number(const dlt_characters *characters, int32_t character);
/* Adds all of them in the order of their numbers, without anything between. Errors: MEM. */
DLT_CHECKED dlt_status dlt_characters_print(const dlt_characters *characters, dlt_text *out);

#endif
