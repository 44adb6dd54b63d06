/** Making data sets: importing files that others publish, and drawing synthetic ones.
 *
 *  A description (datasets/NAME.yaml) names a format and what the files are expected to hold.
 * Either way the result is one set of HDF5 shards per split, OUT/train-00000-of-00001.h5 and
 *  OUT/test-00000-of-00001.h5 and so on, which appear whole or not at all.
 */
#ifndef DLTRAIN_IMPORT_H
#define DLTRAIN_IMPORT_H

#include "dltrain/line_sink.h"
#include "dltrain/shape.h"
#include "dltrain/status.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dlt_registry_entry;
struct dlt_file_set;

/** Told how far a split ("train") has come, now and then and at its end. While the files are looked
 * through before their first sample is known, `split` is NULL, `done` counts records or files, and
 * `total` is 0. */
typedef void dlt_import_progress(void *context, const char *split, int64_t done, int64_t total);

/** What importing and synthesising have in common. */
typedef struct dlt_import_output {
    const char *folder;                /* made if it is absent; NULL: NAME-imported */
    int64_t shards;                    /* files per split; 0 means 1 */
    bool overwrite;                    /* replace shards of the same splits that are there */
    bool is_passing;                   /* of one command: its folder and splits are not reported */
    const struct dlt_file_set *inputs; /* never replaced; may be NULL; of the library's own use */
    dlt_import_progress *progress;     /* may be NULL */
    void *progress_context;
    const volatile sig_atomic_t *stop; /* non-zero: gives up, and leaves nothing; may be NULL */
} dlt_import_output;

/** What is known of the data that new data is to be like. */
typedef struct dlt_import_likeness {
    const char *source;      /* its name in sentences */
    const char *recipe;      /* how it was imported; NULL: it was not, or is unknown */
    const char *class_names; /* newline-separated, in the order of the labels; NULL: unknown */
    dlt_shape sample;        /* rank 0: unknown */
    const char *sample_type; /* of its numbers as stored: "uint8", "float32"; NULL: unknown */
} dlt_import_likeness;

typedef struct dlt_import_options {
    /** Path of a YAML file as dlt_import_find gives it, or of the data itself: a folder or tar
     *  archive of pictures in class folders, a CSV table, a text (.txt). */
    const char *description;
    const char *source;          /* folder with the files; NULL where none is needed */
    const char *target;          /* column to predict of a table; NULL: as described */
    const char *const *settings; /* "KEY=VALUE" of the format, VALUE being YAML */
    int setting_count;
    const dlt_import_likeness *like; /* NULL: like none */
    dlt_import_output output;
} dlt_import_options;

typedef struct dlt_synth_options {
    const char *kind;            /* "digits", "blobs", "spirals", "line" */
    const char *const *settings; /* "samples=1000", "seed=3", "spread=0.5" */
    int setting_count;
    dlt_import_output output;
} dlt_synth_options;

/** All formats a description can name: importers of files, then synthetic sets. NULL-terminated. */
extern const struct dlt_registry_entry *const dlt_formats[];

/** True for the formats that need no files.
 *  Collective: Not collective
 *  Errors:     none
 */
bool dlt_format_is_synthetic(const struct dlt_registry_entry *format);

/** Imports the data set of a description and says on report (may be NULL) what was written.
 *  Collective: Not collective
 *  Errors:     CONFIG for the description; ARG for options; IO for files that cannot be read or
 *              written, for output that exists, and when it is to stop; FORMAT for files that are
 *              damaged or not what the description says; MEM
 */
DLT_CHECKED dlt_status dlt_import(const dlt_import_options *options, const dlt_line_sink *report);

/** Imports a table or pictures as the data was imported that `like` stands for: a run folder, a
 *  checkpoint or a data set. Columns are found by name; categories, classes and statistics are
 *  those of that one, and so are classes, size and channels of pictures. Targets may be missing.
 *  Collective: Not collective
 *  Errors:     as dlt_import; IO if `like` is none of these; FORMAT if it is damaged, or of another
 *              kind; CONFIG for a format that is neither a table nor pictures
 */
DLT_CHECKED dlt_status dlt_import_like(const char *like, const dlt_import_options *options,
                                       const dlt_line_sink *report);

/** Draws a synthetic data set; sample i of a split depends on the seed, the split and i alone.
 *  Collective: Not collective
 *  Errors:     ARG for an unknown kind; CONFIG for settings; IO; MEM
 */
DLT_CHECKED dlt_status dlt_synthesize(const dlt_synth_options *options,
                                      const dlt_line_sink *report);

/** Finds the description of a data set: a path (with a slash or ending in .yaml) stands for itself,
 *  a name is looked for as NAME.yaml in ./datasets, $DLTRAIN_DATASETS, the installed share folder
 *  and the source tree that the library was built from. A name that is none of these stands for
 *  itself where a folder, table or archive is called so.
 *  Collective: Not collective
 *  Errors:     ARG if there is none (says where it was looked for) or the path is longer than bytes
 */
DLT_CHECKED dlt_status dlt_import_find(const char *name, char *path, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
