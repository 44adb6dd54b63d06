/* Nodes with a connection around them (He, Zhang, Ren, Sun 2015, arXiv 1512.03385):
 * y = body(x) + x. The body gives the shape that it takes. */
#include "layers/layers_internal.h"

typedef struct residual_settings {
    dlt_selection_list body;
} residual_settings;

static const dlt_key keys[] = {DLT_BODY_KEY(residual_settings), {0}};

static void expand_residual(const void *settings, int input_count, dlt_composite *out) {
    const residual_settings *self = settings;
    (void)input_count;
    out->body = self->body;
    dlt_composite_add(out, "add", (const char *const[]){"", "previous", NULL}, "add");
}

const dlt_layer_ops dlt_layer_residual = {
    .entry = {.name = "residual",
              .summary = "Nodes, and their input added to their output.",
              .keys = keys,
              .settings_size = sizeof(residual_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .expand = expand_residual,
};
