/* Which data sets are read through a shuffle buffer, and through which. */
#ifndef DLT_DATA_SHUFFLE_BUFFER_H
#define DLT_DATA_SHUFFLE_BUFFER_H

#include "data/block_shuffle.h"
#include "data/dataset.h"

#include <stdbool.h>
#include <stdint.h>

/** Names that the key `data.shuffle_buffer` takes. */
enum { DLT_SHUFFLE_BUFFER_AUTO = -1, DLT_SHUFFLE_BUFFER_ALL = -2 };

/** The shuffle buffer of a data set for a setting of `data.shuffle_buffer`; block is 0 where any
 * sample may be next. A function of the data set and the setting alone, never of the machine: the
 * order of samples depends on it. `holdout`: part of the set is held out. batch is left to the
 * caller. Not collective; the same on every rank. Errors: none */
dlt_shuffle_buffer dlt_shuffle_buffer_choose(const dlt_dataset_layout *layout, int64_t samples,
                                             int64_t shuffle_buffer, bool holdout);

#endif
