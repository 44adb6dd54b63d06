/* Feeds a step without waiting. Each rank draws eight micro-batches once, from streams of its own
 * number, and hands them out in turn with ids of the batch sampler. The samples depend on the rank
 * and all have number 0, so they serve measurements only: losses differ between numbers of
 * ranks. */
#include "bench/memory_source.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/philox.h"

#include <stdint.h>

enum { BLOCKS = 8 };

struct dlt_memory_source {
    dlt_batch_sampler sampler;
    dlt_micro_batch blocks[BLOCKS];
    char *fields[DLT_FIELDS_MAX]; /* [BLOCKS, micro-batch, field], in the order of loading; owned */
    int64_t *samples;             /* [micro-batch] */
    int next;
};

static dlt_stream stream_of(const dlt_task *task, int field) {
    return dlt_stream_make((uint64_t)task->run->settings.seed, DLT_PURPOSE_SYNTHESIS,
                           (uint32_t)field, 0, (uint64_t)dlt_comm_rank(task->comm));
}

/* Targets of a loss that asks yes or no. */
static bool is_binary(const dlt_task *task, int field) {
    for (int k = 0; k < task->objective_count; k++) {
        const dlt_objective *of = &task->objectives[k];
        if (of->target.origin == DLT_TENSOR_FIELD && of->target.index == field && of->ops->binary)
            return true;
    }
    return false;
}

static void draw_field(const dlt_task *task, int index, int64_t count, void *out) {
    const dlt_task_field *field = &task->fields[index];
    const bool binary = is_binary(task, index);
    dlt_stream stream = stream_of(task, index);
    if (field->spec.dtype == DLT_DTYPE_I32) {
        const uint64_t below = field->below > 0 ? (uint64_t)field->below : 2;
        for (int64_t i = 0; i < count; i++)
            ((int32_t *)out)[i] = (int32_t)(dlt_stream_word(&stream, (uint64_t)i) % below);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        double normal = dlt_stream_normal(&stream, (uint64_t)i);
        ((dlt_real *)out)[i] = (dlt_real)(binary ? normal > 0 : normal);
    }
}

static dlt_status draw(const dlt_task *task, dlt_memory_source *self) {
    const int64_t m = task->micro_batch;
    DLT_TRY(DLT_NEW(self->samples, m));
    for (int i = 0; i < task->field_count; i++) {
        const dlt_task_field *field = &task->fields[i];
        if (field->loaded < 0)
            continue;
        const int64_t bytes = dlt_tensor_bytes(&field->spec, m);
        DLT_TRY(DLT_NEW(self->fields[field->loaded], BLOCKS * bytes));
        draw_field(task, i, BLOCKS * m * dlt_shape_count(&field->spec.shape),
                   self->fields[field->loaded]);
        for (int64_t b = 0; b < BLOCKS; b++)
            self->blocks[b].fields[field->loaded] = self->fields[field->loaded] + b * bytes;
    }
    for (int64_t b = 0; b < BLOCKS; b++)
        self->blocks[b].samples = self->samples;
    return DLT_OK;
}

dlt_status dlt_memory_source_create(const dlt_task *task, const dlt_batch_partition *partition,
                                    dlt_memory_source **out) {
    dlt_memory_source *self = NULL;
    DLT_TRY(DLT_NEW(self, 1));
    dlt_status status = draw(task, self);
    if (status == DLT_OK) {
        self->sampler = (dlt_batch_sampler){.partition = *partition, .end_epoch = INT64_MAX};
    } else {
        dlt_memory_source_destroy(&self);
    }
    *out = self;
    return status;
}

void dlt_memory_source_destroy(dlt_memory_source **source) {
    if (*source == NULL)
        return;
    for (int i = 0; i < DLT_FIELDS_MAX; i++)
        dlt_free((*source)->fields[i]);
    dlt_free((*source)->samples);
    dlt_free(*source);
    *source = NULL;
}

static dlt_status next_in_memory(void *opaque, const dlt_micro_batch **out) {
    dlt_memory_source *self = opaque;
    dlt_micro_batch *block = &self->blocks[self->next];
    self->next = (self->next + 1) % BLOCKS;
    *out = dlt_batch_sampler_next(&self->sampler, &block->id) ? block : NULL;
    return DLT_OK;
}

static void release_in_memory(void *opaque, const dlt_micro_batch *batch) {
    (void)opaque;
    (void)batch;
}

dlt_source dlt_source_of_memory(dlt_memory_source *source) {
    static const dlt_source_ops ops = {.next = next_in_memory, .release = release_in_memory};
    return (dlt_source){.ops = &ops, .self = source};
}
