/* The usual requests for fields, and the usual ways to deliver one. */
#include "data/field.h"

dlt_field_requests dlt_field_requests_x_y(const char *x, const char *y, bool y_required) {
    return (dlt_field_requests){
        .count = 2,
        .at = {{.name = x != NULL ? x : "x", .required = true, .role = DLT_FIELD_X},
               {.name = y != NULL ? y : "y", .required = y_required, .role = DLT_FIELD_Y}}};
}

dlt_dtype dlt_field_dtype_of(dlt_field_dtype asked, dlt_h5_type type) {
    const bool is_index =
        type == DLT_H5_I32 || type == DLT_H5_U32 || type == DLT_H5_I64 || type == DLT_H5_U64;
    if (asked == DLT_FIELD_AUTO)
        return is_index ? DLT_DTYPE_I32 : DLT_DTYPE_REAL;
    return asked == DLT_FIELD_I32 ? DLT_DTYPE_I32 : DLT_DTYPE_REAL;
}

static dlt_shape delivered_shape(const dlt_field_facts *facts) {
    dlt_shape shape = facts->shape;
    if (!facts->is_ragged)
        return shape;
    for (int d = shape.rank; d > 0; d--)
        shape.dim[d] = shape.dim[d - 1];
    shape.dim[0] = facts->longest;
    shape.rank++;
    return shape;
}

dlt_loader_field dlt_loader_field_reals(const dlt_field_facts *facts) {
    return (dlt_loader_field){.field = facts->index,
                              .spec = {.dtype = DLT_DTYPE_REAL, .shape = delivered_shape(facts)}};
}

dlt_loader_field dlt_loader_field_lengths(const dlt_field_facts *facts) {
    return (dlt_loader_field){
        .field = facts->index, .spec = {.dtype = DLT_DTYPE_I32}, .is_length = true};
}

dlt_loader_field dlt_loader_field_integers(const dlt_field_facts *facts, int64_t below) {
    return (dlt_loader_field){.field = facts->index,
                              .spec = {.dtype = DLT_DTYPE_I32, .shape = delivered_shape(facts)},
                              .below = below};
}
