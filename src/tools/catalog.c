/* `dltrain list` and `dltrain help`, printed from the registries and tables of keys, so nothing is
 * described twice. Help on a name shows the key with that path, and besides it the entries of that
 * name in all registries, else the entry under its key (optimizer.adam), else the kind. A name that
 * is none of these may end the paths of keys; the last resort is to suggest the nearest name. */
#include "dltrain/catalog.h"

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "config/registered.h"
#include "dltrain/extend/layer.h"
#include "dltrain/extend/loss.h"
#include "dltrain/extend/metric.h"
#include "dltrain/extend/optimizer.h"
#include "dltrain/extend/schedule.h"
#include "dltrain/extend/transform.h"
#include "dltrain/import.h"
#include "run/run_settings.h"
#include "tools/catalog_kinds.h"

#include <stddef.h>
#include <string.h>

typedef dlt_catalog_kind kind;

const dlt_catalog_kind dlt_catalog_kinds[] = {{"layers", dlt_layers},
                                              {"losses", dlt_losses},
                                              {"optimizers", dlt_optimizers},
                                              {"schedules", dlt_schedules},
                                              {"metrics", dlt_metrics},
                                              {"transforms", dlt_transforms},
                                              {"initializers", dlt_initializers},
                                              {"formats", dlt_formats},
                                              {NULL, NULL}};

static const kind *const kinds = dlt_catalog_kinds;

enum {
    KIND_COUNT = sizeof dlt_catalog_kinds / sizeof dlt_catalog_kinds[0] - 1,
    SUMMARY_COLUMN = 25,
    PLACES_IN_FULL = 2
};

static dlt_status print_text(dlt_text *text, FILE *out) {
    dlt_status status = dlt_text_check(text);
    if (status == DLT_OK && fputs(dlt_text_of(text), out) == EOF)
        status = dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
    dlt_text_destroy(text);
    return status;
}

static void add_kind(const kind *shown, int columns, dlt_text *text) {
    dlt_text_add(text, "%s\n", shown->name);
    const dlt_registry_entry *entry = NULL;
    for (int i = 0; (entry = dlt_registry_at(shown->entries, i)) != NULL; i++) {
        dlt_text_add(text, "  %-22s ", entry->name);
        dlt_text_add_folded(text, entry->summary, SUMMARY_COLUMN, SUMMARY_COLUMN, columns);
        dlt_text_add(text, "\n");
    }
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

dlt_status dlt_catalog_list(const char *name, int columns, FILE *out) {
    dlt_text text = DLT_TEXT_EMPTY;
    bool found = false;
    for (int i = 0; i < KIND_COUNT; i++) {
        if (name != NULL && strcmp(name, kinds[i].name) != 0)
            continue;
        add_kind(&kinds[i], columns, &text);
        found = true;
    }
    if (found)
        return print_text(&text, out);
    dlt_text_destroy(&text);
    return unknown_kind(name);
}

static void add_entry(const kind *owner, const dlt_registry_entry *entry, int columns,
                      dlt_text *text) {
    dlt_text_add(text, "%s (%s): ", entry->name, owner->name);
    dlt_text_add_folded(text, entry->summary, (int)(strlen(entry->name) + strlen(owner->name)) + 5,
                        2, columns);
    dlt_text_add(text, "\n");
    if (entry->keys != NULL)
        dlt_config_help_keys(entry->keys, 2, columns, text);
    else
        dlt_text_add(text, "  no settings\n");
}

/* The same name may stand in several registries: all are shown. */
static bool add_entries_named(const char *name, int columns, dlt_text *text) {
    bool found = false;
    for (int i = 0; i < KIND_COUNT; i++) {
        const dlt_registry_entry *entry = dlt_registry_find(kinds[i].entries, name);
        if (entry != NULL)
            add_entry(&kinds[i], entry, columns, text);
        found = found || entry != NULL;
    }
    return found;
}

/* "optimizer.adam": an entry under the key that may choose it. */
static bool add_entry_under_key(const char *name, int columns, dlt_text *text) {
    char path[256];
    const char *dot = strrchr(name, '.');
    if (dot == NULL || (size_t)(dot - name) >= sizeof path)
        return false;
    snprintf(path, sizeof path, "%.*s", (int)(dot - name), name);
    const dlt_key *key = dlt_config_find_key(dlt_run_keys, path);
    for (int i = 0; key != NULL && i < KIND_COUNT; i++) {
        if (kinds[i].entries != key->registry)
            continue;
        const dlt_registry_entry *entry = dlt_registry_find(key->registry, dot + 1);
        if (entry != NULL)
            add_entry(&kinds[i], entry, columns, text);
        return entry != NULL;
    }
    return false;
}

/* "layers": a kind of entries. */
static bool add_kind_named(const char *name, int columns, dlt_text *text) {
    for (int i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            add_kind(&kinds[i], columns, text);
            return true;
        }
    return false;
}

/* "epochs" for train.epochs: the keys whose path ends in a name. */
typedef struct key_places {
    dlt_text *text;
    int columns;
    int count;
    bool in_full;
} key_places;

static void count_place(void *context, const char *path, const dlt_key *key) {
    (void)path;
    (void)key;
    ((key_places *)context)->count++;
}

static void add_place(void *context, const char *path, const dlt_key *key) {
    key_places *all = context;
    if (all->in_full) {
        dlt_config_help_key(path, key, all->columns, all->text);
        return;
    }
    dlt_text_add(all->text, "  %s  ", path);
    dlt_text_add_folded(all->text, key->help != NULL ? key->help : "", (int)strlen(path) + 4, 4,
                        all->columns);
    dlt_text_add(all->text, "\n");
}

static bool add_places(const char *name, int columns, dlt_text *text) {
    key_places all = {.text = text, .columns = columns};
    dlt_config_each_named(dlt_run_keys, name, count_place, &all);
    all.in_full = all.count <= PLACES_IN_FULL;
    if (all.count > 0 && !all.in_full)
        dlt_text_add(text, "%s is a key in %d places; `dltrain help PATH` tells more:\n", name,
                     all.count);
    dlt_config_each_named(dlt_run_keys, name, add_place, &all);
    return all.count > 0;
}

/* The key of a section or an entry that is nearest to a bare name. */
static const char *nearest_bare_name(const char *name) {
    const char *nearest = NULL;
    for (const dlt_key *key = dlt_run_keys; key->name != NULL && nearest == NULL; key++)
        if (key->type == DLT_KEY_SECTION)
            nearest = dlt_nearest_key(key->section, name);
    for (int i = 0; i < KIND_COUNT; i++)
        for (const dlt_registry_entry *const *entry = kinds[i].entries;
             *entry != NULL && nearest == NULL; entry++)
            nearest = dlt_nearest_key((*entry)->keys, name);
    return nearest;
}

/* "" if nothing is near. */
static void add_nearest(const char *name, dlt_text *out) {
    if (dlt_config_nearest_path(dlt_run_keys, name, out))
        return;
    dlt_text_clear(out);
    const char *nearest = NULL;
    for (int i = 0; i < KIND_COUNT && nearest == NULL; i++)
        nearest = dlt_nearest_entry(kinds[i].entries, name);
    if (nearest == NULL)
        nearest = nearest_bare_name(name);
    dlt_text_add(out, "%s", nearest != NULL ? nearest : "");
}

static dlt_status unknown_key(const char *name) {
    dlt_text nearest = DLT_TEXT_EMPTY;
    add_nearest(name, &nearest);
    dlt_status status =
        nearest.used > 0
            ? dlt_fail(DLT_ERR_ARG, "there is no key, entry or kind '%s'; did you mean '%s'?", name,
                       dlt_text_of(&nearest))
            : dlt_fail(
                  DLT_ERR_ARG,
                  "there is no key, entry or kind '%s'; `dltrain help` shows all keys and `dltrain "
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

dlt_status dlt_catalog_help(const char *name, int columns, FILE *out) {
    dlt_text text = DLT_TEXT_EMPTY;
    if (name == NULL) {
        dlt_config_help_keys(dlt_run_keys, 0, columns, &text);
        return print_text(&text, out);
    }
    const dlt_key *key = dlt_config_find_key(dlt_run_keys, name);
    if (key != NULL)
        dlt_config_help_key(name, key, columns, &text);
    if (key != NULL && key->type != DLT_KEY_SECTION)
        add_resume(name, &text);
    bool found = add_entries_named(name, columns, &text) ||
                 add_entry_under_key(name, columns, &text) || add_kind_named(name, columns, &text);
    if (!found && key == NULL)
        found = add_places(name, columns, &text);
    if (found || key != NULL)
        return print_text(&text, out);
    dlt_text_destroy(&text);
    return unknown_key(name);
}
