/* An import that reads for long says so, and listens. */
#include "unit/ingest/image_fixture.h"

#include <stdlib.h>

/* What is told while the files are looked through, and who ends it. */
typedef struct listener {
    int before; /* calls before the first sample */
    int64_t most;
    volatile sig_atomic_t stop;
    bool stops;
} listener;

static void listen(void *context, const char *split, int64_t done, int64_t total) {
    listener *heard = context;
    if (split != NULL)
        return;
    assert_int_equal(total, 0);
    heard->before++;
    heard->most = done > heard->most ? done : heard->most;
    heard->stop = heard->stops;
}

/* A watchdog must see that a long table is being read, and a signal must end that. */
static void data_import_says_that_it_is_alive(void **state) {
    (void)state;
    static char table[5000 * 8];
    int used = snprintf(table, sizeof table, "a,y\n");
    for (int i = 0; i < 4000; i++)
        used += snprintf(table + used, sizeof table - (size_t)used, "%d,%d\n", i % 10, i % 7);
    put_text("t.csv", table);
    put_text("d.yaml", "{name: t, format: {csv: {file: t.csv, target: y, test: 0}}}");
    make_folder("p");
    make_folder("p/ant");
    put_image("p/ant/1.png", flat_png(SIDE, 1));
    for (int i = 0; i < 6; i++) {
        static const char *const names[] = {"in/t.csv", "in/d.yaml", "in/p"};
        listener heard = {.stops = i % 2 == 1};
        char *description = strdup(scratch_path(&it.files, names[i / 2]));
        char *source = strdup(scratch_path(&it.files, "in"));
        dlt_import_options options = {.description = description,
                                      .source = i / 2 == 1 ? source : NULL,
                                      .target = i / 2 == 0 ? "y" : NULL,
                                      .output = {.folder = scratch_path(&it.files, "out"),
                                                 .overwrite = true,
                                                 .progress = listen,
                                                 .progress_context = &heard,
                                                 .stop = &heard.stop}};
        const dlt_status status = dlt_import(&options, NULL);
        assert_int_equal(status, heard.stops ? DLT_ERR_IO : DLT_OK);
        if (heard.stops) {
            assert_string_equal(dlt_error_message(),
                                "stopped by a signal; nothing of the import is left");
            assert_int_equal(heard.before, 1);
        } else if (i < 4) {
            assert_int_equal(heard.most, 3 * 1024);
            assert_int_equal(heard.before, i == 0 ? 8 : 4); /* a survey, and the import */
        }
        assert_true(heard.before > 0);
        free(description);
        free(source);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(data_import_says_that_it_is_alive)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
