/* What one number means in a split, it means in the others: types and shapes of all fields agree
 * with the training split, and the first one with the description. */
#include "ingest/field_checks.h"

#include "base/error.h"

static dlt_status fail_shape(const dlt_description *description, dlt_split split,
                             const dlt_shape *shape, const dlt_shape *expected) {
    char found[DLT_SHAPE_TEXT_BYTES];
    char wanted[DLT_SHAPE_TEXT_BYTES];
    return dlt_fail(DLT_ERR_FORMAT, "the samples of split '%s' of %s are %s where %s is expected",
                    dlt_split_name(split), description->name, dlt_shape_text(shape, found),
                    dlt_shape_text(expected, wanted));
}

bool dlt_import_is_label(const dlt_split_field *field) {
    return field->type == DLT_H5_I32 && field->shape.rank == 0 && field->lengths == NULL;
}

const char *dlt_import_target_kind(const dlt_split_facts *facts) {
    return facts->y_type == DLT_H5_I32     ? "labels"
           : facts->y_type == DLT_H5_OTHER ? "absent"
                                           : "values";
}

/* What one number means in a split, it means in the others. */
static dlt_status check_field(const dlt_description *description, dlt_split split,
                              const dlt_split_field *here, const dlt_split_field *train,
                              bool is_first) {
    const char *name = description->name;
    char found[DLT_SHAPE_TEXT_BYTES];
    char wanted[DLT_SHAPE_TEXT_BYTES];
    if (is_first && here->type != train->type)
        return dlt_fail(DLT_ERR_FORMAT,
                        "the samples of split '%s' of %s are %s, but those of split 'train' are %s",
                        dlt_split_name(split), name, dlt_h5_type_name(here->type),
                        dlt_h5_type_name(train->type));
    if (is_first && !dlt_shape_equal(&here->shape, &train->shape))
        return fail_shape(description, split, &here->shape, &train->shape);
    if (dlt_import_is_label(here) != dlt_import_is_label(train))
        return dlt_fail(DLT_ERR_FORMAT,
                        "the targets of split '%s' of %s are %s, but those of split 'train' are %s",
                        dlt_split_name(split), name,
                        dlt_import_is_label(here) ? "labels" : "values",
                        dlt_import_is_label(train) ? "labels" : "values");
    if (!dlt_shape_equal(&here->shape, &train->shape))
        return dlt_fail(DLT_ERR_FORMAT,
                        "the targets of split '%s' of %s have the shape %s, but those of split "
                        "'train' have %s",
                        dlt_split_name(split), name, dlt_shape_text(&here->shape, found),
                        dlt_shape_text(&train->shape, wanted));
    return DLT_OK;
}

dlt_status dlt_import_check_fields(const dlt_description *description,
                                   const dlt_split_facts splits[DLT_SPLITS], dlt_split split) {
    const dlt_ints *given = &description->shape;
    dlt_split_field here[DLT_FIELDS_MAX];
    dlt_split_field train[DLT_FIELDS_MAX];
    const int count = dlt_split_fields(&splits[split], here);
    const int train_count = dlt_split_fields(&splits[DLT_SPLIT_TRAIN], train);
    if (given->count > 0) {
        dlt_shape expected = {.rank = (int)given->count};
        for (int d = 0; d < expected.rank; d++)
            expected.dim[d] = given->at[d];
        if (!dlt_shape_equal(&here[0].shape, &expected))
            return fail_shape(description, split, &here[0].shape, &expected);
    }
    for (int f = 0; f < count && f < train_count; f++)
        DLT_TRY(check_field(description, split, &here[f], &train[f], f == 0));
    if (count == train_count)
        return DLT_OK;
    return dlt_fail(
        DLT_ERR_FORMAT, "the targets of split '%s' of %s are %s, but those of split 'train' are %s",
        dlt_split_name(split), description->name, dlt_import_target_kind(&splits[split]),
        dlt_import_target_kind(&splits[DLT_SPLIT_TRAIN]));
}

int64_t dlt_import_field_bytes(const dlt_split_field *field, int64_t first, int64_t count) {
    int64_t elements = field->lengths == NULL ? count : 0;
    for (int64_t i = first; field->lengths != NULL && i < first + count; i++)
        elements += field->lengths[i];
    return elements * dlt_shape_count(&field->shape) * dlt_h5_type_bytes(field->type);
}

int64_t dlt_import_bytes(const dlt_split_facts *facts) {
    int64_t sum = 0;
    int64_t record = 0;
    dlt_split_field fields[DLT_FIELDS_MAX];
    const int count = dlt_split_fields(facts, fields);
    for (int f = 0; f < count; f++) {
        const dlt_split_field *field = &fields[f];
        const int64_t each = dlt_import_field_bytes(field, 0, 1);
        int64_t bytes = 0;
        if (field->lengths != NULL)
            bytes = dlt_import_field_bytes(field, 0, facts->samples);
        else if (__builtin_mul_overflow(facts->samples, each, &bytes))
            return -1;
        if (__builtin_add_overflow(sum, bytes, &sum))
            return -1;
    }
    if (facts->record != NULL)
        record = facts->samples * dlt_h5_type_bytes(DLT_H5_I64);
    return __builtin_add_overflow(sum, record, &sum) ? -1 : sum;
}
