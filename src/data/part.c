#include "data/part.h"

const char *dlt_part_name(dlt_part part) {
    static const char *const names[DLT_PARTS] = {"train", "test", "validation"};
    return names[part];
}
