/* Which rows a loss counts. A loss over classes takes the last dimension of a prediction as a row;
 * the others take as much behind the dimensions of the mask and of the weight as there is, without
 * either the whole sample. Then the shapes of all operands are compared: they are the same on all
 * ranks, so nothing here has to be agreed on. */
#include "base/error.h"
#include "loss/elementwise.h"
#include "loss/loss_internal.h"

#include <stddef.h>

/* A shape without the dimensions of 1 at its end: [N, 1] is often how one number per sample is
 * stored. */
static dlt_shape without_last_ones(const dlt_shape *shape) {
    dlt_shape out = *shape;
    while (out.rank > 0 && out.dim[out.rank - 1] == 1)
        out.rank--;
    return out;
}

/* Dimensions of one element change neither the number nor the order of the elements. */
static dlt_shape without_ones(const dlt_shape *shape) {
    dlt_shape out = {0};
    for (int i = 0; i < shape->rank; i++)
        if (shape->dim[i] != 1)
            out.dim[out.rank++] = shape->dim[i];
    return out;
}

static dlt_shape first_dimensions(const dlt_shape *shape, int rank) {
    dlt_shape out = *shape;
    out.rank = rank;
    return out;
}

/* How many dimensions of the prediction a mask or weight has, which are its first. */
static dlt_status count_leading(const char *loss, const dlt_loss_operand *prediction,
                                const dlt_loss_operand *operand, const char *role, int most,
                                int *out) {
    char text[2][DLT_SHAPE_TEXT_BYTES];
    *out = 0;
    if (operand->shape == NULL)
        return DLT_OK;
    dlt_shape own = without_last_ones(operand->shape);
    dlt_shape rows = first_dimensions(prediction->shape, most);
    dlt_shape first = first_dimensions(prediction->shape, own.rank <= most ? own.rank : most);
    *out = own.rank;
    if (dlt_shape_equal(&own, &first))
        return DLT_OK;
    return dlt_fail(DLT_ERR_SHAPE,
                    "the loss %s needs a %s of the first dimensions of %s, %s or fewer of them, "
                    "but %s has shape %s per sample",
                    loss, role, prediction->name, dlt_shape_text(&rows, text[0]), operand->name,
                    dlt_shape_text(operand->shape, text[1]));
}

static dlt_status check_target(const dlt_loss_ops *ops, const dlt_loss_operands *operands,
                               const dlt_loss_rows *rows) {
    char text[3][DLT_SHAPE_TEXT_BYTES];
    const dlt_loss_operand *prediction = &operands->prediction, *target = &operands->target;
    const bool labels = ops->target == DLT_TARGET_LABELS;
    const dlt_shape wanted =
        labels ? first_dimensions(prediction->shape, rows->leading) : *prediction->shape;
    const dlt_shape ours = without_ones(&wanted), theirs = without_ones(target->shape);
    if (dlt_shape_equal(&ours, &theirs))
        return DLT_OK;
    if (labels)
        return dlt_fail(DLT_ERR_SHAPE,
                        "%s has output %s, for which the loss %s needs class numbers of shape %s "
                        "per sample, but %s has shape %s",
                        prediction->name, dlt_shape_text(prediction->shape, text[0]),
                        ops->entry.name, dlt_shape_text(&wanted, text[1]), target->name,
                        dlt_shape_text(target->shape, text[2]));
    const bool same_count = dlt_shape_count(&ours) == dlt_shape_count(&theirs);
    return dlt_fail(DLT_ERR_SHAPE, "%s has output %s, but %s has shape %s per sample%s",
                    prediction->name, dlt_shape_text(prediction->shape, text[0]), target->name,
                    dlt_shape_text(target->shape, text[1]),
                    same_count ? "; end the model with a reshape to that shape if the order of "
                                 "the elements is the same"
                               : "");
}

dlt_status dlt_loss_cut(const dlt_selection *loss, const dlt_loss_operands *operands,
                        dlt_loss_rows *out) {
    const dlt_loss_ops *ops = (const dlt_loss_ops *)(const void *)loss->kind;
    const dlt_shape *prediction = operands->prediction.shape;
    const int most =
        ops->last_dimension && prediction->rank > 0 ? prediction->rank - 1 : prediction->rank;
    int mask = 0, weight = 0;
    DLT_TRY(count_leading(loss->kind->name, &operands->prediction, &operands->mask, "mask", most,
                          &mask));
    DLT_TRY(count_leading(loss->kind->name, &operands->prediction, &operands->weight, "weight",
                          most, &weight));
    out->leading = ops->last_dimension ? most : mask > weight ? mask : weight;
    const dlt_shape leading = first_dimensions(prediction, out->leading);
    out->count = dlt_shape_count(&leading);
    out->d = 1;
    for (int i = out->leading; i < prediction->rank; i++)
        out->d *= prediction->dim[i];
    if (ops->check != NULL)
        DLT_TRY(ops->check(loss->settings, &operands->prediction, out->d));
    return operands->target.shape != NULL ? check_target(ops, operands, out) : DLT_OK;
}

double dlt_loss_denominator(const dlt_selection *loss, const dlt_loss_call *call) {
    const dlt_loss_ops *ops = (const dlt_loss_ops *)(const void *)loss->kind;
    if (ops->denominator != NULL)
        return ops->denominator(loss->settings, call);
    return dlt_loss_weight_sum(call);
}
