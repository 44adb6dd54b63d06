/* One name per value of dlt_split, in its order; files and messages use the same name. */
#include "data/split.h"

const char *dlt_split_name(dlt_split split) {
    static const char *const names[DLT_SPLITS] = {"train", "test", "validation"};
    return names[split];
}
