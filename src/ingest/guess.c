/* A folder or an archive holds pictures, as image_layout.c finds them; another file is a table, or
 * plain text where its name ends so. The result is the text of a description, which is then read
 * like any other, settings included; what these leave open of a table, csv_guess.c finds out. */
#include "ingest/guess.h"

#include "base/alloc.h"
#include "base/error.h"
#include "config/print.h"
#include "ingest/csv_guess.h"
#include "ingest/image_layout.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char *const archive_endings[] = {".tar",    ".tar.gz", ".tgz",     ".tar.bz2", ".tbz2",
                                              ".tar.xz", ".txz",    ".tar.zst", ".tzst",    NULL};
static const char *const table_endings[] = {".csv", ".csv.gz", ".tsv", ".tsv.gz", NULL};
static const char *const text_endings[] = {".txt", ".txt.gz", NULL};

/* The ending that a path has in a list, longest first where one ends in another; NULL: none. */
static const char *ending_of(const char *path, const char *const *endings) {
    const size_t length = strlen(path);
    for (; *endings != NULL; endings++) {
        const size_t bytes = strlen(*endings);
        if (length > bytes && strcasecmp(path + length - bytes, *endings) == 0)
            return *endings;
    }
    return NULL;
}

static bool is_folder(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

bool dlt_guess_is_table(const char *path) {
    return ending_of(path, table_endings) != NULL;
}

bool dlt_guess_is_data(const char *path) {
    return is_folder(path) || ending_of(path, archive_endings) != NULL ||
           ending_of(path, text_endings) != NULL || dlt_guess_is_table(path);
}

/* The folder that the data is in, its name there, and the data set's name: that without its ending.
 * A folder called "." has the name that its path ends in. */
static dlt_status split_path(const char *path, dlt_text *folder, dlt_text *name, dlt_text *title) {
    const bool has_files = is_folder(path);
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    char real[PATH_MAX];
    if (has_files) {
        if (realpath(path, real) == NULL)
            return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
        base = strrchr(real, '/') + 1;
    }
    const char *ending = has_files ? NULL : ending_of(base, archive_endings);
    if (ending == NULL && !has_files)
        ending = ending_of(base, table_endings);
    if (ending == NULL && !has_files)
        ending = ending_of(base, text_endings);
    dlt_text_add_bytes(title, base, strlen(base) - (ending != NULL ? strlen(ending) : 0));
    dlt_text_add(name, "%s", has_files ? "." : base);
    if (has_files)
        dlt_text_add(folder, "%s", path);
    else if (slash == NULL)
        dlt_text_add(folder, ".");
    else
        dlt_text_add_bytes(folder, path, slash == path ? 1 : (size_t)(slash - path));
    DLT_TRY(dlt_text_check(title));
    DLT_TRY(dlt_text_check(name));
    return dlt_text_check(folder);
}

dlt_status dlt_guess_has_pictures(const char *folder, bool *out) {
    dlt_image_layout layout;
    dlt_status status = dlt_image_layout_find(folder, &layout);
    *out = layout.pictures > 0;
    dlt_image_layout_destroy(&layout);
    return status;
}

static void add_place(const char *split, const char *path, const char *folder, dlt_text *text) {
    dlt_text_add(text, "%s: {path: ", split);
    dlt_print_string(path, text);
    dlt_text_add(text, ", folder: ");
    dlt_print_string(folder, text);
    dlt_text_add(text, "}");
}

static dlt_status describe_pictures(const dlt_import_options *options, const char *path,
                                    dlt_text *out) {
    dlt_image_layout layout;
    dlt_status status = dlt_image_layout_find(options->description, &layout);
    if (status == DLT_OK && !layout.has_classes && options->like == NULL)
        status = dlt_fail(DLT_ERR_ARG,
                          "the pictures in %s are not in class folders (CLASS/NAME), so that they "
                          "have no targets; --like RUN imports them for a prediction",
                          options->description);
    const bool may_be_classes = options->like != NULL && options->like->class_names != NULL;
    if (status == DLT_OK && layout.splits_lack_classes && !may_be_classes)
        status =
            dlt_fail(DLT_ERR_ARG,
                     "the folders of the pictures in %s are named like splits and hold no class "
                     "folders (train/CLASS/NAME); the names of splits are %s; only a description "
                     "takes such folders as classes",
                     options->description, dlt_text_of(&layout.part_names));
    if (status == DLT_OK && options->output.is_passing && layout.splits[DLT_SPLIT_TRAIN].used > 0)
        status = dlt_fail(DLT_ERR_ARG, "%s holds several splits; name one of them, such as %s/%s",
                          options->description, options->description,
                          dlt_text_of(&layout.splits[DLT_SPLIT_TRAIN]));
    dlt_text_add(out, "images: {class_folders: %s", layout.has_classes ? "true" : "false");
    const bool has_splits = layout.splits[DLT_SPLIT_TRAIN].used > 0;
    for (dlt_split split = 0; has_splits && split < DLT_SPLITS; split++)
        if (layout.splits[split].used > 0) {
            dlt_text_add(out, ", ");
            add_place(dlt_split_name(split), path, dlt_text_of(&layout.splits[split]), out);
        }
    if (!has_splits) {
        dlt_text_add(out, ", ");
        add_place("train", path, dlt_text_of(&layout.top), out);
    }
    dlt_text_add(out, "}");
    dlt_image_layout_destroy(&layout);
    return status;
}

dlt_status dlt_guess_table(const dlt_import_options *options, const dlt_config *config,
                           const dlt_selection *format, dlt_guess *guess) {
    const dlt_csv_settings *given = format->settings;
    const char *slash = strrchr(options->description, '/');
    const char *base = slash != NULL ? slash + 1 : options->description;
    if (given->file.count != 1 || strcmp(given->file.at[0], base) != 0)
        return dlt_fail(DLT_ERR_ARG,
                        "%s is the table itself, beside which the key 'file' means nothing",
                        options->description);
    DLT_TRY(DLT_NEW(guess->table, 1));
    DLT_TRY(dlt_csv_guess_make(options->description, config, given, &options->output, guess->table,
                               &guess->notes));
    guess->format = *format;
    guess->format.settings = &guess->table->settings;
    return DLT_OK;
}

dlt_status dlt_guess_description(const dlt_import_options *options, dlt_guess *out) {
    const char *path = options->description;
    dlt_text name = DLT_TEXT_EMPTY;
    dlt_text title = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    *out = (dlt_guess){0};
    if (options->source != NULL)
        DLT_TRY_OUT(dlt_fail(DLT_ERR_ARG,
                             "%s is the data itself, beside which --source means nothing", path));
    DLT_TRY_OUT(split_path(path, &out->source, &name, &title));
    dlt_text_add(&out->document, "name: ");
    dlt_print_string(dlt_text_of(&title), &out->document);
    dlt_text_add(&out->document, "\nformat: {");
    const bool is_text = !is_folder(path) && ending_of(path, text_endings) != NULL;
    out->is_table = !is_text && !is_folder(path) && ending_of(path, archive_endings) == NULL;
    if (out->is_table || is_text) {
        dlt_text_add(&out->document, "%s: {file: [", is_text ? "text" : "csv");
        dlt_print_string(dlt_text_of(&name), &out->document);
        dlt_text_add(&out->document, "]}");
    } else {
        DLT_TRY_OUT(describe_pictures(options, dlt_text_of(&name), &out->document));
    }
    dlt_text_add(&out->document, "}\n");
    status = dlt_text_check(&out->document);
out:
    dlt_text_destroy(&title);
    dlt_text_destroy(&name);
    return status;
}

void dlt_guess_destroy(dlt_guess *guess) {
    if (guess->table != NULL)
        dlt_csv_guess_destroy(guess->table);
    dlt_free(guess->table);
    dlt_text_destroy(&guess->document);
    dlt_text_destroy(&guess->source);
    dlt_text_destroy(&guess->notes);
}
