/* For every key of a table of keys two overrides that give it different values, found from the
 * table alone. */
#ifndef DLT_TESTS_KEY_CHANGES_H
#define DLT_TESTS_KEY_CHANGES_H

#include "base/text.h"
#include "config/config.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* path: as dlt_config_walk names the value; the overrides are "KEY=VALUE". */
typedef void key_change_visit(void *context, const char *path, const char *first,
                              const char *second);

typedef struct key_changes {
    key_change_visit *visit;
    void *context;
    dlt_text text; /* what stands before and after the value */
} key_changes;

/* Texts that only some words may stand in; of others any two will do. */
static inline const char *key_change_word(const char *name, int which) {
    static const char *const words[][3] = {{"precision", "fp32", "bf16"},
                                           {"strategy", "replicated", "sharded"},
                                           {"kernels", "blas", "ref"},
                                           {"monitor", "train_loss", "val_loss"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], name) == 0)
            return words[i][1 + which];
    return which == 0 ? "first" : "second";
}

static inline double key_change_number(const dlt_key *key, int which) {
    bool whole = key->type == DLT_KEY_INT || key->type == DLT_KEY_INTS;
    bool any = key->minimum == 0 && key->maximum == 0 && !(key->flags & DLT_KEY_OPEN_LOW);
    bool no_maximum = key->maximum == 0 || isinf(key->maximum);
    double width =
        any || no_maximum || key->maximum - key->minimum > 4 ? 4 : key->maximum - key->minimum;
    double low = any ? 0 : key->minimum;
    if (whole)
        return low + (width > 2 ? 1 : 0) + which;
    return low + width * (which == 0 ? 0.25 : 0.5);
}

/* A value of a key that is none of choices. */
static inline void key_change_value(const dlt_key *key, int which, dlt_text *out) {
    switch (key->type) {
    case DLT_KEY_BOOL:
        dlt_text_add(out, which == 0 ? "true" : "false");
        break;
    case DLT_KEY_INT:
    case DLT_KEY_REAL:
        dlt_text_add(out, "%.15g", key_change_number(key, which));
        break;
    case DLT_KEY_STRING:
        dlt_text_add(out, "%s", key_change_word(key->name, which));
        break;
    case DLT_KEY_ENUM:
        dlt_text_add(out, "%s", key->enum_names[which]);
        break;
    default:
        dlt_text_add(out, "[");
        for (int64_t i = 0; i < (key->least > 1 ? key->least : 1); i++)
            if (key->type == DLT_KEY_STRINGS)
                dlt_text_add(out, "%s%s", i > 0 ? ", " : "", key_change_word(key->name, which));
            else
                dlt_text_add(out, "%s%.15g", i > 0 ? ", " : "", key_change_number(key, which));
        dlt_text_add(out, "]");
    }
}

static inline void key_change_item(const dlt_registry_entry *kind, const dlt_key *row, int which,
                                   dlt_text *out);

/* A value of any key; of choices the kind of that number. */
static inline void key_change_any(const dlt_key *key, int which, dlt_text *out) {
    if (key->registry == NULL) {
        key_change_value(key, which, out);
        return;
    }
    bool is_list = key->type == DLT_KEY_SELECTIONS;
    dlt_text_add(out, is_list ? "[" : "");
    key_change_item(key->registry[which], NULL, 0, out);
    dlt_text_add(out, is_list ? "]" : "");
}

/* {kind: {what is required, row: value}} */
static inline void key_change_item(const dlt_registry_entry *kind, const dlt_key *row, int which,
                                   dlt_text *out) {
    dlt_text_add(out, "{%s: {", kind->name);
    const char *between = "";
    for (const dlt_key *key = kind->keys; key != NULL && key->name != NULL; key++) {
        if (key != row && key->default_value != NULL)
            continue;
        dlt_text_add(out, "%s%s: ", between, key->name);
        key_change_any(key, key == row ? which : 0, out);
        between = ", ";
    }
    dlt_text_add(out, "}}");
}

/* Of the only item of a list: "model.0", or "loss" where an item by itself stands for the list. */
static inline const char *key_change_first(const dlt_key *key) {
    return key->type == DLT_KEY_SELECTIONS && !(key->flags & DLT_KEY_SINGLE) ? ".0" : "";
}

static inline void key_changes_of_table(key_changes *all, const char *prefix, const dlt_key *keys);

static inline void key_change_give(const key_changes *all, const char *path, dlt_text texts[2]) {
    all->visit(all->context, path, dlt_text_of(&texts[0]), dlt_text_of(&texts[1]));
    dlt_text_destroy(&texts[0]);
    dlt_text_destroy(&texts[1]);
}

static inline void key_changes_of_choices(const key_changes *all, const char *name,
                                          const dlt_key *key) {
    bool is_list = key->type == DLT_KEY_SELECTIONS;
    char path[512];
    for (const dlt_registry_entry *const *kind = key->registry; *kind != NULL; kind++)
        for (const dlt_key *row = (*kind)->keys; row != NULL && row->name != NULL; row++) {
            dlt_text texts[2] = {DLT_TEXT_EMPTY, DLT_TEXT_EMPTY};
            for (int which = 0; which < 2; which++) {
                dlt_text_add(&texts[which], is_list ? "%s=[" : "%s=", name);
                key_change_item(*kind, row, which, &texts[which]);
                dlt_text_add(&texts[which], is_list ? "]" : "");
            }
            snprintf(path, sizeof path, "%s%s.%s.%s", name, key_change_first(key), (*kind)->name,
                     row->name);
            /* Of an initializer that differs in kind, or another choice, the kind is the value. */
            if (row->type == DLT_KEY_SELECTIONS)
                snprintf(path + strlen(path), sizeof path - strlen(path), ".0");
            key_change_give(all, path, texts);
        }
}

/* The keys that stand beside every kind of an item: `{dense: {units: 1}, name: first}`. */
static inline void key_changes_of_common(const key_changes *all, const char *name,
                                         const dlt_key *key) {
    char path[512];
    for (const dlt_key *row = key->section; row != NULL && row->name != NULL; row++) {
        dlt_text texts[2] = {DLT_TEXT_EMPTY, DLT_TEXT_EMPTY};
        for (int which = 0; which < 2; which++) {
            dlt_text_add(&texts[which], "%s=[", name);
            key_change_item(key->registry[0], NULL, 0, &texts[which]);
            texts[which].used--; /* opens the item again */
            dlt_text_add(&texts[which], ", %s: ", row->name);
            key_change_any(row, which, &texts[which]);
            dlt_text_add(&texts[which], "}]");
        }
        snprintf(path, sizeof path, "%s%s.%s", name, key_change_first(key), row->name);
        key_change_give(all, path, texts);
    }
}

static inline void key_changes_of_table(key_changes *all, const char *prefix, const dlt_key *keys) {
    for (const dlt_key *key = keys; key->name != NULL; key++) {
        char name[256];
        snprintf(name, sizeof name, "%s%s", prefix, key->name);
        if (key->type == DLT_KEY_SECTION) {
            snprintf(name, sizeof name, "%s%s.", prefix, key->name);
            key_changes_of_table(all, name, key->section);
            continue;
        }
        dlt_text texts[2] = {DLT_TEXT_EMPTY, DLT_TEXT_EMPTY};
        for (int which = 0; which < 2; which++) {
            dlt_text_add(&texts[which], "%s=", name);
            key_change_any(key, which, &texts[which]);
        }
        char path[260];
        snprintf(path, sizeof path, "%s%s", name, key_change_first(key));
        key_change_give(all, path, texts);
        if (key->registry != NULL)
            key_changes_of_choices(all, name, key);
        if (key->type == DLT_KEY_SELECTIONS)
            key_changes_of_common(all, name, key);
    }
}

#endif
