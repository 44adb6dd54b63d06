/* Reads samples in any order: joins neighbouring rows to runs and reads each run from a page,
 * through the staging buffer, or straight into the output if its numbers need no conversion.
 * Samples are sorted first where not all pages can be kept. `take` checks and converts the rows of
 * a run. The data set's mutex covers a whole call: calls share picks, staging and pages. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/text.h"
#include "data/convert.h"
#include "data/dataset_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Neighbouring rows of one shard, and where they go. */
typedef struct run {
    const dlt_shard *shard;
    const dlt_column *column;
    int64_t row;
    int64_t count;
    const char *raw;       /* [count] rows as stored, once they are in memory */
    const dlt_pick *picks; /* [count] */
    bool in_order;         /* output rows are neighbours as well */
} run;

/* One call of a reading function. */
typedef struct reading reading;
struct reading {
    dlt_dataset *dataset;
    dlt_paging *paging;
    const dlt_field_facts *facts;
    const dlt_loader_field *field; /* NULL: rows as stored */
    int64_t width;                 /* numbers per sample */
    dlt_status (*take)(const reading *it, const run *rows);
    dlt_real *reals;
    int32_t *integers;
    const dlt_data_map *map; /* of labels; NULL: they are not mapped */
    char *stored;
};

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

static const dlt_shard *find_shard(const dlt_dataset *dataset, int64_t sample) {
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

/* Rows that can be in memory at once, from `row` on: those of its page, or what staging holds. */
static int64_t rows_at_once(const reading *it, int64_t row) {
    const dlt_paging *paging = it->paging;
    if (paging->is_on)
        return paging->page_rows - row % paging->page_rows;
    return it->dataset->staging_bytes / paging->row_bytes;
}

static bool are_neighbours(const dlt_pick *picks, int64_t count) {
    return count > 1 && picks[1].sample == picks[0].sample + 1;
}

/* Takes the samples that follow picks[0] into its run: within one shard and most rows. */
static void extend_run(const reading *it, const dlt_pick *picks, int64_t count, run *found) {
    int64_t most = dlt_min_i64(rows_at_once(it, found->row), count);
    most = dlt_min_i64(most, found->shard->samples - found->row);
    while (found->count < most && are_neighbours(picks + found->count - 1, 2)) {
        found->in_order =
            found->in_order && picks[found->count].out_row == picks[found->count - 1].out_row + 1;
        found->count++;
    }
}

/* The longest run that starts at picks[0]. */
static run next_run(const reading *it, const dlt_pick *picks, int64_t count) {
    const dlt_shard *shard = find_shard(it->dataset, picks[0].sample);
    run found = {.shard = shard,
                 .column = &shard->fields[it->facts->index],
                 .row = picks[0].sample - shard->first,
                 .count = 1,
                 .picks = picks,
                 .in_order = true};
    if (are_neighbours(picks, count))
        extend_run(it, picks, count, &found);
    return found;
}

/* `raw`: the values as stored; NULL where those are reals. */
static dlt_status check_finite(const reading *it, const run *rows, const dlt_real *values,
                               const char *raw, int64_t row, int64_t count) {
    const dlt_h5_type type = rows->column->info.type;
    double stored = NAN;
    int64_t where = dlt_find_not_finite(values, count * it->width);
    if (where < 0)
        return DLT_OK;
    row += where / it->width;
    if (raw != NULL)
        dlt_convert_to_double(type, raw + where * dlt_h5_type_bytes(type), 1, &stored);
    if (isfinite(stored))
        return dlt_fail(DLT_ERR_FORMAT,
                        "'%s' of %s has a value in row %lld, %g, that is too large for float32",
                        it->facts->name, rows->shard->path, (long long)row, stored);
    return dlt_fail(DLT_ERR_FORMAT, "'%s' of %s has a value that is NaN or infinite in row %lld",
                    it->facts->name, rows->shard->path, (long long)row);
}

static dlt_status take_reals(const reading *it, const run *rows) {
    dlt_h5_type type = rows->column->info.type;
    int64_t row_bytes = it->paging->row_bytes;
    bool may_be_infinite = type == DLT_H5_F32 || type == DLT_H5_F64;
    int64_t piece = rows->in_order ? rows->count : 1;
    for (int64_t i = 0; i < rows->count; i += piece) {
        dlt_real *out = it->reals + rows->picks[i].out_row * it->width;
        dlt_convert_to_real(type, rows->raw + i * row_bytes, piece * it->width, out);
        if (may_be_infinite)
            DLT_TRY(check_finite(it, rows, out, rows->raw + i * row_bytes, rows->row + i, piece));
    }
    return DLT_OK;
}

/* What an integer of a field is called, and where it stands. */
static dlt_status fail_integer(const reading *it, const run *rows, int64_t row, int64_t position,
                               double value, const char *why) {
    const bool is_label = it->facts->index == it->dataset->y;
    dlt_text where = DLT_TEXT_EMPTY;
    dlt_text_add(&where, "sample %lld", (long long)(rows->row + row));
    int64_t inner = it->width;
    for (int d = 0; d < it->facts->shape.rank && it->width > 1; d++) {
        inner /= it->facts->shape.dim[d];
        const int64_t index = position / inner;
        dlt_text_add(&where, "%s%lld", d == 0 ? ", position " : " ", (long long)index);
        position %= inner;
    }
    dlt_text_add(&where, " of %s", rows->shard->path);
    if (!is_label || it->width > 1)
        dlt_text_add(&where, " ('%s')", it->facts->name);
    const dlt_status status =
        dlt_fail(DLT_ERR_FORMAT, "%s %.15g at %s %s", is_label ? "label" : "index", value,
                 dlt_text_of(&where), why);
    dlt_text_destroy(&where);
    return status;
}

/* A label as it is stored is checked against the classes of its own data set where these are
 * mapped. */
static dlt_status check_integer(const reading *it, const run *rows, int64_t row, int64_t position,
                                double value) {
    const dlt_loader_field *field = it->field;
    const double below = it->map != NULL ? (double)it->map->classes : (double)field->below;
    const bool is_bounded = it->map != NULL || field->below > 0;
    const double low = is_bounded ? 0 : INT32_MIN;
    const double high = is_bounded ? below - 1 : INT32_MAX;
    char why[96];
    /* Also for a fraction above the highest one. The comparison is false for NaN, too. */
    if (!(value >= low && value < high + 1)) {
        int used = snprintf(why, sizeof why, "is outside %.0f..%.0f", low, high);
        if (field->has_ignored)
            (void)snprintf(why + used, sizeof why - (size_t)used, " and not %d, which is ignored",
                           field->ignored);
        return fail_integer(it, rows, row, position, value, why);
    }
    return value == floor(value)
               ? DLT_OK
               : fail_integer(it, rows, row, position, value, "is not a whole number");
}

static dlt_status take_integer(const reading *it, const run *rows, int64_t row, int64_t position,
                               double value) {
    int32_t *out = it->integers + rows->picks[row].out_row * it->width + position;
    if (it->field->has_ignored && value == (double)it->field->ignored) {
        *out = it->field->ignored;
        return DLT_OK;
    }
    DLT_TRY(check_integer(it, rows, row, position, value));
    *out = it->map != NULL ? it->map->label[(int32_t)value] : (int32_t)value;
    return DLT_OK;
}

static dlt_status take_integers(const reading *it, const run *rows) {
    enum { PIECE = 128 };
    const dlt_h5_type type = rows->column->info.type;
    double values[PIECE];
    for (int64_t i = 0; i < rows->count; i++)
        for (int64_t done = 0; done < it->width; done += PIECE) {
            const int64_t now = dlt_min_i64(PIECE, it->width - done);
            const char *raw = rows->raw + i * it->paging->row_bytes;
            dlt_convert_to_double(type, raw + done * dlt_h5_type_bytes(type), now, values);
            for (int64_t k = 0; k < now; k++)
                DLT_TRY(take_integer(it, rows, i, done + k, values[k]));
        }
    return DLT_OK;
}

static dlt_status take_stored(const reading *it, const run *rows) {
    int64_t row_bytes = it->paging->row_bytes;
    int64_t piece = rows->in_order ? rows->count : 1;
    for (int64_t i = 0; i < rows->count; i += piece)
        memcpy(it->stored + rows->picks[i].out_row * row_bytes, rows->raw + i * row_bytes,
               (size_t)(piece * row_bytes));
    return DLT_OK;
}

/* Where rows that lie side by side in the file and in memory need no conversion, their place. */
static void *place_for(const reading *it, const run *rows) {
    if (!rows->in_order)
        return NULL;
    if (it->stored != NULL)
        return it->stored + rows->picks[0].out_row * it->paging->row_bytes;
    if (it->reals != NULL && dlt_convert_is_real(rows->column->info.type))
        return it->reals + rows->picks[0].out_row * it->width;
    return NULL;
}

/* Such rows take no detour. */
static dlt_status read_directly(const reading *it, const run *rows, void *out) {
    DLT_TRY(dlt_shard_read(rows->shard, rows->column, rows->row, rows->count, out));
    return it->reals != NULL ? check_finite(it, rows, out, NULL, rows->row, rows->count) : DLT_OK;
}

static dlt_status read_run(const reading *it, run *rows) {
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

static void expect_later(const reading *it, const dlt_pick *pick) {
    const dlt_shard *shard = find_shard(it->dataset, pick->sample);
    dlt_paging_expect(it->paging, &shard->fields[it->facts->index], pick->sample - shard->first);
}

static dlt_status read_samples_alone(const reading *it, const int64_t *samples, int64_t count) {
    DLT_TRY(fill_picks(it->dataset, samples, count, is_sorting_useful(it->paging)));
    DLT_TRY(reserve_pages(it->dataset, it->paging));
    for (int64_t done = 0; done < count;) {
        run rows = next_run(it, it->dataset->picks + done, count - done);
        atomic_store_explicit(&it->dataset->at_path, rows.shard->path, memory_order_relaxed);
        if (it->paging->is_on && done + rows.count + AHEAD < count)
            expect_later(it, rows.picks + rows.count + AHEAD);
        DLT_TRY(read_run(it, &rows));
        done += rows.count;
    }
    return DLT_OK;
}

/* Labels that a loss reads as numbers, one per sample. */
static dlt_status relabel(const reading *it, const int64_t *samples, int64_t count) {
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
static dlt_status check_range(const reading *it, const int64_t *samples, int64_t count) {
    const dlt_target_range *range = it->field->range;
    for (int64_t i = 0; i < count * it->width; i++) {
        double value = (double)it->reals[i];
        if (value >= range->low && value <= range->high)
            continue;
        const int64_t sample = samples[i / it->width];
        const dlt_shard *shard = find_shard(it->dataset, sample);
        return dlt_fail(DLT_ERR_FORMAT,
                        "target %.9g at sample %lld of %s is outside %g..%g, which the loss takes",
                        value, (long long)(sample - shard->first), shard->path, range->low,
                        range->high);
    }
    return DLT_OK;
}

/* What is done to reals once all samples have been read. */
static dlt_status finish_reals(const reading *it, const int64_t *samples, int64_t count) {
    if (it->facts->index == it->dataset->x && it->dataset->map.column != NULL)
        permute(it->dataset, count, it->reals);
    if (it->map != NULL && it->width == 1)
        DLT_TRY(relabel(it, samples, count));
    return it->field->range != NULL ? check_range(it, samples, count) : DLT_OK;
}

static dlt_status read_samples(const reading *it, const int64_t *samples, int64_t count) {
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

dlt_status dlt_dataset_read(dlt_dataset *dataset, const dlt_loader_field *field,
                            const int64_t *samples, int64_t count, void *out) {
    DLT_TRY(check_field(dataset, field->field));
    DLT_TRY(check_shape(dataset, field));
    const bool is_real = field->spec.dtype == DLT_DTYPE_REAL;
    const bool is_mapped = field->field == dataset->y && dataset->map.label != NULL;
    const reading it = {.dataset = dataset,
                        .paging = &dataset->pagings[field->field],
                        .facts = &dataset->facts.fields[field->field],
                        .field = field,
                        .width = dlt_shape_count(&field->spec.shape),
                        .take = is_real ? take_reals : take_integers,
                        .reals = is_real ? out : NULL,
                        .integers = is_real ? NULL : out,
                        .map = is_mapped ? &dataset->map : NULL};
    return read_samples(&it, samples, count);
}

dlt_status dlt_dataset_read_stored(dlt_dataset *dataset, int field, const int64_t *samples,
                                   int64_t count, void *rows) {
    DLT_TRY(check_field(dataset, field));
    const reading it = {.dataset = dataset,
                        .paging = &dataset->pagings[field],
                        .facts = &dataset->facts.fields[field],
                        .take = take_stored,
                        .stored = rows};
    return read_samples(&it, samples, count);
}

static dlt_status read_records(const dlt_dataset *dataset, int64_t first, int64_t count,
                               int64_t *records) {
    for (int64_t done = 0; done < count;) {
        const dlt_shard *shard = find_shard(dataset, first + done);
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
