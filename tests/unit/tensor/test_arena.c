#include "tensor/arena.h"

#include "base/alloc.h"
#include "base/philox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { PIECES = 60, MOMENTS = 40 };

static bool share_bytes(const dlt_arena_block *a, const dlt_arena_block *b) {
    return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

static bool live_together(const dlt_arena_block *a, const dlt_arena_block *b) {
    return a->first <= b->last && b->first <= a->last;
}

static void make_blocks(uint64_t tag, dlt_arena_block *blocks) {
    dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 0, 0, tag);
    for (uint64_t i = 0; i < PIECES; i++) {
        dlt_philox_block random = dlt_stream_block(&stream, i);
        int first = (int)(random.word[0] % MOMENTS);
        blocks[i] = (dlt_arena_block){.bytes = random.word[1] % 5000,
                                      .first = first,
                                      .last = first + (int)(random.word[2] % 10),
                                      .offset = -1};
    }
}

static void tensor_arena_plan_keeps_living_blocks_apart(void **state) {
    (void)state;
    dlt_arena_block blocks[PIECES];
    for (uint64_t tag = 0; tag < 20; tag++) {
        int64_t bytes = 0;
        make_blocks(tag, blocks);
        assert_int_equal(dlt_arena_plan(blocks, PIECES, &bytes), DLT_OK);
        for (int i = 0; i < PIECES; i++) {
            assert_int_equal(blocks[i].offset % 64, 0);
            assert_true(blocks[i].offset >= 0 && blocks[i].offset + blocks[i].bytes <= bytes);
            for (int j = 0; j < i; j++)
                assert_false(live_together(&blocks[i], &blocks[j]) &&
                             share_bytes(&blocks[i], &blocks[j]));
        }
    }
}

static void tensor_arena_plan_reuses_bytes_of_the_dead(void **state) {
    (void)state;
    dlt_arena_block blocks[] = {{.bytes = 640, .first = 0, .last = 1},
                                {.bytes = 640, .first = 1, .last = 2},
                                {.bytes = 640, .first = 2, .last = 3},
                                {.bytes = 640, .first = 3, .last = 4}};
    int64_t bytes = 0;
    assert_int_equal(dlt_arena_plan(blocks, 4, &bytes), DLT_OK);
    assert_int_equal(bytes, 2 * 640);
}

static void tensor_arena_plan_of_nothing_needs_nothing(void **state) {
    (void)state;
    int64_t bytes = -1;
    assert_int_equal(dlt_arena_plan(NULL, 0, &bytes), DLT_OK);
    assert_int_equal(bytes, 0);
}

static void tensor_arena_plan_reports_missing_memory(void **state) {
    (void)state;
    dlt_arena_block block = {.bytes = 1};
    int64_t bytes = 0;
    int64_t balance = dlt_alloc_balance();
    dlt_alloc_fail_at(1);
    dlt_status status = dlt_arena_plan(&block, 1, &bytes);
    dlt_alloc_fail_at(0);
    assert_int_equal(status, DLT_ERR_MEM);
    assert_int_equal(dlt_alloc_balance(), balance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensor_arena_plan_keeps_living_blocks_apart),
        cmocka_unit_test(tensor_arena_plan_reuses_bytes_of_the_dead),
        cmocka_unit_test(tensor_arena_plan_of_nothing_needs_nothing),
        cmocka_unit_test(tensor_arena_plan_reports_missing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
