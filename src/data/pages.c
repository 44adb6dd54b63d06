/* A chained hash table from page number to frame, with replacement of the least recently used page.
 * A clock that counts uses stands for time, and a linear search finds the oldest frame. All pages
 * lie in one allocation. The caller holds the mutex of the data set, and calls take only after find
 * has returned NULL. */
#include "data/pages.h"

#include "base/alloc.h"
#include "base/error.h"

static const int64_t NONE = -1;

void dlt_pages_destroy(dlt_pages *pages) {
    dlt_free(pages->buckets);
    dlt_free(pages->frames);
    dlt_free(pages->memory);
    *pages = (dlt_pages){0};
}

/* At most half of the buckets are in use. */
static int64_t count_buckets(int64_t room) {
    int64_t count = 2;
    while (count < 2 * room)
        count *= 2;
    return count;
}

static dlt_status make_memory(dlt_pages *pages, int64_t room, int64_t page_bytes) {
    pages->bucket_count = count_buckets(room);
    DLT_TRY(DLT_NEW(pages->buckets, pages->bucket_count));
    DLT_TRY(DLT_NEW(pages->frames, room));
    DLT_TRY(DLT_NEW(pages->memory, room * page_bytes));
    /* Rows are copied from all over it. */
    dlt_use_large_pages(pages->memory, room * page_bytes);
    for (int64_t i = 0; i < pages->bucket_count; i++)
        pages->buckets[i] = NONE;
    pages->page_bytes = page_bytes;
    pages->room = room;
    return DLT_OK;
}

dlt_status dlt_pages_reserve(dlt_pages *pages, int64_t room, int64_t page_bytes) {
    if (room <= pages->room)
        return DLT_OK;
    dlt_pages_destroy(pages);
    dlt_status status = make_memory(pages, room, page_bytes);
    if (status != DLT_OK)
        dlt_pages_destroy(pages);
    return status;
}

/* Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4). */
static int64_t bucket_of(const dlt_pages *pages, int64_t page) {
    uint64_t hash = (uint64_t)page * UINT64_C(0x9e3779b97f4a7c15);
    return (int64_t)(hash >> 32) & (pages->bucket_count - 1);
}

/* Where the number of the frame that holds the page is written; its end of the bucket if none is.
 */
static int64_t *find_link(dlt_pages *pages, int64_t page) {
    int64_t *link = &pages->buckets[bucket_of(pages, page)];
    while (*link != NONE && pages->frames[*link].page != page)
        link = &pages->frames[*link].next;
    return link;
}

char *dlt_pages_find(dlt_pages *pages, int64_t page) {
    int64_t frame = *find_link(pages, page);
    if (frame == NONE)
        return NULL;
    pages->frames[frame].last_used = ++pages->clock;
    return pages->memory + frame * pages->page_bytes;
}

void dlt_pages_drop(dlt_pages *pages, int64_t page) {
    int64_t *link = find_link(pages, page);
    dlt_page_frame *frame = &pages->frames[*link];
    *link = frame->next;
    *frame = (dlt_page_frame){.page = NONE, .next = NONE};
}

/* An unused frame, or the one not used for longest. Looking through all of them costs little beside
 * the reading of a page. */
static int64_t find_frame(dlt_pages *pages) {
    if (pages->used < pages->room)
        return pages->used++;
    int64_t oldest = 0;
    for (int64_t i = 1; i < pages->room; i++)
        if (pages->frames[i].last_used < pages->frames[oldest].last_used)
            oldest = i;
    if (pages->frames[oldest].page != NONE)
        dlt_pages_drop(pages, pages->frames[oldest].page);
    return oldest;
}

char *dlt_pages_take(dlt_pages *pages, int64_t page) {
    int64_t frame = find_frame(pages);
    int64_t *bucket = &pages->buckets[bucket_of(pages, page)];
    pages->frames[frame] =
        (dlt_page_frame){.page = page, .last_used = ++pages->clock, .next = *bucket};
    *bucket = frame;
    return pages->memory + frame * pages->page_bytes;
}
