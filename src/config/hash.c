/* The identity of settings: a hash over names and values, so that it is the same on every machine
 * and does not know whether a default was written out. */
#include "base/hash.h"
#include "base/json.h"
#include "config/config.h"
#include "config/print.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t hash_value(uint64_t seed, const dlt_key *key, const void *field);

/* With its terminator, so that "ab", "c" differs from "a", "bc"; NULL differs from any text. */
static uint64_t hash_string_value(uint64_t seed, const char *value) {
    return value != NULL ? dlt_hash(seed, value, strlen(value) + 1) : dlt_hash(seed, "\0null", 5);
}

static uint64_t hash_int_value(uint64_t seed, const dlt_key *key, int64_t value) {
    char number[32];
    const char *word = dlt_enum_name_of(key, value);
    snprintf(number, sizeof number, "%" PRId64, value);
    return hash_string_value(seed, word != NULL ? word : number);
}

static uint64_t hash_real_value(uint64_t seed, double value) {
    char number[32];
    dlt_format_real(value, number, sizeof number);
    return hash_string_value(seed, isnan(value) ? NULL : number);
}

static uint64_t hash_count(uint64_t seed, int64_t count) {
    char number[32];
    snprintf(number, sizeof number, "[%" PRId64 "]", count);
    return hash_string_value(seed, number);
}

static uint64_t hash_bool(uint64_t seed, const dlt_key *key, const void *field) {
    (void)key;
    return hash_string_value(seed, *(const bool *)field ? "true" : "false");
}

static uint64_t hash_int(uint64_t seed, const dlt_key *key, const void *field) {
    return hash_int_value(seed, key, *(const int64_t *)field);
}

static uint64_t hash_real(uint64_t seed, const dlt_key *key, const void *field) {
    (void)key;
    return hash_real_value(seed, *(const double *)field);
}

static uint64_t hash_string(uint64_t seed, const dlt_key *key, const void *field) {
    (void)key;
    return hash_string_value(seed, *(const char *const *)field);
}

static uint64_t hash_enum(uint64_t seed, const dlt_key *key, const void *field) {
    return hash_string_value(seed, key->enum_names[*(const int *)field]);
}

static uint64_t hash_ints(uint64_t seed, const dlt_key *key, const void *field) {
    const dlt_ints *list = field;
    seed = hash_count(seed, list->count);
    for (int64_t i = 0; i < list->count; i++)
        seed = hash_int_value(seed, key, list->at[i]);
    return seed;
}

static uint64_t hash_reals(uint64_t seed, const dlt_key *key, const void *field) {
    (void)key;
    const dlt_reals *list = field;
    seed = hash_count(seed, list->count);
    for (int64_t i = 0; i < list->count; i++)
        seed = hash_real_value(seed, list->at[i]);
    return seed;
}

static uint64_t hash_strings(uint64_t seed, const dlt_key *key, const void *field) {
    (void)key;
    const dlt_strings *list = field;
    seed = hash_count(seed, list->count);
    for (int64_t i = 0; i < list->count; i++)
        seed = hash_string_value(seed, list->at[i]);
    return seed;
}

static uint64_t hash_section(uint64_t seed, const dlt_key *key, const void *field) {
    return dlt_config_hash(hash_string_value(seed, "{"), key->section, field);
}

static uint64_t hash_selection(uint64_t seed, const dlt_key *key, const void *field) {
    const dlt_selection *selection = field;
    if (selection->kind == NULL)
        return hash_string_value(seed, NULL);
    seed = hash_string_value(seed, selection->kind->name);
    seed =
        dlt_config_hash(hash_string_value(seed, "{"), selection->kind->keys, selection->settings);
    return dlt_config_hash(hash_string_value(seed, "+"), key->section, selection->common);
}

static uint64_t hash_selections(uint64_t seed, const dlt_key *key, const void *field) {
    const dlt_selection_list *list = field;
    if (key->flags & DLT_KEY_SINGLE && list->count == 1)
        return hash_selection(seed, key, &list->at[0]);
    seed = hash_count(seed, list->count);
    for (int64_t i = 0; i < list->count; i++)
        seed = hash_selection(seed, key, &list->at[i]);
    return seed;
}

static uint64_t hash_named(uint64_t seed, const dlt_key *key, const void *field) {
    const dlt_named_list *list = field;
    seed = hash_count(seed, list->count);
    for (int64_t i = 0; i < list->count; i++)
        seed = dlt_config_hash(hash_string_value(seed, list->at[i].name), key->section,
                               list->at[i].settings);
    return seed;
}

static hash_value *const hashers[] = {
    [DLT_KEY_BOOL] = hash_bool,
    [DLT_KEY_INT] = hash_int,
    [DLT_KEY_REAL] = hash_real,
    [DLT_KEY_STRING] = hash_string,
    [DLT_KEY_ENUM] = hash_enum,
    [DLT_KEY_INTS] = hash_ints,
    [DLT_KEY_REALS] = hash_reals,
    [DLT_KEY_STRINGS] = hash_strings,
    [DLT_KEY_SECTION] = hash_section,
    [DLT_KEY_SELECTION] = hash_selection,
    [DLT_KEY_SELECTIONS] = hash_selections,
    [DLT_KEY_NAMED] = hash_named,
};

uint64_t dlt_config_hash(uint64_t seed, const dlt_key *keys, const void *settings) {
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        if (key->flags & DLT_KEY_NO_IDENTITY)
            continue;
        seed = hash_string_value(seed, key->name);
        seed = hashers[key->type](seed, key, dlt_field_of(key, settings));
    }
    return hash_string_value(seed, "}");
}
