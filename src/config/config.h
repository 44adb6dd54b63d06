/* The configuration: a YAML document read strictly through tables of keys. */
#ifndef DLT_CONFIG_CONFIG_H
#define DLT_CONFIG_CONFIG_H

#include "base/text.h"
#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_config dlt_config;

/** Reads a YAML file and applies overrides of the form "a.b.0.c=VALUE", VALUE being YAML.
 *  Collective: Not collective
 *  Owns:       caller owns *out; settings read from it borrow from it
 *  Errors:     IO if the file cannot be read; CONFIG with file, line and column for YAML that is
 *              malformed, has duplicate keys, anchors or tags, several documents, or is over 1 MiB;
 *              MEM
 */
DLT_CHECKED dlt_status dlt_config_load(const char *path, const char *const *overrides,
                                       int override_count, dlt_config **out);

/** The same from text in memory; `source` stands for the file's name in messages.
 *  Collective: Not collective
 *  Owns:       caller owns *out; text and source are copied
 *  Errors:     as dlt_config_load
 */
DLT_CHECKED dlt_status dlt_config_parse(const char *text, const char *source,
                                        const char *const *overrides, int override_count,
                                        dlt_config **out);

void dlt_config_destroy(dlt_config **config);

/** Puts YAML text at a dotted path of the document, in the place of what stands there. label: the
 * place that messages name. Errors: CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_config_put(dlt_config *config, const char *path, const char *text,
                                      const char *label);

/** A key beside an item, as YAML text; NULL: none. */
typedef struct dlt_config_key {
    const char *name;
    const char *text;
} dlt_config_key;

/** Appends YAML text to the list at a dotted path of the document, with keys beside it. Errors:
 * CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_config_append(dlt_config *config, const char *path, const char *text,
                                         const char *label, const dlt_config_key *beside,
                                         int count);

/** Fills settings from the whole document through a table; every key checked, defaults filled in.
 *  Collective: Not collective
 *  Owns:       settings borrow strings, lists and selections from config
 *  Errors:     CONFIG "FILE:LINE:COLUMN: …" for an unknown key (with the nearest name), a missing
 *              required key, a wrong type, a value out of range (with what was expected); MEM
 */
DLT_CHECKED dlt_status dlt_config_read(dlt_config *config, const dlt_key *keys, void *settings);

/** Fills the field of one key of the top alone, before the others can be read. Errors as
 * dlt_config_read, of this key. */
DLT_CHECKED dlt_status dlt_config_read_key(dlt_config *config, const dlt_key *keys,
                                           const char *name, void *settings);

/** Fills settings with the defaults of a table. CONFIG if a key is required. */
DLT_CHECKED dlt_status dlt_config_defaults(dlt_config *config, const dlt_key *keys, void *settings);

/** Reads one selection from YAML text such as "conv2d: {filters: 8, kernel: 3}" or "relu".
 *  Used by self-tests and by what stands in string keys. Errors as dlt_config_read. */
DLT_CHECKED dlt_status dlt_config_choose(dlt_config *config, const char *text,
                                         const dlt_registry_entry *const *registry,
                                         dlt_selection *out);

/** Prints settings as YAML that reads back to the same values; indent in spaces. */
void dlt_config_print(const dlt_key *keys, const void *settings, int indent, dlt_text *out);

/** Chained hash of all values that are not DLT_KEY_NO_IDENTITY. */
uint64_t dlt_config_hash(uint64_t seed, const dlt_key *keys, const void *settings);

/** One value of settings, as dlt_config_walk gives it. */
typedef struct dlt_config_value {
    const char *path; /* "train.epochs", "model.0.dense.units"; the kind of an item is "model.0" */
    const char *text; /* as in a run file; of a list of items their number as "3 items" */
    unsigned resume;  /* never AS_ABOVE */
} dlt_config_value;

typedef void dlt_config_visit(void *context, const dlt_config_value *value);

/** Visits every single value of settings in the order of the tables, defaults included. Not
 * collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_config_walk(const dlt_key *keys, const void *settings,
                                       dlt_config_visit *visit, void *context);

/** What becomes of a resumed run when the key at a dotted path has changed; never AS_ABOVE. */
unsigned dlt_config_resume_of(const dlt_key *keys, const char *dotted_path);
/** The same as half a sentence for help: "may change, and the run says so". */
void dlt_config_resume_help(unsigned resume, dlt_text *out);

/** Fails with CONFIG and "FILE:LINE:COLUMN: " before the sentence; for checks across keys. */
#define dlt_config_fail(position, ...)                                                             \
    ((void)dlt_config_fail_at(__FILE__, __LINE__, DLT_ERR_CONFIG, (position), __VA_ARGS__),        \
     DLT_ERR_CONFIG)
__attribute__((format(printf, 5, 6))) dlt_status dlt_config_fail_at(const char *file, int line,
                                                                    dlt_status code,
                                                                    const dlt_position *position,
                                                                    const char *format, ...);

/** Where a key of the document stands, by dotted path ("data.train"); line 0 if it is absent. */
dlt_position dlt_config_position(const dlt_config *config, const char *dotted_path);

/** An entry of a registry by name, or NULL. */
const dlt_registry_entry *dlt_registry_find(const dlt_registry_entry *const *registry,
                                            const char *name);

/** The nearest of the names (Damerau-Levenshtein distance at most a third of the length), or NULL.
 */
const char *dlt_nearest_entry(const dlt_registry_entry *const *registry, const char *name);
const char *dlt_nearest_key(const dlt_key *keys, const char *name);

/** Help for one table, folded to `columns` (0: not at all): behind each name its type, range and
 * default, then what it means; sections indented below. */
void dlt_config_help_keys(const dlt_key *keys, int indent, int columns, dlt_text *out);
/** Help for one row in full: the same facts in sentences, enum names, registry entries with their
 * summaries. */
void dlt_config_help_key(const char *dotted_path, const dlt_key *key, int columns, dlt_text *out);
/** Calls visit for each key with that name anywhere in the table, its sections and its registries,
 * with its dotted path. */
void dlt_config_each_named(const dlt_key *keys, const char *name,
                           void (*visit)(void *context, const char *path, const dlt_key *key),
                           void *context);
/** Calls visit for each key of a table that --set can name, with its dotted path: those of its
 *  sections and of each choice of a registry, too, but not those of a list's items, which have
 *  numbers. */
void dlt_config_each_key(const dlt_key *keys,
                         void (*visit)(void *context, const char *path, const dlt_key *key),
                         void *context);
/** "whole number, from 1 to 9, or auto; default 3" */
void dlt_config_facts(const dlt_key *key, dlt_text *out);
/** The row at a dotted path ("data.shuffle", "optimizer.adam.lr"), or NULL. */
const dlt_key *dlt_config_find_key(const dlt_key *keys, const char *dotted_path);
/** The dotted path of a key or registry entry that is nearest to one that leads nowhere, part by
 * part; an item's number is left out. False if a part has none near. */
bool dlt_config_nearest_path(const dlt_key *keys, const char *dotted_path, dlt_text *out);

#endif
