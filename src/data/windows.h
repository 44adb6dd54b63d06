/* Which data sets are gone through in windows, and in which. */
#ifndef DLT_DATA_WINDOWS_H
#define DLT_DATA_WINDOWS_H

#include "data/blocks.h"
#include "data/dataset.h"

#include <stdbool.h>
#include <stdint.h>

/** Words of the key `data.window`. */
enum { DLT_WINDOW_AUTO = -1, DLT_WINDOW_ALL = -2 };

/** The windows of a data set for a setting of `data.window`; block is 0 where any sample may be
 * next. A function of the data set and the setting alone, never of the machine: the order of
 * samples depends on it. `split`: part of the set is held out. windows.batch is left to the caller.
 *  Not collective; the same on every rank. Errors: none */
dlt_windows dlt_windows_choose(const dlt_dataset_layout *layout, int64_t samples, int64_t window,
                               bool split);

#endif
