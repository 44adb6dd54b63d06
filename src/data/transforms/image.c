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

dlt_status dlt_images_check(const dlt_transform_context *context) {
    char text[2][DLT_SHAPE_TEXT_BYTES];
    for (int i = 0; i < context->field_count; i++) {
        const dlt_shape *shape = &context->fields[i].spec.shape;
        if (shape->rank != 2 && shape->rank != 3)
            return dlt_transform_error(
                context, DLT_ERR_SHAPE,
                "samples of shape %s are not images; it needs [H, W, C] or [H, W]",
                dlt_shape_text(shape, text[0]));
        if (shape->dim[0] != context->shape.dim[0] || shape->dim[1] != context->shape.dim[1])
            return dlt_transform_error(context, DLT_ERR_SHAPE,
                                       "the fields '%s' and '%s' have samples of %s and %s, which "
                                       "are not images of one height and width",
                                       context->fields[0].name, context->fields[i].name,
                                       dlt_shape_text(&context->shape, text[0]),
                                       dlt_shape_text(shape, text[1]));
    }
    return DLT_OK;
}

dlt_image dlt_image_of(const dlt_transform_context *context) {
    return dlt_image_of_shape(&context->shape);
}

dlt_image dlt_image_of_shape(const dlt_shape *shape) {
    return (dlt_image){shape->dim[0], shape->dim[1], shape->rank == 3 ? shape->dim[2] : 1};
}
