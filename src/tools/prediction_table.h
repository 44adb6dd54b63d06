/* Predictions as a CSV table, for people and programs that do not read HDF5. */
#ifndef DLT_TOOLS_PREDICTION_TABLE_H
#define DLT_TOOLS_PREDICTION_TABLE_H

#include "engine/task.h"

#include <signal.h>
#include <stdbool.h>

/** Whether a file has the heading of such a table. Not collective. Errors: none. */
bool dlt_prediction_table_is_one(const char *path);

/** Writes the predictions of an HDF5 file (prediction_file.h) as a table, a line for each sample in
 *  order. Its columns: the index of the sample from 0, or the number of its record in the table
 *  that it comes from, if some of those are no samples; the target, if there is one; the class and
 *  a probability for each class, or the numbers that the model returns. Classes stand in it by
 *  their names. A number reads back as the same float.
 *  Collective: Not collective; by one process
 *  Errors:     IO, also when *stop is not zero (it may be NULL); MEM; nothing is left then
 */
DLT_CHECKED dlt_status dlt_prediction_table_write(const dlt_task *task, const char *from,
                                                  const char *path,
                                                  const volatile sig_atomic_t *stop);

#endif
