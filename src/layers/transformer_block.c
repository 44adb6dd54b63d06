/* One block of a transformer with the norm first (Xiong et al. 2020, arXiv 2002.04745, figure 1b),
 * as in GPT-2 and in PyTorch's TransformerEncoderLayer with norm_first:
 *
 *   h = x + projection(attention(norm(x)));  y = h + narrow(gelu(widen(norm(h))))
 *
 * x [T, width]. Dropout, where there is any, is in front of both sums. A second input is the number
 * of positions of each sample, as attention takes it. */
#include "layers/layers_internal.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct transformer_settings {
    int64_t width;
    int64_t heads;
    int64_t feed_forward;
    bool causal;
    bool bias;
    double dropout;
    double eps;
} transformer_settings;

static const char *const auto_names[] = {"auto", NULL};

static const dlt_key keys[] = {
    {.name = "width",
     .type = DLT_KEY_INT,
     .offset = offsetof(transformer_settings, width),
     .minimum = 1,
     .maximum = 500000000,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Features of a position, in and out."},
    {.name = "heads",
     .type = DLT_KEY_INT,
     .offset = offsetof(transformer_settings, heads),
     .default_value = "1",
     .minimum = 1,
     .maximum = 500000000,
     .help = "Heads of the attention; they divide the width."},
    {.name = "feed_forward",
     .type = DLT_KEY_INT,
     .offset = offsetof(transformer_settings, feed_forward),
     .default_value = "auto",
     .minimum = 1,
     .maximum = 2000000000,
     .enum_names = auto_names,
     .help = "Features between the two dense layers; auto: four times the width."},
    {.name = "causal",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(transformer_settings, causal),
     .default_value = "false",
     .help = "Whether a position sees itself and earlier positions only."},
    {.name = "bias",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(transformer_settings, bias),
     .default_value = "true",
     .help = "Whether the dense layers add a bias."},
    {.name = "dropout",
     .type = DLT_KEY_REAL,
     .offset = offsetof(transformer_settings, dropout),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_HIGH,
     .help = "Fraction of elements that are set to zero in front of both sums; 0: no such node."},
    {.name = "eps",
     .type = DLT_KEY_REAL,
     .offset = offsetof(transformer_settings, eps),
     .default_value = "1e-5",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_LOW,
     .help = "Added to the variance in the norms; the default is PyTorch's, Keras has 1e-3."},
    {0},
};

/* From the node before, where nothing is named. */
static void add_dense(const transformer_settings *self, const char *name, int64_t units,
                      dlt_composite *out) {
    dlt_composite_add(out, name, NULL, "dense: {units: %" PRId64 ", bias: %s}", units,
                      self->bias ? "true" : "false");
}

static void add_dropout(const transformer_settings *self, const char *name, dlt_composite *out) {
    if (self->dropout > 0)
        dlt_composite_add(out, name, NULL, "dropout: %.17g", self->dropout);
}

static void expand_transformer(const void *settings, int input_count, dlt_composite *out) {
    const transformer_settings *self = settings;
    const int64_t inner = self->feed_forward < 0 ? 4 * self->width : self->feed_forward;
    dlt_composite_add(out, "norm_1", NULL, "layer_norm: {eps: %.17g}", self->eps);
    add_dense(self, "qkv", 3 * self->width, out);
    dlt_composite_add(out, "parts", NULL, "split: 3");
    dlt_composite_add(out, "attention",
                      (const char *const[]){"parts", "parts.1", "parts.2",
                                            input_count > 1 ? "previous.1" : NULL, NULL},
                      "attention: {heads: %" PRId64 ", causal: %s}", self->heads,
                      self->causal ? "true" : "false");
    add_dense(self, "projection", self->width, out);
    add_dropout(self, "dropout_1", out);
    dlt_composite_add(out, "add_1", (const char *const[]){"", "previous", NULL}, "add");
    dlt_composite_add(out, "norm_2", NULL, "layer_norm: {eps: %.17g}", self->eps);
    add_dense(self, "widen", inner, out);
    dlt_composite_add(out, "gelu", NULL, "gelu");
    add_dense(self, "narrow", self->width, out);
    add_dropout(self, "dropout_2", out);
    dlt_composite_add(out, "add_2", (const char *const[]){"", "add_1", NULL}, "add");
}

const dlt_layer_ops dlt_layer_transformer_block = {
    .entry = {.name = "transformer_block",
              .summary = "Attention and two dense layers, each behind a norm and with a connection "
                         "around it.",
              .keys = keys,
              .settings_size = sizeof(transformer_settings)},
    .inputs_least = 1,
    .inputs_most = 2,
    .expand = expand_transformer,
};
