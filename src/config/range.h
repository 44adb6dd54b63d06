/* What a row allows of numbers and lengths: the test and its description, side by side. */
#ifndef DLT_CONFIG_RANGE_H
#define DLT_CONFIG_RANGE_H

#include "dltrain/extend/keys.h"

#include <stdbool.h>
#include <stddef.h>

/** Whether the value is finite and inside the row's range. */
bool dlt_range_holds(const dlt_key *key, double value);

/** "from 1 to 9", "at least 0 and below 1", "above 0"; empty if any finite number is allowed. */
void dlt_range_describe(const dlt_key *key, char *out, size_t bytes);

/** Whether a list of the row may have this many items. */
bool dlt_length_holds(const dlt_key *key, int64_t count);

/** "2 items", "1 to 3 items", "at least 1 item"; empty if any length is allowed. */
void dlt_length_describe(const dlt_key *key, char *out, size_t bytes);

#endif
