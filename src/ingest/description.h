/* The description of a data set: datasets/NAME.yaml, read strictly. */
#ifndef DLT_INGEST_DESCRIPTION_H
#define DLT_INGEST_DESCRIPTION_H

#include "config/config.h"
#include "dltrain/extend/keys.h"
#include "ingest/format.h"

#include <stdbool.h>
#include <stdint.h>

/* Samples each split must have; 0: any number. */
typedef struct dlt_expected_samples {
    int64_t splits[DLT_SPLITS];
} dlt_expected_samples;

typedef struct dlt_description {
    const char *name;
    const char *summary;
    const char *source;
    const char *licence;
    const char *citation;
    const char *folder;  /* below the source folder; NULL: name */
    dlt_ints shape;      /* of one sample, as it must be; count -1: any */
    dlt_strings classes; /* in label order; count -1: from the files */
    dlt_expected_samples samples;
    dlt_selection format;
} dlt_description;

extern const dlt_key dlt_description_keys[];

/* True if the description, or a setting over it, gives a key of its format; false for a default. */
bool dlt_description_gives(const dlt_config *config, const char *format, const char *key);

#endif
