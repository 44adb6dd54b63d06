/* Decides for each field whether its samples are read by pages or row by row, and reads the pages.
 * Fields that HDF5 reads are always paged, in whole chunks unless one is too large, and kept if
 * they fit in 64 MiB. Plain bytes are paged if they fit in 16 MiB, and then kept, or if a shuffle
 * buffer reads them. The page size depends on the files alone: the order of samples depends on it.
 */
#include "base/cast.h"
#include "base/error.h"
#include "data/dataset_internal.h"

/* Bytes that one reading is worth: enough for a disk or a call to reach its speed. */
static const int64_t PAGE_BYTES = INT64_C(1) << 17;
/* Columns up to this size are kept whole: what HDF5 reads slowly, and what a call per row would
 * take longer to read than to use. */
static const int64_t HELD_BYTES_BY_HDF5 = DLT_CACHE_BYTES;
static const int64_t HELD_BYTES = INT64_C(1) << 24;
/* Rows that come in the order of the file are read once and left. */
static const int64_t PAGES_LEAST = 4;

static bool needs_hdf5(const dlt_dataset *dataset, int field) {
    for (int i = 0; i < dataset->shard_count; i++)
        if (dataset->shards[i].fields[field].handle != NULL)
            return true;
    return false;
}

/* Whole chunks, so that each is decompressed once; only where one is too large to be kept in a page
 * does HDF5 keep it. */
static int64_t rows_in_chunks(const dlt_column *column, int64_t all_rows, int64_t rows) {
    int64_t chunk = dlt_min_i64(column->info.chunk_rows, all_rows);
    if (chunk < 1 || chunk * dlt_column_row_bytes(column) > DLT_CACHE_BYTES)
        return rows;
    return dlt_ceil_div(rows, chunk) * chunk;
}

/* Shards begin with a page of their own. Returns how many there are. */
static int64_t number_pages(const dlt_dataset *dataset, int field, int64_t rows) {
    int64_t pages = 0;
    for (int i = 0; i < dataset->shard_count; i++) {
        dataset->shards[i].fields[field].first_page = pages;
        pages += dlt_ceil_div(dlt_column_rows(&dataset->shards[i].fields[field]), rows);
    }
    return pages;
}

/* rows: of a page, about; 0: as many as are worth reading. */
static dlt_paging plan_field(const dlt_dataset *dataset, int field, int64_t rows) {
    const dlt_column *column = &dataset->shards[0].fields[field];
    int64_t row_bytes = dlt_column_row_bytes(column);
    int64_t all_rows = 0;
    for (int i = 0; i < dataset->shard_count; i++)
        all_rows += dlt_column_rows(&dataset->shards[i].fields[field]);
    if (rows == 0)
        rows = dlt_max_i64(1, dlt_min_i64(PAGE_BYTES / row_bytes, all_rows));
    dlt_paging paging = {.bytes = all_rows * row_bytes,
                         .rows = all_rows,
                         .row_bytes = row_bytes,
                         .by_hdf5 = needs_hdf5(dataset, field),
                         .page_rows = rows_in_chunks(column, all_rows, rows)};
    paging.is_held = paging.bytes <= (paging.by_hdf5 ? HELD_BYTES_BY_HDF5 : HELD_BYTES);
    paging.is_on = paging.by_hdf5 || paging.is_held;
    paging.page_bytes = paging.page_rows * row_bytes;
    paging.total = number_pages(dataset, field, paging.page_rows);
    return paging;
}

/* The field whose files decide the order: the inputs, or else the first that is there. */
static int leading_field(const dlt_dataset *dataset) {
    int field = dataset->x >= 0 ? dataset->x : 0;
    while (!dataset->facts.fields[field].is_there && field + 1 < dataset->field_count)
        field++;
    return field;
}

void dlt_paging_plan(dlt_dataset *dataset) {
    const int leading = leading_field(dataset);
    dataset->pagings[leading] = plan_field(dataset, leading, 0);
    for (int f = 0; f < dataset->field_count; f++) {
        if (f == leading || !dataset->facts.fields[f].is_there)
            continue;
        dataset->pagings[f] = plan_field(dataset, f, 0);
        /* As many rows as of the leading one: they are needed at the same times. */
        if (!dataset->pagings[f].is_held && !dataset->facts.fields[f].is_ragged)
            dataset->pagings[f] = plan_field(dataset, f, dataset->pagings[leading].page_rows);
    }
}

/* Pages for a reach of so many samples. Runs of samples begin and end within a page. */
static int64_t pages_for(const dlt_dataset *dataset, const dlt_paging *paging, int64_t reach) {
    if (paging->is_held)
        return paging->total;
    /* A sample has that many rows, about. */
    const int64_t rows = reach * dlt_max_i64(1, paging->rows / dataset->facts.samples);
    int64_t room = PAGES_LEAST + rows / paging->page_rows * 5 / 4;
    if (reach == dataset->facts.samples)
        room = dlt_max_i64(PAGES_LEAST, DLT_CACHE_BYTES / paging->page_bytes);
    return dlt_min_i64(room, paging->total);
}

static dlt_status reserve_field(const dlt_dataset *dataset, dlt_paging *paging, int64_t reach) {
    paging->with_buffer = reach > 1 && reach < dataset->facts.samples;
    paging->is_on = paging->is_on || paging->with_buffer;
    if (!paging->is_on)
        return DLT_OK;
    return dlt_pages_reserve(&paging->pages, pages_for(dataset, paging, reach), paging->page_bytes);
}

dlt_status dlt_paging_reserve(dlt_dataset *dataset, int64_t reach) {
    for (int f = 0; f < dataset->field_count; f++)
        if (dataset->facts.fields[f].is_there)
            DLT_TRY(reserve_field(dataset, &dataset->pagings[f], reach));
    return DLT_OK;
}

static dlt_status read_page(dlt_paging *paging, const dlt_shard *shard, const dlt_column *column,
                            int64_t page, char **out) {
    int64_t first = (page - column->first_page) * paging->page_rows;
    int64_t count = dlt_min_i64(paging->page_rows, dlt_column_rows(column) - first);
    *out = dlt_pages_take(&paging->pages, page);
    dlt_status status = dlt_shard_read(shard, column, first, count, *out);
    if (status != DLT_OK)
        dlt_pages_drop(&paging->pages, page);
    return status;
}

dlt_status dlt_paging_rows(dlt_paging *paging, const dlt_shard *shard, const dlt_column *column,
                           int64_t row, const char **out) {
    int64_t page = column->first_page + row / paging->page_rows;
    char *memory = dlt_pages_find(&paging->pages, page);
    if (memory == NULL)
        DLT_TRY(read_page(paging, shard, column, page, &memory));
    *out = memory + row % paging->page_rows * paging->row_bytes;
    return DLT_OK;
}

void dlt_paging_expect(dlt_paging *paging, const dlt_column *column, int64_t row) {
    /* As much as a processor has under way at a time; it goes on by itself from there. */
    const int64_t most = 1024;
    const int64_t line = 64;
    const char *memory =
        dlt_pages_find(&paging->pages, column->first_page + row / paging->page_rows);
    if (memory == NULL)
        return;
    memory += row % paging->page_rows * paging->row_bytes;
    for (int64_t at = 0; at < dlt_min_i64(paging->row_bytes, most); at += line)
        __builtin_prefetch(memory + at, 0, 2); /* to read; into the second cache */
}

dlt_dataset_layout dlt_dataset_layout_of(const dlt_dataset *dataset) {
    const int leading = leading_field(dataset);
    const dlt_paging *field = &dataset->pagings[leading];
    /* Sequences begin anywhere in a page. */
    const bool is_ragged = dataset->facts.fields[leading].is_ragged;
    const int64_t rows = is_ragged ? dlt_max_i64(1, field->rows / dataset->facts.samples) : 1;
    dlt_dataset_layout layout = {.bytes = field->bytes,
                                 .sample_bytes =
                                     dlt_max_i64(1, field->bytes / dataset->facts.samples),
                                 .page = dlt_ceil_div(field->page_rows, rows),
                                 .is_held = field->is_held,
                                 .by_row = !field->by_hdf5,
                                 .aligned = !is_ragged};
    for (int i = 0; i < dataset->shard_count; i++)
        layout.aligned = layout.aligned && dataset->shards[i].first % field->page_rows == 0;
    return layout;
}
