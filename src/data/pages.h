/* Rows kept in memory a page at a time; the page that was not used for longest makes room. */
#ifndef DLT_DATA_PAGES_H
#define DLT_DATA_PAGES_H

#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_page_frame {
    int64_t page;      /* -1: none */
    int64_t last_used; /* by the clock of the pages */
    int64_t next;      /* frame of the same bucket; -1: none */
} dlt_page_frame;

typedef struct dlt_pages {
    int64_t page_bytes;
    int64_t room; /* pages that memory has room for */
    int64_t used; /* frames in use, the first ones */
    int64_t clock;
    int64_t bucket_count;   /* a power of two */
    int64_t *buckets;       /* first frame of each, or -1; owned */
    dlt_page_frame *frames; /* owned; [room] */
    char *memory;           /* owned; [room][page_bytes] */
} dlt_pages;

/** Makes room for at least so many pages of so many bytes; what was kept is lost if that is more
 * than before. Not collective. Owns: until destroy. Errors: MEM; what was kept is lost, too. */
DLT_CHECKED dlt_status dlt_pages_reserve(dlt_pages *pages, int64_t room, int64_t page_bytes);
void dlt_pages_destroy(dlt_pages *pages);

/** The page in memory, or NULL; borrowed until the next call of take. */
char *dlt_pages_find(dlt_pages *pages, int64_t page);
/** Memory to read a page into that find did not find. */
char *dlt_pages_take(dlt_pages *pages, int64_t page);
/** Forgets a page just taken, which could not be read. */
void dlt_pages_drop(dlt_pages *pages, int64_t page);

#endif
