/* The names of the catalog one by one, from the registries and the tables of keys, for what is made
 * from them: the manual page and the completions of shells. */
#include "dltrain/catalog.h"

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "dltrain/import.h"
#include "run/run_settings.h"
#include "tools/catalog_kinds.h"

#include <stddef.h>

typedef struct name_visit {
    dlt_catalog_visit *visit;
    void *context;
    const char *owner;
    dlt_text facts;
    dlt_text values;
    dlt_status status;
} name_visit;

static void give_entry(name_visit *to, const dlt_registry_entry *entry) {
    const dlt_catalog_name name = {.name = entry->name,
                                   .owner = to->owner,
                                   .help = entry->summary != NULL ? entry->summary : "",
                                   .facts = "",
                                   .values = ""};
    to->visit(to->context, &name);
}

static void add_values(const dlt_key *key, dlt_text *out) {
    if (key->type == DLT_KEY_BOOL)
        dlt_text_add(out, "true false");
    for (const char *const *word = key->enum_names; word != NULL && *word != NULL; word++)
        dlt_text_add(out, "%s%s", out->used > 0 ? " " : "", *word);
    if (key->type == DLT_KEY_SELECTION)
        for (const dlt_registry_entry *const *entry = key->registry; *entry != NULL; entry++)
            dlt_text_add(out, "%s%s", out->used > 0 ? " " : "", (*entry)->name);
    if (key->flags & DLT_KEY_NULLABLE)
        dlt_text_add(out, "%snull", out->used > 0 ? " " : "");
}

static void give_key(void *context, const char *path, const dlt_key *key) {
    name_visit *to = context;
    if (to->status != DLT_OK)
        return;
    dlt_text_clear(&to->facts);
    dlt_text_clear(&to->values);
    dlt_config_facts(key, &to->facts);
    add_values(key, &to->values);
    to->status = dlt_text_check(&to->facts);
    if (to->status == DLT_OK)
        to->status = dlt_text_check(&to->values);
    const dlt_catalog_name name = {.name = path,
                                   .owner = to->owner,
                                   .help = key->help != NULL ? key->help : "",
                                   .facts = dlt_text_of(&to->facts),
                                   .values = dlt_text_of(&to->values)};
    if (to->status == DLT_OK)
        to->visit(to->context, &name);
}

static void give_kinds(name_visit *to, bool entries) {
    for (const dlt_catalog_kind *kind = dlt_catalog_kinds; kind->name != NULL; kind++) {
        to->owner = entries ? kind->name : "";
        const dlt_registry_entry itself = {.name = kind->name};
        if (!entries)
            give_entry(to, &itself);
        for (const dlt_registry_entry *const *entry = kind->entries; entries && *entry != NULL;
             entry++)
            give_entry(to, *entry);
    }
}

static void give_formats(name_visit *to, bool synthetic, bool keys) {
    for (const dlt_registry_entry *const *format = dlt_formats; *format != NULL; format++) {
        if (dlt_format_is_synthetic(*format) != synthetic)
            continue;
        to->owner = keys ? (*format)->name : "";
        if (keys)
            dlt_config_each_key((*format)->keys, give_key, to);
        else
            give_entry(to, *format);
    }
}

dlt_status dlt_catalog_each(dlt_catalog_set set, dlt_catalog_visit *visit, void *context) {
    name_visit to = {.visit = visit,
                     .context = context,
                     .owner = "",
                     .facts = DLT_TEXT_EMPTY,
                     .values = DLT_TEXT_EMPTY,
                     .status = DLT_OK};
    switch (set) {
    case DLT_CATALOG_KINDS:
    case DLT_CATALOG_ENTRIES:
        give_kinds(&to, set == DLT_CATALOG_ENTRIES);
        break;
    case DLT_CATALOG_RUN_KEYS:
        dlt_config_each_key(dlt_run_keys, give_key, &to);
        break;
    case DLT_CATALOG_IMPORT_KEYS:
        give_formats(&to, false, true);
        break;
    case DLT_CATALOG_SYNTH_KINDS:
    case DLT_CATALOG_SYNTH_KEYS:
        give_formats(&to, true, set == DLT_CATALOG_SYNTH_KEYS);
        break;
    }
    dlt_text_destroy(&to.facts);
    dlt_text_destroy(&to.values);
    return to.status;
}
