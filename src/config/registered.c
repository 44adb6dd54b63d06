/* The one table of entries that are not the library's own. It is a global of the process, because
 * tables of keys are constants that name registries by address, and every reader of a run file, of
 * a checkpoint or of help goes through them without a handle that could carry such a table. It
 * grows before anything is read and is constant from then on. Its size is fixed, so it needs no
 * release. */
#include "config/registered.h"

#include "base/error.h"
#include "config/config.h"

#include <string.h>

enum { REGISTERED_MAX = 256 };

typedef struct registered {
    const dlt_registry_entry *const *registry;
    const dlt_registry_entry *entry;
} registered;

static registered all[REGISTERED_MAX];
static int all_count;

const dlt_registry_entry *dlt_registry_at(const dlt_registry_entry *const *registry, int index) {
    int own = 0;
    while (registry[own] != NULL && own < index)
        own++;
    if (registry[own] != NULL)
        return registry[own];
    index -= own;
    for (int i = 0; i < all_count; i++)
        if (all[i].registry == registry && index-- == 0)
            return all[i].entry;
    return NULL;
}

const dlt_registry_entry *dlt_registry_find(const dlt_registry_entry *const *registry,
                                            const char *name) {
    const dlt_registry_entry *entry = NULL;
    for (int i = 0; (entry = dlt_registry_at(registry, i)) != NULL; i++)
        if (strcmp(entry->name, name) == 0)
            return entry;
    return NULL;
}

/* A word that a run file can have as a key. */
static bool is_word(const char *name) {
    return name != NULL && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

dlt_status dlt_registry_add(const dlt_registry_entry *const *registry,
                            const dlt_registry_entry *entry, const char *kind, bool is_whole) {
    if (!is_word(entry->name))
        return dlt_fail(DLT_ERR_CONFIG,
                        "the name of a %s must begin with a small letter and go on with small "
                        "letters, digits and '_', found '%s'",
                        kind, entry->name != NULL ? entry->name : "");
    if (dlt_registry_find(registry, entry->name) != NULL)
        return dlt_fail(DLT_ERR_CONFIG, "there already is a %s '%s'", kind, entry->name);
    if (!is_whole || entry->summary == NULL || (entry->keys != NULL && entry->settings_size == 0))
        return dlt_fail(DLT_ERR_CONFIG,
                        "the %s '%s' lacks something that is required: its header says what", kind,
                        entry->name);
    if (all_count == REGISTERED_MAX)
        return dlt_fail(DLT_ERR_CONFIG, "more than %d entries are registered", REGISTERED_MAX);
    all[all_count++] = (registered){.registry = registry, .entry = entry};
    return DLT_OK;
}

int dlt_registered_count(void) {
    return all_count;
}

const dlt_registry_entry *dlt_registered_at(int index, const dlt_registry_entry *const **registry) {
    *registry = all[index].registry;
    return all[index].entry;
}

void dlt_registered_withdraw(int count) {
    all_count = count;
}
