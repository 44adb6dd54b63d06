/* Samples are read from the caller's arrays through a data set in memory, so that conversion,
 * checks and their sentences are those of files; they then lie in buffers of this rank's share of a
 * whole batch, of which a micro-batch is a slice. */
#include "session/push_source.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

#include <string.h>

struct dlt_push_source {
    dlt_engine *engine; /* borrowed */
    dlt_loader_options options;
    int64_t first; /* of this rank's samples in a batch */
    int64_t count;
    int64_t micro_first;          /* of its micro-batches */
    int64_t next;                 /* micro-batch of the share */
    char *fields[DLT_FIELDS_MAX]; /* [count, spec] each; owned */
    int64_t *samples;             /* [count]; owned */
    int64_t *rows;                /* [count]: 0, 1, …; owned */
    dlt_micro_batch *batches;     /* of the share; owned */
    bool taken;
};

static int64_t bytes_of(const dlt_array *array) {
    static const int64_t bytes[] = {[DLT_ELEMENT_UINT8] = 1,
                                    [DLT_ELEMENT_INT32] = 4,
                                    [DLT_ELEMENT_INT64] = 8,
                                    [DLT_ELEMENT_FLOAT32] = 4,
                                    [DLT_ELEMENT_FLOAT64] = 8};
    const int element = (int)array->element;
    return element >= 0 && element <= (int)DLT_ELEMENT_FLOAT64 ? bytes[element] : 1;
}

void dlt_push_template_destroy(dlt_push_template *it) {
    for (int i = 0; it->zeros != NULL && i < it->arrays.count; i++)
        dlt_free(it->zeros[i]);
    dlt_free(it->zeros);
    dlt_free(it->at);
    *it = (dlt_push_template){.at = NULL};
}

/* What is wrong with a field otherwise, the data set of these arrays says. */
static dlt_status fill_template(const dlt_arrays *batch, int64_t samples, dlt_push_template *out) {
    DLT_TRY(DLT_NEW(out->at, batch->count));
    DLT_TRY(DLT_NEW(out->zeros, batch->count));
    out->arrays = (dlt_arrays){.count = batch->count, .at = out->at};
    for (int i = 0; i < batch->count; i++) {
        dlt_array *array = &out->at[i];
        *array = batch->at[i];
        if (array->shape.rank < 1 || array->shape.rank > DLT_SHAPE_MAX)
            continue;
        array->shape.dim[0] = samples;
        const int64_t elements = dlt_max_i64(dlt_shape_count(&array->shape), 1);
        DLT_TRY(DLT_NEW(out->zeros[i], elements * bytes_of(array)));
        array->at = out->zeros[i];
    }
    return DLT_OK;
}

dlt_status dlt_push_template_create(const dlt_arrays *batch, int64_t samples,
                                    dlt_push_template *out) {
    *out = (dlt_push_template){.at = NULL};
    dlt_status status = fill_template(batch, samples, out);
    if (status != DLT_OK)
        dlt_push_template_destroy(out);
    return status;
}

static dlt_status make_buffers(dlt_push_source *self) {
    const int64_t micros = dlt_ceil_div(self->count, self->options.sampler.partition.micro_batch);
    for (int f = 0; f < self->options.field_count; f++)
        DLT_TRY(
            DLT_NEW(self->fields[f], dlt_tensor_bytes(&self->options.fields[f].spec, self->count)));
    DLT_TRY(DLT_NEW(self->samples, self->count));
    DLT_TRY(DLT_NEW(self->rows, self->count));
    DLT_TRY(DLT_NEW(self->batches, micros));
    for (int64_t i = 0; i < self->count; i++) {
        self->samples[i] = self->first + i;
        self->rows[i] = i;
    }
    return DLT_OK;
}

dlt_status dlt_push_source_create(dlt_engine *engine, dlt_push_source **out) {
    const dlt_batch_partition *partition = &engine->stepper.partition;
    const int64_t micros = dlt_batch_partition_micros(partition, 0);
    dlt_push_source *self = NULL;
    int64_t last = 0;
    DLT_TRY(DLT_NEW(self, 1));
    self->engine = engine;
    self->options = dlt_task_loader_options(&engine->task, &engine->task.train, partition, true);
    dlt_batch_partition_run(micros, partition->rank, partition->size, &self->micro_first, &last);
    self->first = self->micro_first * partition->micro_batch;
    last = dlt_min_i64(last * partition->micro_batch, partition->batch);
    self->count = dlt_max_i64(last - self->first, 0);
    dlt_status status = make_buffers(self);
    if (status != DLT_OK)
        dlt_push_source_destroy(&self);
    *out = self;
    return status;
}

void dlt_push_source_destroy(dlt_push_source **source) {
    if (*source == NULL)
        return;
    for (int f = 0; f < DLT_FIELDS_MAX; f++)
        dlt_free((*source)->fields[f]);
    dlt_free((*source)->samples);
    dlt_free((*source)->rows);
    dlt_free((*source)->batches);
    dlt_free(*source);
    *source = NULL;
}

void dlt_push_source_share(const dlt_push_source *source, int64_t *first, int64_t *count) {
    *first = source->first;
    *count = source->count;
}

/* The declared fields, as a data set of arrays is asked for them. */
static dlt_field_requests requests_of(const dlt_push_source *self) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(self->engine->task.train.data);
    const dlt_field_facts *x = dlt_dataset_x(self->engine->task.train.data);
    const dlt_field_facts *y = dlt_dataset_y(self->engine->task.train.data);
    dlt_field_requests requests = {.count = facts->field_count};
    for (int f = 0; f < facts->field_count; f++)
        requests.at[f] = (dlt_field_request){.name = facts->fields[f].name,
                                             .required = facts->fields[f].is_there,
                                             .role = &facts->fields[f] == x   ? DLT_FIELD_X
                                                     : &facts->fields[f] == y ? DLT_FIELD_Y
                                                                              : DLT_FIELD_PLAIN};
    return requests;
}

static dlt_status check_declared(const dlt_push_source *self, const dlt_dataset_facts *found) {
    const dlt_dataset_facts *declared = dlt_dataset_facts_of(self->engine->task.train.data);
    char theirs[DLT_SHAPE_TEXT_BYTES];
    char ours[DLT_SHAPE_TEXT_BYTES];
    if (found->samples != self->count)
        return dlt_fail(DLT_ERR_SHAPE,
                        "the batch has %lld samples on this rank, whose share of it are %lld",
                        (long long)found->samples, (long long)self->count);
    for (int f = 0; f < declared->field_count; f++) {
        const dlt_field_facts *a = &declared->fields[f];
        const dlt_field_facts *b = &found->fields[f];
        if (a->is_there != b->is_there)
            return dlt_fail(DLT_ERR_ARG, "the batch has an array '%s', which was not declared",
                            a->name);
        if (a->is_there && (a->type != b->type || !dlt_shape_equal(&a->shape, &b->shape)))
            return dlt_fail(DLT_ERR_SHAPE,
                            "array '%s' of the batch has samples of %s %s, but %s %s was declared",
                            a->name, dlt_shape_text(&b->shape, theirs), dlt_h5_type_name(b->type),
                            dlt_shape_text(&a->shape, ours), dlt_h5_type_name(a->type));
    }
    return DLT_OK;
}

static dlt_status read_fields(dlt_push_source *self, dlt_dataset *data) {
    DLT_TRY(check_declared(self, dlt_dataset_facts_of(data)));
    for (int f = 0; f < self->options.field_count; f++)
        DLT_TRY(dlt_dataset_read(data, &self->options.fields[f], self->rows, self->count,
                                 self->fields[f]));
    return DLT_OK;
}

dlt_status dlt_push_source_take(dlt_push_source *source, const dlt_arrays *samples) {
    const dlt_field_requests requests = requests_of(source);
    dlt_dataset *data = NULL;
    source->taken = false;
    dlt_status status = dlt_dataset_of_arrays(samples, "the arrays of the batch", &requests, &data);
    if (status == DLT_OK)
        status = read_fields(source, data);
    dlt_dataset_close(&data);
    source->taken = status == DLT_OK;
    return status;
}

dlt_status dlt_push_source_ready(const dlt_push_source *source) {
    if (source->taken || source->count == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_ARG, "no samples were handed over for this update");
}

void dlt_push_source_clear(dlt_push_source *source) {
    source->taken = false;
    source->next = 0;
}

static dlt_status next_pushed(void *opaque, const dlt_micro_batch **out) {
    dlt_push_source *self = opaque;
    const dlt_batch_partition *partition = &self->engine->stepper.partition;
    const dlt_train_state *state = &self->engine->state;
    const int64_t done = self->next * partition->micro_batch;
    dlt_micro_batch *batch = &self->batches[self->next];
    batch->id =
        (dlt_micro_batch_id){.epoch = state->epoch,
                             .step = state->epoch_step,
                             .micro = self->micro_first + self->next,
                             .position = state->epoch_step * partition->batch + self->first + done,
                             .count = dlt_min_i64(partition->micro_batch, self->count - done)};
    for (int f = 0; f < self->options.field_count; f++)
        batch->fields[f] = self->fields[f] + dlt_tensor_bytes(&self->options.fields[f].spec, done);
    batch->samples = self->samples + done;
    self->next++;
    *out = batch;
    return DLT_OK;
}

static void release_pushed(void *opaque, const dlt_micro_batch *batch) {
    (void)opaque;
    (void)batch;
}

dlt_source dlt_source_of_pushes(dlt_push_source *source) {
    static const dlt_source_ops ops = {.next = next_pushed, .release = release_pushed};
    return (dlt_source){.ops = &ops, .self = source};
}
