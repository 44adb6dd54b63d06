/* A small run file's tables, with every type of key, for the tests of this module. */
#ifndef DLT_TESTS_CONFIG_FIXTURE_H
#define DLT_TESTS_CONFIG_FIXTURE_H

#include "config/config.h"

#include "base/alloc.h"
#include "base/error.h"
#include "support/document.h"

#include <math.h>
#include <string.h>

typedef struct conv_settings {
    int64_t filters;
    dlt_ints kernel;
    dlt_ints padding;
    dlt_selection init;
} conv_settings;

typedef struct rate_settings {
    double rate;
} rate_settings;

typedef struct normal_settings {
    double std;
} normal_settings;

typedef struct label_settings {
    const char *name;
} label_settings;

typedef struct item_common {
    const char *name;
    dlt_strings from;
} item_common;

typedef struct train_settings {
    int64_t epochs;
    int64_t batch;
    double clip;
    bool shuffle;
} train_settings;

typedef struct run_settings {
    const char *name;
    int64_t seed;
    int precision;
    train_settings train;
    dlt_reals mean;
    dlt_selection optimizer;
    dlt_selection_list model;
} run_settings;

static const char *const padding_names[] = {"valid", "same", NULL};
static const char *const precision_names[] = {"fp32", "bf16", NULL};
static const char *const batch_names[] = {"all", NULL};

static const dlt_key normal_keys[] = {{.name = "std",
                                       .type = DLT_KEY_REAL,
                                       .offset = offsetof(normal_settings, std),
                                       .default_value = "0.05",
                                       .flags = DLT_KEY_OPEN_LOW | DLT_KEY_SHORTHAND},
                                      {0}};
static const dlt_registry_entry init_normal = {"normal", "Normal.", normal_keys,
                                               sizeof(normal_settings)};
static const dlt_registry_entry init_zeros = {"zeros", "Zeros.", NULL, 0};
static const dlt_registry_entry *const inits[] = {&init_normal, &init_zeros, NULL};

static const dlt_key conv_keys[] = {{.name = "filters",
                                     .type = DLT_KEY_INT,
                                     .offset = offsetof(conv_settings, filters),
                                     .minimum = 1,
                                     .maximum = 65536,
                                     .flags = DLT_KEY_SHORTHAND,
                                     .help = "Number of output channels."},
                                    {.name = "kernel",
                                     .type = DLT_KEY_INTS,
                                     .offset = offsetof(conv_settings, kernel),
                                     .default_value = "3",
                                     .minimum = 1,
                                     .maximum = 99,
                                     .least = 1,
                                     .most = 2},
                                    {.name = "padding",
                                     .type = DLT_KEY_INTS,
                                     .offset = offsetof(conv_settings, padding),
                                     .default_value = "valid",
                                     .minimum = 0,
                                     .maximum = 99,
                                     .least = 1,
                                     .most = 4,
                                     .enum_names = padding_names},
                                    {.name = "init",
                                     .type = DLT_KEY_SELECTION,
                                     .offset = offsetof(conv_settings, init),
                                     .default_value = "{normal: 0.1}",
                                     .registry = inits},
                                    {0}};

static const dlt_key dropout_keys[] = {{.name = "rate",
                                        .type = DLT_KEY_REAL,
                                        .offset = offsetof(rate_settings, rate),
                                        .minimum = 0,
                                        .maximum = 1,
                                        .flags = DLT_KEY_SHORTHAND | DLT_KEY_OPEN_HIGH,
                                        .help = "Fraction of values set to zero."},
                                       {0}};

/* Its own `name` hides the common one. */
static const dlt_key label_keys[] = {{.name = "name",
                                      .type = DLT_KEY_STRING,
                                      .offset = offsetof(label_settings, name),
                                      .default_value = "none"},
                                     {0}};

static const dlt_registry_entry conv2d = {"conv2d", "Convolution.", conv_keys,
                                          sizeof(conv_settings)};
static const dlt_registry_entry dropout = {"dropout", "Dropout.", dropout_keys,
                                           sizeof(rate_settings)};
static const dlt_registry_entry label = {"label", "A label.", label_keys, sizeof(label_settings)};
static const dlt_registry_entry relu = {"relu", "max(x, 0).", NULL, 0};
static const dlt_registry_entry *const layers[] = {&conv2d, &dropout, &label, &relu, NULL};

static const dlt_key common_keys[] = {{.name = "name",
                                       .type = DLT_KEY_STRING,
                                       .offset = offsetof(item_common, name),
                                       .default_value = "null",
                                       .flags = DLT_KEY_NULLABLE},
                                      {.name = "from",
                                       .type = DLT_KEY_STRINGS,
                                       .offset = offsetof(item_common, from),
                                       .default_value = "null",
                                       .flags = DLT_KEY_NULLABLE},
                                      {0}};

static const dlt_key lr_keys[] = {{.name = "lr",
                                   .type = DLT_KEY_REAL,
                                   .offset = offsetof(rate_settings, rate),
                                   .default_value = "0.001",
                                   .flags = DLT_KEY_OPEN_LOW | DLT_KEY_SHORTHAND,
                                   .help = "Learning rate."},
                                  {0}};
static const dlt_registry_entry adam = {"adam", "Adam.", lr_keys, sizeof(rate_settings)};
static const dlt_registry_entry sgd = {"sgd", "Gradient descent.", lr_keys, sizeof(rate_settings)};
static const dlt_registry_entry *const optimizers[] = {&adam, &sgd, NULL};

static const dlt_key train_keys[] = {{.name = "epochs",
                                      .type = DLT_KEY_INT,
                                      .offset = offsetof(train_settings, epochs),
                                      .default_value = "1",
                                      .minimum = 0,
                                      .maximum = 1e6,
                                      .help = "Passes over the data."},
                                     {.name = "batch",
                                      .type = DLT_KEY_INT,
                                      .offset = offsetof(train_settings, batch),
                                      .default_value = "32",
                                      .minimum = 1,
                                      .maximum = INFINITY,
                                      .enum_names = batch_names},
                                     {.name = "clip",
                                      .type = DLT_KEY_REAL,
                                      .offset = offsetof(train_settings, clip),
                                      .default_value = "null",
                                      .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW},
                                     {.name = "shuffle",
                                      .type = DLT_KEY_BOOL,
                                      .offset = offsetof(train_settings, shuffle),
                                      .default_value = "true"},
                                     {0}};

static const dlt_key run_keys[] = {{.name = "name",
                                    .type = DLT_KEY_STRING,
                                    .offset = offsetof(run_settings, name),
                                    .default_value = "run",
                                    .flags = DLT_KEY_NO_IDENTITY | DLT_KEY_NULLABLE},
                                   {.name = "seed",
                                    .type = DLT_KEY_INT,
                                    .offset = offsetof(run_settings, seed),
                                    .default_value = "0"},
                                   {.name = "precision",
                                    .type = DLT_KEY_ENUM,
                                    .offset = offsetof(run_settings, precision),
                                    .default_value = "fp32",
                                    .enum_names = precision_names},
                                   {.name = "train",
                                    .type = DLT_KEY_SECTION,
                                    .offset = offsetof(run_settings, train),
                                    .section = train_keys,
                                    .help = "The loop."},
                                   {.name = "mean",
                                    .type = DLT_KEY_REALS,
                                    .offset = offsetof(run_settings, mean),
                                    .default_value = "[]"},
                                   {.name = "optimizer",
                                    .type = DLT_KEY_SELECTION,
                                    .offset = offsetof(run_settings, optimizer),
                                    .default_value = "{adam: {}}",
                                    .registry = optimizers,
                                    .flags = DLT_KEY_NULLABLE},
                                   {.name = "model",
                                    .type = DLT_KEY_SELECTIONS,
                                    .offset = offsetof(run_settings, model),
                                    .default_value = "[]",
                                    .section = common_keys,
                                    .section_size = sizeof(item_common),
                                    .registry = layers},
                                   {0}};

/* Reads text as "run.yaml" with up to one override; the caller destroys *config. */
static inline dlt_status read_run_set(const char *text, const char *override_text,
                                      dlt_config **config, run_settings *run) {
    memset(run, 0, sizeof *run);
    dlt_status status =
        dlt_config_parse(text, "run.yaml", &override_text, override_text != NULL ? 1 : 0, config);
    return status == DLT_OK ? dlt_config_read(*config, run_keys, run) : status;
}

static inline dlt_status read_run(const char *text, dlt_config **config, run_settings *run) {
    return read_run_set(text, NULL, config, run);
}

/* The whole sentence of a failure is part of the contract: users act on it. */
static inline void expect_failure_set(const char *text, const char *override_text,
                                      const char *message) {
    dlt_config *config;
    run_settings run;
    assert_int_equal(read_run_set(text, override_text, &config, &run), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), message);
    dlt_config_destroy(&config);
    assert_int_equal(dlt_alloc_balance(), 0);
}

static inline void expect_failure(const char *text, const char *message) {
    expect_failure_set(text, NULL, message);
}

static inline void expect_success(const char *text, dlt_config **config, run_settings *run) {
    dlt_status status = read_run(text, config, run);
    assert_string_equal(status == DLT_OK ? "" : dlt_error_message(), "");
}

/* One choice of layers from text, or an item of the model, as its settings. */
static inline const void *settings_of(const run_settings *run, int64_t item) {
    assert_true(item < run->model.count);
    return run->model.at[item].settings;
}

#endif
