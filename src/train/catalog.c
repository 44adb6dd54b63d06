#include "dltrain/catalog.h"

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "dltrain/import.h"
#include "dltrain/plugin/layer.h"
#include "dltrain/plugin/loss.h"
#include "dltrain/plugin/metric.h"
#include "dltrain/plugin/optimizer.h"
#include "dltrain/plugin/schedule.h"
#include "dltrain/plugin/transform.h"
#include "train/run_settings.h"

#include <stddef.h>
#include <string.h>

typedef struct kind {
    const char *name;
    const dlt_choice *const *entries;
} kind;

static const kind kinds[] = {{"layers", dlt_layers},
                             {"losses", dlt_losses},
                             {"optimizers", dlt_optimizers},
                             {"schedules", dlt_schedules},
                             {"metrics", dlt_metrics},
                             {"transforms", dlt_transforms},
                             {"initializers", dlt_initializers},
                             {"formats", dlt_formats}};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static dlt_status print_text(dlt_text *text, FILE *out) {
    dlt_status status = dlt_text_check(text);
    if (status == DLT_OK && fputs(dlt_text_of(text), out) == EOF)
        status = dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
    dlt_text_destroy(text);
    return status;
}

static void add_kind(const kind *shown, dlt_text *text) {
    dlt_text_add(text, "%s\n", shown->name);
    for (const dlt_choice *const *entry = shown->entries; *entry != NULL; entry++)
        dlt_text_add(text, "  %-22s %s\n", (*entry)->name, (*entry)->summary);
}

static void add_kind_names(dlt_text *text) {
    for (int i = 0; i < KIND_COUNT; i++)
        dlt_text_add(text, "%s%s", i > 0 ? ", " : "", kinds[i].name);
}

static dlt_status unknown_kind(const char *name) {
    dlt_text known = DLT_TEXT_EMPTY;
    add_kind_names(&known);
    dlt_status status =
        dlt_fail(DLT_ERR_ARG, "there is no kind '%s'; the kinds are %s", name, dlt_text_of(&known));
    dlt_text_destroy(&known);
    return status;
}

dlt_status dlt_catalog_list(const char *name, FILE *out) {
    dlt_text text = DLT_TEXT_EMPTY;
    bool found = false;
    for (int i = 0; i < KIND_COUNT; i++) {
        if (name != NULL && strcmp(name, kinds[i].name) != 0)
            continue;
        add_kind(&kinds[i], &text);
        found = true;
    }
    if (found)
        return print_text(&text, out);
    dlt_text_destroy(&text);
    return unknown_kind(name);
}

static void add_entry(const kind *owner, const dlt_choice *entry, dlt_text *text) {
    dlt_text_add(text, "%s (%s): %s\n", entry->name, owner->name, entry->summary);
    if (entry->keys != NULL)
        dlt_config_help_keys(entry->keys, 2, text);
    else
        dlt_text_add(text, "  no settings\n");
}

/* The same name may stand in several registries: all are shown. */
static bool add_entries_named(const char *name, dlt_text *text) {
    bool found = false;
    for (int i = 0; i < KIND_COUNT; i++) {
        const dlt_choice *entry = dlt_choice_find(kinds[i].entries, name);
        if (entry != NULL)
            add_entry(&kinds[i], entry, text);
        found = found || entry != NULL;
    }
    return found;
}

/* "optimizer.adam": an entry under the key that may choose it. */
static bool add_entry_under_key(const char *name, dlt_text *text) {
    char path[256];
    const char *dot = strrchr(name, '.');
    if (dot == NULL || (size_t)(dot - name) >= sizeof path)
        return false;
    snprintf(path, sizeof path, "%.*s", (int)(dot - name), name);
    const dlt_key *key = dlt_config_find_key(dlt_run_keys, path);
    for (int i = 0; key != NULL && i < KIND_COUNT; i++) {
        if (kinds[i].entries != key->choices)
            continue;
        const dlt_choice *entry = dlt_choice_find(key->choices, dot + 1);
        if (entry != NULL)
            add_entry(&kinds[i], entry, text);
        return entry != NULL;
    }
    return false;
}

/* "" if nothing is near. */
static void add_nearest(const char *name, dlt_text *out) {
    if (dlt_config_nearest_path(dlt_run_keys, name, out))
        return;
    dlt_text_clear(out);
    const char *nearest = NULL;
    for (int i = 0; i < KIND_COUNT && nearest == NULL; i++)
        nearest = dlt_nearest_choice(kinds[i].entries, name);
    dlt_text_add(out, "%s", nearest != NULL ? nearest : "");
}

static dlt_status unknown_key(const char *name) {
    dlt_text nearest = DLT_TEXT_EMPTY;
    add_nearest(name, &nearest);
    dlt_status status =
        nearest.used > 0
            ? dlt_fail(DLT_ERR_ARG, "there is no key or entry '%s'; did you mean '%s'?", name,
                       dlt_text_of(&nearest))
            : dlt_fail(DLT_ERR_ARG,
                       "there is no key or entry '%s'; `dltrain help` shows all keys and `dltrain "
                       "list` all entries",
                       name);
    dlt_text_destroy(&nearest);
    return status;
}

static void add_resume(const char *name, dlt_text *text) {
    dlt_text_add(text, "  With --resume: ");
    dlt_config_resume_help(dlt_config_resume_of(dlt_run_keys, name), text);
    dlt_text_add(text, ".\n");
}

dlt_status dlt_catalog_help(const char *name, FILE *out) {
    dlt_text text = DLT_TEXT_EMPTY;
    if (name == NULL) {
        dlt_config_help_keys(dlt_run_keys, 0, &text);
        return print_text(&text, out);
    }
    const dlt_key *key = dlt_config_find_key(dlt_run_keys, name);
    if (key != NULL)
        dlt_config_help_key(name, key, &text);
    if (key != NULL && key->type != DLT_KEY_SECTION)
        add_resume(name, &text);
    bool found = add_entries_named(name, &text) || add_entry_under_key(name, &text);
    if (found || key != NULL)
        return print_text(&text, out);
    dlt_text_destroy(&text);
    return unknown_key(name);
}
