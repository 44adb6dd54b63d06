/* How the pictures of a folder or an archive lie in it, seen from the names of its files. */
#ifndef DLT_INGEST_IMAGE_LAYOUT_H
#define DLT_INGEST_IMAGE_LAYOUT_H

#include "base/text.h"
#include "ingest/format.h"

typedef struct dlt_image_layout {
    int64_t pictures;         /* with the ending of one */
    bool has_classes;         /* false: the pictures lie in `top` itself */
    dlt_text top;             /* the folder that holds them or the splits, "" for the container */
    bool splits_lack_classes; /* the folders of all pictures are named like splits */
    dlt_text part_names;      /* "train, ... and val" */
    dlt_text
        splits[DLT_SPLITS]; /* where a split's class folders are; unused: there is no such split */
} dlt_image_layout;

/* Looks through a directory or archive. What fits no layout is taken as class folders, and the
 * import says what is wrong with it. Owns: caller owns what *out holds, also after a failure.
 * Errors: IO, FORMAT for a damaged archive and for folders that are only named like splits, MEM. */
DLT_CHECKED dlt_status dlt_image_layout_find(const char *path, dlt_image_layout *out);
void dlt_image_layout_destroy(dlt_image_layout *layout);

#endif
