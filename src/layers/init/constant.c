/* All values the same. */
#include "layers/init/init_internal.h"

typedef struct constant_init_settings {
    double value;
} constant_init_settings;

static const dlt_key keys[] = {
    {.name = "value",
     .type = DLT_KEY_REAL,
     .offset = offsetof(constant_init_settings, value),
     .flags = DLT_KEY_SHORTHAND,
     .help = "The value."},
    {0},
};

static void fill_constant(const void *settings, const dlt_param_spec *spec,
                          const dlt_stream *stream, dlt_real *values) {
    (void)stream;
    const constant_init_settings *constant = settings;
    dlt_init_constant(spec, constant->value, values);
}

static void fill_zeros(const void *settings, const dlt_param_spec *spec, const dlt_stream *stream,
                       dlt_real *values) {
    (void)settings, (void)stream;
    dlt_init_constant(spec, 0, values);
}

static void fill_ones(const void *settings, const dlt_param_spec *spec, const dlt_stream *stream,
                      dlt_real *values) {
    (void)settings, (void)stream;
    dlt_init_constant(spec, 1, values);
}

const dlt_initializer_ops dlt_initializer_constant = {
    .entry = {"constant", "All values the same.", keys, sizeof(constant_init_settings)},
    .fill = fill_constant,
};

const dlt_initializer_ops dlt_initializer_zeros = {
    .entry = {.name = "zeros", .summary = "All zero."},
    .fill = fill_zeros,
};

const dlt_initializer_ops dlt_initializer_ones = {
    .entry = {.name = "ones", .summary = "All one."},
    .fill = fill_ones,
};
