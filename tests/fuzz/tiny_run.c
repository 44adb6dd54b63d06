#include "tiny_run.h"

#include "fuzz.h"

#include <string.h>

dlt_snapshot *tiny_run_view(tiny_run *memory) {
    const dlt_shape weight = {2, {2, 3}};
    const dlt_shape bias = {1, {3}};
    const dlt_shape features = {1, {2}};
    dlt_snapshot *made = NULL;
    memset(memory, 0, sizeof *memory);
    bool added =
        dlt_snapshot_create(&made) == DLT_OK &&
        dlt_snapshot_add(made, DLT_H5_F32, &weight, memory->weight, "/params/dense_1/weight") ==
            DLT_OK &&
        dlt_snapshot_add(made, DLT_H5_F32, &bias, memory->bias, "/params/dense_1/bias") == DLT_OK &&
        dlt_snapshot_add(made, DLT_H5_F64, &features, memory->mean, "/buffers/input/mean") ==
            DLT_OK &&
        dlt_snapshot_add(made, DLT_H5_F64, &features, memory->std, "/buffers/input/std") == DLT_OK;
    fuzz_require(added, "a snapshot can be made");
    return made;
}
