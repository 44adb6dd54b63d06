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
    dlt_real *x;      /* [BLOCKS, micro-batch, input] */
    int32_t *labels;  /* [BLOCKS, micro-batch], or NULL */
    dlt_real *values; /* [BLOCKS, micro-batch, output], or NULL */
    int64_t *samples; /* [micro-batch] */
    int next;
};

/* What the parts of a sample are drawn for. */
enum { DRAW_INPUT = 0, DRAW_TARGET = 1 };

static dlt_stream stream_of(const dlt_task *task, uint32_t part) {
    return dlt_stream_make((uint64_t)task->run->settings.seed, DLT_PURPOSE_SYNTHESIS, part, 0,
                           (uint64_t)dlt_comm_rank(task->comm));
}

static void draw_inputs(const dlt_task *task, int64_t count, dlt_real *x) {
    dlt_stream stream = stream_of(task, DRAW_INPUT);
    for (int64_t i = 0; i < count; i++)
        x[i] = (dlt_real)dlt_stream_normal(&stream, (uint64_t)i);
}

static void draw_labels(const dlt_task *task, int64_t count, int32_t *labels) {
    dlt_stream stream = stream_of(task, DRAW_TARGET);
    for (int64_t i = 0; i < count; i++)
        labels[i] = (int32_t)(dlt_stream_word(&stream, (uint64_t)i) % (uint64_t)task->output_count);
}

static void draw_values(const dlt_task *task, int64_t count, dlt_real *values) {
    dlt_stream stream = stream_of(task, DRAW_TARGET);
    for (int64_t i = 0; i < count; i++) {
        double normal = dlt_stream_normal(&stream, (uint64_t)i);
        values[i] = (dlt_real)(task->binary ? normal > 0 : normal);
    }
}

static dlt_status draw(const dlt_task *task, dlt_memory_source *self) {
    int64_t count = task->micro_batch * BLOCKS;
    int64_t features = dlt_shape_count(&task->input);
    DLT_TRY(DLT_NEW(self->x, count * features));
    DLT_TRY(DLT_NEW(self->samples, task->micro_batch));
    draw_inputs(task, count * features, self->x);
    if (task->loss->target == DLT_TARGET_LABELS) {
        DLT_TRY(DLT_NEW(self->labels, count));
        draw_labels(task, count, self->labels);
        return DLT_OK;
    }
    DLT_TRY(DLT_NEW(self->values, count * task->output_count));
    draw_values(task, count * task->output_count, self->values);
    return DLT_OK;
}

static void point_blocks(const dlt_task *task, dlt_memory_source *self) {
    int64_t m = task->micro_batch;
    for (int64_t i = 0; i < BLOCKS; i++) {
        dlt_micro_batch *block = &self->blocks[i];
        block->fields[0] = self->x + i * m * dlt_shape_count(&task->input);
        block->samples = self->samples;
        if (self->labels != NULL)
            block->fields[1] = self->labels + i * m;
        if (self->values != NULL)
            block->fields[1] = self->values + i * m * task->output_count;
    }
}

dlt_status dlt_memory_source_create(const dlt_task *task, const dlt_batch_partition *partition,
                                    dlt_memory_source **out) {
    dlt_memory_source *self = NULL;
    DLT_TRY(DLT_NEW(self, 1));
    dlt_status status = draw(task, self);
    if (status == DLT_OK) {
        self->sampler = (dlt_batch_sampler){.partition = *partition, .end_epoch = INT64_MAX};
        point_blocks(task, self);
    } else {
        dlt_memory_source_destroy(&self);
    }
    *out = self;
    return status;
}

void dlt_memory_source_destroy(dlt_memory_source **source) {
    if (*source == NULL)
        return;
    dlt_free((*source)->x);
    dlt_free((*source)->labels);
    dlt_free((*source)->values);
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
