#include "io/h5.h"

#include "base/alloc.h"
#include "support/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

typedef struct fixture {
    scratch files;
    int64_t balance;
    dlt_h5_lock *h5_lock;
} fixture;

static fixture it;

static int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    return scratch_make(&it.files) != 0 || dlt_h5_lock_create(&it.h5_lock) != DLT_OK;
}

static int tear_down(void **state) {
    (void)state;
    dlt_h5_lock_destroy(&it.h5_lock);
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

static dlt_h5_file *create(const char *path) {
    dlt_h5_file *file = NULL;
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    return file;
}

static dlt_h5_file *open_again(dlt_h5_file **file) {
    char path[512];
    snprintf(path, sizeof path, "%s", dlt_h5_path(*file));
    assert_int_equal(dlt_h5_finish(file), DLT_OK);
    assert_int_equal(dlt_h5_open(it.h5_lock, path, file), DLT_OK);
    return *file;
}

static void io_h5_write_of_every_type_reads_back(void **state) {
    (void)state;
    const unsigned char bytes[6 * 8] = {1, 2, 3, 60, 250, 255, 0, 7, 9, 200, 0, 0, 63, 128};
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    const dlt_shape shape = {2, {3, 2}};
    for (int type = 0; type < DLT_H5_OTHER; type++)
        assert_int_equal(dlt_h5_write(file, dlt_h5_type_name((dlt_h5_type)type), (dlt_h5_type)type,
                                      &shape, bytes),
                         DLT_OK);
    file = open_again(&file);
    for (int type = 0; type < DLT_H5_OTHER; type++) {
        unsigned char out[6 * 8] = {0};
        dlt_h5_dataset *dataset = NULL;
        const char *name = dlt_h5_type_name((dlt_h5_type)type);
        assert_int_equal(dlt_h5_dataset_open(file, name, &dataset), DLT_OK);
        assert_int_equal(dlt_h5_dataset_info(dataset)->type, type);
        assert_true(dlt_h5_dataset_info(dataset)->contiguous);
        assert_int_equal(dlt_h5_read_rows(dataset, 0, 3, out), DLT_OK);
        assert_memory_equal(out, bytes, 6 * (size_t)dlt_h5_type_bytes((dlt_h5_type)type));
        dlt_h5_dataset_close(&dataset);
    }
    dlt_h5_close(&file);
}

static void io_h5_read_converts(void **state) {
    (void)state;
    const int16_t values[3] = {-2, 0, 300};
    float out[3] = {0};
    const dlt_shape shape = {1, {3}};
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_write(file, "/deep/er/v", DLT_H5_I16, &shape, values), DLT_OK);
    file = open_again(&file);
    assert_int_equal(dlt_h5_read(file, "/deep/er/v", DLT_H5_F32, &shape, out), DLT_OK);
    assert_true(out[0] == -2 && out[1] == 0 && out[2] == 300);
    assert_true(dlt_h5_exists(file, "/deep/er/v"));
    assert_true(dlt_h5_exists(file, "deep"));
    assert_false(dlt_h5_exists(file, "/deep/no/v"));
    assert_false(dlt_h5_exists(file, "/deep/er/v/x"));
    dlt_h5_close(&file);
}

static void io_h5_read_of_another_shape_names_both(void **state) {
    (void)state;
    const double value = 1;
    double out[2];
    const dlt_shape one = {1, {1}};
    const dlt_shape two = {1, {2}};
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_write(file, "v", DLT_H5_F64, &one, &value), DLT_OK);
    assert_int_equal(dlt_h5_read(file, "v", DLT_H5_F64, &two, out), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "has shape [1] where [2] was expected"));
    dlt_h5_close(&file);
}

static void io_h5_scalar_reads_back(void **state) {
    (void)state;
    const double value = 2.5;
    double out = 0;
    const dlt_shape scalar = {0};
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_write(file, "v", DLT_H5_F64, &scalar, &value), DLT_OK);
    assert_int_equal(dlt_h5_read(file, "v", DLT_H5_F64, &scalar, &out), DLT_OK);
    assert_true(out == 2.5);
    dlt_h5_close(&file);
}

/* Every range of a dataset of three dimensions, contiguous and in chunks, and what lies outside. */
static void check_ranges_of_layout(const dlt_h5_layout *layout) {
    enum { ELEMENTS = 3 * 4 * 5 };
    const dlt_shape shape = {3, {3, 4, 5}};
    int32_t written[ELEMENTS];
    dlt_h5_dataset *dataset = NULL;
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    for (int i = 0; i < ELEMENTS; i++)
        written[i] = 1000 + i;
    assert_int_equal(dlt_h5_dataset_create(file, "v", DLT_H5_I32, &shape, layout, &dataset),
                     DLT_OK);
    assert_int_equal(dlt_h5_write_rows(dataset, 0, 3, written), DLT_OK);
    dlt_h5_dataset_close(&dataset);
    for (int first = 0; first <= ELEMENTS; first++)
        for (int count = 0; first + count <= ELEMENTS; count++) {
            int32_t read[ELEMENTS + 1] = {0};
            assert_int_equal(dlt_h5_read_range(file, "v", DLT_H5_I32, &shape, first, count, read),
                             DLT_OK);
            assert_memory_equal(read, written + first, (size_t)count * sizeof *read);
            assert_int_equal(read[count], 0);
        }
    assert_int_equal(dlt_h5_read_range(file, "v", DLT_H5_I32, &shape, 50, 11, written),
                     DLT_ERR_ARG);
    assert_int_equal(dlt_h5_read_range(file, "v", DLT_H5_I32, &shape, -1, 2, written), DLT_ERR_ARG);
    dlt_h5_close(&file);
}

static void io_h5_ranges_of_elements_read_back(void **state) {
    (void)state;
    double out = 0;
    const double value = 2.5;
    const dlt_shape scalar = {0};
    check_ranges_of_layout(&(dlt_h5_layout){.chunk_rows = 0});
    check_ranges_of_layout(&(dlt_h5_layout){.chunk_rows = 2, .gzip_level = 1});
    dlt_h5_file *file = create(scratch_path(&it.files, "b.h5"));
    assert_int_equal(dlt_h5_write(file, "v", DLT_H5_F64, &scalar, &value), DLT_OK);
    assert_int_equal(dlt_h5_read_range(file, "v", DLT_H5_F64, &scalar, 0, 1, &out), DLT_OK);
    assert_true(out == 2.5);
    dlt_h5_close(&file);
}

static void check_rows_of_layout(const dlt_h5_layout *layout, const char *filter) {
    enum { ROWS = 10, WIDTH = 3 };
    int32_t values[ROWS * WIDTH];
    for (int32_t i = 0; i < ROWS * WIDTH; i++)
        values[i] = 7 * i;
    const dlt_shape shape = {2, {ROWS, WIDTH}};
    dlt_h5_dataset *dataset = NULL;
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_dataset_create(file, "x", DLT_H5_I32, &shape, layout, &dataset),
                     DLT_OK);
    assert_int_equal(dlt_h5_write_rows(dataset, 4, 6, values + 4 * WIDTH), DLT_OK);
    assert_int_equal(dlt_h5_write_rows(dataset, 0, 4, values), DLT_OK);
    dlt_h5_dataset_close(&dataset);
    file = open_again(&file);
    assert_int_equal(dlt_h5_dataset_open(file, "x", &dataset), DLT_OK);
    assert_string_equal(dlt_h5_dataset_info(dataset)->filter, filter);
    assert_int_equal(dlt_h5_dataset_info(dataset)->chunk_rows, layout->chunk_rows);
    assert_int_equal(dlt_h5_dataset_info(dataset)->contiguous, layout->chunk_rows == 0);
    int32_t out[5 * WIDTH];
    assert_int_equal(dlt_h5_read_rows(dataset, 3, 5, out), DLT_OK);
    assert_memory_equal(out, values + 3 * WIDTH, sizeof out);
    assert_int_equal(dlt_h5_read_rows(dataset, 8, 3, out), DLT_ERR_ARG);
    dlt_h5_dataset_close(&dataset);
    dlt_h5_close(&file);
}

static void io_h5_rows_of_each_layout_read_back(void **state) {
    (void)state;
    check_rows_of_layout(&(dlt_h5_layout){0}, "none");
    check_rows_of_layout(&(dlt_h5_layout){.chunk_rows = 4}, "none");
    check_rows_of_layout(&(dlt_h5_layout){.chunk_rows = 3, .gzip_level = 4}, "shuffle+gzip");
}

static void io_h5_attributes_read_back_and_are_replaced(void **state) {
    (void)state;
    const double reals[3] = {0.1, -2, 1e300};
    char *text = NULL;
    double *out = NULL;
    int64_t count = 0;
    int64_t number = 0;
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_write_text(file, "/", "names", "old"), DLT_OK);
    assert_int_equal(dlt_h5_write_text(file, "/", "names", "zwölf\nboxers"), DLT_OK);
    assert_int_equal(dlt_h5_write_text(file, "/", "empty", ""), DLT_OK);
    assert_int_equal(dlt_h5_write_reals(file, "/", "mean", 3, reals), DLT_OK);
    assert_int_equal(dlt_h5_write_int(file, "/", "step", INT64_MIN), DLT_OK);
    file = open_again(&file);
    assert_int_equal(dlt_h5_read_text(file, "/", "names", &text), DLT_OK);
    assert_string_equal(text, "zwölf\nboxers");
    dlt_free(text);
    assert_int_equal(dlt_h5_read_text(file, "/", "empty", &text), DLT_OK);
    assert_string_equal(text, "");
    dlt_free(text);
    assert_int_equal(dlt_h5_read_reals(file, "/", "mean", &count, &out), DLT_OK);
    assert_int_equal(count, 3);
    assert_memory_equal(out, reals, sizeof reals);
    dlt_free(out);
    assert_int_equal(dlt_h5_read_int(file, "/", "step", &number), DLT_OK);
    assert_true(number == INT64_MIN);
    dlt_h5_close(&file);
}

static void io_h5_absent_attributes_are_told_apart_from_empty_ones(void **state) {
    (void)state;
    char *text = NULL;
    double *reals = NULL;
    int64_t count = 7;
    int64_t number = 0;
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_read_text(file, "/", "names", &text), DLT_OK);
    assert_null(text);
    assert_int_equal(dlt_h5_read_reals(file, "/", "mean", &count, &reals), DLT_OK);
    assert_true(count == 0 && reals == NULL);
    assert_int_equal(dlt_h5_read_int(file, "/", "step", &number), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "has no attribute 'step'"));
    dlt_h5_close(&file);
}

static void io_h5_text_attribute_may_exceed_64_kib(void **state) {
    (void)state;
    enum { BYTES = 300000 };
    char *text = NULL;
    char *out = NULL;
    assert_int_equal(DLT_NEW(text, BYTES + 1), DLT_OK);
    memset(text, 'x', BYTES);
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_write_text(file, "/", "config", text), DLT_OK);
    file = open_again(&file);
    assert_int_equal(dlt_h5_read_text(file, "/", "config", &out), DLT_OK);
    assert_string_equal(out, text);
    dlt_free(out);
    dlt_free(text);
    dlt_h5_close(&file);
}

static dlt_status note_name(void *context, const char *name, const dlt_h5_info *info) {
    char *list = context;
    snprintf(list + strlen(list), 100 - strlen(list), "%s:%d ", name, info->shape.rank);
    return DLT_OK;
}

static void io_h5_visit_goes_through_datasets_in_name_order(void **state) {
    (void)state;
    const double value = 1;
    char list[100] = "";
    const dlt_shape one = {1, {1}};
    const dlt_shape scalar = {0};
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_write(file, "/params/b/w", DLT_H5_F64, &one, &value), DLT_OK);
    assert_int_equal(dlt_h5_write(file, "/params/a/w", DLT_H5_F64, &one, &value), DLT_OK);
    assert_int_equal(dlt_h5_write(file, "/params/a/b", DLT_H5_F64, &scalar, &value), DLT_OK);
    assert_int_equal(dlt_h5_write(file, "/other", DLT_H5_F64, &one, &value), DLT_OK);
    assert_int_equal(dlt_h5_visit(file, "/params", note_name, list), DLT_OK);
    assert_string_equal(list, "a/b:0 a/w:1 b/w:1 ");
    assert_int_equal(dlt_h5_visit(file, "/none", note_name, list), DLT_ERR_FORMAT);
    dlt_h5_close(&file);
}

static void io_h5_same_content_gives_the_same_bytes(void **state) {
    (void)state;
    char *data[2];
    size_t bytes[2];
    const double value = 1;
    const dlt_shape one = {1, {1}};
    for (int i = 0; i < 2; i++) {
        const char *path = scratch_path(&it.files, i == 0 ? "a.h5" : "b.h5");
        dlt_h5_file *file = create(path);
        assert_int_equal(dlt_h5_write(file, "/g/w", DLT_H5_F64, &one, &value), DLT_OK);
        assert_int_equal(dlt_h5_write_text(file, "/", "a", "b"), DLT_OK);
        dlt_h5_close(&file);
        FILE *stream = fopen(path, "rb");
        assert_non_null(stream);
        assert_int_equal(DLT_NEW(data[i], 100000), DLT_OK);
        bytes[i] = fread(data[i], 1, 100000, stream);
        fclose(stream);
        /* Time stamps count seconds. */
        if (i == 0)
            usleep(1100000);
    }
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(data[0], data[1], bytes[0]);
    dlt_free(data[0]);
    dlt_free(data[1]);
}

static void expect_open_failure(const char *path, dlt_status code, const char *text) {
    dlt_h5_file *file = NULL;
    assert_int_equal(dlt_h5_open(it.h5_lock, path, &file), code);
    assert_null(file);
    if (strstr(dlt_error_message(), text) == NULL)
        fail_msg("expected '%s' in '%s'", text, dlt_error_message());
}

static void io_h5_open_explains_files_that_cannot_be_read(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    expect_open_failure(path, DLT_ERR_IO, "No such file or directory");
    expect_open_failure(it.files.directory, DLT_ERR_IO, "not a regular file");
    scratch_write(path, "", 0);
    expect_open_failure(path, DLT_ERR_FORMAT, "a.h5 is empty");
    scratch_write(path, "hello, world: not a data set", 28);
    expect_open_failure(path, DLT_ERR_FORMAT, "a.h5 is not an HDF5 file");
}

static void io_h5_open_names_the_bytes_of_a_truncated_file(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    const char zeros[5000] = {0};
    const dlt_shape shape = {1, {5000}};
    dlt_h5_file *file = create(path);
    assert_int_equal(dlt_h5_write(file, "x", DLT_H5_U8, &shape, zeros), DLT_OK);
    dlt_h5_close(&file);
    assert_int_equal(truncate(path, 3000), 0);
    expect_open_failure(path, DLT_ERR_FORMAT, "a.h5 is truncated: it has 3000 bytes of ");
}

static void io_h5_dataset_open_lists_what_there_is(void **state) {
    (void)state;
    const double value = 1;
    const dlt_shape one = {1, {1}};
    dlt_h5_dataset *dataset = NULL;
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_write(file, "labels", DLT_H5_F64, &one, &value), DLT_OK);
    assert_int_equal(dlt_h5_write(file, "images", DLT_H5_F64, &one, &value), DLT_OK);
    assert_int_equal(dlt_h5_dataset_open(file, "x", &dataset), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "has no dataset 'x'; it has: images, labels"));
    dlt_h5_close(&file);
}

static void io_h5_dataset_open_refuses_a_group(void **state) {
    (void)state;
    const double value = 1;
    const dlt_shape one = {1, {1}};
    dlt_h5_dataset *dataset = NULL;
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    assert_int_equal(dlt_h5_write(file, "g/v", DLT_H5_F64, &one, &value), DLT_OK);
    assert_int_equal(dlt_h5_dataset_open(file, "g", &dataset), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "'g' of "));
    dlt_h5_close(&file);
}

static void io_h5_create_names_a_missing_directory(void **state) {
    (void)state;
    dlt_h5_file *file = NULL;
    assert_int_equal(dlt_h5_create(it.h5_lock, scratch_path(&it.files, "no/a.h5"), &file),
                     DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "a.h5: No such file or directory"));
}

/* A limit on the size of files stands for a full disk. */
static void limit_files(rlim_t bytes, struct rlimit *before) {
    assert_int_equal(getrlimit(RLIMIT_FSIZE, before), 0);
    const struct rlimit small = {bytes, before->rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
}

static void io_h5_write_to_a_full_disk_fails_and_closes_quietly(void **state) {
    (void)state;
    enum { BYTES = 1 << 20 };
    struct rlimit before;
    char *data = NULL;
    const dlt_shape shape = {1, {BYTES}};
    assert_int_equal(DLT_NEW(data, BYTES), DLT_OK);
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    limit_files(BYTES / 2, &before);
    dlt_status status = dlt_h5_write(file, "x", DLT_H5_U8, &shape, data);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "a.h5: File too large"));
    dlt_h5_close(&file);
    dlt_free(data);
}

/* HDF5 keeps names and shapes to itself until it closes the file: the disk is full only then. */
static void io_h5_finish_tells_what_fails_at_the_end(void **state) {
    (void)state;
    enum { GROUPS = 200 };
    struct rlimit before;
    char name[32];
    const dlt_shape none = {1, {0}};
    dlt_h5_file *file = create(scratch_path(&it.files, "a.h5"));
    limit_files(4096, &before);
    for (int i = 0; i < GROUPS; i++) {
        snprintf(name, sizeof name, "group-%d/x", i);
        assert_int_equal(dlt_h5_write(file, name, DLT_H5_U8, &none, ""), DLT_OK);
    }
    dlt_status status = dlt_h5_finish(&file);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "a.h5: File too large"));
    assert_null(file);
}

static void io_h5_read_of_a_damaged_chunk_names_the_dataset(void **state) {
    (void)state;
    enum { ROWS = 1000 };
    int32_t rows[ROWS];
    for (int32_t i = 0; i < ROWS; i++)
        rows[i] = i * i;
    const dlt_shape shape = {1, {ROWS}};
    const dlt_h5_layout layout = {.chunk_rows = ROWS, .gzip_level = 9};
    dlt_h5_dataset *dataset = NULL;
    const char *path = scratch_path(&it.files, "a.h5");
    dlt_h5_file *file = create(path);
    assert_int_equal(dlt_h5_dataset_create(file, "x", DLT_H5_I32, &shape, &layout, &dataset),
                     DLT_OK);
    assert_int_equal(dlt_h5_write_rows(dataset, 0, ROWS, rows), DLT_OK);
    dlt_h5_dataset_close(&dataset);
    dlt_h5_close(&file);
    /* The chunk was written last: what is before the end of the file belongs to it. */
    FILE *stream = fopen(path, "r+b");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, -300, SEEK_END), 0);
    for (int i = 0; i < 200; i++)
        fputc(0xa5, stream);
    fclose(stream);
    assert_int_equal(dlt_h5_open(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(dlt_h5_dataset_open(file, "x", &dataset), DLT_OK);
    assert_int_equal(dlt_h5_read_rows(dataset, 0, ROWS, rows), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "cannot read dataset 'x' of "));
    dlt_h5_dataset_close(&dataset);
    dlt_h5_close(&file);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(io_h5_write_of_every_type_reads_back),
        ROW(io_h5_read_converts),
        ROW(io_h5_read_of_another_shape_names_both),
        ROW(io_h5_scalar_reads_back),
        ROW(io_h5_rows_of_each_layout_read_back),
        ROW(io_h5_ranges_of_elements_read_back),
        ROW(io_h5_attributes_read_back_and_are_replaced),
        ROW(io_h5_absent_attributes_are_told_apart_from_empty_ones),
        ROW(io_h5_text_attribute_may_exceed_64_kib),
        ROW(io_h5_visit_goes_through_datasets_in_name_order),
        ROW(io_h5_same_content_gives_the_same_bytes),
        ROW(io_h5_open_explains_files_that_cannot_be_read),
        ROW(io_h5_open_names_the_bytes_of_a_truncated_file),
        ROW(io_h5_dataset_open_lists_what_there_is),
        ROW(io_h5_dataset_open_refuses_a_group),
        ROW(io_h5_create_names_a_missing_directory),
        ROW(io_h5_write_to_a_full_disk_fails_and_closes_quietly),
        ROW(io_h5_finish_tells_what_fails_at_the_end),
        ROW(io_h5_read_of_a_damaged_chunk_names_the_dataset),
    };
#undef ROW
    return cmocka_run_group_tests_name("io_h5", tests, NULL, NULL);
}
