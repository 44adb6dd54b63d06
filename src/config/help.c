/* Help from the tables: a folded paragraph for each row of a table, sentences for one key. */
#include "config/config.h"
#include "config/names.h"
#include "config/range.h"
#include "config/registered.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { CELL_BYTES = 512, PATH_BYTES = 256, NAME_MAXIMUM = 18, REGISTRY_BYTES = 80 };

static const char *name_of_type(dlt_key_type type) {
    static const char *const names[] = {
        [DLT_KEY_BOOL] = "true or false",
        [DLT_KEY_INT] = "whole number",
        [DLT_KEY_REAL] = "number",
        [DLT_KEY_STRING] = "text",
        [DLT_KEY_ENUM] = "word",
        [DLT_KEY_INTS] = "list of whole numbers",
        [DLT_KEY_REALS] = "list of numbers",
        [DLT_KEY_STRINGS] = "list of texts",
        [DLT_KEY_SECTION] = "section",
        [DLT_KEY_SELECTION] = "choice",
        [DLT_KEY_SELECTIONS] = "list of choices",
        [DLT_KEY_NAMED] = "mapping from names to settings",
    };
    return names[type];
}

static void add_part(char *out, size_t bytes, const char *part, const char *between) {
    size_t used = strlen(out);
    if (part[0] != '\0')
        snprintf(out + used, bytes - used, "%s%s", used > 0 ? between : "", part);
}

/* "from 1 to 9, or same, valid; 1 to 2 items or null" */
static void describe_allowed(const dlt_key *key, char *out, size_t bytes) {
    char part[CELL_BYTES];
    out[0] = '\0';
    dlt_range_describe(key, part, sizeof part);
    add_part(out, bytes, part, "");
    dlt_names_join(&(dlt_names){.enum_names = key->enum_names}, part, sizeof part);
    add_part(out, bytes, part, ", or ");
    dlt_length_describe(key, part, sizeof part);
    add_part(out, bytes, part, "; ");
    add_part(out, bytes, key->flags & DLT_KEY_NULLABLE ? "null" : "", " or ");
}

void dlt_config_facts(const dlt_key *key, dlt_text *out) {
    char allowed[REGISTRY_BYTES] = "";
    char rest[CELL_BYTES];
    if (key->registry != NULL)
        dlt_names_join(&(dlt_names){.registry = key->registry}, allowed, sizeof allowed);
    describe_allowed(key, rest, sizeof rest);
    const char * or = allowed[0] != '\0' && rest[0] != '\0' ? " or " : "";
    dlt_text_add(out, "%s%s%s%s%s", name_of_type(key->type),
                 allowed[0] != '\0' || rest[0] != '\0' ? ", " : "", allowed, or, rest);
    if (key->default_value != NULL)
        dlt_text_add(out, "; default %s",
                     key->default_value[0] != '\0' ? key->default_value : "\"\"");
    else
        dlt_text_add(out, "; required");
}

static void help_row(const dlt_key *key, int indent, int width, int columns, dlt_text *out) {
    int column = indent + width + 2;
    dlt_text words = DLT_TEXT_EMPTY;
    const char *help = key->help != NULL ? key->help : "";
    dlt_text_add(&words, "%s", help);
    if (key->type != DLT_KEY_SECTION) {
        dlt_text_add(&words, "%s", help[0] != '\0' ? "\n" : "");
        dlt_config_facts(key, &words);
    }
    dlt_text_add(out, "%*s%-*s  ", indent, "", width, key->name);
    if ((int)strlen(key->name) > width)
        dlt_text_add(out, "\n%*s", column, "");
    dlt_text_add_folded(out, dlt_text_of(&words), column, column, columns);
    dlt_text_add(out, "\n");
    out->failed = out->failed || words.failed;
    dlt_text_destroy(&words);
}

static int name_width(const dlt_key *keys) {
    int width = 0;
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        int bytes = (int)strlen(key->name);
        if (bytes > width && bytes <= NAME_MAXIMUM)
            width = bytes;
    }
    return width;
}

void dlt_config_help_keys(const dlt_key *keys, int indent, int columns, dlt_text *out) {
    int width = name_width(keys);
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        help_row(key, indent, width, columns, out);
        if (key->type == DLT_KEY_SECTION)
            dlt_config_help_keys(key->section, indent + 2, columns, out);
    }
}

static void help_registry(const dlt_registry_entry *const *registry, int columns, dlt_text *out) {
    int width = 0;
    const dlt_registry_entry *entry = NULL;
    for (int i = 0; (entry = dlt_registry_at(registry, i)) != NULL; i++)
        if ((int)strlen(entry->name) > width)
            width = (int)strlen(entry->name);
    dlt_text_add(out, "  Choices:\n");
    for (int i = 0; (entry = dlt_registry_at(registry, i)) != NULL; i++) {
        dlt_text_add(out, "    %-*s  ", width, entry->name);
        dlt_text_add_folded(out, entry->summary != NULL ? entry->summary : "", width + 6, width + 6,
                            columns);
        dlt_text_add(out, "\n");
    }
}

/* `dropout: VALUE` for model.dropout.rate. */
static void help_shorthand(const char *dotted_path, dlt_text *out) {
    const char *dot = strrchr(dotted_path, '.');
    const char *end = dot != NULL ? dot : dotted_path;
    const char *begin = end;
    while (begin > dotted_path && begin[-1] != '.')
        begin--;
    if (end > begin)
        dlt_text_add(out, "  Shorthand: `%.*s: VALUE` sets it.\n", (int)(end - begin), begin);
}

void dlt_config_help_key(const char *dotted_path, const dlt_key *key, int columns, dlt_text *out) {
    char allowed[CELL_BYTES];
    describe_allowed(key, allowed, sizeof allowed);
    const char *type = name_of_type(key->type);
    bool only_null = strcmp(allowed, "null") == 0;
    const char *separator = only_null ? " or " : allowed[0] != '\0' ? ", " : "";
    dlt_text_add(out, "%s%s", dotted_path, key->help != NULL ? ": " : "");
    dlt_text_add_folded(out, key->help != NULL ? key->help : "", (int)strlen(dotted_path) + 2, 2,
                        columns);
    dlt_text_add(out, "\n  Type: %s%s", type, separator);
    dlt_text_add_folded(out, allowed, 8 + (int)(strlen(type) + strlen(separator)), 4, columns);
    dlt_text_add(out, ".\n");
    if (key->default_value != NULL)
        dlt_text_add(out, "  Default: %s.\n", key->default_value);
    else if (key->type != DLT_KEY_SECTION)
        dlt_text_add(out, "  It is required.\n");
    if (key->flags & DLT_KEY_SHORTHAND)
        help_shorthand(dotted_path, out);
    if (key->flags & DLT_KEY_NO_IDENTITY)
        dlt_text_add(out, "  It does not change what is computed.\n");
    if (key->registry != NULL)
        help_registry(key->registry, columns, out);
    if (key->section != NULL) {
        dlt_text_add(out, "  Keys%s:\n", key->registry != NULL ? " of every item" : "");
        dlt_config_help_keys(key->section, 4, columns, out);
    }
}

/* Splits off the first part of a dotted path; returns what follows the dot, or NULL. */
static const char *split_path(const char *path, char *part, size_t bytes) {
    size_t length = strcspn(path, ".");
    snprintf(part, bytes, "%.*s", (int)length, path);
    return path[length] == '.' ? path + length + 1 : NULL;
}

static const dlt_key *find_in_registry(const dlt_key *key, const char *rest) {
    char part[CELL_BYTES];
    if (isdigit((unsigned char)rest[0])) {
        rest = split_path(rest, part, sizeof part);
        if (rest == NULL)
            return NULL;
    }
    const char *inner = split_path(rest, part, sizeof part);
    const dlt_registry_entry *kind = dlt_registry_find(key->registry, part);
    if (kind != NULL)
        return inner != NULL ? dlt_config_find_key(kind->keys, inner) : NULL;
    return dlt_config_find_key(key->section, rest);
}

/* NAME.key; a name alone stands for the whole row. */
static const dlt_key *find_in_named(const dlt_key *key, const char *rest) {
    char name[CELL_BYTES];
    const char *inner = split_path(rest, name, sizeof name);
    return inner != NULL ? dlt_config_find_key(key->section, inner) : key;
}

const dlt_key *dlt_config_find_key(const dlt_key *keys, const char *dotted_path) {
    char part[CELL_BYTES];
    const char *rest = split_path(dotted_path, part, sizeof part);
    const dlt_key *key = dlt_keys_find(keys, part);
    if (key == NULL || rest == NULL)
        return key;
    if (key->type == DLT_KEY_SECTION)
        return dlt_config_find_key(key->section, rest);
    if (key->type == DLT_KEY_NAMED)
        return find_in_named(key, rest);
    return key->registry != NULL ? find_in_registry(key, rest) : NULL;
}

static bool add_nearest_entry(const dlt_key *key, const char *rest, dlt_text *out) {
    char part[CELL_BYTES];
    const char *inner = split_path(rest, part, sizeof part);
    if (isdigit((unsigned char)part[0]))
        return inner != NULL && add_nearest_entry(key, inner, out);
    const char *nearest = dlt_nearest_entry(key->registry, part);
    if (nearest == NULL)
        return dlt_config_nearest_path(key->section, rest, out);
    dlt_text_add(out, "%s%s", nearest, inner != NULL ? "." : "");
    const dlt_registry_entry *kind = dlt_registry_find(key->registry, nearest);
    return inner == NULL || dlt_config_nearest_path(kind->keys, inner, out);
}

bool dlt_config_nearest_path(const dlt_key *keys, const char *dotted_path, dlt_text *out) {
    char part[CELL_BYTES];
    const char *rest = split_path(dotted_path, part, sizeof part);
    const char *nearest = dlt_nearest_key(keys, part);
    if (nearest == NULL)
        return false;
    const dlt_key *key = dlt_keys_find(keys, nearest);
    dlt_text_add(out, "%s%s", key->name, rest != NULL ? "." : "");
    if (rest == NULL)
        return true;
    if (key->type == DLT_KEY_SECTION)
        return dlt_config_nearest_path(key->section, rest, out);
    return key->registry != NULL && add_nearest_entry(key, rest, out);
}

/* The registries that a path has gone through: composites choose from the one they stand in. */
typedef struct passed_registry {
    const struct passed_registry *outer;
    const dlt_registry_entry *const *registry;
} passed_registry;

static bool has_passed(const passed_registry *passed, const dlt_key *key) {
    for (; passed != NULL; passed = passed->outer)
        if (passed->registry == key->registry)
            return true;
    return false;
}

typedef struct name_walk {
    const char *name; /* NULL: every key that has no item's number in its path */
    void (*visit)(void *context, const char *path, const dlt_key *key);
    void *context;
} name_walk;

static void walk_keys(const dlt_key *keys, const char *prefix, const passed_registry *passed,
                      const name_walk *walk) {
    char path[PATH_BYTES];
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        snprintf(path, sizeof path, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key->name);
        if (walk->name == NULL ? key->type != DLT_KEY_SECTION : strcmp(key->name, walk->name) == 0)
            walk->visit(walk->context, path, key);
        if (walk->name == NULL && key->type == DLT_KEY_SELECTIONS)
            continue;
        if (key->type == DLT_KEY_NAMED)
            snprintf(path, sizeof path, "%s%s%s.NAME", prefix, prefix[0] != '\0' ? "." : "",
                     key->name);
        if (key->registry != NULL && has_passed(passed, key))
            continue;
        const passed_registry inner_passed = {.outer = passed, .registry = key->registry};
        walk_keys(key->section, path, passed, walk);
        const dlt_registry_entry *entry = NULL;
        for (int i = 0;
             key->registry != NULL && (entry = dlt_registry_at(key->registry, i)) != NULL; i++) {
            char inner[PATH_BYTES];
            snprintf(inner, sizeof inner, "%.*s.%s", PATH_BYTES / 2, path, entry->name);
            walk_keys(entry->keys, inner, &inner_passed, walk);
        }
    }
}

void dlt_config_each_named(const dlt_key *keys, const char *name,
                           void (*visit)(void *context, const char *path, const dlt_key *key),
                           void *context) {
    const name_walk walk = {.name = name, .visit = visit, .context = context};
    walk_keys(keys, "", NULL, &walk);
}

void dlt_config_each_key(const dlt_key *keys,
                         void (*visit)(void *context, const char *path, const dlt_key *key),
                         void *context) {
    const name_walk walk = {.name = NULL, .visit = visit, .context = context};
    walk_keys(keys, "", NULL, &walk);
}
