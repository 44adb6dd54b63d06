/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput: it takes any
 * bytes, hands them to one reader of dltrain, and requires of it
 *   - no crash and nothing that a sanitizer complains of (the build's part),
 *   - for whatever it refuses, one printable sentence,
 *   - every allocation released,
 *   - and of what it accepts, what the target says (printing and reading again gives the same, for
 *   example).
 * Linked to libFuzzer a target is fuzzed, linked to replay.c it runs over files. */
#ifndef DLT_TESTS_FUZZ_H
#define DLT_TESTS_FUZZ_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* libFuzzer's own mutations, and the hook by which a target adds to them. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

/* A path in the target's own folder, which is removed at the end; valid until eight more are asked
 * for. */
const char *fuzz_path(const char *name);
/* Writes a file there and gives its path. */
const char *fuzz_file(const char *name, const void *data, size_t bytes);
/* A stream that takes and forgets everything. */
FILE *fuzz_nowhere(void);

/* Before and after the work on an input: allocations must balance. */
void fuzz_begin(void);
void fuzz_end(void);

/* Ends the process with a sentence unless the condition holds. */
void fuzz_require(bool holds, const char *what);

/* Looks at the outcome of a call: a failure must have said one printable sentence. What was said
 * becomes coverage, so that inputs are also kept for reaching a new refusal inside libraries that
 * are not instrumented. True for success. With DLT_FUZZ_SAY in the environment the sentence is
 * printed. */
bool fuzz_accepted(dlt_status status);

/* A piece of an input. */
typedef struct fuzz_part {
    const uint8_t *data;
    size_t size;
} fuzz_part;

/* Inputs of several files or texts are parts between lines "====". Takes the next one off *rest;
 * false at the end. */
bool fuzz_next_part(fuzz_part *rest, fuzz_part *part);
/* A part as a terminated text of at most bytes - 1 characters. */
void fuzz_text(const fuzz_part *part, char *out, size_t bytes);

#endif
