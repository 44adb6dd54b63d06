/* Makes a loader the source of a training run: both functions hand their call on. */
#include "engine/source.h"

static dlt_status next_of_loader(void *self, const dlt_micro_batch **out) {
    return dlt_loader_next(self, out);
}

static void release_to_loader(void *self, const dlt_micro_batch *batch) {
    dlt_loader_release(self, batch);
}

dlt_source dlt_source_of_loader(dlt_loader *loader) {
    static const dlt_source_ops ops = {.next = next_of_loader, .release = release_to_loader};
    return (dlt_source){.ops = &ops, .self = loader};
}
