/* Writes the shards of a split: create, write until the room is 0, finish, commit. Shards are
 * filled one after the other under temporary names and stay open until finish, because their
 * attributes hold statistics that are known only then. destroy removes every shard that was not
 * committed. The functions at the end find shards of a prefix by name, to count, check or remove
 * earlier ones. */
#include "data/shards.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "data/identity.h"
#include "io/atomic_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct shard {
    char *path;
    char *temporary;
    dlt_h5_file *file;
    uint64_t fingerprint; /* of the x and y bytes written so far, block by block */
    bool exists;          /* under its temporary name */
    bool committed;
} shard;

struct dlt_shard_set {
    dlt_h5_lock *h5_lock;
    dlt_split_facts facts;
    int64_t count;
    shard *shards; /* [count]; owned */
    int64_t current;
    int64_t row; /* in the current shard */
    dlt_h5_dataset *x;
    dlt_h5_dataset *y;
    dlt_h5_dataset *record;
};

static int64_t first_sample(const dlt_shard_set *set, int64_t index) {
    /* floor(index * N / S) without overflow for any N. */
    int64_t whole = set->facts.samples / set->count;
    int64_t rest = set->facts.samples % set->count;
    return index * whole + index * rest / set->count;
}

static int64_t shard_samples(const dlt_shard_set *set, int64_t index) {
    return first_sample(set, index + 1) - first_sample(set, index);
}

static dlt_status name_shard(dlt_shard_set *set, const char *folder, const char *prefix,
                             int64_t index) {
    dlt_text path = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    shard *one = &set->shards[index];
    dlt_text_add(&path, "%s/%s-%05lld-of-%05lld.h5", folder, prefix, (long long)index,
                 (long long)set->count);
    DLT_TRY_OUT(dlt_text_check(&path));
    one->path = dlt_alloc_text(dlt_text_of(&path));
    DLT_TRY_OUT(one->path == NULL ? DLT_ERR_MEM : DLT_OK);
    one->temporary = dlt_temporary_path(one->path);
    DLT_TRY_OUT(one->temporary == NULL ? DLT_ERR_MEM : DLT_OK);
out:
    dlt_text_destroy(&path);
    return status;
}

dlt_status dlt_shards_check(const char *prefix, int64_t samples, int64_t shards) {
    if (shards < 1 || shards > DLT_SHARDS_MAX)
        return dlt_fail(DLT_ERR_ARG, "the number of shards must be 1 to %d, not %lld",
                        DLT_SHARDS_MAX, (long long)shards);
    if (shards > samples)
        return dlt_fail(DLT_ERR_ARG, "the %lld samples of split '%s' cannot fill %lld shards",
                        (long long)samples, prefix, (long long)shards);
    return DLT_OK;
}

dlt_status dlt_shard_set_create(dlt_h5_lock *h5_lock, const char *folder, const char *prefix,
                                int64_t shards, const dlt_split_facts *facts, dlt_shard_set **out) {
    *out = NULL;
    DLT_TRY(dlt_shards_check(prefix, facts->samples, shards));
    dlt_shard_set *set = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(set, 1));
    *set = (dlt_shard_set){.h5_lock = h5_lock, .facts = *facts, .count = shards};
    DLT_TRY_OUT(DLT_NEW(set->shards, shards));
    for (int64_t i = 0; i < shards; i++)
        DLT_TRY_OUT(name_shard(set, folder, prefix, i));
    *out = set;
    set = NULL;
out:
    dlt_shard_set_destroy(&set);
    return status;
}

static void close_datasets(dlt_shard_set *set) {
    dlt_h5_dataset_close(&set->x);
    dlt_h5_dataset_close(&set->y);
    dlt_h5_dataset_close(&set->record);
}

void dlt_shard_set_destroy(dlt_shard_set **set) {
    if (*set == NULL)
        return;
    close_datasets(*set);
    for (int64_t i = 0; (*set)->shards != NULL && i < (*set)->count; i++) {
        shard *one = &(*set)->shards[i];
        dlt_h5_close(&one->file);
        if (one->exists)
            (void)unlink(one->temporary);
        dlt_free(one->path);
        dlt_free(one->temporary);
    }
    dlt_free((*set)->shards);
    dlt_free(*set);
    *set = NULL;
}

int64_t dlt_shard_set_room(const dlt_shard_set *set) {
    return set->current < set->count ? shard_samples(set, set->current) - set->row : 0;
}

static dlt_shape with_samples(int64_t samples, const dlt_shape *shape) {
    dlt_shape whole = {.rank = shape->rank + 1, .dim = {samples}};
    for (int d = 0; d < shape->rank; d++)
        whole.dim[d + 1] = shape->dim[d];
    return whole;
}

static bool has_targets(const dlt_shard_set *set) {
    return set->facts.y_type != DLT_H5_OTHER;
}

static dlt_status open_shard(dlt_shard_set *set) {
    shard *one = &set->shards[set->current];
    int64_t samples = shard_samples(set, set->current);
    dlt_shape x_shape = with_samples(samples, &set->facts.x_shape);
    dlt_shape value = {.rank = set->facts.y_type == DLT_H5_I32 ? 0 : 1, .dim = {1}};
    if (set->facts.y_shape.rank > 0)
        value = set->facts.y_shape;
    dlt_shape y_shape = with_samples(samples, &value);
    const dlt_shape numbers = {.rank = 1, .dim = {samples}};
    dlt_h5_layout contiguous = {0};
    one->exists = true;
    DLT_TRY(dlt_h5_create(set->h5_lock, one->temporary, &one->file));
    DLT_TRY(
        dlt_h5_dataset_create(one->file, "x", set->facts.x_type, &x_shape, &contiguous, &set->x));
    if (set->facts.record != NULL)
        DLT_TRY(dlt_h5_dataset_create(one->file, DLT_RECORD_NAME, DLT_H5_I64, &numbers, &contiguous,
                                      &set->record));
    if (!has_targets(set))
        return DLT_OK;
    return dlt_h5_dataset_create(one->file, "y", set->facts.y_type, &y_shape, &contiguous, &set->y);
}

dlt_status dlt_shard_set_write(dlt_shard_set *set, int64_t count, const void *x, const void *y) {
    if (set->row == 0)
        DLT_TRY(open_shard(set));
    DLT_TRY(dlt_h5_write_rows(set->x, set->row, count, x));
    if (has_targets(set))
        DLT_TRY(dlt_h5_write_rows(set->y, set->row, count, y));
    if (set->facts.record != NULL)
        DLT_TRY(dlt_h5_write_rows(set->record, set->row, count,
                                  set->facts.record + first_sample(set, set->current) + set->row));
    shard *one = &set->shards[set->current];
    int64_t x_bytes =
        count * dlt_shape_count(&set->facts.x_shape) * dlt_h5_type_bytes(set->facts.x_type);
    int64_t y_bytes = has_targets(set) ? count * dlt_shape_count(&set->facts.y_shape) *
                                             dlt_h5_type_bytes(set->facts.y_type)
                                       : 0;
    one->fingerprint = dlt_fingerprint_add(one->fingerprint, x, x_bytes, y, y_bytes);
    set->row += count;
    if (dlt_shard_set_room(set) == 0) {
        close_datasets(set);
        set->current++;
        set->row = 0;
    }
    return DLT_OK;
}

static dlt_status write_text(dlt_h5_file *file, const char *name, const char *text) {
    return text == NULL ? DLT_OK : dlt_h5_write_text(file, "/", name, text);
}

static dlt_status write_reals(dlt_h5_file *file, const char *name, int64_t count,
                              const double *values) {
    return count == 0 ? DLT_OK : dlt_h5_write_reals(file, "/", name, count, values);
}

static dlt_status finish_shard(shard *one, const dlt_shard_attributes *attributes) {
    char fingerprint[17];
    dlt_hash_format(one->fingerprint, fingerprint);
    DLT_TRY(write_text(one->file, "source", attributes->name));
    DLT_TRY(write_text(one->file, "licence", attributes->licence));
    DLT_TRY(write_text(one->file, "citation", attributes->citation));
    DLT_TRY(write_text(one->file, "class_names", attributes->class_names));
    DLT_TRY(write_text(one->file, "feature_names", attributes->feature_names));
    DLT_TRY(write_reals(one->file, "mean", attributes->feature_count, attributes->mean));
    DLT_TRY(write_reals(one->file, "std", attributes->feature_count, attributes->std));
    DLT_TRY(write_reals(one->file, "raw_mean", attributes->raw_count, attributes->raw_mean));
    DLT_TRY(write_reals(one->file, "raw_std", attributes->raw_count, attributes->raw_std));
    DLT_TRY(write_text(one->file, "left_out", attributes->left_out));
    DLT_TRY(write_text(one->file, "target_name", attributes->target_name));
    if (attributes->target_scale != 0)
        DLT_TRY(write_reals(one->file, "target_scale", 1, &attributes->target_scale));
    DLT_TRY(write_text(one->file, "recipe", attributes->recipe));
    DLT_TRY(write_text(one->file, "fingerprint", fingerprint));
    return dlt_h5_finish(&one->file);
}

dlt_status dlt_shard_set_finish(dlt_shard_set *set, const dlt_shard_attributes *attributes) {
    for (int64_t i = 0; i < set->count; i++)
        DLT_TRY(finish_shard(&set->shards[i], attributes));
    return DLT_OK;
}

dlt_status dlt_shard_set_commit(dlt_shard_set *set) {
    for (int64_t i = 0; i < set->count; i++) {
        shard *one = &set->shards[i];
        /* A commit can fail after the renaming: the file then counts as there. */
        one->exists = false;
        one->committed = true;
        DLT_TRY(dlt_file_commit(one->temporary, one->path));
    }
    return DLT_OK;
}

void dlt_shard_set_withdraw(dlt_shard_set *set) {
    for (int64_t i = 0; set != NULL && i < set->count; i++)
        if (set->shards[i].committed)
            (void)unlink(set->shards[i].path);
}

/* Whether name is PREFIX-NNNNN-of-SSSSS.h5 with any number of digits and then `ending`. */
static bool is_shard_name(const char *name, const char *prefix, const char *ending) {
    size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) != 0 || name[length] != '-')
        return false;
    name += length + 1;
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || strncmp(name + digits, "-of-", 4) != 0)
        return false;
    name += digits + 4;
    digits = strspn(name, "0123456789");
    return digits > 0 && strncmp(name + digits, ".h5", 3) == 0 &&
           strcmp(name + digits + 3, ending) == 0;
}

typedef dlt_status shard_visitor(void *context, const char *path);

/* Calls visit for each shard of prefix in folder, or for each temporary file of one. */
static dlt_status visit_shards(const char *folder, const char *prefix, bool temporary,
                               shard_visitor *visit, void *context) {
    DIR *directory = opendir(folder);
    dlt_text path = DLT_TEXT_EMPTY;
    if (directory == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot list the folder %s: %s", folder, strerror(errno));
    dlt_status status = DLT_OK;
    for (const struct dirent *entry; status == DLT_OK && (entry = readdir(directory)) != NULL;) {
        const char *name = entry->d_name;
        if (temporary && name[0] != '.')
            continue;
        if (!is_shard_name(name + (temporary ? 1 : 0), prefix, temporary ? ".tmp" : ""))
            continue;
        dlt_text_clear(&path);
        dlt_text_add(&path, "%s/%s", folder, name);
        status = dlt_text_check(&path);
        if (status == DLT_OK)
            status = visit(context, dlt_text_of(&path));
    }
    dlt_text_destroy(&path);
    (void)closedir(directory);
    return status;
}

static dlt_status count_shard(void *context, const char *path) {
    (void)path;
    (*(int64_t *)context)++;
    return DLT_OK;
}

static dlt_status remove_shard(void *context, const char *path) {
    (void)context;
    if (unlink(path) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot remove %s: %s", path, strerror(errno));
    return DLT_OK;
}

typedef struct shard_inputs {
    const dlt_file_set *files;
} shard_inputs;

/* What an importer reads is never HDF5, but for the data set that the new one is to be like. */
static dlt_status check_shard(void *context, const char *path) {
    const shard_inputs *inputs = context;
    DLT_TRY(dlt_output_check(path, true, inputs->files));
    if (!dlt_h5_is_hdf5(path))
        return dlt_fail(DLT_ERR_ARG,
                        "%s is no HDF5 file, and is not replaced; choose another folder", path);
    return DLT_OK;
}

dlt_status dlt_shards_count(const char *folder, const char *prefix, int64_t *count) {
    *count = 0;
    return visit_shards(folder, prefix, false, count_shard, count);
}

dlt_status dlt_shards_check_replaceable(const char *folder, const char *prefix,
                                        const dlt_file_set *inputs) {
    shard_inputs context = {.files = inputs};
    return visit_shards(folder, prefix, false, check_shard, &context);
}

dlt_status dlt_shards_remove(const char *folder, const char *prefix) {
    return visit_shards(folder, prefix, false, remove_shard, NULL);
}

dlt_status dlt_shards_remove_temporaries(const char *folder, const char *prefix) {
    return visit_shards(folder, prefix, true, remove_shard, NULL);
}
