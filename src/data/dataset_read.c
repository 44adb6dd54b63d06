/* Reads samples in any order: joins neighbouring rows to runs and reads each run from a page,
 * through the staging buffer, or straight into the output if its numbers need no conversion.
 * Samples are sorted first where not all pages can be kept. `take` checks and converts the rows of
 * a run. The data set's mutex covers a whole call: calls share picks, staging and pages. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/text.h"
#include "data/convert.h"
#include "data/reading.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dlt_status reserve_picks(dlt_dataset *dataset, int64_t count) {
    if (count <= dataset->pick_room)
        return DLT_OK;
    dlt_pick *picks = NULL;
    DLT_TRY(DLT_NEW(picks, count));
    dlt_free(dataset->picks);
    dataset->picks = picks;
    dataset->pick_room = count;
    return DLT_OK;
}

dlt_status dlt_dataset_reserve(dlt_dataset *dataset, int64_t count, int64_t reach) {
    pthread_mutex_lock(&dataset->mutex);
    dlt_status status = reserve_picks(dataset, count);
    if (status == DLT_OK)
        status = dlt_paging_reserve(dataset, reach);
    pthread_mutex_unlock(&dataset->mutex);
    return status;
}

const char *dlt_dataset_reading(const dlt_dataset *dataset) {
    return atomic_load_explicit(&dataset->at_path, memory_order_relaxed);
}

const dlt_shard *dlt_dataset_shard_of(const dlt_dataset *dataset, int64_t sample) {
    int low = 0;
    int high = dataset->shard_count;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (dataset->shards[middle].first <= sample)
            low = middle;
        else
            high = middle;
    }
    return &dataset->shards[low];
}

static int compare_picks(const void *a, const void *b) {
    const dlt_pick *left = a;
    const dlt_pick *right = b;
    if (left->sample != right->sample)
        return left->sample < right->sample ? -1 : 1;
    return left->out_row < right->out_row ? -1 : 1;
}

/* Sorting lets the samples of a page be read while it is there, where not all pages can be kept. */
static bool is_sorting_useful(const dlt_paging *paging) {
    return paging->is_on && !paging->is_held && !paging->with_buffer;
}

static dlt_status fill_picks(dlt_dataset *dataset, const int64_t *samples, int64_t count,
                             bool sort) {
    DLT_TRY(reserve_picks(dataset, count));
    bool sorted = true;
    for (int64_t i = 0; i < count; i++) {
        if (samples[i] < 0 || samples[i] >= dataset->facts.samples)
            return dlt_fail(DLT_ERR_ARG, "sample %lld is not in a data set of %lld",
                            (long long)samples[i], (long long)dataset->facts.samples);
        dataset->picks[i] = (dlt_pick){samples[i], i};
        sorted = sorted && (i == 0 || samples[i - 1] <= samples[i]);
    }
    if (sort && !sorted)
        qsort(dataset->picks, (size_t)count, sizeof *dataset->picks, compare_picks);
    return DLT_OK;
}

int64_t dlt_reading_rows_at_once(const dlt_reading *it, int64_t row) {
    const dlt_paging *paging = it->paging;
    if (paging->is_on)
        return paging->page_rows - row % paging->page_rows;
    return it->dataset->staging_bytes / paging->row_bytes;
}

static bool are_neighbours(const dlt_pick *picks, int64_t count) {
    return count > 1 && picks[1].sample == picks[0].sample + 1;
}

/* Takes the samples that follow picks[0] into its run: within one shard and most rows. */
static void extend_run(const dlt_reading *it, const dlt_pick *picks, int64_t count,
                       dlt_run_of_rows *found) {
    int64_t most = dlt_min_i64(dlt_reading_rows_at_once(it, found->row), count);
    most = dlt_min_i64(most, found->shard->samples - found->row);
    while (found->count < most && are_neighbours(picks + found->count - 1, 2)) {
        found->in_order =
            found->in_order && picks[found->count].out_row == picks[found->count - 1].out_row + 1;
        found->count++;
    }
}

/* The longest run that starts at picks[0]. */
static dlt_run_of_rows next_run(const dlt_reading *it, const dlt_pick *picks, int64_t count) {
    const dlt_shard *shard = dlt_dataset_shard_of(it->dataset, picks[0].sample);
    dlt_run_of_rows found = {.shard = shard,
                             .column = &shard->fields[it->facts->index],
                             .row = picks[0].sample - shard->first,
                             .count = 1,
                             .picks = picks,
                             .in_order = true};
    if (are_neighbours(picks, count))
        extend_run(it, picks, count, &found);
    return found;
}

/* Where rows that lie side by side in the file and in memory need no conversion, their place. */
static void *place_for(const dlt_reading *it, const dlt_run_of_rows *rows) {
    if (!rows->in_order)
        return NULL;
    if (it->stored != NULL)
        return it->stored + rows->picks[0].out_row * it->paging->row_bytes;
    if (it->reals != NULL && dlt_convert_is_real(rows->column->info.type))
        return it->reals + rows->picks[0].out_row * it->width;
    return NULL;
}

/* Such rows take no detour. */
static dlt_status read_directly(const dlt_reading *it, const dlt_run_of_rows *rows, void *out) {
    DLT_TRY(dlt_shard_read(rows->shard, rows->column, rows->row, rows->count, out));
    return it->reals != NULL ? dlt_take_check_finite(it, rows, out, NULL, rows->row, rows->count)
                             : DLT_OK;
}

dlt_status dlt_reading_run(const dlt_reading *it, dlt_run_of_rows *rows) {
    if (it->paging->is_on) {
        DLT_TRY(dlt_paging_rows(it->paging, rows->shard, rows->column, rows->row, &rows->raw));
        return it->take(it, rows);
    }
    void *place = place_for(it, rows);
    if (place != NULL)
        return read_directly(it, rows, place);
    char *staging = it->dataset->staging;
    DLT_TRY(dlt_shard_read(rows->shard, rows->column, rows->row, rows->count, staging));
    rows->raw = staging;
    return it->take(it, rows);
}

/* A data set that nobody made room for is read all the same. */
static dlt_status reserve_pages(dlt_dataset *dataset, const dlt_paging *paging) {
    if (!paging->is_on || paging->pages.room > 0)
        return DLT_OK;
    return dlt_paging_reserve(dataset, dataset->facts.samples);
}

/* Rows all over the memory arrive later than they are copied, unless they are asked for so many
 * rows before; measured, 4 to 16 are about as good. */
enum { AHEAD = 8 };

static void expect_later(const dlt_reading *it, const dlt_pick *pick) {
    const dlt_shard *shard = dlt_dataset_shard_of(it->dataset, pick->sample);
    dlt_paging_expect(it->paging, &shard->fields[it->facts->index], pick->sample - shard->first);
}

static dlt_status read_samples_alone(const dlt_reading *it, const int64_t *samples, int64_t count) {
    DLT_TRY(fill_picks(it->dataset, samples, count, is_sorting_useful(it->paging)));
    DLT_TRY(reserve_pages(it->dataset, it->paging));
    for (int64_t done = 0; done < count;) {
        dlt_run_of_rows rows = next_run(it, it->dataset->picks + done, count - done);
        atomic_store_explicit(&it->dataset->at_path, rows.shard->path, memory_order_relaxed);
        if (it->paging->is_on && done + rows.count + AHEAD < count)
            expect_later(it, rows.picks + rows.count + AHEAD);
        DLT_TRY(dlt_reading_run(it, &rows));
        done += rows.count;
    }
    return DLT_OK;
}

/* Labels that a loss reads as numbers, one per sample. */
static dlt_status relabel(const dlt_reading *it, const int64_t *samples, int64_t count) {
    const dlt_data_map *map = &it->dataset->map;
    for (int64_t i = 0; i < count; i++) {
        double value = (double)it->reals[i];
        if (!(value >= 0 && value < (double)map->classes && value == floor(value)))
            return dlt_fail(DLT_ERR_FORMAT, "label %.15g at sample %lld is outside 0..%lld", value,
                            (long long)samples[i], (long long)map->classes - 1);
        it->reals[i] = (dlt_real)map->label[(int32_t)value];
    }
    return DLT_OK;
}

/* Puts the columns of rows that were read into the order of the training data's. */
static void permute(dlt_dataset *dataset, int64_t count, dlt_real *x) {
    const int64_t width = dataset->map.features;
    dlt_real *row = dataset->permuted;
    for (int64_t i = 0; i < count; i++, x += width) {
        memcpy(row, x, (size_t)width * sizeof *row);
        for (int64_t f = 0; f < width; f++)
            x[f] = row[dataset->map.column[f]];
    }
}

/* The comparison is false for NaN, too. */
static dlt_status check_range(const dlt_reading *it, const int64_t *samples, int64_t count) {
    const dlt_target_range *range = it->field->range;
    for (int64_t i = 0; i < count * it->width; i++) {
        double value = (double)it->reals[i];
        if (value >= range->low && value <= range->high)
            continue;
        const int64_t sample = samples[i / it->width];
        const dlt_shard *shard = dlt_dataset_shard_of(it->dataset, sample);
        if (range->low == 0 && isinf(range->high))
            return dlt_fail(DLT_ERR_FORMAT, "weight %.9g at sample %lld of %s ('%s') is below 0",
                            value, (long long)(sample - shard->first), shard->path,
                            it->facts->name);
        return dlt_fail(DLT_ERR_FORMAT,
                        "target %.9g at sample %lld of %s is outside %g..%g, which the loss takes",
                        value, (long long)(sample - shard->first), shard->path, range->low,
                        range->high);
    }
    return DLT_OK;
}

/* What is done to reals once all samples have been read. */
static dlt_status finish_reals(const dlt_reading *it, const int64_t *samples, int64_t count) {
    if (it->facts->index == it->dataset->x && it->dataset->map.column != NULL)
        permute(it->dataset, count, it->reals);
    if (it->map != NULL && it->width == 1)
        DLT_TRY(relabel(it, samples, count));
    return it->field->range != NULL ? check_range(it, samples, count) : DLT_OK;
}

static dlt_status read_samples(const dlt_reading *it, const int64_t *samples, int64_t count) {
    pthread_mutex_lock(&it->dataset->mutex);
    dlt_status status = read_samples_alone(it, samples, count);
    if (status == DLT_OK && it->reals != NULL)
        status = finish_reals(it, samples, count);
    atomic_store_explicit(&it->dataset->at_path, NULL, memory_order_relaxed);
    pthread_mutex_unlock(&it->dataset->mutex);
    return status;
}

static dlt_status check_field(const dlt_dataset *dataset, int field) {
    if (field < 0 || field >= dataset->field_count)
        return dlt_fail(DLT_ERR_ARG, "a data set of %d fields has no field %d",
                        dataset->field_count, field);
    if (dataset->facts.fields[field].is_there)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s has no dataset '%s'%s", dataset->shards[0].path,
                    dataset->names[field], field == dataset->y ? " to take targets from" : "");
}

/* A sequence is delivered as [length, element]. */
static dlt_status check_elements(const dlt_dataset *dataset, const dlt_loader_field *field) {
    const dlt_field_facts *facts = &dataset->facts.fields[field->field];
    const dlt_shape *shape = &field->spec.shape;
    const int64_t elements = dlt_shape_count(&facts->shape);
    char text[DLT_SHAPE_TEXT_BYTES];
    if (shape->rank > 0 && dlt_shape_count(shape) == shape->dim[0] * elements)
        return DLT_OK;
    return dlt_fail(DLT_ERR_SHAPE,
                    "'%s' of %s has sequences of elements of %lld numbers each, and cannot be "
                    "delivered as %s",
                    facts->name, dataset->shards[0].path, (long long)elements,
                    dlt_shape_text(shape, text));
}

static dlt_status check_shape(const dlt_dataset *dataset, const dlt_loader_field *field) {
    const dlt_field_facts *facts = &dataset->facts.fields[field->field];
    const int64_t width = dlt_shape_count(&field->spec.shape);
    char text[DLT_SHAPE_TEXT_BYTES];
    if (dlt_shape_count(&facts->shape) == width)
        return DLT_OK;
    return dlt_fail(DLT_ERR_SHAPE,
                    "'%s' of %s has samples of shape %s where %lld number%s each are expected",
                    facts->name, dataset->shards[0].path, dlt_shape_text(&facts->shape, text),
                    (long long)width, width == 1 ? "" : "s");
}

/* Reals padded with zeros, which are no targets, are checked element by element as they come. */
static dlt_status read_sequences(dlt_reading *it, const int64_t *samples, int64_t count) {
    const int64_t length = it->field->spec.shape.dim[0];
    it->width = dlt_shape_count(&it->facts->shape);
    pthread_mutex_lock(&it->dataset->mutex);
    dlt_status status = reserve_pages(it->dataset, it->paging);
    if (status == DLT_OK)
        status = dlt_reading_sequences(it, samples, count, length);
    atomic_store_explicit(&it->dataset->at_path, NULL, memory_order_relaxed);
    pthread_mutex_unlock(&it->dataset->mutex);
    return status;
}

dlt_status dlt_dataset_read(dlt_dataset *dataset, const dlt_loader_field *field,
                            const int64_t *samples, int64_t count, void *out) {
    DLT_TRY(check_field(dataset, field->field));
    const bool is_ragged = dataset->facts.fields[field->field].is_ragged;
    if (field->is_length)
        return dlt_dataset_read_lengths(dataset, field->field, samples, count, out);
    DLT_TRY(is_ragged ? check_elements(dataset, field) : check_shape(dataset, field));
    const bool is_real = field->spec.dtype == DLT_DTYPE_REAL;
    const bool is_mapped = field->field == dataset->y && dataset->map.label != NULL;
    dlt_reading it = {.dataset = dataset,
                      .paging = &dataset->pagings[field->field],
                      .facts = &dataset->facts.fields[field->field],
                      .field = field,
                      .width = dlt_shape_count(&field->spec.shape),
                      .take = is_real ? dlt_take_reals : dlt_take_integers,
                      .reals = is_real ? out : NULL,
                      .integers = is_real ? NULL : out,
                      .map = is_mapped ? &dataset->map : NULL};
    return is_ragged ? read_sequences(&it, samples, count) : read_samples(&it, samples, count);
}

dlt_status dlt_dataset_read_stored(dlt_dataset *dataset, int field, const int64_t *samples,
                                   int64_t count, void *rows) {
    DLT_TRY(check_field(dataset, field));
    if (dataset->facts.fields[field].is_ragged)
        return dlt_fail(DLT_ERR_ARG, "sequences are not read as they are stored");
    const dlt_reading it = {.dataset = dataset,
                            .paging = &dataset->pagings[field],
                            .facts = &dataset->facts.fields[field],
                            .take = dlt_take_stored,
                            .stored = rows};
    return read_samples(&it, samples, count);
}

static dlt_status read_records(const dlt_dataset *dataset, int64_t first, int64_t count,
                               int64_t *records) {
    for (int64_t done = 0; done < count;) {
        const dlt_shard *shard = dlt_dataset_shard_of(dataset, first + done);
        const int64_t row = first + done - shard->first;
        const int64_t now = dlt_min_i64(count - done, shard->samples - row);
        DLT_TRY(dlt_shard_read(shard, &shard->record, row, now, records + done));
        done += now;
    }
    return DLT_OK;
}

dlt_status dlt_dataset_read_records(dlt_dataset *dataset, int64_t first, int64_t count,
                                    int64_t *records) {
    if (!dataset->facts.has_records || first < 0 || count < 0 ||
        first > dataset->facts.samples - count)
        return dlt_fail(DLT_ERR_ARG, "there are no %lld numbers of records from %lld on",
                        (long long)count, (long long)first);
    pthread_mutex_lock(&dataset->mutex);
    dlt_status status = read_records(dataset, first, count, records);
    pthread_mutex_unlock(&dataset->mutex);
    return status;
}
