/* The files that a list of names and patterns in a description stands for. */
#ifndef DLT_INGEST_FILE_LIST_H
#define DLT_INGEST_FILE_LIST_H

#include "ingest/format.h"
#include "io/output.h"

typedef struct dlt_file_list {
    int64_t count;
    int64_t room;
    char **at; /* owned, each owned */
} dlt_file_list;

/* Finds each name as dlt_format_locate does; one that is no file but has *, ? or [ stands for the
 * files that it matches, sorted, in the source folder, else in the folder below it. Owns: caller
 * owns what *out holds, also after a failure. Errors: as dlt_format_locate; IO for a pattern that
 * matches nothing; CONFIG for a file that is named twice; MEM. */
DLT_CHECKED dlt_status dlt_file_list_find(const dlt_format_context *context,
                                          const dlt_strings *names, dlt_file_list *out);
/* Adds the files to those of other lists. Errors: CONFIG for one that is there already, whatever it
 * is called, since its samples would be in two splits, or twice in one; MEM. */
DLT_CHECKED dlt_status dlt_file_list_claim(const dlt_file_list *list, dlt_file_set *others);
void dlt_file_list_destroy(dlt_file_list *list);

#endif
