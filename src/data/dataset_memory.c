/* A data set of arrays in memory: one shard without a file, whose rows are copied from the arrays.
 * It is read by pages of the same size as plain bytes of a file, so the order of its samples, and
 * all that follows from it, is that of the same numbers in an HDF5 file. The fingerprint is of all
 * bytes, because there is no file name that could tell two sets apart. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "data/dataset_internal.h"

#include <string.h>

static const dlt_h5_type types[] = {[DLT_ELEMENT_UINT8] = DLT_H5_U8,
                                    [DLT_ELEMENT_INT32] = DLT_H5_I32,
                                    [DLT_ELEMENT_INT64] = DLT_H5_I64,
                                    [DLT_ELEMENT_FLOAT32] = DLT_H5_F32,
                                    [DLT_ELEMENT_FLOAT64] = DLT_H5_F64};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

static const dlt_array *find_array(const dlt_arrays *arrays, const char *name) {
    for (int i = 0; i < arrays->count; i++)
        if (arrays->at[i].name != NULL && strcmp(arrays->at[i].name, name) == 0)
            return &arrays->at[i];
    return NULL;
}

static void add_names(const dlt_field_requests *fields, dlt_text *out) {
    for (int f = 0; f < fields->count; f++)
        dlt_text_add(out, "%s'%s'", f > 0 ? ", " : "", fields->at[f].name);
}

/* Each array is a field that is asked for, once. */
static dlt_status check_names(const dlt_arrays *arrays, const char *source,
                              const dlt_field_requests *fields) {
    for (int i = 0; i < arrays->count; i++) {
        const char *name = arrays->at[i].name;
        bool known = false;
        if (name == NULL)
            return dlt_fail(DLT_ERR_ARG, "an array of %s has no name", source);
        if (find_array(arrays, name) != &arrays->at[i])
            return dlt_fail(DLT_ERR_ARG, "%s have two arrays '%s'", source, name);
        for (int f = 0; f < fields->count; f++)
            known = known || strcmp(fields->at[f].name, name) == 0;
        if (known)
            continue;
        dlt_text names = DLT_TEXT_EMPTY;
        add_names(fields, &names);
        dlt_status status =
            dlt_fail(DLT_ERR_ARG, "%s have an array '%s', which is no field of the run; it has %s",
                     source, name, dlt_text_of(&names));
        dlt_text_destroy(&names);
        return status;
    }
    return DLT_OK;
}

static dlt_status check_array(const dlt_array *array, const char *source) {
    const dlt_shape *shape = &array->shape;
    char text[DLT_SHAPE_TEXT_BYTES];
    if ((int)array->element < 0 || (int)array->element >= TYPE_COUNT)
        return dlt_fail(DLT_ERR_ARG, "array '%s' of %s has the unknown element type %d",
                        array->name, source, (int)array->element);
    if (shape->rank < 1 || shape->rank > DLT_SHAPE_MAX)
        return dlt_fail(DLT_ERR_SHAPE,
                        "array '%s' of %s has %d dimensions, not 1 to %d; samples are the first",
                        array->name, source, shape->rank, DLT_SHAPE_MAX);
    for (int d = 0; d < shape->rank; d++)
        if (shape->dim[d] < 1)
            return dlt_fail(DLT_ERR_SHAPE, "array '%s' of %s has shape %s: it is empty",
                            array->name, source, dlt_shape_text(shape, text));
    return array->at != NULL
               ? DLT_OK
               : dlt_fail(DLT_ERR_ARG, "array '%s' of %s has no memory", array->name, source);
}

/* All arrays have as many samples as the first that is there. */
static dlt_status take_arrays(const dlt_arrays *arrays, const char *source, dlt_dataset *dataset) {
    dlt_shard *shard = &dataset->shards[0];
    const char *first = NULL;
    for (int f = 0; f < dataset->field_count; f++) {
        const char *name = dataset->names[f];
        const dlt_array *array = find_array(arrays, name);
        if (array == NULL && dataset->required[f])
            return dlt_fail(DLT_ERR_ARG, "%s lack an array '%s'", source, name);
        if (array == NULL)
            continue;
        DLT_TRY(check_array(array, source));
        if (first != NULL && array->shape.dim[0] != shard->samples)
            return dlt_fail(DLT_ERR_SHAPE, "%s have %lld samples in '%s' but %lld in '%s'", source,
                            (long long)shard->samples, first, (long long)array->shape.dim[0], name);
        first = first != NULL ? first : name;
        shard->samples = array->shape.dim[0];
        dlt_column *column = &shard->fields[f];
        column->name = name;
        column->is_there = true;
        column->memory = array->at;
        column->info =
            (dlt_h5_info){.type = types[array->element], .shape = array->shape, .contiguous = true};
    }
    dataset->facts.samples = shard->samples;
    return DLT_OK;
}

static uint64_t hash_arrays(const dlt_dataset *dataset) {
    const dlt_shard *shard = &dataset->shards[0];
    uint64_t hash = 0;
    for (int f = 0; f < dataset->field_count; f++) {
        const dlt_column *column = &shard->fields[f];
        if (!column->is_there)
            continue;
        const dlt_shape *shape = &column->info.shape;
        hash = dlt_hash_text(hash, dataset->names[f]);
        hash = dlt_hash_text(hash, dlt_h5_type_name(column->info.type));
        hash = dlt_hash(hash, shape->dim, (size_t)shape->rank * sizeof shape->dim[0]);
        hash =
            dlt_hash(hash, column->memory, (size_t)(shard->samples * dlt_column_row_bytes(column)));
    }
    return hash;
}

dlt_status dlt_dataset_of_arrays(const dlt_arrays *arrays, const char *source,
                                 const dlt_field_requests *fields, dlt_dataset **out) {
    dlt_dataset *dataset = NULL;
    dlt_status status = dlt_dataset_begin(fields, &dataset);
    DLT_TRY_OUT(status);
    DLT_TRY_OUT(check_names(arrays, source, fields));
    DLT_TRY_OUT(DLT_NEW(dataset->shards, 1));
    DLT_TRY_OUT(dlt_shard_of_memory(source, &dataset->shards[0]));
    dataset->shard_count = 1;
    DLT_TRY_OUT(take_arrays(arrays, source, dataset));
    dlt_dataset_take_facts(dataset);
    dataset->facts.fingerprint = hash_arrays(dataset);
    DLT_TRY_OUT(dlt_dataset_plan_reads(dataset));
    *out = dataset;
    dataset = NULL;
out:
    dlt_dataset_close(&dataset);
    return status;
}
