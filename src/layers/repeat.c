/* The same nodes several times, one after the other: copies NAME_1, NAME_2 ... with parameters of
 * their own, whose nodes are NAME_1.dense_1 and so on. `previous` is the copy before. A list of one
 * node without a name gives the copies themselves: NAME_1, NAME_2 ... are that layer. */
#include "layers/layers_internal.h"

typedef struct repeat_settings {
    int64_t times;
    dlt_selection_list body;
} repeat_settings;

static const dlt_key keys[] = {
    {.name = "times",
     .type = DLT_KEY_INT,
     .offset = offsetof(repeat_settings, times),
     .minimum = 1,
     .maximum = 10000,
     .help = "Number of copies."},
    DLT_BODY_KEY(repeat_settings),
    {0},
};

static void expand_repeat(const void *settings, int input_count, dlt_composite *out) {
    const repeat_settings *self = settings;
    (void)input_count;
    out->times = self->times;
    out->body = self->body;
}

const dlt_layer_ops dlt_layer_repeat = {
    .entry = {.name = "repeat",
              .summary = "Nodes several times, one after the other, each with its own parameters.",
              .keys = keys,
              .settings_size = sizeof(repeat_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .expand = expand_repeat,
};
