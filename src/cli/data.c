/* `dltrain data`: importing, drawing and describing data sets. */
#include "cli_internal.h"
#include "dltrain/import.h"
#include "dltrain/inspect.h"
#include "dltrain/progress.h"
#include "options.h"
#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTING_BYTES = 128, SETTINGS_MAX = OPTION_VALUES_MAX + 4 };

/* Options that are settings of a kind or format go through as "samples=1000". */
typedef struct setting_list {
    char text[SETTINGS_MAX][SETTING_BYTES];
    const char *at[SETTINGS_MAX];
    int count;
} setting_list;

static bool add_setting(setting_list *settings, const char *name, const char *value) {
    if (value == NULL)
        return true;
    const int length =
        snprintf(settings->text[settings->count], SETTING_BYTES, "%s=%s", name, value);
    if (length >= SETTING_BYTES)
        (void)report_usage("the value of %s is too long: %.40s…", name, value);
    if (length >= SETTING_BYTES)
        return false;
    settings->at[settings->count] = settings->text[settings->count];
    settings->count++;
    return true;
}

static void add_assignments(setting_list *settings, const option_list *assignments) {
    for (int i = 0; i < assignments->count && settings->count < SETTINGS_MAX; i++)
        settings->at[settings->count++] = assignments->at[i];
}

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

static void show_progress(void *context, const char *split, int64_t done, int64_t total) {
    if (split != NULL)
        dlt_progress_bar_show(context, split, done, total, "samples");
}

/* A whole number above 0 at *text, which then stands behind it; 0 for none. */
static long take_side(const char **text) {
    char *end = NULL;
    const long side = **text >= '0' && **text <= '9' ? strtol(*text, &end, 10) : 0;
    *text = side > 0 ? end : *text;
    return side;
}

/* "32" and "24x32" as "[24, 32]"; false after printing a sentence. */
static bool add_size(setting_list *settings, const char *text) {
    char size[SETTING_BYTES];
    if (text == NULL)
        return true;
    const char *at = text;
    const long height = take_side(&at);
    long width = height;
    if (height > 0 && *at == 'x') {
        at++;
        width = take_side(&at);
    }
    if (height == 0 || width == 0 || *at != '\0') {
        (void)report_usage("'--resize' takes a height and a width, such as 32 or 24x32, found '%s'",
                           text);
        return false;
    }
    (void)snprintf(size, sizeof size, "[%ld, %ld]", height, width);
    return add_setting(settings, "resize", size);
}

/* "0.8,0.2" as "[0.8,0.2]". */
static bool add_shares(setting_list *settings, const char *text) {
    char shares[SETTING_BYTES];
    if (text == NULL)
        return true;
    if (strspn(text, "0123456789., ") != strlen(text) || strchr(text, ',') == NULL) {
        (void)report_usage("'--split' takes the shares of training and test, or of training, "
                           "validation and test, such as 0.8,0.1,0.1, found '%s'",
                           text);
        return false;
    }
    (void)snprintf(shares, sizeof shares, "[%s]", text);
    return add_setting(settings, "split", shares);
}

static int run_import(int argc, char **argv) {
    option_list arguments = {.count = 0};
    dlt_import_options options = {.source = NULL};
    option_list assignments = {.count = 0};
    const char *resize = NULL;
    const char *split = NULL;
    const char *shards = NULL;
    const char *like = NULL;
    bool crop = false;
    setting_list settings = {.count = 0};
    const option_row rows[] = {{.name = "--source", .value = &options.source},
                               {.name = "--target", .value = &options.target},
                               {.name = "--resize", .value = &resize},
                               {.name = "--crop", .flag = &crop},
                               {.name = "--split", .value = &split},
                               {.name = "--set", .values = &assignments},
                               {.name = "--like", .value = &like},
                               {.name = "--out", .value = &options.output.folder},
                               {.name = "--shards", .value = &shards},
                               {.name = "--overwrite", .flag = &options.output.overwrite},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_count("--shards", shards, &options.output.shards) || !add_size(&settings, resize) ||
        !add_shares(&settings, split) || !add_setting(&settings, "crop", crop ? "true" : NULL))
        return EXIT_USAGE;
    add_assignments(&settings, &assignments);
    if (arguments.count != 1)
        return report_usage("'data import' takes a data set: a description, a folder or archive of "
                            "pictures, or a table");
    char path[4096];
    if (dlt_import_find(arguments.at[0], path, sizeof path) != DLT_OK)
        return report_failure();
    dlt_progress_bar *bar = NULL;
    if (dlt_progress_bar_create(stdout, shows_on_terminal(), &bar) != DLT_OK)
        return report_failure();
    const dlt_line_sink report = {.take = dlt_line_to_file, .context = stdout};
    options.description = path;
    options.settings = settings.at;
    options.setting_count = settings.count;
    options.output.stop = catch_signals();
    options.output.progress = show_progress;
    options.output.progress_context = bar;
    dlt_status status =
        like != NULL ? dlt_import_like(like, &options, &report) : dlt_import(&options, &report);
    return finish(status, &bar);
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
    setting_list settings = {.count = 0};
    if (!add_setting(&settings, "samples", samples) ||
        !add_setting(&settings, "test_samples", test_samples) ||
        !add_setting(&settings, "seed", seed))
        return EXIT_USAGE;
    add_assignments(&settings, &assignments);
    dlt_progress_bar *bar = NULL;
    if (dlt_progress_bar_create(stdout, shows_on_terminal(), &bar) != DLT_OK)
        return report_failure();
    const dlt_line_sink report = {.take = dlt_line_to_file, .context = stdout};
    options.kind = arguments.at[0];
    options.settings = settings.at;
    options.setting_count = settings.count;
    options.output.stop = catch_signals();
    options.output.progress = show_progress;
    options.output.progress_context = bar;
    return finish(dlt_synthesize(&options, &report), &bar);
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
