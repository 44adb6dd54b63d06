#include "cli_internal.h"
#include "dltrain/dataset.h"
#include "dltrain/import.h"
#include "dltrain/progress.h"
#include "options.h"
#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTING_BYTES = 128, SETTINGS_MAX = 32 };

/* A whole number above zero from an option; false after printing a sentence. */
static bool read_count(const char *option, const char *text, int64_t *out) {
    char *end = NULL;
    if (text == NULL)
        return true;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || value < 1) {
        (void)report_usage("'%s' takes a whole number above 0, found '%s'", option, text);
        return false;
    }
    *out = value;
    return true;
}

static int finish(dlt_status status, dlt_progress_bar **bar) {
    dlt_progress_bar_destroy(bar);
    return status == DLT_OK ? EXIT_DONE : report_failure();
}

static void show_progress(void *context, const char *part, int64_t done, int64_t total) {
    dlt_progress_bar_show(context, part, done, total, "samples");
}

static int run_import(int argc, char **argv) {
    option_list arguments = {.count = 0};
    dlt_import_options options = {.source = NULL};
    const char *shards = NULL;
    const char *like = NULL;
    const option_row rows[] = {{.name = "--source", .value = &options.source},
                               {.name = "--like", .value = &like},
                               {.name = "--out", .value = &options.output.folder},
                               {.name = "--shards", .value = &shards},
                               {.name = "--overwrite", .flag = &options.output.overwrite},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_count("--shards", shards, &options.output.shards))
        return EXIT_USAGE;
    if (arguments.count != 1 || options.output.folder == NULL)
        return report_usage("'data import' takes a data set and needs --out DIR");
    char path[4096];
    if (dlt_import_find(arguments.at[0], path, sizeof path) != DLT_OK)
        return report_failure();
    dlt_progress_bar *bar = NULL;
    if (dlt_progress_bar_create(stdout, shows_on_terminal(), &bar) != DLT_OK)
        return report_failure();
    options.description = path;
    options.output.stop = catch_signals();
    options.output.progress = show_progress;
    options.output.progress_context = bar;
    dlt_status status =
        like != NULL ? dlt_import_like(like, &options, stdout) : dlt_import(&options, stdout);
    return finish(status, &bar);
}

/* Options of `synth` that are settings of the kind go through as "samples=1000". */
typedef struct synth_settings {
    char text[SETTINGS_MAX][SETTING_BYTES];
    const char *at[SETTINGS_MAX];
    int count;
} synth_settings;

static void add_setting(synth_settings *settings, const char *name, const char *value) {
    if (value == NULL || settings->count == SETTINGS_MAX)
        return;
    snprintf(settings->text[settings->count], SETTING_BYTES, "%s=%s", name, value);
    settings->at[settings->count] = settings->text[settings->count];
    settings->count++;
}

static void add_assignments(synth_settings *settings, const option_list *assignments) {
    for (int i = 0; i < assignments->count && settings->count < SETTINGS_MAX; i++)
        settings->at[settings->count++] = assignments->at[i];
}

static int run_synth(int argc, char **argv) {
    option_list arguments = {.count = 0};
    option_list assignments = {.count = 0};
    dlt_synth_options options = {.kind = NULL};
    const char *samples = NULL;
    const char *test_samples = NULL;
    const char *seed = NULL;
    const char *shards = NULL;
    const option_row rows[] = {{.name = "--out", .value = &options.output.folder},
                               {.name = "--samples", .value = &samples},
                               {.name = "--test-samples", .value = &test_samples},
                               {.name = "--seed", .value = &seed},
                               {.name = "--set", .values = &assignments},
                               {.name = "--shards", .value = &shards},
                               {.name = "--overwrite", .flag = &options.output.overwrite},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_count("--shards", shards, &options.output.shards))
        return EXIT_USAGE;
    if (arguments.count != 1 || options.output.folder == NULL)
        return report_usage("'data synth' takes a kind and needs --out DIR");
    synth_settings settings = {.count = 0};
    add_setting(&settings, "samples", samples);
    add_setting(&settings, "test_samples", test_samples);
    add_setting(&settings, "seed", seed);
    add_assignments(&settings, &assignments);
    dlt_progress_bar *bar = NULL;
    if (dlt_progress_bar_create(stdout, shows_on_terminal(), &bar) != DLT_OK)
        return report_failure();
    options.kind = arguments.at[0];
    options.settings = settings.at;
    options.setting_count = settings.count;
    options.output.stop = catch_signals();
    options.output.progress = show_progress;
    options.output.progress_context = bar;
    return finish(dlt_synthesize(&options, stdout), &bar);
}

static int run_info(int argc, char **argv) {
    option_list arguments = {.count = 0};
    const char *x = "x";
    const char *y = "y";
    const option_row rows[] = {
        {.name = "--x", .value = &x}, {.name = "--y", .value = &y}, {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments))
        return EXIT_USAGE;
    if (arguments.count != 1)
        return report_usage("'data info' takes one prefix or file");
    return dlt_dataset_describe(arguments.at[0], x, y, stdout) == DLT_OK ? EXIT_DONE
                                                                         : report_failure();
}

int run_data(int argc, char **argv) {
    if (argc < 2)
        return report_usage("'data' needs import, synth or info");
    if (strcmp(argv[1], "import") == 0)
        return run_import(argc - 1, argv + 1);
    if (strcmp(argv[1], "synth") == 0)
        return run_synth(argc - 1, argv + 1);
    if (strcmp(argv[1], "info") == 0)
        return run_info(argc - 1, argv + 1);
    return report_usage("'data' knows import, synth and info, not '%s'", argv[1]);
}
