#include "fuzz.h"

#include "base/alloc.h"
#include "support/scratch.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static scratch folder;
static int64_t balance;

/* libFuzzer treats this section as coverage counters besides those of the compiler. */
enum { COUNTERS = 4096 };
extern uint8_t fuzz_counters[COUNTERS]; /* isolate.c carries them over */
extern const size_t fuzz_counter_bytes;
__attribute__((section("__libfuzzer_extra_counters"), used)) uint8_t fuzz_counters[COUNTERS];
const size_t fuzz_counter_bytes = COUNTERS;

static void remove_folder(void) {
    scratch_remove(&folder);
}

static void make_folder(void) {
    if (folder.directory[0] != '\0')
        return;
    const char *base = getenv("TMPDIR");
    if (base == NULL || strlen(base) > 40)
        base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder.directory, sizeof folder.directory, "%s/dltrain-fuzz-XXXXXX", base);
    fuzz_require(mkdtemp(folder.directory) != NULL, "a folder can be made");
    atexit(remove_folder);
}

const char *fuzz_path(const char *name) {
    make_folder();
    return scratch_path(&folder, name);
}

const char *fuzz_file(const char *name, const void *data, size_t bytes) {
    const char *path = fuzz_path(name);
    FILE *file = fopen(path, "wb");
    fuzz_require(file != NULL && fwrite(data, 1, bytes, file) == bytes && fclose(file) == 0,
                 "a file can be written");
    return path;
}

FILE *fuzz_nowhere(void) {
    static FILE *nowhere;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    fuzz_require(nowhere != NULL, "/dev/null can be opened");
    return nowhere;
}

void fuzz_begin(void) {
    balance = dlt_alloc_balance();
    dlt_error_clear();
}

void fuzz_end(void) {
    fuzz_require(dlt_alloc_balance() == balance, "all memory is released");
}

void fuzz_require(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz: it does not hold that %s\nlast sentence: %s\n", what,
            dlt_error_message());
    abort();
}

/* What a sentence says, without the names and numbers in it: those of the input are without end. */
static uint32_t outline(const char *sentence) {
    const size_t folder_bytes = strlen(folder.directory);
    uint32_t hash = 2166136261u; /* FNV-1a (Fowler, Noll, Vo) */
    bool quoted = false;
    for (const char *at = sentence; *at != '\0'; at++) {
        if (folder_bytes > 0 && strncmp(at, folder.directory, folder_bytes) == 0)
            at += folder_bytes - 1;
        else if (*at == '\'')
            quoted = !quoted;
        else if (!quoted && !isdigit((unsigned char)*at))
            hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    return hash;
}

static bool is_one_line(const char *sentence) {
    for (; *sentence != '\0'; sentence++)
        if ((unsigned char)*sentence < 0x20 || *sentence == 0x7F)
            return false;
    return true;
}

bool fuzz_accepted(dlt_status status) {
    if (status == DLT_OK)
        return true;
    const char *sentence = dlt_error_message();
    if (getenv("DLT_FUZZ_SAY") != NULL)
        fprintf(stderr, "%s\n", sentence);
    fuzz_require(sentence[0] != '\0', "a refusal comes with a sentence");
    fuzz_require(is_one_line(sentence), "the sentence is one printable line");
    fuzz_require(status != DLT_ERR_INTERNAL, "no input leads to an internal error");
    fuzz_require(status != DLT_ERR_MEM, "no input asks for more memory than it could need");
    fuzz_counters[outline(sentence) % COUNTERS] = 1;
    return false;
}

bool fuzz_next_part(fuzz_part *rest, fuzz_part *part) {
    static const char cut[] = "\n====\n";
    const size_t length = sizeof cut - 1;
    if (rest->data == NULL)
        return false;
    *part = *rest;
    for (size_t i = 0; i + length <= rest->size; i++)
        if (memcmp(rest->data + i, cut, length) == 0) {
            part->size = i;
            *rest = (fuzz_part){rest->data + i + length, rest->size - i - length};
            return true;
        }
    rest->data = NULL;
    return true;
}

void fuzz_text(const fuzz_part *part, char *out, size_t bytes) {
    size_t length = part->size < bytes ? part->size : bytes - 1;
    memcpy(out, part->data, length);
    out[length] = '\0';
}
