/* Imports a synthetic set like any other: the options become a description of one line with the
 * settings as overrides, and dlt_import_run does the rest. So both have the same checks and
 * messages. */
#include "dltrain/import.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "ingest/job.h"

static dlt_status check_kind(const char *kind) {
    const dlt_registry_entry *entry = dlt_registry_find(dlt_formats, kind);
    if (entry != NULL && dlt_format_is_synthetic(entry))
        return DLT_OK;
    dlt_text list = DLT_TEXT_EMPTY;
    for (const dlt_registry_entry *const *row = dlt_formats; *row != NULL; row++)
        if (dlt_format_is_synthetic(*row))
            dlt_text_add(&list, "%s%s", list.used == 0 ? "" : ", ", (*row)->name);
    dlt_status status = dlt_fail(DLT_ERR_ARG, "there is no synthetic data set '%s'; there are: %s",
                                 kind, dlt_text_of(&list));
    dlt_text_destroy(&list);
    return status;
}

/* Settings become overrides of a description that holds nothing but the kind. */
static dlt_status parse_synthetic(const dlt_synth_options *options, dlt_config **config) {
    dlt_text document = DLT_TEXT_EMPTY;
    dlt_text *overrides = NULL;
    const char **pointers = NULL;
    dlt_status status = DLT_OK;
    dlt_text_add(&document, "{name: %s, format: {%s: {}}}", options->kind, options->kind);
    DLT_TRY_OUT(dlt_text_check(&document));
    DLT_TRY_OUT(DLT_NEW(overrides, options->setting_count));
    DLT_TRY_OUT(DLT_NEW(pointers, options->setting_count));
    for (int i = 0; i < options->setting_count; i++) {
        dlt_text_add(&overrides[i], "format.%s.%s", options->kind, options->settings[i]);
        DLT_TRY_OUT(dlt_text_check(&overrides[i]));
        pointers[i] = dlt_text_of(&overrides[i]);
    }
    DLT_TRY_OUT(dlt_config_parse(dlt_text_of(&document), options->kind, pointers,
                                 options->setting_count, config));
out:
    for (int i = 0; overrides != NULL && i < options->setting_count; i++)
        dlt_text_destroy(&overrides[i]);
    dlt_free(overrides);
    dlt_free(pointers);
    dlt_text_destroy(&document);
    return status;
}

dlt_status dlt_synthesize(const dlt_synth_options *options, const dlt_line_sink *report) {
    dlt_config *config = NULL;
    DLT_TRY(check_kind(options->kind));
    DLT_TRY(parse_synthetic(options, &config));
    dlt_status status = dlt_import_run(config, &(dlt_import_inputs){0}, &options->output, report);
    dlt_config_destroy(&config);
    return status;
}
