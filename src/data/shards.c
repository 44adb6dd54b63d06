/* Writes the shards of a split: create, write until the room is 0, finish, commit. Shards are
 * filled one after the other under temporary names and stay open until finish, because their
 * attributes hold statistics that are known only then. destroy removes every shard that was not
 * committed. The functions at the end find shards of a prefix by name, to count, check or remove
 * earlier ones. */
#include "data/shards.h"

#include "base/alloc.h"
#include "base/cast.h"
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
    uint64_t fingerprint; /* of what was written so far, block by block */
    bool exists;          /* under its temporary name */
    bool committed;
} shard;

struct dlt_shard_set {
    dlt_h5_lock *h5_lock;
    dlt_split_facts facts;
    int64_t count;
    shard *shards; /* [count]; owned */
    int64_t current;
    int64_t row;   /* in the current shard */
    int64_t block; /* samples that are written, and hashed, at a time */
    int field_count;
    dlt_split_field fields[DLT_FIELDS_MAX];
    int64_t element[DLT_FIELDS_MAX]; /* of a ragged field, in the current shard */
    dlt_h5_dataset *rows[DLT_FIELDS_MAX];
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

static int64_t element_bytes(const dlt_split_field *field) {
    return dlt_shape_count(&field->shape) * dlt_h5_type_bytes(field->type);
}

/* Of x and y, the size of x decides. */
static void plan_blocks(dlt_shard_set *set) {
    const bool is_x_y = set->facts.field_count == 0;
    int64_t row_bytes = 0;
    bool has_ragged = false;
    set->field_count = dlt_split_fields(&set->facts, set->fields);
    for (int f = 0; f < set->field_count; f++) {
        has_ragged = has_ragged || set->fields[f].lengths != NULL;
        if (set->fields[f].lengths == NULL && (!is_x_y || f == 0))
            row_bytes += element_bytes(&set->fields[f]);
    }
    set->block = dlt_fingerprint_rows(row_bytes, has_ragged);
}

dlt_status dlt_shard_set_create(dlt_h5_lock *h5_lock, const char *folder, const char *prefix,
                                int64_t shards, const dlt_split_facts *facts, dlt_shard_set **out) {
    *out = NULL;
    DLT_TRY(dlt_shards_check(prefix, facts->samples, shards));
    dlt_shard_set *set = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(set, 1));
    *set = (dlt_shard_set){.h5_lock = h5_lock, .facts = *facts, .count = shards};
    plan_blocks(set);
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
    for (int f = 0; f < set->field_count; f++)
        dlt_h5_dataset_close(&set->rows[f]);
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
    if (set->current >= set->count)
        return 0;
    return dlt_min_i64(set->block, shard_samples(set, set->current) - set->row);
}

int64_t dlt_shard_set_block(const dlt_shard_set *set) {
    return dlt_min_i64(set->block, set->facts.samples);
}

static dlt_shape with_samples(int64_t samples, const dlt_shape *shape) {
    dlt_shape whole = {.rank = shape->rank + 1, .dim = {samples}};
    for (int d = 0; d < shape->rank; d++)
        whole.dim[d + 1] = shape->dim[d];
    return whole;
}

/* Elements of a ragged field in `count` samples of the split. */
static int64_t count_elements(const dlt_split_field *field, int64_t first, int64_t count) {
    int64_t elements = 0;
    for (int64_t i = 0; i < count; i++)
        elements += field->lengths[first + i];
    return elements;
}

static dlt_status write_offsets(const dlt_shard_set *set, const dlt_split_field *field,
                                const char *name) {
    const int64_t samples = shard_samples(set, set->current);
    const int64_t first = first_sample(set, set->current);
    const dlt_shape shape = {.rank = 1, .dim = {samples + 1}};
    int64_t *offsets = NULL;
    DLT_TRY(DLT_NEW(offsets, samples + 1));
    for (int64_t i = 0; i < samples; i++)
        offsets[i + 1] = offsets[i] + field->lengths[first + i];
    const dlt_status status =
        dlt_h5_write(set->shards[set->current].file, name, DLT_H5_I64, &shape, offsets);
    dlt_free(offsets);
    return status;
}

static dlt_status create_ragged(dlt_shard_set *set, int f) {
    const dlt_split_field *field = &set->fields[f];
    const dlt_h5_layout contiguous = {0};
    const dlt_shape shape = with_samples(
        count_elements(field, first_sample(set, set->current), shard_samples(set, set->current)),
        &field->shape);
    dlt_text name = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    set->element[f] = 0;
    dlt_text_add(&name, "%s/values", field->name);
    DLT_TRY_OUT(dlt_text_check(&name));
    DLT_TRY_OUT(dlt_h5_dataset_create(set->shards[set->current].file, dlt_text_of(&name),
                                      field->type, &shape, &contiguous, &set->rows[f]));
    dlt_text_clear(&name);
    dlt_text_add(&name, "%s/offsets", field->name);
    DLT_TRY_OUT(dlt_text_check(&name));
    DLT_TRY_OUT(write_offsets(set, field, dlt_text_of(&name)));
out:
    dlt_text_destroy(&name);
    return status;
}

static dlt_status create_field(dlt_shard_set *set, int f) {
    const dlt_split_field *field = &set->fields[f];
    const dlt_h5_layout contiguous = {0};
    if (field->lengths != NULL)
        return create_ragged(set, f);
    const dlt_shape shape = with_samples(shard_samples(set, set->current), &field->shape);
    return dlt_h5_dataset_create(set->shards[set->current].file, field->name, field->type, &shape,
                                 &contiguous, &set->rows[f]);
}

static dlt_status open_shard(dlt_shard_set *set) {
    shard *one = &set->shards[set->current];
    const dlt_shape numbers = {.rank = 1, .dim = {shard_samples(set, set->current)}};
    dlt_h5_layout contiguous = {0};
    one->exists = true;
    DLT_TRY(dlt_h5_create(set->h5_lock, one->temporary, &one->file));
    for (int f = 0; f < set->field_count; f++) {
        const dlt_split_field *field = &set->fields[f];
        DLT_TRY(create_field(set, f));
        if (set->facts.field_count > 0)
            one->fingerprint = dlt_fingerprint_describe(one->fingerprint, field->name, field->type,
                                                        &field->shape, field->lengths != NULL);
    }
    if (set->facts.record == NULL)
        return DLT_OK;
    return dlt_h5_dataset_create(one->file, DLT_RECORD_NAME, DLT_H5_I64, &numbers, &contiguous,
                                 &set->record);
}

static dlt_status write_field(dlt_shard_set *set, int f, int64_t count, const void *rows) {
    const dlt_split_field *field = &set->fields[f];
    const int64_t sample = first_sample(set, set->current) + set->row;
    const int64_t *lengths = field->lengths != NULL ? field->lengths + sample : NULL;
    const int64_t first = lengths != NULL ? set->element[f] : set->row;
    const int64_t elements = lengths != NULL ? count_elements(field, sample, count) : count;
    uint64_t *chain = &set->shards[set->current].fingerprint;
    if (elements > 0)
        DLT_TRY(dlt_h5_write_rows(set->rows[f], first, elements, rows));
    *chain = dlt_fingerprint_add(*chain, count, lengths, rows, elements * element_bytes(field));
    set->element[f] += elements;
    return DLT_OK;
}

dlt_status dlt_shard_set_write(dlt_shard_set *set, int64_t count, const void *const *rows) {
    if (count != dlt_shard_set_room(set))
        return dlt_fail(DLT_ERR_ARG, "a shard takes %lld samples now, not %lld",
                        (long long)dlt_shard_set_room(set), (long long)count);
    if (set->row == 0)
        DLT_TRY(open_shard(set));
    for (int f = 0; f < set->field_count; f++)
        DLT_TRY(write_field(set, f, count, rows[f]));
    uint64_t *chain = &set->shards[set->current].fingerprint;
    if (set->facts.field_count == 0 && set->field_count == 1) /* targets of no bytes */
        *chain = dlt_fingerprint_add(*chain, count, NULL, NULL, 0);
    if (set->facts.record != NULL)
        DLT_TRY(dlt_h5_write_rows(set->record, set->row, count,
                                  set->facts.record + first_sample(set, set->current) + set->row));
    set->row += count;
    if (set->row == shard_samples(set, set->current)) {
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

/* Which fields the fingerprint is of, unless they are x and y. */
static dlt_status write_fields(const dlt_shard_set *set, dlt_h5_file *file) {
    dlt_text names = DLT_TEXT_EMPTY;
    if (set->facts.field_count == 0)
        return DLT_OK;
    for (int f = 0; f < set->field_count; f++)
        dlt_text_add(&names, "%s%s", f > 0 ? "\n" : "", set->fields[f].name);
    dlt_status status = dlt_text_check(&names);
    if (status == DLT_OK)
        status = dlt_h5_write_text(file, "/", "fields", dlt_text_of(&names));
    dlt_text_destroy(&names);
    return status;
}

static dlt_status finish_shard(const dlt_shard_set *set, shard *one,
                               const dlt_shard_attributes *attributes) {
    char fingerprint[17];
    DLT_TRY(write_fields(set, one->file));
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
    DLT_TRY(write_text(one->file, "vocabulary", attributes->vocabulary));
    DLT_TRY(write_text(one->file, "vocabulary_kind", attributes->vocabulary_kind));
    if (attributes->ignored != NULL)
        DLT_TRY(write_reals(one->file, "ignored", 1, (double[]){(double)*attributes->ignored}));
    DLT_TRY(write_text(one->file, "recipe", attributes->recipe));
    DLT_TRY(write_text(one->file, "fingerprint", fingerprint));
    return dlt_h5_finish(&one->file);
}

dlt_status dlt_shard_set_finish(dlt_shard_set *set, const dlt_shard_attributes *attributes) {
    for (int64_t i = 0; i < set->count; i++)
        DLT_TRY(finish_shard(set, &set->shards[i], attributes));
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
