/* What a checkpoint says of its training data, for data that is to be like it. */
#ifndef DLT_TOOLS_RECIPE_H
#define DLT_TOOLS_RECIPE_H

#include "data/identity.h"
#include "dltrain/import.h"
#include "engine/splits.h"

/** What new data is to be like, and the texts behind it. */
typedef struct dlt_likeness {
    dlt_identity identity;
    dlt_recorded_input input;
    dlt_import_likeness like; /* borrows from both, and the name it was read from */
} dlt_likeness;

/** Reads it from a checkpoint; `source` is its name in sentences.
 *  Collective: Not collective
 *  Owns:       caller destroys *out, also after a failure; it borrows source
 *  Errors:     IO, FORMAT, MEM
 */
DLT_CHECKED dlt_status dlt_likeness_recall(dlt_h5_lock *h5_lock, const char *checkpoint,
                                           const char *source, dlt_likeness *out);
void dlt_likeness_destroy(dlt_likeness *likeness);

#endif
