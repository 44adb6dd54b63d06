/* Rank 0 says whether there is something to import. Then the first rank of each machine does it,
 * and all learn the path of their machine's folder before anybody opens a file in it. */
#include "tools/imported.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "comm/collectives.h"
#include "engine/splits.h"
#include "ingest/guess.h"
#include "io/scratch.h"
#include "tools/recipe.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* What the import makes, and how its folder is called. */
#define SHARD_ENDING "-00000-of-00001.h5"
#define SHARD        "train" SHARD_ENDING
#define PURPOSE      "import"

static bool ends_with(const char *text, const char *end) {
    const size_t length = strlen(text);
    const size_t tail = strlen(end);
    return length >= tail && strcasecmp(text + length - tail, end) == 0;
}

static bool is_named_as_hdf5(const char *source) {
    return ends_with(source, ".h5") || ends_with(source, ".hdf5");
}

/* A folder, or an archive of one: images can be like samples that no import has made. */
static bool may_be_images(const char *source) {
    return dlt_guess_is_data(source) && !dlt_guess_is_table(source);
}

/* A folder may have the name of a data set beside it, which is meant then; one of pictures is data.
 */
static dlt_status look_at_folder(const char *source, bool *out) {
    bool has_set = false;
    DLT_TRY(dlt_dataset_find(source, &has_set));
    return has_set ? DLT_OK : dlt_guess_has_pictures(source, out);
}

/* Whether it must be imported. A file's bytes say that it is HDF5; a name that leads nowhere may be
 * a prefix. */
static dlt_status look_at(const char *source, bool *out) {
    struct stat facts;
    const bool is_there = stat(source, &facts) == 0;
    *out = false;
    if (is_there && S_ISDIR(facts.st_mode))
        return look_at_folder(source, out);
    *out = is_there && S_ISREG(facts.st_mode) && facts.st_size > 0 && !is_named_as_hdf5(source) &&
           !dlt_h5_is_hdf5(source);
    if (!is_there && dlt_guess_is_data(source))
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", source, strerror(errno));
    return DLT_OK;
}

static const char *temporary_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

static dlt_status check_target(dlt_h5_lock *h5_lock, const dlt_imported_options *options,
                               const dlt_imported *imported) {
    dlt_text path = DLT_TEXT_EMPTY;
    dlt_h5_file *file = NULL;
    dlt_text_add(&path, "%s/" SHARD, imported->folder);
    dlt_status status = dlt_text_check(&path);
    if (status == DLT_OK)
        status = dlt_h5_open(h5_lock, dlt_text_of(&path), &file);
    if (status == DLT_OK && !dlt_h5_exists(file, "y"))
        status = dlt_fail(DLT_ERR_FORMAT,
                          "%s has no targets, which an evaluation needs; `dltrain predict` needs "
                          "none",
                          options->source);
    dlt_h5_close(&file);
    dlt_text_destroy(&path);
    return status;
}

static void mark_progress(void *context, const char *split, int64_t done, int64_t total) {
    (void)split;
    (void)done;
    (void)total;
    dlt_heartbeat_progress(context);
}

static dlt_status import_source(const dlt_imported_options *options, const dlt_imported *imported) {
    dlt_likeness likeness = {.identity = {0}};
    dlt_h5_lock *h5_lock = NULL;
    const dlt_import_options import = {.description = options->source,
                                       .like = &likeness.like,
                                       .output = {.folder = imported->folder,
                                                  .is_passing = true,
                                                  .progress = mark_progress,
                                                  .progress_context = options->heartbeat,
                                                  .stop = options->stop}};
    const dlt_line_sink to_console = {.take = dlt_line_to_file, .context = options->console};
    dlt_status status = dlt_h5_lock_create(&h5_lock);
    if (status == DLT_OK)
        status = dlt_likeness_recall(h5_lock, options->checkpoint, options->checkpoint, &likeness);
    if (status == DLT_OK && likeness.like.recipe == NULL && !may_be_images(options->source))
        status = dlt_fail(DLT_ERR_FORMAT,
                          "%s is not an HDF5 file, and cannot be imported like the training data, "
                          "which `dltrain data import` has not made from a table",
                          options->source);
    if (status == DLT_OK)
        status = dlt_import(&import, options->console != NULL ? &to_console : NULL);
    if (status == DLT_OK && options->needs_target)
        status = check_target(h5_lock, options, imported);
    dlt_h5_lock_destroy(&h5_lock);
    dlt_likeness_destroy(&likeness);
    return status;
}

/* The path of the machine's first rank becomes that of all: the others add nothing. */
static dlt_status share_folder(const dlt_comm *comm, dlt_imported *imported) {
    enum { WORDS = DLT_PATH_BYTES / sizeof(uint64_t) };
    uint64_t words[WORDS] = {0};
    int place = 0;
    memcpy(words, imported->folder, sizeof words);
    DLT_TRY(dlt_machine_sum_u64(comm, words, WORDS, &place));
    memcpy(imported->folder, words, sizeof words);
    return DLT_OK;
}

dlt_status dlt_imported_make(const dlt_imported_options *options, dlt_imported *out) {
    const dlt_comm *comm = options->comm;
    uint64_t none = 0;
    int place = 0;
    *out = (dlt_imported){.is_needed = false};
    dlt_status status =
        dlt_comm_rank(comm) == 0 ? look_at(options->source, &out->is_needed) : DLT_OK;
    DLT_TRY(dlt_agree_first(comm, status));
    DLT_TRY(dlt_broadcast(comm, &out->is_needed, (int64_t)sizeof out->is_needed));
    if (!out->is_needed)
        return DLT_OK;
    DLT_TRY(dlt_machine_sum_u64(comm, &none, 1, &place));
    dlt_heartbeat_doing(options->heartbeat, DLT_PHASE_SETTING_UP, "importing the data");
    if (place == 0) {
        status = dlt_scratch_make(temporary_folder(), PURPOSE, out->folder, sizeof out->folder);
        out->owns = status == DLT_OK;
        if (status == DLT_OK)
            status = import_source(options, out);
    }
    /* Where rank 0 fails, no other needs to be named. */
    DLT_TRY(dlt_agree_first(comm, dlt_comm_rank(comm) == 0 ? status : DLT_OK));
    DLT_TRY(dlt_agree(comm, status));
    DLT_TRY(share_folder(comm, out));
    const int length = snprintf(out->data_set, sizeof out->data_set, "%s/train", out->folder);
    return length < (int)sizeof out->data_set
               ? DLT_OK
               : dlt_fail(DLT_ERR_ARG, "the path %s is too long", out->folder);
}

void dlt_imported_blame_source(const dlt_imported *imported, const char *source) {
    char message[DLT_ERROR_MESSAGE_BYTES];
    const char *said = dlt_error_message();
    const char *made = imported->is_needed && imported->data_set[0] != '\0'
                           ? strstr(said, imported->data_set)
                           : NULL;
    if (made == NULL)
        return;
    const char *end = made + strlen(imported->data_set);
    if (strncmp(end, SHARD_ENDING, sizeof SHARD_ENDING - 1) == 0)
        end += sizeof SHARD_ENDING - 1;
    snprintf(message, sizeof message, "%.*s%s%s", (int)(made - said), said, source, end);
    dlt_error_adopt(message, dlt_error_trace());
}

void dlt_imported_remove(dlt_imported *imported) {
    if (imported->owns)
        dlt_scratch_remove(imported->folder);
    imported->owns = false;
}
