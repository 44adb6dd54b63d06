/* What the tests of importing share: a folder with files to import, and the shards that come out.
 */
#ifndef DLT_TESTS_IMPORT_FIXTURE_H
#define DLT_TESTS_IMPORT_FIXTURE_H

#include "dltrain/import.h"

#include "base/alloc.h"
#include "io/h5.h"
#include "support/scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The scratch folder holds set.yaml, in/ with the files and out/ with the shards. */
typedef struct import_fixture {
    scratch files;
    int64_t balance;
    dlt_h5_lock *h5_lock;
    dlt_h5_file *shard;
} import_fixture;

static import_fixture it;

static inline int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    it.shard = NULL;
    if (scratch_make(&it.files) != 0 || dlt_h5_lock_create(&it.h5_lock) != DLT_OK)
        return -1;
    return mkdir(scratch_path(&it.files, "in"), 0700);
}

static inline int tear_down(void **state) {
    (void)state;
    dlt_alloc_fail_at(0);
    dlt_h5_close(&it.shard);
    dlt_h5_lock_destroy(&it.h5_lock);
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

/* Writes in/NAME. */
static inline void put(const char *name, const void *data, size_t bytes) {
    char inside[300];
    snprintf(inside, sizeof inside, "in/%s", name);
    scratch_write(scratch_path(&it.files, inside), data, bytes);
}

static inline void put_text(const char *name, const char *text) {
    put(name, text, strlen(text));
}

static inline dlt_status import_to(const char *description, int64_t shards, bool overwrite) {
    const char *path = scratch_path(&it.files, "set.yaml");
    scratch_write(path, description, strlen(description));
    dlt_import_options options = {.description = path,
                                  .source = scratch_path(&it.files, "in"),
                                  .output = {.folder = scratch_path(&it.files, "out"),
                                             .shards = shards,
                                             .overwrite = overwrite}};
    return dlt_import(&options, NULL);
}

static inline dlt_status import(const char *description) {
    return import_to(description, 1, false);
}

/* Number of files in out/, temporaries included. */
static inline int files_out(void) {
    int count = 0;
    DIR *list = opendir(scratch_path(&it.files, "out"));
    for (struct dirent *entry = list == NULL ? NULL : readdir(list); entry != NULL;
         entry = readdir(list))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (list != NULL)
        closedir(list);
    return count;
}

/* The import must fail with a sentence that has the given words, and leave nothing behind. */
static inline void assert_refused(const char *description, dlt_status code, const char *words) {
    assert_int_equal(import(description), code);
    if (strstr(dlt_error_message(), words) == NULL)
        fail_msg("'%s' does not say '%s'", dlt_error_message(), words);
    assert_int_not_equal(access(scratch_path(&it.files, "out"), F_OK), 0);
}

/* Opens out/NAME for the next looks. */
static inline void open_shard(const char *name) {
    char inside[300];
    dlt_h5_close(&it.shard);
    snprintf(inside, sizeof inside, "out/%s", name);
    assert_int_equal(dlt_h5_open(it.h5_lock, scratch_path(&it.files, inside), &it.shard), DLT_OK);
}

/* Reads a dataset of the open shard, whose shape must be the given one. */
static inline void read_shard(const char *name, dlt_h5_type type, const dlt_shape *shape,
                              void *out) {
    if (dlt_h5_read(it.shard, name, type, shape, out) != DLT_OK)
        fail_msg("%s", dlt_error_message());
}

static inline void assert_text_attribute(const char *name, const char *expected) {
    char *text = NULL;
    assert_int_equal(dlt_h5_read_text(it.shard, "/", name, &text), DLT_OK);
    assert_non_null(text);
    assert_string_equal(text, expected);
    dlt_free(text);
}

/* Reads an attribute of exactly count numbers. */
static inline void read_attribute(const char *name, int64_t count, double *out) {
    int64_t found = 0;
    double *values = NULL;
    assert_int_equal(dlt_h5_read_reals(it.shard, "/", name, &found, &values), DLT_OK);
    assert_int_equal(found, count);
    memcpy(out, values, (size_t)count * sizeof *out);
    dlt_free(values);
}

#endif
