#include "fixture.h"

#include "checkpoint/retention.h"
#include "checkpoint/writer.h"

static dlt_writer *make_writer(bool async) {
    dlt_writer *writer = NULL;
    const dlt_writer_options options = {
        .h5_lock = it.h5_lock, .folder = it.files.directory, .keep = 3, .async = async};
    assert_int_equal(dlt_writer_create(&options, &writer), DLT_OK);
    return writer;
}

static dlt_status submit(dlt_writer *writer, run_memory *memory, const dlt_writer_order *order) {
    dlt_snapshot *snapshot = view_all(memory, order->step);
    dlt_status status = dlt_writer_submit(writer, &snapshot, order);
    assert_null(snapshot);
    return status;
}

static void expect_file(const char *name, float start) {
    run_memory expected = make_memory(start);
    run_memory memory = make_memory(-9);
    assert_int_equal(load_run(scratch_path(&it.files, name), &memory), DLT_OK);
    assert_memory_equal(&memory, &expected, sizeof memory);
}

/* The memory changes as soon as it is handed over, as it does when training goes on. */
static void write_two(bool async) {
    dlt_writer *writer = make_writer(async);
    run_memory memory = make_memory(1);
    assert_int_equal(submit(writer, &memory, &(dlt_writer_order){.step = 10, .generation = true}),
                     DLT_OK);
    memory = make_memory(2);
    assert_int_equal(
        submit(writer, &memory, &(dlt_writer_order){.step = 20, .generation = true, .best = true}),
        DLT_OK);
    memory = make_memory(3);
    dlt_writer_settle(writer);
    assert_false(dlt_writer_is_busy(writer));
    assert_int_equal(dlt_writer_poll(writer), DLT_OK);
    assert_int_equal(dlt_writer_figures_of(writer).count, 2);
    dlt_writer_destroy(&writer);
    assert_null(writer);
    expect_file("step-000000010.h5", 1);
    expect_file("step-000000020.h5", 2);
    expect_file("best.h5", 2);
}

static void checkpoint_writer_writes_what_was_handed_over(void **state) {
    (void)state;
    write_two(true);
}

static void checkpoint_writer_without_thread_writes_the_same(void **state) {
    (void)state;
    write_two(false);
}

static void checkpoint_writer_destroy_lets_the_last_one_finish(void **state) {
    (void)state;
    dlt_writer *writer = make_writer(true);
    run_memory memory = make_memory(4);
    assert_int_equal(submit(writer, &memory, &(dlt_writer_order){.step = 1, .best = true}), DLT_OK);
    dlt_writer_destroy(&writer);
    expect_file("best.h5", 4);
    assert_int_equal(scratch_count(&it.files), 1);
}

/* Reads what is written while the next is being written, as evaluation and loading do. */
static void checkpoint_writer_shares_hdf5_with_a_reader(void **state) {
    (void)state;
    dlt_writer *writer = make_writer(true);
    run_memory memory = make_memory(0);
    for (int step = 1; step <= 20; step++) {
        memory = make_memory((float)step);
        assert_int_equal(
            submit(writer, &memory, &(dlt_writer_order){.step = step, .generation = true}), DLT_OK);
        if (step == 1)
            continue;
        char name[32];
        snprintf(name, sizeof name, "step-%09d.h5", step - 1);
        expect_file(name, (float)(step - 1));
    }
    dlt_writer_destroy(&writer);
    dlt_checkpoint_steps steps = {0};
    assert_int_equal(dlt_checkpoint_list(it.files.directory, &steps), DLT_OK);
    assert_int_equal(steps.count, 3);
    dlt_free(steps.at);
}

static void fail_writing(bool async) {
    dlt_writer *writer = make_writer(async);
    run_memory memory = make_memory(1);
    scratch_remove(&it.files);
    dlt_status status = submit(writer, &memory, &(dlt_writer_order){.step = 5, .generation = true});
    dlt_writer_settle(writer);
    if (async)
        status = dlt_writer_poll(writer);
    assert_int_equal(status, DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "step-000000005.h5"));
    /* Told once. */
    assert_int_equal(dlt_writer_poll(writer), DLT_OK);
    assert_int_equal(dlt_writer_figures_of(writer).count, 0);
    dlt_writer_destroy(&writer);
}

static void checkpoint_writer_reports_a_failure_at_the_next_poll(void **state) {
    (void)state;
    fail_writing(true);
}

static void checkpoint_writer_without_thread_fails_at_once(void **state) {
    (void)state;
    fail_writing(false);
}

static void checkpoint_writer_submit_reports_the_failure_before(void **state) {
    (void)state;
    dlt_writer *writer = make_writer(true);
    run_memory memory = make_memory(1);
    scratch_remove(&it.files);
    assert_int_equal(submit(writer, &memory, &(dlt_writer_order){.step = 5, .generation = true}),
                     DLT_OK);
    assert_int_equal(submit(writer, &memory, &(dlt_writer_order){.step = 6, .generation = true}),
                     DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "step-000000005.h5"));
    dlt_writer_destroy(&writer);
}

#define writer_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        writer_test(checkpoint_writer_writes_what_was_handed_over),
        writer_test(checkpoint_writer_without_thread_writes_the_same),
        writer_test(checkpoint_writer_destroy_lets_the_last_one_finish),
        writer_test(checkpoint_writer_shares_hdf5_with_a_reader),
        writer_test(checkpoint_writer_reports_a_failure_at_the_next_poll),
        writer_test(checkpoint_writer_without_thread_fails_at_once),
        writer_test(checkpoint_writer_submit_reports_the_failure_before),
    };
    return cmocka_run_group_tests_name("checkpoint_writer", tests, NULL, NULL);
}
