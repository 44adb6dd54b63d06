#include "data/windows.h"

#include "base/cast.h"

/* Plain bytes up to this size are read sample by sample, which is fast while the system keeps the
 * file in memory. A fixed size, since the order must not depend on the machine. */
static const int64_t BY_ROW_BYTES = INT64_C(1) << 32;
/* The window that `auto` takes: what the caches of processors hold, or a part of it, since a sample
 * is copied from its page long after that was read. */
static const int64_t WINDOW_BYTES = INT64_C(1) << 24;
/* Blocks to draw from at least, however large they are, so that a batch is a mixture. */
static const int64_t OPEN_LEAST = 16;
/* Where blocks do not begin with a page, each reads one page more than it has. */
static const int64_t UNALIGNED_PAGES = 4;

static bool is_any_sample_next(const dlt_dataset_layout *layout) {
    return layout->is_held || (layout->by_row && layout->bytes <= BY_ROW_BYTES);
}

dlt_windows dlt_windows_choose(const dlt_dataset_layout *layout, int64_t samples, int64_t window,
                               bool split) {
    if (window == DLT_WINDOW_ALL || window >= samples)
        return (dlt_windows){0};
    if (window == DLT_WINDOW_AUTO && is_any_sample_next(layout))
        return (dlt_windows){0};
    int64_t block = layout->page * (layout->aligned && !split ? 1 : UNALIGNED_PAGES);
    if (window == DLT_WINDOW_AUTO)
        window = dlt_max_i64(WINDOW_BYTES / layout->sample_bytes, OPEN_LEAST * block);
    block = dlt_min_i64(block, window);
    if (window >= samples)
        return (dlt_windows){0};
    return (dlt_windows){.block = block, .open = window / block};
}
