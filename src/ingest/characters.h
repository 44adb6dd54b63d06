/* The characters of a text and their numbers: ascending as in Unicode. */
#ifndef DLT_INGEST_CHARACTERS_H
#define DLT_INGEST_CHARACTERS_H

#include "base/text.h"
#include "dltrain/status.h"

#include <stdint.h>

/* Unicode ends at 10FFFF. */
enum { DLT_CHARACTERS = 0x110000, DLT_CHARACTER_UNKNOWN = -1 };

typedef struct dlt_characters {
    int32_t *number; /* [DLT_CHARACTERS] DLT_CHARACTER_UNKNOWN: does not occur; owned */
    int64_t count;
} dlt_characters;

/* Errors: MEM. */
DLT_CHECKED dlt_status dlt_characters_create(dlt_characters *out);
void dlt_characters_destroy(dlt_characters *characters);
void dlt_characters_add(dlt_characters *characters, int32_t character);
/* Gives out the numbers, once all are added. */
void dlt_characters_rank(dlt_characters *characters);
/* Adds all of them in the order of their numbers, without anything between. Errors: MEM. */
DLT_CHECKED dlt_status dlt_characters_print(const dlt_characters *characters, dlt_text *out);

#endif
