/* An import by a description: one that is given, or one that is guessed of the data itself.
 * Settings are keys of its format, so that the format must be known before they can be applied, and
 * they are applied before a table is looked through, so that they correct what is found in it. */
#include "dltrain/import.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "config/print.h"
#include "ingest/description.h"
#include "ingest/guess.h"
#include "ingest/job.h"

#include <string.h>

/* "KEY=VALUE" of the format as overrides of the description. */
typedef struct overrides {
    int count;
    dlt_text *texts; /* owned */
    const char **at; /* owned */
} overrides;

static void destroy_overrides(overrides *it) {
    for (int i = 0; it->texts != NULL && i < it->count; i++)
        dlt_text_destroy(&it->texts[i]);
    dlt_free(it->texts);
    dlt_free(it->at);
}

static dlt_status make_overrides(const dlt_import_options *options, const char *format,
                                 overrides *out) {
    const int count = options->setting_count + (options->target != NULL);
    DLT_TRY(DLT_NEW(out->texts, count));
    out->count = count;
    DLT_TRY(DLT_NEW(out->at, count));
    for (int i = 0; i < count; i++) {
        dlt_text_add(&out->texts[i], "format.%s.", format);
        if (i < options->setting_count) {
            dlt_text_add(&out->texts[i], "%s", options->settings[i]);
        } else {
            dlt_text_add(&out->texts[i], "target=");
            dlt_print_string(options->target, &out->texts[i]);
        }
        DLT_TRY(dlt_text_check(&out->texts[i]));
        out->at[i] = dlt_text_of(&out->texts[i]);
    }
    return DLT_OK;
}

/* The description, read from its file unless it is guessed. */
static dlt_status load(const dlt_import_options *options, const dlt_guess *guess,
                       const overrides *over, dlt_config **out) {
    if (guess->document.used == 0)
        return dlt_config_load(options->description, over->at, over->count, out);
    return dlt_config_parse(dlt_text_of(&guess->document), options->description, over->at,
                            over->count, out);
}

static dlt_status load_with_settings(const dlt_import_options *options, const dlt_guess *guess,
                                     dlt_config **out) {
    overrides over = {0};
    dlt_description plain;
    DLT_TRY(load(options, guess, &over, out));
    if (options->setting_count == 0 && options->target == NULL)
        return DLT_OK;
    dlt_status status = dlt_config_read(*out, dlt_description_keys, &plain);
    if (status == DLT_OK)
        status = make_overrides(options, plain.format.kind->name, &over);
    dlt_config_destroy(out);
    if (status == DLT_OK)
        status = load(options, guess, &over, out);
    destroy_overrides(&over);
    return status;
}

/* What is to be like other data needs no description: its own says how it is read. */
static bool is_data(const dlt_import_options *options) {
    const char *path = options->description;
    const char *ending = strrchr(path, '.');
    const bool is_yaml =
        ending != NULL && (strcmp(ending, ".yaml") == 0 || strcmp(ending, ".yml") == 0);
    return dlt_guess_is_data(path) ||
           (options->like != NULL && options->source == NULL && !is_yaml);
}

dlt_status dlt_import(const dlt_import_options *options, const dlt_line_sink *report) {
    dlt_config *config = NULL;
    dlt_guess guess = {0};
    dlt_description description;
    dlt_import_inputs inputs = {.source = options->source, .like = options->like};
    dlt_status status = DLT_OK;
    if (is_data(options)) {
        DLT_TRY_OUT(dlt_guess_description(options, &guess));
        inputs.source = dlt_text_of(&guess.source);
    }
    DLT_TRY_OUT(load_with_settings(options, &guess, &config));
    if (guess.is_table && options->like == NULL) {
        DLT_TRY_OUT(dlt_config_read(config, dlt_description_keys, &description));
        DLT_TRY_OUT(dlt_guess_table(options, config, &description.format, &guess));
        inputs.format = &guess.format;
        inputs.notes = dlt_text_of(&guess.notes);
    }
    status = dlt_import_run(config, &inputs, &options->output, report);
out:
    dlt_config_destroy(&config);
    dlt_guess_destroy(&guess);
    return status;
}
