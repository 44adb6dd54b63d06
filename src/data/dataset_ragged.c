/* Reads sequences of different length. Where each begins is kept in memory, 8 bytes per sample, so
 * that lengths cost no reading: batches are formed by them. Elements are read like rows, from pages
 * or from the file, sequence by sequence. */
#include "base/cast.h"
#include "base/error.h"
#include "data/reading.h"

#include <string.h>

static int64_t length_of(const dlt_dataset *dataset, int field, int64_t sample) {
    const dlt_shard *shard = dlt_dataset_shard_of(dataset, sample);
    const int64_t *offsets = shard->fields[field].offsets + (sample - shard->first);
    return offsets[1] - offsets[0];
}

static dlt_status check_sample(const dlt_dataset *dataset, int64_t sample) {
    if (sample >= 0 && sample < dataset->facts.samples)
        return DLT_OK;
    return dlt_fail(DLT_ERR_ARG, "sample %lld is not in a data set of %lld", (long long)sample,
                    (long long)dataset->facts.samples);
}

dlt_status dlt_dataset_read_lengths(const dlt_dataset *dataset, int field, const int64_t *samples,
                                    int64_t count, int32_t *out) {
    if (!dataset->facts.fields[field].is_ragged)
        return dlt_fail(DLT_ERR_ARG, "'%s' of %s is not ragged, and its samples have no lengths",
                        dataset->names[field], dataset->shards[0].path);
    for (int64_t i = 0; i < count; i++) {
        DLT_TRY(check_sample(dataset, samples[i]));
        out[i] = (int32_t)length_of(dataset, field, samples[i]);
    }
    return DLT_OK;
}

static dlt_status fail_length(const dlt_dataset *dataset, int field, int64_t sample,
                              int64_t length) {
    const dlt_shard *shard = dlt_dataset_shard_of(dataset, sample);
    return dlt_fail(DLT_ERR_FORMAT,
                    "the sequence at sample %lld of %s ('%s') has %lld elements, more than the "
                    "largest length of a batch, %lld; add a length to 'data.lengths'",
                    (long long)(sample - shard->first), shard->path, dataset->names[field],
                    (long long)length_of(dataset, field, sample), (long long)length);
}

dlt_status dlt_dataset_shape_class(const dlt_dataset *dataset, const dlt_shape_classes *classes,
                                   const int64_t *samples, int64_t count, int *out) {
    *out = 0;
    for (int f = 0; f < dataset->field_count && classes->count > 0; f++) {
        if (!dataset->facts.fields[f].is_ragged)
            continue;
        for (int64_t i = 0; i < count; i++) {
            const int found = dlt_shape_class_of(classes, length_of(dataset, f, samples[i]));
            if (found < 0)
                return fail_length(dataset, f, samples[i], classes->lengths[classes->count - 1]);
            if (found > *out)
                *out = found;
        }
    }
    return DLT_OK;
}

/* The comparison is false for NaN, too. */
static dlt_status check_range(const dlt_reading *it, const dlt_run_of_rows *rows) {
    const dlt_target_range *range = it->field->range;
    const dlt_real *values = it->reals + rows->picks[0].out_row * it->width;
    for (int64_t i = 0; i < rows->count * it->width; i++) {
        const double value = (double)values[i];
        const int64_t element = rows->element + i / it->width;
        if (!(value >= range->low && value <= range->high))
            return dlt_fail(DLT_ERR_FORMAT,
                            "target %.9g at sample %lld, position %lld of %s ('%s') is outside "
                            "%g..%g, which the loss takes",
                            value, (long long)rows->sample, (long long)element, rows->shard->path,
                            it->facts->name, range->low, range->high);
    }
    return DLT_OK;
}

static dlt_status read_sequence(const dlt_reading *it, int64_t sample, int64_t out_row,
                                int64_t elements) {
    const dlt_shard *shard = dlt_dataset_shard_of(it->dataset, sample);
    const dlt_column *column = &shard->fields[it->facts->index];
    const int64_t begin = column->offsets[sample - shard->first];
    atomic_store_explicit(&it->dataset->at_path, shard->path, memory_order_relaxed);
    for (int64_t done = 0; done < elements;) {
        const dlt_pick place = {.sample = sample, .out_row = out_row + done};
        dlt_run_of_rows rows = {
            .shard = shard,
            .column = column,
            .row = begin + done,
            .count = dlt_min_i64(elements - done, dlt_reading_rows_at_once(it, begin + done)),
            .picks = &place,
            .in_order = true,
            .sample = sample - shard->first,
            .element = done};
        DLT_TRY(dlt_reading_run(it, &rows));
        if (it->reals != NULL && it->field->range != NULL)
            DLT_TRY(check_range(it, &rows));
        done += rows.count;
    }
    return DLT_OK;
}

dlt_status dlt_reading_sequences(const dlt_reading *it, const int64_t *samples, int64_t count,
                                 int64_t length) {
    const int64_t bytes = it->width * dlt_dtype_bytes(it->field->spec.dtype);
    char *out = it->reals != NULL ? (char *)it->reals : (char *)it->integers;
    for (int64_t i = 0; i < count; i++) {
        DLT_TRY(check_sample(it->dataset, samples[i]));
        const int64_t elements = length_of(it->dataset, it->facts->index, samples[i]);
        if (elements > length)
            return fail_length(it->dataset, it->facts->index, samples[i], length);
        DLT_TRY(read_sequence(it, samples[i], i * length, elements));
        memset(out + (i * length + elements) * bytes, 0, (size_t)((length - elements) * bytes));
    }
    return DLT_OK;
}
