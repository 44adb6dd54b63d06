/* Odd files: each is taken as it is stored, or left out and counted, or refused with one sentence,
 * and nothing is left behind. A table of each kind names the file's flaw, its fate and what the
 * format's own rules make of it. */
#ifndef DLT_TESTS_ODD_H
#define DLT_TESTS_ODD_H

#include "data/left_out.h"
#include "unit/ingest/import_fixture.h"

#include <stdbool.h>
#include <stdio.h>

typedef enum odd_fate { TAKEN, LEFT_OUT, REFUSED } odd_fate;

/* Bytes of any value. */
typedef struct odd_bytes {
    const void *at;
    size_t count;
} odd_bytes;

/* A literal with zero bytes in it. */
#define BYTES(literal)                                                                             \
    { literal, sizeof(literal) - 1 }

/* A file that grows at its end. */
typedef struct odd_file {
    unsigned char at[1 << 16];
    size_t count;
} odd_file;

static inline void odd_add(odd_file *file, const void *bytes, size_t count) {
    assert_true(count <= sizeof file->at - file->count);
    if (count > 0)
        memcpy(file->at + file->count, bytes, count);
    file->count += count;
}

static inline void odd_add_big_endian(odd_file *file, uint32_t value) {
    const unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
                                    (unsigned char)(value >> 8), (unsigned char)value};
    odd_add(file, bytes, sizeof bytes);
}

static inline void odd_put(const char *name, const odd_file *file) {
    put(name, file->at, file->count);
}

static inline void odd_make_folder(const char *name) {
    char inside[300];
    snprintf(inside, sizeof inside, "in/%s", name);
    assert_int_equal(mkdir(scratch_path(&it.files, inside), 0700), 0);
}

/* Nothing of the row before is left. */
static inline void odd_begin(void) {
    dlt_h5_close(&it.shard);
    scratch_remove_tree(scratch_path(&it.files, "in"));
    scratch_remove_tree(scratch_path(&it.files, "out"));
    assert_int_equal(mkdir(scratch_path(&it.files, "in"), 0700), 0);
}

/* Imports; what was reported is in told. */
static inline dlt_status odd_import(const char *description, char *told, size_t room) {
    const char *path = scratch_path(&it.files, "set.yaml");
    scratch_write(path, description, strlen(description));
    memset(told, 0, room);
    FILE *report = fmemopen(told, room - 1, "w");
    assert_non_null(report);
    dlt_import_options options = {.description = path,
                                  .source = scratch_path(&it.files, "in"),
                                  .output = {.folder = scratch_path(&it.files, "out")}};
    const dlt_status status = dlt_import(&options, &(dlt_line_sink){dlt_line_to_file, report});
    fclose(report);
    return status;
}

/* One sentence: it has the words, one line, and no byte that a terminal would act on. */
static inline void odd_expect_sentence(const char *row, const char *words) {
    const char *said = dlt_error_message();
    if (said[0] == '\0' || !dlt_name_is_text(said))
        fail_msg("%s: '%s' is no line of text", row, said);
    if (strstr(said, words) == NULL)
        fail_msg("%s: '%s' does not say '%s'", row, said, words);
}

static inline void odd_expect_refusal(const char *row, dlt_status status, const char *words) {
    if (status == DLT_OK)
        fail_msg("%s: it was taken, not refused", row);
    odd_expect_sentence(row, words);
    if (access(scratch_path(&it.files, "out"), F_OK) == 0)
        fail_msg("%s: the refusal left its folder behind", row);
}

static inline void odd_expect_success(const char *row, dlt_status status) {
    if (status != DLT_OK)
        fail_msg("%s: refused: %s", row, dlt_error_message());
}

static inline void odd_expect_told(const char *row, const char *told, const char *words) {
    for (const char *at = told; *at != '\0'; at++)
        if (((unsigned char)*at < 0x20 && *at != '\n') || *at == 0x7F)
            fail_msg("%s: a control character was told", row);
    if (strstr(told, words) == NULL)
        fail_msg("%s: '%s' was told, not '%s'", row, told, words);
}

/* Neither a file left out nor a doubt. */
static inline void odd_expect_nothing_told(const char *row, const char *told) {
    if (strstr(told, "left out") != NULL || strstr(told, "note:") != NULL)
        fail_msg("%s: '%s' was told for nothing", row, told);
}

/* Whether an import met the fate of its row: refused with the words, or taken and, where something
 * was left out, told with them. False after a refusal, of which nothing is left to look at. */
static inline bool odd_is_taken(const char *row, odd_fate fate, dlt_status status,
                                const char *words, const char *told) {
    if (fate == REFUSED) {
        odd_expect_refusal(row, status, words);
        return false;
    }
    odd_expect_success(row, status);
    if (fate == LEFT_OUT)
        odd_expect_told(row, told, words);
    else
        odd_expect_nothing_told(row, told);
    return true;
}

#endif
