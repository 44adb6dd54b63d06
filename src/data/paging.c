/* Decides for x and y whether samples are read by pages or row by row, and reads the pages. Columns
 * that HDF5 reads are always paged, in whole chunks unless one is too large, and kept if they fit
 * in 64 MiB. Plain bytes are paged if they fit in 16 MiB, and then kept, or if a shuffle buffer
 * reads them. The page size depends on the files alone: the order of samples depends on it. */
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

typedef dlt_column *column_of(dlt_shard *shard);

static dlt_column *x_of(dlt_shard *shard) {
    return &shard->x;
}

static dlt_column *y_of(dlt_shard *shard) {
    return &shard->y;
}

static bool needs_hdf5(const dlt_dataset *dataset, column_of *of) {
    for (int i = 0; i < dataset->shard_count; i++)
        if (of(&dataset->shards[i])->handle != NULL)
            return true;
    return false;
}

/* Whole chunks, so that each is decompressed once; only where one is too large to be kept in a page
 * does HDF5 keep it. */
static int64_t rows_in_chunks(const dlt_dataset *dataset, const dlt_column *column, int64_t rows) {
    int64_t chunk = dlt_min_i64(column->info.chunk_rows, dataset->facts.samples);
    if (chunk < 1 || chunk * dlt_column_row_bytes(column) > DLT_CACHE_BYTES)
        return rows;
    return dlt_ceil_div(rows, chunk) * chunk;
}

/* Shards begin with a page of their own. Returns how many there are. */
static int64_t number_pages(const dlt_dataset *dataset, column_of *of, int64_t rows) {
    int64_t pages = 0;
    for (int i = 0; i < dataset->shard_count; i++) {
        of(&dataset->shards[i])->first_page = pages;
        pages += dlt_ceil_div(dataset->shards[i].samples, rows);
    }
    return pages;
}

/* rows: of a page, about; 0: as many as are worth reading. */
static dlt_paging plan_column(const dlt_dataset *dataset, column_of *of, int64_t rows) {
    const dlt_column *column = of(&dataset->shards[0]);
    int64_t row_bytes = dlt_column_row_bytes(column);
    if (rows == 0)
        rows = dlt_min_i64(dlt_max_i64(1, PAGE_BYTES / row_bytes), dataset->facts.samples);
    dlt_paging paging = {.bytes = dataset->facts.samples * row_bytes,
                         .row_bytes = row_bytes,
                         .by_hdf5 = needs_hdf5(dataset, of),
                         .page_rows = rows_in_chunks(dataset, column, rows)};
    paging.is_held = paging.bytes <= (paging.by_hdf5 ? HELD_BYTES_BY_HDF5 : HELD_BYTES);
    paging.is_on = paging.by_hdf5 || paging.is_held;
    paging.page_bytes = paging.page_rows * row_bytes;
    paging.total = number_pages(dataset, of, paging.page_rows);
    return paging;
}

void dlt_paging_plan(dlt_dataset *dataset) {
    dataset->x_paging = plan_column(dataset, x_of, 0);
    if (!dataset->facts.has_y)
        return;
    dataset->y_paging = plan_column(dataset, y_of, 0);
    /* As many rows as of x: they are needed at the same times. */
    if (!dataset->y_paging.is_held)
        dataset->y_paging = plan_column(dataset, y_of, dataset->x_paging.page_rows);
}

/* Pages for a reach of so many samples. Runs of samples begin and end within a page. */
static int64_t pages_for(const dlt_dataset *dataset, const dlt_paging *paging, int64_t reach) {
    if (paging->is_held)
        return paging->total;
    int64_t room = PAGES_LEAST + reach / paging->page_rows * 5 / 4;
    if (reach == dataset->facts.samples)
        room = dlt_max_i64(PAGES_LEAST, DLT_CACHE_BYTES / paging->page_bytes);
    return dlt_min_i64(room, paging->total);
}

static dlt_status reserve_column(const dlt_dataset *dataset, dlt_paging *paging, int64_t reach) {
    paging->with_buffer = reach > 1 && reach < dataset->facts.samples;
    paging->is_on = paging->is_on || paging->with_buffer;
    if (!paging->is_on)
        return DLT_OK;
    return dlt_pages_reserve(&paging->pages, pages_for(dataset, paging, reach), paging->page_bytes);
}

dlt_status dlt_paging_reserve(dlt_dataset *dataset, int64_t reach) {
    DLT_TRY(reserve_column(dataset, &dataset->x_paging, reach));
    return dataset->facts.has_y ? reserve_column(dataset, &dataset->y_paging, reach) : DLT_OK;
}

static dlt_status read_page(dlt_paging *paging, const dlt_shard *shard, const dlt_column *column,
                            int64_t page, char **out) {
    int64_t first = (page - column->first_page) * paging->page_rows;
    int64_t count = dlt_min_i64(paging->page_rows, shard->samples - first);
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
    const dlt_paging *x = &dataset->x_paging;
    dlt_dataset_layout layout = {.bytes = x->bytes,
                                 .sample_bytes = x->row_bytes,
                                 .page = x->page_rows,
                                 .is_held = x->is_held,
                                 .by_row = !x->by_hdf5,
                                 .aligned = true};
    for (int i = 0; i < dataset->shard_count; i++)
        layout.aligned = layout.aligned && dataset->shards[i].first % x->page_rows == 0;
    return layout;
}
