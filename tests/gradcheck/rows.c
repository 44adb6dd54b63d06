#include "rows.h"

#include <stdio.h>
#include <string.h>

static bool blank(const char *text) {
    return text == NULL || text[0] == '\0';
}

static int missing(const char *kind, const char *name, const char *what, const char *which) {
    printf("%s '%s': %s %s\n", kind, name, what, which);
    return 1;
}

static int check_keys(const char *kind, const dlt_registry_entry *entry) {
    int failures = 0;
    for (const dlt_key *key = entry->keys; key != NULL && key->name != NULL; key++) {
        if (blank(key->help))
            failures += missing(kind, entry->name, "no help for key", key->name);
        for (const dlt_key *other = entry->keys; other != key; other++)
            if (strcmp(other->name, key->name) == 0)
                failures += missing(kind, entry->name, "two keys named", key->name);
    }
    return failures;
}

int rows_check(const char *kind, const dlt_registry_entry *const *registry) {
    int failures = 0;
    for (const dlt_registry_entry *const *row = registry; *row != NULL; row++) {
        if (blank((*row)->name)) {
            failures += missing(kind, "?", "a row without", "name");
            continue;
        }
        if (blank((*row)->summary))
            failures += missing(kind, (*row)->name, "no", "summary");
        if ((*row)->keys != NULL && (*row)->settings_size == 0)
            failures += missing(kind, (*row)->name, "keys but no", "settings_size");
        failures += check_keys(kind, *row);
        for (const dlt_registry_entry *const *other = registry; other != row; other++)
            if (!blank((*other)->name) && strcmp((*other)->name, (*row)->name) == 0)
                failures += missing(kind, (*row)->name, "two rows of this", "name");
    }
    return failures;
}

bool rows_sets_key(const dlt_registry_entry *entry, const dlt_key *key, const char *settings) {
    const char *value = settings + strlen(entry->name);
    if (strncmp(value, ": ", 2) == 0 && value[2] != '{')
        return (key->flags & DLT_KEY_SHORTHAND) != 0;
    char named[64];
    snprintf(named, sizeof named, "%s: ", key->name);
    return strstr(value, named) != NULL;
}
