/* Decides from sizes alone. `auto` shuffles over the whole set where a single sample is cheap to
 * read, else over a buffer of 16 MiB or 16 blocks, whichever is larger. A block is one page, or
 * four where blocks cannot begin with a page, because each then reads a page more than it holds. */
#include "data/shuffle_buffer.h"

#include "base/cast.h"

/* Plain bytes up to this size are read sample by sample, which is fast while the system keeps the
 * file in memory. A fixed size, since the order must not depend on the machine. */
static const int64_t BY_ROW_BYTES = INT64_C(1) << 32;
/* The buffer that `auto` takes: what the caches of processors hold, or a part of it, since a sample
 * is copied from its page long after that was read. */
static const int64_t BUFFER_BYTES = INT64_C(1) << 24;
/* Blocks to draw from at least, however large they are, so that a batch is a mixture. */
static const int64_t OPEN_LEAST = 16;
/* Where blocks do not begin with a page, each reads one page more than it has. */
static const int64_t UNALIGNED_PAGES = 4;

static bool is_any_sample_next(const dlt_dataset_layout *layout) {
    return layout->is_held || (layout->by_row && layout->bytes <= BY_ROW_BYTES);
}

dlt_shuffle_buffer dlt_shuffle_buffer_choose(const dlt_dataset_layout *layout, int64_t samples,
                                             int64_t shuffle_buffer, bool holdout) {
    if (shuffle_buffer == DLT_SHUFFLE_BUFFER_ALL || shuffle_buffer >= samples)
        return (dlt_shuffle_buffer){0};
    if (shuffle_buffer == DLT_SHUFFLE_BUFFER_AUTO && is_any_sample_next(layout))
        return (dlt_shuffle_buffer){0};
    int64_t block = layout->page * (layout->aligned && !holdout ? 1 : UNALIGNED_PAGES);
    if (shuffle_buffer == DLT_SHUFFLE_BUFFER_AUTO)
        shuffle_buffer = dlt_max_i64(BUFFER_BYTES / layout->sample_bytes, OPEN_LEAST * block);
    block = dlt_min_i64(block, shuffle_buffer);
    if (shuffle_buffer >= samples)
        return (dlt_shuffle_buffer){0};
    return (dlt_shuffle_buffer){.block = block, .open = shuffle_buffer / block};
}
