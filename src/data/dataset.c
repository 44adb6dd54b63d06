/* Opens all shards, takes the facts from the first and refuses others that disagree with it. Every
 * rank opens the data by itself. Attributes are read after the fields, because names of features
 * are checked against the width of the inputs; names and statistics that another program left are
 * ignored. Paging is decided last, and files of which no field needs HDF5 are then closed in it.
 * dataset_read.c reads the samples. */
#include "data/dataset.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "data/dataset_internal.h"

#include <string.h>

/* Rows on their way from the file: enough for large reads, small enough for the cache. */
static const int64_t STAGING_BYTES = INT64_C(1) << 18;

void dlt_dataset_close(dlt_dataset **dataset) {
    if (dataset == NULL || *dataset == NULL)
        return;
    dlt_dataset *it = *dataset;
    for (int i = 0; i < it->shard_count; i++)
        dlt_shard_close(&it->shards[i]);
    dlt_free(it->shards);
    for (int f = 0; f < it->field_count; f++) {
        dlt_free(it->names[f]);
        dlt_pages_destroy(&it->pagings[f].pages);
    }
    dlt_identity_destroy(&it->identity);
    dlt_identity_destroy(&it->matched);
    dlt_data_map_destroy(&it->map);
    dlt_free(it->permuted);
    dlt_free(it->mean);
    dlt_free(it->std);
    dlt_free(it->staging);
    dlt_free(it->picks);
    if (it->has_mutex)
        pthread_mutex_destroy(&it->mutex);
    dlt_free(it);
    *dataset = NULL;
}

static dlt_stored_column stored_field(const dlt_dataset *dataset, int f) {
    const dlt_field_facts *facts = &dataset->facts.fields[f];
    return (dlt_stored_column){.name = facts->name,
                               .shape = facts->shape,
                               .info = dataset->shards[0].fields[f].info,
                               .bytes = dataset->pagings[f].bytes,
                               .is_ragged = facts->is_ragged,
                               .elements = dataset->pagings[f].rows,
                               .longest = facts->longest};
}

static dlt_stored_column stored_records(const dlt_dataset *dataset) {
    const dlt_column *column = &dataset->shards[0].record;
    return (dlt_stored_column){.name = DLT_RECORD_NAME,
                               .info = column->info,
                               .bytes = dataset->facts.samples * dlt_column_row_bytes(column)};
}

int dlt_dataset_columns(const dlt_dataset *dataset,
                        dlt_stored_column out[DLT_DATASET_COLUMNS_MAX]) {
    int count = 0;
    for (int f = 0; f < dataset->field_count; f++)
        if (dataset->facts.fields[f].is_there)
            out[count++] = stored_field(dataset, f);
    if (dataset->facts.has_records)
        out[count++] = stored_records(dataset);
    return count;
}

const dlt_dataset_facts *dlt_dataset_facts_of(const dlt_dataset *dataset) {
    return &dataset->facts;
}

static const dlt_field_facts *field_of_role(const dlt_dataset *dataset, int field) {
    return field >= 0 && dataset->facts.fields[field].is_there ? &dataset->facts.fields[field]
                                                               : NULL;
}

const dlt_field_facts *dlt_dataset_x(const dlt_dataset *dataset) {
    return field_of_role(dataset, dataset->x);
}

const dlt_field_facts *dlt_dataset_y(const dlt_dataset *dataset) {
    return field_of_role(dataset, dataset->y);
}

static dlt_status check_column_agrees(const dlt_shard *shard, const dlt_shard *first,
                                      const dlt_column *column, const dlt_column *model,
                                      const char *name) {
    dlt_shape here = dlt_column_shape(column);
    dlt_shape there = dlt_column_shape(model);
    if ((column->offsets != NULL) != (model->offsets != NULL))
        return dlt_fail(DLT_ERR_FORMAT, "shards disagree: '%s' is ragged in %s but not in %s", name,
                        column->offsets != NULL ? shard->path : first->path,
                        column->offsets != NULL ? first->path : shard->path);
    if (dlt_shape_equal(&here, &there) && column->info.type == model->info.type)
        return DLT_OK;
    char text[2][DLT_SHAPE_TEXT_BYTES];
    return dlt_fail(
        DLT_ERR_FORMAT, "shards disagree: '%s' has samples of %s %s in %s but of %s %s in %s", name,
        dlt_shape_text(&here, text[0]), dlt_h5_type_name(column->info.type), shard->path,
        dlt_shape_text(&there, text[1]), dlt_h5_type_name(model->info.type), first->path);
}

static dlt_status check_field_agrees(const dlt_dataset *dataset, const dlt_shard *shard, int f) {
    const dlt_shard *first = &dataset->shards[0];
    const bool is_here = shard->fields[f].is_there;
    if (is_here != first->fields[f].is_there)
        return dlt_fail(DLT_ERR_FORMAT, "shards disagree: %s has a dataset '%s' but %s has none",
                        is_here ? shard->path : first->path, dataset->names[f],
                        is_here ? first->path : shard->path);
    return is_here ? check_column_agrees(shard, first, &shard->fields[f], &first->fields[f],
                                         dataset->names[f])
                   : DLT_OK;
}

static dlt_status open_shards(dlt_h5_lock *h5_lock, const dlt_shard_paths *paths,
                              dlt_dataset *dataset) {
    DLT_TRY(DLT_NEW(dataset->shards, paths->count));
    for (int i = 0; i < paths->count; i++) {
        dlt_shard *shard = &dataset->shards[i];
        dataset->shard_count = i + 1;
        DLT_TRY(dlt_shard_open(h5_lock, paths->at[i], dataset, shard));
        for (int f = 0; f < dataset->field_count; f++)
            DLT_TRY(check_field_agrees(dataset, shard, f));
        shard->first = dataset->facts.samples;
        if (__builtin_add_overflow(shard->first, shard->samples, &dataset->facts.samples))
            return dlt_fail(DLT_ERR_FORMAT,
                            "the shards up to %s declare more samples than int64 can hold",
                            shard->path);
    }
    return DLT_OK;
}

static int64_t count_lines(const char *text) {
    int64_t lines = text[0] != '\0';
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n' && c[1] != '\0';
    return lines;
}

static dlt_status read_normalisation(const dlt_shard *shard, dlt_dataset *dataset) {
    dlt_dataset_facts *facts = &dataset->facts;
    int64_t mean_count = 0;
    int64_t std_count = 0;
    DLT_TRY(dlt_identity_pass_over_foreign(
        dlt_h5_read_reals(shard->file, "/", "mean", &mean_count, &dataset->mean),
        &facts->has_foreign_moments));
    DLT_TRY(dlt_identity_pass_over_foreign(
        dlt_h5_read_reals(shard->file, "/", "std", &std_count, &dataset->std),
        &facts->has_foreign_moments));
    if (mean_count != std_count) {
        facts->has_foreign_moments = true;
        return DLT_OK;
    }
    facts->feature_count = mean_count;
    facts->mean = dataset->mean;
    facts->std = dataset->std;
    return DLT_OK;
}

static void take_identity(dlt_dataset *dataset, const dlt_identity *identity) {
    const char *names = identity->class_names;
    dataset->facts.identity = identity;
    dataset->facts.class_names = names;
    dataset->facts.classes = names != NULL ? count_lines(names) : 0;
}

static void leave_out(char **text) {
    dlt_free(*text);
    *text = NULL;
}

/* Columns of the inputs; 0 where there are none. */
static int64_t width_of_x(const dlt_dataset *dataset) {
    const dlt_field_facts *x = dlt_dataset_x(dataset);
    return x != NULL && !x->is_ragged ? dlt_shape_count(&x->shape) : 0;
}

/* Names of one class, unless an importer wrote them, or of another number of columns than there are
 * name nothing: some text that another program left. */
static void leave_out_foreign_names(dlt_dataset *dataset) {
    dlt_identity *names = &dataset->identity;
    const int64_t width = width_of_x(dataset);
    bool is_own = dataset->shards[0].has_fingerprint;
    if (names->class_names != NULL && count_lines(names->class_names) < 2 && !is_own)
        leave_out(&names->class_names);
    if (names->feature_names != NULL && count_lines(names->feature_names) != width)
        leave_out(&names->feature_names);
}

static dlt_status read_attributes(dlt_dataset *dataset) {
    const dlt_shard *first = &dataset->shards[0];
    for (int i = 0; i < dataset->shard_count; i++) {
        dlt_shard *shard = &dataset->shards[i];
        DLT_TRY(dlt_shard_fingerprint(shard, dataset, &dataset->facts.fingerprint));
        DLT_TRY(dlt_shard_open_records(shard));
        if (shard->record.is_there != first->record.is_there)
            return dlt_fail(DLT_ERR_FORMAT,
                            "shards disagree: %s has the numbers of its records and %s does not",
                            shard->record.is_there ? shard->path : first->path,
                            shard->record.is_there ? first->path : shard->path);
    }
    dataset->facts.has_records = first->record.is_there;
    DLT_TRY(dlt_identity_read(first->file, &dataset->identity));
    DLT_TRY(read_normalisation(first, dataset));
    return DLT_OK;
}

static bool are_same(const char *a, const char *b) {
    return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static bool are_same_reals(int64_t count, const double *a, const double *b) {
    return count == 0 || memcmp(a, b, (size_t)count * sizeof *a) == 0;
}

static bool are_scaled_alike(const dlt_identity *a, const dlt_identity *b) {
    return a->raw_count == b->raw_count && are_same_reals(a->raw_count, a->raw_mean, b->raw_mean) &&
           are_same_reals(a->raw_count, a->raw_std, b->raw_std);
}

/* All shards have the same meaning, in the same order. */
static dlt_status check_identity_agrees(const dlt_dataset *dataset, const dlt_shard *shard) {
    dlt_identity here = {0};
    const dlt_identity *first = &dataset->identity;
    dlt_status status = dlt_identity_read(shard->file, &here);
    const char *what = !are_same(here.class_names, first->class_names)       ? "class names"
                       : !are_same(here.feature_names, first->feature_names) ? "column names"
                       : !are_same(here.target_name, first->target_name)     ? "targets"
                       : !are_scaled_alike(&here, first)          ? "statistics of columns"
                       : here.target_scale != first->target_scale ? "divisors of targets"
                       : !are_same(here.recipe, first->recipe)    ? "recipes"
                                                                  : NULL;
    if (status == DLT_OK && what != NULL)
        status = dlt_fail(DLT_ERR_FORMAT, "shards disagree: %s and %s have different %s",
                          shard->path, dataset->shards[0].path, what);
    dlt_identity_destroy(&here);
    return status;
}

/* Nothing says which field has the labels that would be mapped. */
static dlt_status check_class_names(const dlt_identity *training, const dlt_identity *data,
                                    const char *source) {
    if (training->class_names == NULL || data->class_names == NULL ||
        strcmp(training->class_names, data->class_names) == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_MISMATCH,
                    "%s does not have the class names of the training data in their order", source);
}

/* The shape and the kind of numbers; the inputs' are for the caller to compare. */
static dlt_status check_field_like(const dlt_field_facts *ours, const dlt_field_facts *theirs,
                                   const char *source) {
    char text[2][DLT_SHAPE_TEXT_BYTES];
    if (!ours->is_there || !theirs->is_there)
        return DLT_OK;
    if (ours->dtype != theirs->dtype)
        return dlt_fail(DLT_ERR_MISMATCH,
                        "'%s' of %s is %s, delivered as %s, but that of the training data is %s, "
                        "delivered as %s; say which dtype it has in 'data.fields'",
                        ours->name, source, dlt_h5_type_name(ours->type),
                        dlt_dtype_name(ours->dtype), dlt_h5_type_name(theirs->type),
                        dlt_dtype_name(theirs->dtype));
    if (ours->is_ragged != theirs->is_ragged)
        return dlt_fail(DLT_ERR_MISMATCH,
                        "'%s' of %s is %sragged, but that of the training data is%s", ours->name,
                        source, ours->is_ragged ? "" : "not ", theirs->is_ragged ? "" : " not");
    if (dlt_shape_equal(&ours->shape, &theirs->shape))
        return DLT_OK;
    return dlt_fail(DLT_ERR_SHAPE,
                    "'%s' of %s has samples of shape %s, that of the training data of shape %s",
                    ours->name, source, dlt_shape_text(&ours->shape, text[0]),
                    dlt_shape_text(&theirs->shape, text[1]));
}

dlt_status dlt_dataset_check_fields(const dlt_dataset *dataset, const dlt_dataset *training,
                                    const char *source) {
    for (int f = 0; f < dataset->field_count && f < training->field_count; f++)
        DLT_TRY(check_field_like(&dataset->facts.fields[f], &training->facts.fields[f], source));
    return DLT_OK;
}

dlt_status dlt_dataset_match(dlt_dataset *dataset, const dlt_identity *training,
                             const char *source) {
    const int64_t width = width_of_x(dataset);
    if (dataset->finds_roles && dataset->y < 0)
        DLT_TRY(check_class_names(training, &dataset->identity, source));
    DLT_TRY(dlt_identity_map(training, &dataset->identity, source, dlt_dataset_y(dataset) != NULL,
                             width, &dataset->map));
    if (dataset->map.column != NULL)
        DLT_TRY(DLT_NEW(dataset->permuted, width));
    if (dataset->map.column == NULL && dataset->map.label == NULL)
        return DLT_OK;
    DLT_TRY(dlt_identity_copy(training, &dataset->matched));
    take_identity(dataset, &dataset->matched);
    return DLT_OK;
}

const char *dlt_dataset_mapping(const dlt_dataset *dataset) {
    return dlt_text_of(&dataset->map.said);
}

/* Column names and statistics are about the first field of reals that is no loss's, class names
 * about the field y unless another was asked for. */
static void find_roles(dlt_dataset *dataset) {
    for (int f = dataset->field_count - 1; f >= 0; f--) {
        const dlt_field_facts *facts = &dataset->facts.fields[f];
        if (!facts->is_there || dataset->roles[f] != DLT_FIELD_PLAIN)
            continue;
        if (strcmp(facts->name, "y") == 0)
            dataset->y = dataset->y < 0 ? f : dataset->y;
        else if (facts->dtype == DLT_DTYPE_REAL && !facts->is_ragged)
            dataset->x = f;
    }
}

void dlt_dataset_take_facts(dlt_dataset *dataset) {
    dlt_dataset_facts *facts = &dataset->facts;
    facts->shards = dataset->shard_count;
    facts->field_count = dataset->field_count;
    for (int f = 0; f < dataset->field_count; f++) {
        const dlt_column *column = &dataset->shards[0].fields[f];
        facts->fields[f] =
            (dlt_field_facts){.name = dataset->names[f], .index = f, .is_there = column->is_there};
        if (!column->is_there)
            continue;
        facts->fields[f].type = column->info.type;
        facts->fields[f].dtype = dlt_field_dtype_of(dataset->dtypes[f], column->info.type);
        facts->fields[f].shape = dlt_column_shape(column);
        facts->fields[f].is_ragged = column->offsets != NULL;
        for (int i = 0; i < dataset->shard_count; i++)
            facts->fields[f].longest =
                dlt_max_i64(facts->fields[f].longest, dataset->shards[i].fields[f].longest);
        if (f == dataset->x && facts->fields[f].shape.rank == 0 && column->offsets == NULL)
            facts->fields[f].shape = (dlt_shape){1, {1}};
    }
    if (dataset->finds_roles)
        find_roles(dataset);
}

static dlt_status make_staging(dlt_dataset *dataset) {
    int64_t row_bytes = 1;
    for (int f = 0; f < dataset->field_count; f++)
        if (dataset->facts.fields[f].is_there)
            row_bytes = dlt_max_i64(row_bytes, dlt_column_row_bytes(&dataset->shards[0].fields[f]));
    int64_t rows = dlt_max_i64(STAGING_BYTES / row_bytes, 1);
    dataset->staging_bytes = dlt_min_i64(rows, dataset->facts.samples) * row_bytes;
    return DLT_NEW(dataset->staging, dataset->staging_bytes);
}

dlt_status dlt_dataset_plan_reads(dlt_dataset *dataset) {
    dataset->facts.stored_identity = &dataset->identity;
    take_identity(dataset, &dataset->identity);
    DLT_TRY(make_staging(dataset));
    dlt_paging_plan(dataset);
    return DLT_OK;
}

static bool needs_hdf5(const dlt_dataset *dataset, const dlt_shard *shard) {
    for (int f = 0; f < dataset->field_count; f++)
        if (shard->fields[f].handle != NULL)
            return true;
    return shard->record.handle != NULL;
}

/* Files all of whose columns are read past HDF5 need not stay open in it. */
static void close_unused_files(dlt_dataset *dataset) {
    for (int i = 0; i < dataset->shard_count; i++) {
        dlt_shard *shard = &dataset->shards[i];
        if (!needs_hdf5(dataset, shard))
            dlt_h5_close(&shard->file);
    }
}

static dlt_status fill_dataset(dlt_h5_lock *h5_lock, const dlt_shard_paths *paths,
                               dlt_dataset *dataset) {
    DLT_TRY(open_shards(h5_lock, paths, dataset));
    if (dataset->facts.samples == 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no samples", paths->at[0]);
    dlt_dataset_take_facts(dataset);
    DLT_TRY(read_attributes(dataset));
    for (int i = 1; i < dataset->shard_count; i++)
        DLT_TRY(check_identity_agrees(dataset, &dataset->shards[i]));
    leave_out_foreign_names(dataset);
    DLT_TRY(dlt_dataset_plan_reads(dataset));
    close_unused_files(dataset);
    return DLT_OK;
}

static dlt_status make_mutex(dlt_dataset *dataset) {
    if (pthread_mutex_init(&dataset->mutex, NULL) != 0)
        return dlt_fail(DLT_ERR_MEM, "cannot create the mutex of a dataset");
    dataset->has_mutex = true;
    return DLT_OK;
}

static dlt_status name_fields(const dlt_field_requests *fields, dlt_dataset *dataset) {
    dataset->x = -1;
    dataset->y = -1;
    dataset->finds_roles = fields->finds_roles;
    if (fields->count < 1 || fields->count > DLT_FIELDS_MAX)
        return dlt_fail(DLT_ERR_ARG, "a data set is opened with 1 to %d fields, not %d",
                        DLT_FIELDS_MAX, fields->count);
    for (int f = 0; f < fields->count; f++) {
        dataset->names[f] = dlt_alloc_text(fields->at[f].name);
        if (dataset->names[f] == NULL)
            return DLT_ERR_MEM;
        dataset->field_count = f + 1;
        dataset->required[f] = fields->at[f].required;
        dataset->dtypes[f] = fields->at[f].dtype;
        dataset->roles[f] = fields->at[f].role;
        if (fields->at[f].role == DLT_FIELD_X)
            dataset->x = f;
        else if (fields->at[f].role == DLT_FIELD_Y)
            dataset->y = f;
    }
    return DLT_OK;
}

dlt_status dlt_dataset_begin(const dlt_field_requests *fields, dlt_dataset **out) {
    dlt_dataset *dataset = NULL;
    DLT_TRY(DLT_NEW(dataset, 1));
    dlt_status status = make_mutex(dataset);
    if (status == DLT_OK)
        status = name_fields(fields, dataset);
    if (status != DLT_OK)
        dlt_dataset_close(&dataset);
    *out = dataset;
    return status;
}

dlt_status dlt_dataset_open(dlt_h5_lock *h5_lock, const char *source,
                            const dlt_field_requests *fields, dlt_dataset **out) {
    dlt_dataset *dataset = NULL;
    dlt_shard_paths paths = {0};
    dlt_status status = dlt_dataset_begin(fields, &dataset);
    DLT_TRY_OUT(status);
    dataset->h5_lock = h5_lock;
    DLT_TRY_OUT(dlt_shard_paths_find(source, &paths));
    DLT_TRY_OUT(fill_dataset(h5_lock, &paths, dataset));
    *out = dataset;
    dataset = NULL;
out:
    dlt_shard_paths_destroy(&paths);
    dlt_dataset_close(&dataset);
    return status;
}
