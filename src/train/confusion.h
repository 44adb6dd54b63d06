/* The confusion matrix for people: on screen where it fits, else as a file. */
#ifndef DLT_TRAIN_CONFUSION_H
#define DLT_TRAIN_CONFUSION_H

#include "engine/evaluation.h"

#include <stdbool.h>
#include <stdio.h>

/** A matrix and the names of its classes, one a line; NULL: numbers. Borrows both. */
typedef struct dlt_confusion {
    const dlt_evaluation *evaluation;
    const char *class_names;
} dlt_confusion;

/** Prints the matrix, rows true and columns predicted, names shortened where they must; false, with
 * nothing printed, if it takes more than `columns` columns or is longer than a screen.
 *  Collective: Not collective
 *  Errors:     none; what cannot be printed is lost
 */
bool dlt_confusion_print(const dlt_confusion *matrix, int columns, FILE *out);

/** Writes the matrix as CSV with a line of names above and a name before each row, whole or not at
 * all.
 *  Collective: Not collective
 *  Errors:     IO, MEM
 */
DLT_CHECKED dlt_status dlt_confusion_write(const dlt_confusion *matrix, const char *path);

#endif
