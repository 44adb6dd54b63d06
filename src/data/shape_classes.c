/* Lists the lengths, and finds the class of one by going through the few that there are. */
#include "data/shape_classes.h"

#include "base/error.h"
#include "config/config.h"
#include "data/settings.h"

static const int64_t SHORTEST = 8;

static dlt_status take_given(const dlt_ints *asked, const dlt_position *position,
                             dlt_shape_classes *out) {
    if (asked->count < 1 || asked->count > DLT_SHAPE_CLASSES_MAX)
        return dlt_config_fail(position, "'data.lengths' must name 1 to %d lengths, found %lld",
                               DLT_SHAPE_CLASSES_MAX, (long long)asked->count);
    for (int64_t i = 0; i < asked->count; i++) {
        if (asked->at[i] == DLT_LENGTHS_AUTO)
            return dlt_config_fail(position, "'data.lengths' is auto or a list of lengths");
        if (i > 0 && asked->at[i] <= asked->at[i - 1])
            return dlt_config_fail(position,
                                   "'data.lengths' must ascend, but %lld stands behind %lld",
                                   (long long)asked->at[i], (long long)asked->at[i - 1]);
        out->lengths[out->count++] = asked->at[i];
    }
    return DLT_OK;
}

dlt_status dlt_shape_classes_choose(const dlt_ints *asked, const dlt_position *position,
                                    int64_t longest, dlt_shape_classes *out) {
    *out = (dlt_shape_classes){.count = 0};
    if (asked->count != 1 || asked->at[0] != DLT_LENGTHS_AUTO)
        return take_given(asked, position, out);
    /* A sequence is smaller than 2^30 elements, and so are the classes fewer than there is room. */
    for (int64_t length = SHORTEST; out->count < DLT_SHAPE_CLASSES_MAX; length *= 2) {
        out->lengths[out->count++] = length;
        if (length >= longest)
            break;
    }
    return DLT_OK;
}

int dlt_shape_class_of(const dlt_shape_classes *classes, int64_t length) {
    for (int c = 0; c < classes->count; c++)
        if (length <= classes->lengths[c])
            return c;
    return -1;
}
