#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void base_alloc_gives_zeroed_aligned_memory(void **state) {
    (void)state;
    for (int64_t count = 0; count < 200; count++) {
        char *memory = dlt_alloc(count, 3);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 64, 0);
        for (int64_t i = 0; i < 3 * count; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, (size_t)(3 * count));
        dlt_free(memory);
    }
}

static void base_alloc_refuses_sizes_that_overflow(void **state) {
    (void)state;
    int64_t balance = dlt_alloc_balance();
    assert_null(dlt_alloc(INT64_MAX, 8));
    assert_null(dlt_alloc(INT64_MAX, 1));
    assert_null(dlt_alloc(-1, 1));
    assert_non_null(strstr(dlt_error_message(), "-1"));
    assert_int_equal(dlt_alloc_balance(), balance);
}

static void base_alloc_counts_what_is_held(void **state) {
    (void)state;
    int64_t balance = dlt_alloc_balance();
    int64_t bytes = dlt_alloc_bytes();
    int64_t made = dlt_alloc_made();
    void *first = dlt_alloc(1000, 1);
    void *second = dlt_alloc(10, 8);
    assert_int_equal(dlt_alloc_balance(), balance + 2);
    assert_int_equal(dlt_alloc_made(), made + 2);
    assert_true(dlt_alloc_bytes() >= bytes + 1080);
    dlt_free(first);
    dlt_free(second);
    dlt_free(NULL);
    assert_int_equal(dlt_alloc_balance(), balance);
    assert_int_equal(dlt_alloc_bytes(), bytes);
    assert_int_equal(dlt_alloc_made(), made + 2);
}

static void base_alloc_fails_once_at_the_nth(void **state) {
    (void)state;
    int64_t balance = dlt_alloc_balance();
    dlt_alloc_fail_at(2);
    void *first = dlt_alloc(1, 1);
    void *second = dlt_alloc(1, 1);
    void *third = dlt_alloc(1, 1);
    dlt_alloc_fail_at(0);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    dlt_free(first);
    dlt_free(third);
    assert_int_equal(dlt_alloc_balance(), balance);
}

static void base_alloc_new_gives_a_status(void **state) {
    (void)state;
    double *values = NULL;
    dlt_alloc_fail_at(1);
    dlt_status failed = DLT_NEW(values, 3);
    dlt_alloc_fail_at(0);
    assert_int_equal(failed, DLT_ERR_MEM);
    assert_int_equal(DLT_NEW(values, 3), DLT_OK);
    dlt_free(values);
}

static void base_alloc_text_copies(void **state) {
    (void)state;
    char *copy = dlt_alloc_text("two words");
    assert_string_equal(copy, "two words");
    dlt_free(copy);
}

/* Pages of the range that are in memory, of `pages`. */
static int count_resident(char *memory, size_t pages, size_t page) {
    unsigned char there[64];
    int count = 0;
    assert_true(pages <= sizeof there);
    assert_int_equal(mincore(memory, pages * page, there), 0);
    for (size_t i = 0; i < pages; i++)
        count += there[i] & 1;
    return count;
}

static void base_forget_gives_whole_pages_back_and_no_other(void **state) {
    (void)state;
    enum { PAGES = 40 };
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = dlt_alloc((int64_t)((PAGES + 1) * page), 1);
    char *first = memory + (page - (uintptr_t)memory % page) % page;
    memset(memory, 7, (PAGES + 1) * page);
    assert_int_equal(count_resident(first, PAGES, page), PAGES);
    dlt_forget(first + 1, (int64_t)(3 * page));
    assert_int_equal(count_resident(first, PAGES, page), PAGES - 2);
    assert_int_equal(first[page - 1], 7);
    assert_int_equal(first[3 * page], 7);
    dlt_forget(first, 5);
    dlt_forget(first, 0);
    assert_int_equal(first[0], 7);
    dlt_free(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_alloc_gives_zeroed_aligned_memory),
        cmocka_unit_test(base_alloc_refuses_sizes_that_overflow),
        cmocka_unit_test(base_alloc_counts_what_is_held),
        cmocka_unit_test(base_alloc_fails_once_at_the_nth),
        cmocka_unit_test(base_alloc_new_gives_a_status),
        cmocka_unit_test(base_alloc_text_copies),
        cmocka_unit_test(base_forget_gives_whole_pages_back_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
