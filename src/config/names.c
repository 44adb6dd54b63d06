/* Searches, lists and suggests names. A misspelt name finds the nearest one by edit distance; upper
 * and lower case count as equal, and so do `-` and `_`. A distance of more than a third of the
 * longer name is too far. The same four kinds of names (enum names, registry entries, two tables of
 * keys) share one visitor. */
#include "config/names.h"

#include "config/config.h"
#include "config/registered.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64 };

/* People write ReLU and max-pool2d for relu and max_pool2d. */
static char folded(char c) {
    return c == '-' ? '_' : (char)tolower((unsigned char)c);
}

static size_t smallest(size_t a, size_t b, size_t c) {
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Damerau-Levenshtein distance in its restricted form (optimal string alignment: insert, delete,
 * substitute, swap neighbours; F. J. Damerau, CACM 7(3), 1964, doi 10.1145/363958.363994).
 * row[i % 3] holds the distances of the first i characters of a. */
static size_t distance(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
    size_t row[3][NAME_MAX_BYTES + 1];
    for (size_t j = 0; j <= b_bytes; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a_bytes; i++) {
        size_t *now = row[i % 3];
        const size_t *before = row[(i - 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_bytes; j++) {
            size_t differ = folded(a[i - 1]) != folded(b[j - 1]);
            now[j] = smallest(before[j] + 1, now[j - 1] + 1, before[j - 1] + differ);
            bool swapped = i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                           folded(a[i - 2]) == folded(b[j - 1]);
            if (swapped && row[(i - 2) % 3][j - 2] + 1 < now[j])
                now[j] = row[(i - 2) % 3][j - 2] + 1;
        }
    }
    return row[a_bytes % 3][b_bytes];
}

typedef struct name_search {
    const char *name;
    const char *nearest;
    size_t distance;
} name_search;

static void consider(name_search *search, const char *candidate) {
    size_t name_bytes = strlen(search->name);
    size_t candidate_bytes = strlen(candidate);
    if (name_bytes > NAME_MAX_BYTES || candidate_bytes > NAME_MAX_BYTES)
        return;
    size_t found = distance(search->name, name_bytes, candidate, candidate_bytes);
    size_t longer = name_bytes > candidate_bytes ? name_bytes : candidate_bytes;
    if (found > longer / 3 || (search->nearest != NULL && found >= search->distance))
        return;
    search->nearest = candidate;
    search->distance = found;
}

typedef void visit_name(void *context, const char *name);

static void each_name(const dlt_names *names, visit_name *visit, void *context) {
    for (const char *const *name = names->enum_names; name != NULL && *name != NULL; name++)
        visit(context, *name);
    const dlt_registry_entry *entry = NULL;
    for (int i = 0;
         names->registry != NULL && (entry = dlt_registry_at(names->registry, i)) != NULL; i++)
        visit(context, entry->name);
    for (const dlt_key *key = names->keys; key != NULL && key->name != NULL; key++)
        visit(context, key->name);
    for (const dlt_key *key = names->more_keys; key != NULL && key->name != NULL; key++)
        visit(context, key->name);
}

static void visit_search(void *context, const char *name) {
    consider(context, name);
}

const char *dlt_names_nearest(const dlt_names *names, const char *name) {
    name_search search = {.name = name};
    each_name(names, visit_search, &search);
    return search.nearest;
}

typedef struct joined_names {
    char *out;
    size_t bytes;
    size_t used;
    bool full;
} joined_names;

static void visit_join(void *context, const char *name) {
    joined_names *joined = context;
    const char *comma = joined->used > 0 ? ", " : "";
    char *end = joined->out + joined->used;
    size_t room = joined->bytes - joined->used;
    if (joined->full)
        return;
    /* Room is kept for the mark of a shortened list. */
    joined->full = strlen(comma) + strlen(name) + sizeof ", ..." > room;
    joined->used += (size_t)snprintf(end, room, "%s%s", comma, joined->full ? "..." : name);
}

void dlt_names_join(const dlt_names *names, char *out, size_t bytes) {
    joined_names joined = {.out = out, .bytes = bytes};
    out[0] = '\0';
    each_name(names, visit_join, &joined);
}

void dlt_names_suggest(const dlt_names *names, const char *name, char *out, size_t bytes) {
    static const char prefix[] = "; known: ";
    const char *nearest = dlt_names_nearest(names, name);
    if (nearest != NULL) {
        snprintf(out, bytes, "; did you mean '%s'?", nearest);
        return;
    }
    dlt_names_join(names, out + sizeof prefix - 1, bytes - (sizeof prefix - 1));
    if (out[sizeof prefix - 1] == '\0')
        out[0] = '\0';
    else
        memcpy(out, prefix, sizeof prefix - 1);
}

const char *dlt_nearest_entry(const dlt_registry_entry *const *registry, const char *name) {
    return dlt_names_nearest(&(dlt_names){.registry = registry}, name);
}

const char *dlt_nearest_key(const dlt_key *keys, const char *name) {
    return dlt_names_nearest(&(dlt_names){.keys = keys}, name);
}

const dlt_key *dlt_keys_find(const dlt_key *keys, const char *name) {
    for (; keys != NULL && keys->name != NULL; keys++)
        if (strcmp(keys->name, name) == 0)
            return keys;
    return NULL;
}

int dlt_enum_names_find(const char *const *enum_names, const char *name) {
    for (int i = 0; enum_names != NULL && enum_names[i] != NULL; i++)
        if (strcmp(enum_names[i], name) == 0)
            return i;
    return -1;
}
