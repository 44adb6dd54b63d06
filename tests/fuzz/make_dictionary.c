/* Usage: fuzz_make_dictionary
 * Prints libFuzzer's dictionary of the run file and of descriptions of data sets: every key, word
 * and choice of the tables that these are read with, and what YAML itself is made of. */
#include "ingest/description.h"
#include "run/run_settings.h"

#include <stdio.h>

static void print_enum(const char *word) {
    putchar('"');
    for (; *word != '\0'; word++)
        printf(*word == '"' || *word == '\\' ? "\\%c" : "%c", *word);
    puts("\"");
}

static void print_keys(const dlt_key *keys, const dlt_registry_entry *const *within);

/* A composite chooses from the registry `within` in which it stands. */
static void print_selections(const dlt_registry_entry *const *registry,
                             const dlt_registry_entry *const *within) {
    if (registry == within)
        return;
    for (const dlt_registry_entry *const *entry = registry; entry != NULL && *entry != NULL;
         entry++) {
        print_enum((*entry)->name);
        print_keys((*entry)->keys, registry);
    }
}

static void print_keys(const dlt_key *keys, const dlt_registry_entry *const *within) {
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        print_enum(key->name);
        if (key->default_value != NULL)
            print_enum(key->default_value);
        for (const char *const *word = key->enum_names; word != NULL && *word != NULL; word++)
            print_enum(*word);
        print_keys(key->section, within);
        print_selections(key->registry, within);
    }
}

/* Escapes of libFuzzer's own, so printed as they are. */
static const char *const yaml[] = {": ",
                                   "- ",
                                   "{",
                                   "}",
                                   "[",
                                   "]",
                                   ", ",
                                   "null",
                                   "true",
                                   ".inf",
                                   ".nan",
                                   "1e18",
                                   "-1",
                                   "0.5",
                                   ">-",
                                   "|\\x0a",
                                   "&a",
                                   "*a",
                                   "!!a",
                                   "\\x0a  ",
                                   "=",
                                   "---",
                                   "\\x0a====\\x0a"};

int main(void) {
    for (size_t i = 0; i < sizeof yaml / sizeof yaml[0]; i++)
        printf("\"%s\"\n", yaml[i]);
    print_keys(dlt_run_keys, NULL);
    print_keys(dlt_description_keys, NULL);
}
