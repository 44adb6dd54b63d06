/* Help from the tables: aligned columns for one table, sentences for one key. */
#include "config/config.h"
#include "config/names.h"
#include "config/range.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 4, CELL_BYTES = 160, WIDE = 36 };

/* name, type, default, allowed */
typedef struct row_cells {
    char cell[COLUMNS][CELL_BYTES];
} row_cells;

static const char *name_of_type(dlt_key_type type) {
    static const char *const names[] = {
        [DLT_KEY_BOOL] = "true or false",
        [DLT_KEY_INT] = "whole number",
        [DLT_KEY_REAL] = "number",
        [DLT_KEY_STRING] = "text",
        [DLT_KEY_WORD] = "word",
        [DLT_KEY_INTS] = "list of whole numbers",
        [DLT_KEY_REALS] = "list of numbers",
        [DLT_KEY_STRINGS] = "list of texts",
        [DLT_KEY_SECTION] = "section",
        [DLT_KEY_CHOICE] = "choice",
        [DLT_KEY_CHOICES] = "list of choices",
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
    dlt_names_join(&(dlt_names){.words = key->words}, part, sizeof part);
    add_part(out, bytes, part, ", or ");
    dlt_length_describe(key, part, sizeof part);
    add_part(out, bytes, part, "; ");
    add_part(out, bytes, key->flags & DLT_KEY_NULLABLE ? "null" : "", " or ");
}

static row_cells cells_of(const dlt_key *key) {
    row_cells row = {0};
    snprintf(row.cell[0], CELL_BYTES, "%s", key->name);
    snprintf(row.cell[1], CELL_BYTES, "%s", name_of_type(key->type));
    if (key->type != DLT_KEY_SECTION && key->fallback == NULL)
        snprintf(row.cell[2], CELL_BYTES, "required");
    else if (key->fallback != NULL)
        snprintf(row.cell[2], CELL_BYTES, "default %s",
                 key->fallback[0] != '\0' ? key->fallback : "\"\"");
    if (key->choices != NULL)
        dlt_names_join(&(dlt_names){.choices = key->choices}, row.cell[3], WIDE - 8);
    char allowed[CELL_BYTES];
    describe_allowed(key, allowed, sizeof allowed);
    add_part(row.cell[3], CELL_BYTES, allowed, " or ");
    return row;
}

/* A cell wider than this does not push the column aside for all rows. */
static void measure(const dlt_key *keys, int width[COLUMNS]) {
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        row_cells row = cells_of(key);
        for (int i = 0; i < COLUMNS; i++) {
            int bytes = (int)strlen(row.cell[i]);
            if (bytes > width[i] && bytes <= WIDE)
                width[i] = bytes;
        }
    }
}

static void help_row(const dlt_key *key, int indent, const int width[COLUMNS], dlt_text *out) {
    row_cells row = cells_of(key);
    const char *help = key->help != NULL ? key->help : "";
    int last = COLUMNS - 1;
    while (help[0] == '\0' && last > 0 && row.cell[last][0] == '\0')
        last--;
    dlt_text_add(out, "%*s%s", indent, "", row.cell[0]);
    int pending = width[0] - (int)strlen(row.cell[0]);
    for (int i = 1; i <= last; i++) {
        if (width[i] == 0)
            continue;
        dlt_text_add(out, "%*s%s", pending > 0 ? pending + 2 : 2, "", row.cell[i]);
        pending = width[i] - (int)strlen(row.cell[i]);
    }
    if (help[0] != '\0')
        dlt_text_add(out, "%*s%s", pending > 0 ? pending + 2 : 2, "", help);
    dlt_text_add(out, "\n");
}

void dlt_config_help_keys(const dlt_key *keys, int indent, dlt_text *out) {
    int width[COLUMNS] = {0};
    measure(keys, width);
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        help_row(key, indent, width, out);
        if (key->type == DLT_KEY_SECTION)
            dlt_config_help_keys(key->section, indent + 2, out);
    }
}

static void help_choices(const dlt_choice *const *choices, dlt_text *out) {
    int width = 0;
    for (const dlt_choice *const *choice = choices; *choice != NULL; choice++)
        if ((int)strlen((*choice)->name) > width)
            width = (int)strlen((*choice)->name);
    dlt_text_add(out, "  Choices:\n");
    for (const dlt_choice *const *choice = choices; *choice != NULL; choice++)
        dlt_text_add(out, "    %-*s  %s\n", width, (*choice)->name,
                     (*choice)->summary != NULL ? (*choice)->summary : "");
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

void dlt_config_help_key(const char *dotted_path, const dlt_key *key, dlt_text *out) {
    char allowed[CELL_BYTES];
    describe_allowed(key, allowed, sizeof allowed);
    const char *type = name_of_type(key->type);
    bool only_null = strcmp(allowed, "null") == 0;
    const char *separator = only_null ? " or " : allowed[0] != '\0' ? ", " : "";
    dlt_text_add(out, "%s%s%s\n", dotted_path, key->help != NULL ? ": " : "",
                 key->help != NULL ? key->help : "");
    dlt_text_add(out, "  Type: %s%s%s.\n", type, separator, allowed);
    if (key->fallback != NULL)
        dlt_text_add(out, "  Default: %s.\n", key->fallback);
    else if (key->type != DLT_KEY_SECTION)
        dlt_text_add(out, "  It is required.\n");
    if (key->flags & DLT_KEY_SHORTHAND)
        help_shorthand(dotted_path, out);
    if (key->flags & DLT_KEY_NO_IDENTITY)
        dlt_text_add(out, "  It does not change what is computed.\n");
    if (key->choices != NULL)
        help_choices(key->choices, out);
    if (key->section != NULL) {
        dlt_text_add(out, "  Keys%s:\n", key->choices != NULL ? " of every item" : "");
        dlt_config_help_keys(key->section, 4, out);
    }
}

/* Splits off the first part of a dotted path; returns what follows the dot, or NULL. */
static const char *split_path(const char *path, char *part, size_t bytes) {
    size_t length = strcspn(path, ".");
    snprintf(part, bytes, "%.*s", (int)length, path);
    return path[length] == '.' ? path + length + 1 : NULL;
}

static const dlt_key *find_in_choices(const dlt_key *key, const char *rest) {
    char part[CELL_BYTES];
    if (isdigit((unsigned char)rest[0])) {
        rest = split_path(rest, part, sizeof part);
        if (rest == NULL)
            return NULL;
    }
    const char *inner = split_path(rest, part, sizeof part);
    const dlt_choice *kind = dlt_choice_find(key->choices, part);
    if (kind != NULL)
        return inner != NULL ? dlt_config_find_key(kind->keys, inner) : NULL;
    return dlt_config_find_key(key->section, rest);
}

const dlt_key *dlt_config_find_key(const dlt_key *keys, const char *dotted_path) {
    char part[CELL_BYTES];
    const char *rest = split_path(dotted_path, part, sizeof part);
    const dlt_key *key = dlt_keys_find(keys, part);
    if (key == NULL || rest == NULL)
        return key;
    if (key->type == DLT_KEY_SECTION)
        return dlt_config_find_key(key->section, rest);
    return key->choices != NULL ? find_in_choices(key, rest) : NULL;
}

static bool add_nearest_choice(const dlt_key *key, const char *rest, dlt_text *out) {
    char part[CELL_BYTES];
    const char *inner = split_path(rest, part, sizeof part);
    if (isdigit((unsigned char)part[0]))
        return inner != NULL && add_nearest_choice(key, inner, out);
    const char *nearest = dlt_nearest_choice(key->choices, part);
    if (nearest == NULL)
        return dlt_config_nearest_path(key->section, rest, out);
    dlt_text_add(out, "%s%s", nearest, inner != NULL ? "." : "");
    const dlt_choice *kind = dlt_choice_find(key->choices, nearest);
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
    return key->choices != NULL && add_nearest_choice(key, rest, out);
}
