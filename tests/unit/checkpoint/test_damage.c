#include "fixture.h"

#include "checkpoint/checkpoint.h"
#include "checkpoint/seal.h"

/* An intact checkpoint as bytes, and the memory it was made from. */
static unsigned char *make_bytes(size_t *bytes, run_memory *saved) {
    const char *path = scratch_path(&it.files, "whole.h5");
    *saved = make_memory(1);
    assert_int_equal(save_run(path, 1, 42), DLT_OK);
    return read_bytes(path, bytes);
}

/* Loads a changed file: it is refused and memory is as before, or the values are right. */
static dlt_status expect_refused_or_right(const char *path, const run_memory *saved) {
    run_memory before = make_memory(9);
    run_memory memory = before;
    dlt_status status = load_run(path, &memory);
    if (status == DLT_OK) {
        assert_memory_equal(&memory, saved, sizeof memory);
    } else {
        assert_int_equal(status, DLT_ERR_FORMAT);
        assert_non_null(strstr(dlt_error_message(), "is damaged"));
        assert_memory_equal(&memory, &before, sizeof memory);
    }
    return status;
}

static void checkpoint_load_finds_every_changed_byte(void **state) {
    (void)state;
    size_t bytes = 0;
    run_memory saved;
    unsigned char *content = make_bytes(&bytes, &saved);
    const char *path = scratch_path(&it.files, "changed.h5");
    for (size_t at = 0; at < bytes; at++) {
        unsigned char flipped = (unsigned char)(1u << (at % 8));
        content[at] ^= flipped;
        scratch_write(path, content, bytes);
        assert_int_equal(expect_refused_or_right(path, &saved), DLT_ERR_FORMAT);
        content[at] ^= flipped;
    }
    free(content);
}

static void checkpoint_load_finds_every_truncation(void **state) {
    (void)state;
    size_t bytes = 0;
    run_memory saved;
    unsigned char *content = make_bytes(&bytes, &saved);
    const char *path = scratch_path(&it.files, "cut.h5");
    for (size_t length = 0; length < bytes; length++) {
        scratch_write(path, content, length);
        assert_int_equal(expect_refused_or_right(path, &saved), DLT_ERR_FORMAT);
    }
    free(content);
}

static void checkpoint_load_finds_appended_bytes(void **state) {
    (void)state;
    size_t bytes = 0;
    run_memory saved;
    unsigned char *content = make_bytes(&bytes, &saved);
    unsigned char *longer = calloc(bytes + 100, 1);
    const char *path = scratch_path(&it.files, "longer.h5");
    memcpy(longer, content, bytes);
    scratch_write(path, longer, bytes + 100);
    assert_int_equal(expect_refused_or_right(path, &saved), DLT_ERR_FORMAT);
    free(content);
    free(longer);
}

/* The position of the bytes of memory in the file. */
static size_t find_bytes(const unsigned char *content, size_t bytes, const void *wanted,
                         size_t length) {
    for (size_t at = 0; at + length <= bytes; at++)
        if (memcmp(content + at, wanted, length) == 0)
            return at;
    fail_msg("the tensor's bytes are not in the file");
    return 0;
}

static void checkpoint_verify_names_the_damaged_tensor(void **state) {
    (void)state;
    char message[1024];
    size_t bytes = 0;
    run_memory saved;
    unsigned char *content = make_bytes(&bytes, &saved);
    const char *path = scratch_path(&it.files, "changed.h5");
    content[find_bytes(content, bytes, saved.weight, sizeof saved.weight) + 7] ^= 0x10;
    scratch_write(path, content, bytes);
    assert_int_equal(dlt_checkpoint_verify(path), DLT_ERR_FORMAT);
    snprintf(message, sizeof message,
             "checkpoint %s is damaged: the checksum of /params/fc/weight does not match", path);
    assert_string_equal(dlt_error_message(), message);
    free(content);
}

static void checkpoint_verify_refuses_a_file_without_seal(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "text.h5");
    scratch_write(path, "this is no checkpoint, but it is longer than the footer of one", 62);
    assert_int_equal(dlt_checkpoint_verify(path), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "is damaged: the seal at its end is missing"));
}

/* A seal whose own checksum is right but whose lines lie. */
static void append_false_seal(const char *path, const char *name, int64_t offset, int64_t bytes,
                              int64_t structure_bytes) {
    dlt_seal_entry entry = {.offset = offset, .bytes = bytes};
    dlt_seal seal = {.entries = &entry, .count = 1, .structure.bytes = structure_bytes};
    snprintf(entry.name, sizeof entry.name, "%s", name);
    scratch_write(path, "0123456789", 10);
    assert_int_equal(dlt_seal_append(path, &seal), DLT_OK);
}

static void checkpoint_verify_refuses_ranges_outside_of_the_file(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t offset;
        int64_t bytes;
        int64_t structure_bytes;
    } lies[] = {{"/params/w", 0, 11, 10},        {"/params/w", 11, 0, 10},
                {"/params/w", -1, 4, 10},        {"/params/w", 4, -1, 10},
                {"/params/w", 4, INT64_MAX, 10}, {"/params/w", 0, 4, 11},
                {"/params/w\nx", 0, 4, 10},      {"", 0, 4, 10}};
    const char *path = scratch_path(&it.files, "false.h5");
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        append_false_seal(path, lies[i].name, lies[i].offset, lies[i].bytes,
                          lies[i].structure_bytes);
        assert_int_equal(dlt_checkpoint_verify(path), DLT_ERR_FORMAT);
        assert_non_null(strstr(dlt_error_message(), "its seal cannot be read"));
    }
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_load_finds_every_changed_byte),
        ROW(checkpoint_load_finds_every_truncation),
        ROW(checkpoint_load_finds_appended_bytes),
        ROW(checkpoint_verify_names_the_damaged_tensor),
        ROW(checkpoint_verify_refuses_a_file_without_seal),
        ROW(checkpoint_verify_refuses_ranges_outside_of_the_file),
    };
#undef ROW
    return cmocka_run_group_tests_name("checkpoint_damage", tests, NULL, NULL);
}
