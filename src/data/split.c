/* One name per value of dlt_split, in its order; files and messages use the same name. Labels y are
 * stored as one number per sample, values y as rows. */
#include "data/split.h"

const char *dlt_split_name(dlt_split split) {
    static const char *const names[DLT_SPLITS] = {"train", "test", "validation"};
    return names[split];
}

int dlt_split_fields(const dlt_split_facts *facts, dlt_split_field out[DLT_FIELDS_MAX]) {
    for (int f = 0; f < facts->field_count; f++)
        out[f] = facts->fields[f];
    if (facts->field_count > 0)
        return facts->field_count;
    out[0] = (dlt_split_field){.name = "x", .type = facts->x_type, .shape = facts->x_shape};
    out[1] = (dlt_split_field){.name = "y", .type = facts->y_type, .shape = facts->y_shape};
    if (facts->y_type != DLT_H5_I32 && facts->y_shape.rank == 0)
        out[1].shape = (dlt_shape){1, {1}};
    return facts->y_type == DLT_H5_OTHER ? 1 : 2;
}
