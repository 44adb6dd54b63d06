/** Shapes of one sample: the dimensions behind the batch dimension, row-major, features last. */
#ifndef DLTRAIN_SHAPE_H
#define DLTRAIN_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DLT_SHAPE_MAX = 6, DLT_SHAPE_TEXT_BYTES = 128 };

/** rank 0 is a scalar. Images are [H, W, C], flat features [D]. */
typedef struct dlt_shape {
    int rank;
    int64_t dim[DLT_SHAPE_MAX];
} dlt_shape;

/** Number of elements; 1 for a scalar.
 *  Collective: Not collective
 *  Errors:     none
 */
int64_t dlt_shape_count(const dlt_shape *shape);

/** True if rank and all dimensions agree.
 *  Collective: Not collective
 *  Errors:     none
 */
bool dlt_shape_equal(const dlt_shape *a, const dlt_shape *b);

/** Writes "[28, 28, 1]" into out of DLT_SHAPE_TEXT_BYTES bytes and returns out.
 *  Collective: Not collective
 *  Errors:     none
 */
const char *dlt_shape_text(const dlt_shape *shape, char *out);

#ifdef __cplusplus
}
#endif
#endif
