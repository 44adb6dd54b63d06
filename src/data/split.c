#include "data/split.h"

const char *dlt_split_name(dlt_split split) {
    static const char *const names[DLT_SPLITS] = {"train", "test", "validation"};
    return names[split];
}
