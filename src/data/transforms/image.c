/* Reads a shape as that of an image; [H, W] has one channel. A transform calls dlt_image_check
 * once, when the plan is made, so that dlt_image_of cannot fail when samples are transformed. */
#include "data/transforms/image.h"

dlt_status dlt_image_check(const dlt_transform_context *context) {
    char text[DLT_SHAPE_TEXT_BYTES];
    if (context->shape.rank == 2 || context->shape.rank == 3)
        return DLT_OK;
    return dlt_transform_error(context, DLT_ERR_SHAPE,
                               "samples of shape %s are not images; it needs [H, W, C] or [H, W]",
                               dlt_shape_text(&context->shape, text));
}

dlt_image dlt_image_of(const dlt_transform_context *context) {
    const dlt_shape *shape = &context->shape;
    return (dlt_image){shape->dim[0], shape->dim[1], shape->rank == 3 ? shape->dim[2] : 1};
}
