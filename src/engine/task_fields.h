/* The fields of a task: listed from the run file, specified by the data, bound to nodes and to
 * losses. */
#ifndef DLT_ENGINE_TASK_FIELDS_H
#define DLT_ENGINE_TASK_FIELDS_H

#include "engine/task.h"

/** The names of the fields of a run file without `data.fields`. */
#define DLT_FIELD_NAME_X "input"
#define DLT_FIELD_NAME_Y "y"

/** Fills task->fields from the run file: `data.fields`, or inputs and targets.
 *  Collective: Not collective
 *  Errors:     CONFIG
 */
DLT_CHECKED dlt_status dlt_task_list_fields(dlt_task *task);

/** The field of a name ('x' and 'input' are both the inputs of a short run file); -1 if there is
 * none.
 *  Collective: Not collective
 *  Errors:     none
 */
int dlt_task_find_field(const dlt_task *task, const char *name);

/** Marks the fields that losses take. After dlt_objectives_create.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_task_mark_operands(dlt_task *task);

/** The field whose class names the data sets have: the target of the first loss, or -1.
 *  Collective: Not collective
 *  Errors:     none
 */
int dlt_task_y_field(const dlt_task *task);

/** Whether a data set has all fields that losses take.
 *  Collective: Not collective
 *  Errors:     none
 */
bool dlt_task_has_operands(const dlt_task *task, const dlt_dataset *data);

/** Types and shapes, from the data set that was opened first.
 *  Collective: Not collective
 *  Errors:     CONFIG for a field that two losses take as different things
 */
DLT_CHECKED dlt_status dlt_task_specify_fields(dlt_task *task, const dlt_shape *synthetic_input);

/** Whether losses can do with fields and predictions of different length.
 *  Collective: Not collective
 *  Errors:     CONFIG, SHAPE
 */
DLT_CHECKED dlt_status dlt_task_check_lengths(const dlt_task *task);

/** The shapes of the fields behind some of the run's transforms.
 *  Collective: Not collective
 *  Errors:     CONFIG or SHAPE, with the place in the run file
 */
DLT_CHECKED dlt_status dlt_task_deliver(const dlt_task *task, const dlt_selection_list *transforms,
                                        dlt_shape out[DLT_FIELDS_MAX]);

/** What nodes take, once the model stands, and the order in which fields are loaded; inputs come
 * first.
 *  Collective: Not collective
 *  Errors:     SHAPE, FORMAT for a split whose inputs differ or are not there
 */
DLT_CHECKED dlt_status dlt_task_bind_fields(dlt_task *task, bool synthetic);

/** What losses allow in a field: labels below the number of classes, ignored ones, ranges of
 * values. Once predictions have been cut into rows.
 *  Collective: Not collective
 *  Errors:     CONFIG for labels of which two losses ignore different ones
 */
DLT_CHECKED dlt_status dlt_task_limit_fields(dlt_task *task);

#endif
