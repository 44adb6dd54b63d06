/* What the transforms of images share: samples [H, W, C] or [H, W] as rows of pixels, and random
 * numbers from the call's stream. */
#ifndef DLT_DATA_TRANSFORMS_IMAGE_H
#define DLT_DATA_TRANSFORMS_IMAGE_H

#include "base/philox.h"
#include "dltrain/extend/transform.h"

typedef struct dlt_image {
    int64_t h;
    int64_t w;
    int64_t c;
} dlt_image;

/** SHAPE unless the samples are images. */
DLT_CHECKED dlt_status dlt_image_check(const dlt_transform_context *context);
/** The dimensions of a context that passed the check. */
dlt_image dlt_image_of(const dlt_transform_context *context);
/** The same of one of its fields, in the shape in which it comes. */
dlt_image dlt_image_of_shape(const dlt_shape *shape);
/** SHAPE unless all fields are images of the same height and width. */
DLT_CHECKED dlt_status dlt_images_check(const dlt_transform_context *context);

static inline dlt_stream dlt_call_stream(const dlt_transform_call *call) {
    return (dlt_stream){{call->random_key[0], call->random_key[1]},
                        {call->random_high[0], call->random_high[1]}};
}

/** A whole number in [0, count) from one random word (Lemire 2019, arXiv 1805.10941, without the
 * rejection: the bias is below count / 2^32). */
static inline int64_t dlt_pick_below(uint32_t word, int64_t count) {
    return (int64_t)(((uint64_t)word * (uint64_t)count) >> 32);
}

#endif
