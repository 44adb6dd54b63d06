/* What becomes of the rows that were read: they are converted to what the caller asked for, and a
 * number that is out of its bounds is refused with its place. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/text.h"
#include "data/convert.h"
#include "data/reading.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

dlt_status dlt_take_check_finite(const dlt_reading *it, const dlt_run_of_rows *rows,
                                 const dlt_real *values, const char *raw, int64_t row,
                                 int64_t count) {
    const dlt_h5_type type = rows->column->info.type;
    double stored = NAN;
    int64_t where = dlt_find_not_finite(values, count * it->width);
    if (where < 0)
        return DLT_OK;
    row += where / it->width;
    if (rows->column->offsets != NULL)
        row = rows->sample;
    if (raw != NULL)
        dlt_convert_to_double(type, raw + where * dlt_h5_type_bytes(type), 1, &stored);
    if (isfinite(stored))
        return dlt_fail(DLT_ERR_FORMAT,
                        "'%s' of %s has a value in row %lld, %g, that is too large for float32",
                        it->facts->name, rows->shard->path, (long long)row, stored);
    return dlt_fail(DLT_ERR_FORMAT, "'%s' of %s has a value that is NaN or infinite in row %lld",
                    it->facts->name, rows->shard->path, (long long)row);
}

dlt_status dlt_take_reals(const dlt_reading *it, const dlt_run_of_rows *rows) {
    dlt_h5_type type = rows->column->info.type;
    int64_t row_bytes = it->paging->row_bytes;
    bool may_be_infinite = type == DLT_H5_F32 || type == DLT_H5_F64;
    int64_t piece = rows->in_order ? rows->count : 1;
    for (int64_t i = 0; i < rows->count; i += piece) {
        dlt_real *out = it->reals + rows->picks[i].out_row * it->width;
        dlt_convert_to_real(type, rows->raw + i * row_bytes, piece * it->width, out);
        if (may_be_infinite)
            DLT_TRY(dlt_take_check_finite(it, rows, out, rows->raw + i * row_bytes, rows->row + i,
                                          piece));
    }
    return DLT_OK;
}

/* What an integer of a field is called, and where it stands. */
static dlt_status fail_integer(const dlt_reading *it, const dlt_run_of_rows *rows, int64_t row,
                               int64_t position, double value, const char *why) {
    const bool is_label = it->facts->index == it->dataset->y;
    const bool is_ragged = rows->column->offsets != NULL;
    const int64_t sample = is_ragged ? rows->sample : rows->row + row;
    dlt_text where = DLT_TEXT_EMPTY;
    dlt_text_add(&where, "sample %lld", (long long)sample);
    const int64_t element = rows->element + row;
    if (is_ragged)
        dlt_text_add(&where, ", position %lld", (long long)element);
    int64_t inner = it->width;
    for (int d = 0; d < it->facts->shape.rank && it->width > 1; d++) {
        inner /= it->facts->shape.dim[d];
        const int64_t index = position / inner;
        dlt_text_add(&where, "%s%lld", d == 0 && !is_ragged ? ", position " : " ",
                     (long long)index);
        position %= inner;
    }
    dlt_text_add(&where, " of %s", rows->shard->path);
    if (!is_label || it->width > 1 || is_ragged)
        dlt_text_add(&where, " ('%s')", it->facts->name);
    const dlt_status status =
        dlt_fail(DLT_ERR_FORMAT, "%s %.15g at %s %s", is_label ? "label" : "index", value,
                 dlt_text_of(&where), why);
    dlt_text_destroy(&where);
    return status;
}

/* A label as it is stored is checked against the classes of its own data set where these are
 * mapped. */
static dlt_status check_integer(const dlt_reading *it, const dlt_run_of_rows *rows, int64_t row,
                                int64_t position, double value) {
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

static dlt_status take_integer(const dlt_reading *it, const dlt_run_of_rows *rows, int64_t row,
                               int64_t position, double value) {
    const int64_t out_row =
        rows->in_order ? rows->picks[0].out_row + row : rows->picks[row].out_row;
    int32_t *out = it->integers + out_row * it->width + position;
    if (it->field->has_ignored && value == (double)it->field->ignored) {
        *out = it->field->ignored;
        return DLT_OK;
    }
    DLT_TRY(check_integer(it, rows, row, position, value));
    *out = it->map != NULL ? it->map->label[(int32_t)value] : (int32_t)value;
    return DLT_OK;
}

dlt_status dlt_take_integers(const dlt_reading *it, const dlt_run_of_rows *rows) {
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

dlt_status dlt_take_stored(const dlt_reading *it, const dlt_run_of_rows *rows) {
    int64_t row_bytes = it->paging->row_bytes;
    int64_t piece = rows->in_order ? rows->count : 1;
    for (int64_t i = 0; i < rows->count; i += piece)
        memcpy(it->stored + rows->picks[i].out_row * row_bytes, rows->raw + i * row_bytes,
               (size_t)(piece * row_bytes));
    return DLT_OK;
}
