/** Tables of settings: one row per key of the run file gives parsing, range check, default, help,
 *  printing and hashing. A settings struct is filled by the offsets of its table.
 */
#ifndef DLTRAIN_EXTEND_KEYS_H
#define DLTRAIN_EXTEND_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a key holds, and the C type of its field. */
typedef enum dlt_key_type {
    DLT_KEY_BOOL,       /* bool */
    DLT_KEY_INT,        /* int64_t; enum_names[i], where allowed, reads as -1 - i */
    DLT_KEY_REAL,       /* double */
    DLT_KEY_STRING,     /* const char *, borrowed from the configuration; NULL for null */
    DLT_KEY_ENUM,       /* int: index into enum_names */
    DLT_KEY_INTS,       /* dlt_ints: a scalar is a list of one; names as with INT */
    DLT_KEY_REALS,      /* dlt_reals: a scalar is a list of one; names as with INT */
    DLT_KEY_STRINGS,    /* dlt_strings: a scalar is a list of one */
    DLT_KEY_SECTION,    /* a nested struct described by section */
    DLT_KEY_SELECTION,  /* dlt_selection: an entry of `registry`; kind NULL for null */
    DLT_KEY_SELECTIONS, /* dlt_selection_list: a list of them, each with the keys of section beside
                         * its own */
    DLT_KEY_NAMED       /* dlt_named_list: a mapping from the user's own names to settings of
                         * section, or to the value of its shorthand; or a list of names whose
                         * settings are all defaults */
} dlt_key_type;

typedef struct dlt_ints {
    int64_t count;
    const int64_t *at;
} dlt_ints;

typedef struct dlt_reals {
    int64_t count;
    const double *at;
} dlt_reals;

typedef struct dlt_strings {
    int64_t count;
    const char *const *at;
} dlt_strings;

struct dlt_registry_entry;

/** Where something stands in the run file; line 0 where it stands nowhere (a default). */
typedef struct dlt_position {
    const char *file; /* borrowed from the configuration; "--set KEY=VALUE" for an override */
    int line;
    int column; /* 0 for an override */
} dlt_position;

/** One item picked from a registry, with its settings. */
typedef struct dlt_selection {
    const struct dlt_registry_entry *kind; /* NULL for null */
    const void *settings;                  /* borrowed from the configuration */
    const void *common; /* settings of the row's `section`, with SELECTIONS; else NULL */
    dlt_position position;
} dlt_selection;

typedef struct dlt_selection_list {
    int64_t count;
    const dlt_selection *at; /* borrowed from the configuration */
} dlt_selection_list;

/** One item of a mapping from the user's own names. */
typedef struct dlt_named {
    const char *name;
    const void *settings; /* of the row's `section`; borrowed from the configuration */
    dlt_position position;
} dlt_named;

typedef struct dlt_named_list {
    int64_t count; /* -1 for null */
    const dlt_named *at;
} dlt_named_list;

enum {
    DLT_KEY_SHORTHAND = 1, /* `kind: VALUE` sets this key: `dense: 10` is `dense: {units: 10}` */
    DLT_KEY_NULLABLE = 2,  /* null is allowed: NAN for REAL, NULL for STRING, count -1 for lists */
    DLT_KEY_OPEN_LOW = 4,  /* the minimum itself is not allowed */
    DLT_KEY_OPEN_HIGH = 8, /* the maximum itself is not allowed */
    DLT_KEY_NO_IDENTITY =
        16, /* does not change what is computed: left out of the hash (names, logging) */
    DLT_KEY_SINGLE = 32 /* SELECTIONS: an item by itself stands for a list of one */
};

/** What becomes of a run that is resumed with another value of a key than its checkpoint was
 *  written with: one of the first four, CHANGES with or without those that follow it. */
enum {
    DLT_RESUME_AS_ABOVE = 0,  /* as the key that this one stands below; a key of the top: refused */
    DLT_RESUME_REFUSED = 1,   /* the stored state would mean something else */
    DLT_RESUME_FREE = 2,      /* nothing that is computed depends on it: it changes silently */
    DLT_RESUME_SAME_DATA = 4, /* not the name of the data is compared, but the data */
    DLT_RESUME_CHANGES = 8,   /* the new value counts from here on, and the run says so */
    DLT_RESUME_PATIENCE = 16, /* and patience is counted anew */
    DLT_RESUME_BEST =
        32, /* and so it is, and what values were compared with begins anew: the best value, and
                                   what the schedule remembers of it */
    DLT_RESUME_METRIC = 64, /* as BEST where the monitored value is a metric */
    DLT_RESUME_SUMS =
        128, /* and the loss and metric of the epoch under way are those of its rest */
    DLT_RESUME_SCHEDULE = 256 /* and the schedule's state begins anew */
};

/** One row. Tables end with a row whose name is NULL. */
typedef struct dlt_key {
    const char *name;
    dlt_key_type type;
    size_t offset;             /* of the field in the settings struct */
    const char *default_value; /* default in YAML ("0.01", "[1, 1]", "null", "{sgd: {}}"); NULL:
                             required. Sections need none: their rows have their own */
    double minimum;            /* of numbers and of list elements; both 0: any finite number */
    double maximum; /* 0 with a minimum above 0 or an open minimum of 0: no maximum; so does
                             what is infinite or beyond the range of int64_t */
    int64_t least;  /* length of lists; both 0: any */
    int64_t most;
    const char *const *enum_names; /* NULL-terminated */
    const struct dlt_key *section; /* SECTION, SELECTIONS, NAMED */
    size_t section_size;           /* SELECTIONS, NAMED: sizeof of the section's struct */
    const struct dlt_registry_entry *const *registry; /* NULL-terminated registry */
    unsigned flags;
    unsigned resume;
    unsigned resume_below; /* of the keys below this one; AS_ABOVE: as `resume` */
    const char *help; /* one sentence; says whose default it is where Keras and PyTorch differ */
    const char *
        formerly; /* the name of the key in earlier versions, or NULL: an error names the new one */
} dlt_key;

/** How every entry of a registry begins: layers, losses, optimizers, schedules, metrics,
 * transforms. */
typedef struct dlt_registry_entry {
    const char *name;
    const char *summary;  /* one sentence */
    const dlt_key *keys;  /* NULL: no settings */
    size_t settings_size; /* sizeof of the settings struct; 0: none */
} dlt_registry_entry;

#ifdef __cplusplus
}
#endif
#endif
