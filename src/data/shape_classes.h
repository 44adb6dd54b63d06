/* Shape classes: the few lengths to which sequences are padded, so that memory and kernels are
 * planned for each of them. */
#ifndef DLT_DATA_SHAPE_CLASSES_H
#define DLT_DATA_SHAPE_CLASSES_H

#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

#include <stdint.h>

enum { DLT_SHAPE_CLASSES_MAX = 32 };

typedef struct dlt_shape_classes {
    int count;                              /* 0: there are no ragged fields */
    int64_t lengths[DLT_SHAPE_CLASSES_MAX]; /* ascending */
} dlt_shape_classes;

/** The classes that `data.lengths` asks for; where it is auto, powers of two from 8 up to the first
 * that holds `longest`.
 *  Collective: Not collective
 *  Errors:     CONFIG at `position` where they are too many or do not ascend
 */
DLT_CHECKED dlt_status dlt_shape_classes_choose(const dlt_ints *asked, const dlt_position *position,
                                                int64_t longest, dlt_shape_classes *out);

/** The least class that holds a sequence of that length; -1 if none does. */
int dlt_shape_class_of(const dlt_shape_classes *classes, int64_t length);

#endif
