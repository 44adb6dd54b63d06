/* The classes that the folders of a set of pictures are, and how many pictures each has in the
 * split being looked through. */
#ifndef DLT_DATA_CLASS_LIST_H
#define DLT_DATA_CLASS_LIST_H

#include "base/text.h"
#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_picture_class {
    char *name; /* owned */
    int32_t label;
    bool is_seen;     /* in this split */
    int64_t pictures; /* in this split */
    int64_t left_out; /* in this split */
    char reason[48];  /* of what was left out last */
} dlt_picture_class;

typedef struct dlt_class_list {
    int64_t count;
    int64_t room;
    bool is_final;         /* labels are fixed; another name is an error */
    dlt_picture_class *at; /* [count], by name in the order of strcmp; owned */
    const char *noun;      /* what a name is in sentences; NULL: "class folder" */
} dlt_class_list;

/* The class of that name, which is added unless the list is final. Errors: FORMAT, naming `where`,
 * for a name that the final list lacks, that is not a line of UTF-8, or is one too many; MEM. */
DLT_CHECKED dlt_status dlt_class_list_take(dlt_class_list *list, const char *name,
                                           const char *where, dlt_picture_class **out);
/* Makes a list of these names, a line each, which is final: labels follow their order. Errors:
 * FORMAT, naming `where`, for one that is there twice; MEM. */
DLT_CHECKED dlt_status dlt_class_list_start(dlt_class_list *list, const char *names,
                                            const char *where);
/* Gives out labels, and adds the names in their order to `names`, a line each: in the order given,
 * where names are given, which must be the same; as numbers, if all names are whole numbers; else
 * by strcmp. Errors: FORMAT, naming `where`; MEM. */
DLT_CHECKED dlt_status dlt_class_list_finish(dlt_class_list *list, const dlt_strings *given,
                                             const char *where, dlt_text *names);
/* Forgets what was counted. */
void dlt_class_list_reset(dlt_class_list *list);
void dlt_class_list_destroy(dlt_class_list *list);

#endif
