/* A row of a table for each whole number: y[n, t] = W[x[n, t]]. ONNX: Gather on axis 0 of the
 * table. The gradient of a row is the sum over the places where its number occurs, in their order:
 * sample by sample, within a sample position by position. A number that is no row gives NaN, which
 * stops the training. A second input gives the number of positions of each sample that are there:
 * those behind it are padding, which gives zeros and is no use of a row.
 *
 * With `sparse` the gradient is a list of the rows in use: the places are sorted by row, and
 * neither time nor memory of a call depends on the size of the table. */
#include "layers/layers_internal.h"

#include "base/error.h"
#include "layers/row_sort.h"

#include <math.h>
#include <string.h>

enum { X, LENGTH };
enum { NO_ROW = -1, PADDING = -2 };

typedef struct embedding_settings {
    int64_t vocabulary;
    int64_t features;
    dlt_selection init;
    bool sparse;
} embedding_settings;

static const dlt_key keys[] = {
    {.name = "vocabulary",
     .type = DLT_KEY_INT,
     .offset = offsetof(embedding_settings, vocabulary),
     .minimum = 1,
     .maximum = 2147483647,
     .help = "Rows of the table: inputs are whole numbers from 0, below this."},
    {.name = "features",
     .type = DLT_KEY_INT,
     .offset = offsetof(embedding_settings, features),
     .minimum = 1,
     .maximum = 2147483647,
     .help = "Elements of a row."},
    {.name = "init",
     .type = DLT_KEY_SELECTION,
     .offset = offsetof(embedding_settings, init),
     .default_value = "{normal: {std: 1}}",
     .registry = dlt_initializers,
     .help = "Initial rows; the default is that of PyTorch (Keras: uniform from -0.05 to 0.05)."},
    {.name = "sparse",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(embedding_settings, sparse),
     .default_value = "false",
     .help = "Row-sparse gradient: an update reads and writes the rows of its batch alone, so its "
             "cost does not depend on the number of rows. All else of a row stands still until "
             "its next use: the optimizer's moments (their bias correction counts all updates), "
             "weight decay, L1, L2 and the EMA. With sgd without momentum, decay and EMA the "
             "result is that of a dense gradient."},
    {0},
};

/* Uses of rows are numbered by int32. */
static dlt_status infer_sparse(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const int64_t uses = dlt_layer_elements(context, context->n);
    if (uses > INT32_MAX)
        return dlt_fail(DLT_ERR_CONFIG,
                        "node '%s' (embedding) would look up %lld rows at once, and a sparse "
                        "gradient takes at most %d; use a smaller micro-batch",
                        context->node, (long long)uses, INT32_MAX);
    spec->params[0].sparse_rows = uses;
    spec->workspace_bytes = 2 * uses * (int64_t)sizeof(dlt_row_use);
    return DLT_OK;
}

static dlt_status check_lengths(const dlt_layer_context *context) {
    if (context->input_count <= LENGTH)
        return DLT_OK;
    if (context->inputs[X].shape.rank == 0)
        return dlt_layer_shape_error(context, "embedding", X, "a single number has no length");
    if (dlt_shape_count(&context->inputs[LENGTH].shape) != 1)
        return dlt_layer_shape_error(context, "embedding", LENGTH,
                                     "the number of positions is one number per sample");
    return DLT_OK;
}

static dlt_status infer_embedding(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const embedding_settings *settings = context->settings;
    dlt_shape *output = &spec->outputs[0].shape;
    DLT_TRY(check_lengths(context));
    *output = context->inputs[X].shape;
    if (output->rank >= DLT_SHAPE_MAX)
        return dlt_layer_shape_error(context, "embedding", 0,
                                     "its output would have more than %d dimensions",
                                     DLT_SHAPE_MAX);
    output->dim[output->rank++] = settings->features;
    DLT_TRY(dlt_layer_check_size(
        context, "embedding", "an output",
        dlt_layer_product(dlt_layer_elements(context, context->n), settings->features)));
    DLT_TRY(dlt_layer_check_size(context, "embedding", "a table",
                                 dlt_layer_product(settings->vocabulary, settings->features)));
    spec->backward_reads_x = DLT_INPUT(X) | DLT_INPUT(LENGTH);
    spec->input_below[X] = settings->vocabulary;
    if (context->input_count > LENGTH)
        spec->input_below[LENGTH] = context->inputs[X].shape.dim[0] + 1;
    spec->param_count = 1;
    spec->params[0] =
        (dlt_param_spec){.name = "weight",
                         .shape = {.rank = 2, .dim = {settings->vocabulary, settings->features}},
                         .init = &settings->init,
                         .fan_in = settings->vocabulary,
                         .fan_out = settings->features,
                         .role = DLT_PARAM_EMBEDDING};
    return settings->sparse ? infer_sparse(context, spec) : DLT_OK;
}

/* The row of a place, or NO_ROW or PADDING. */
static int32_t row_at(const dlt_layer *layer, const dlt_layer_call *call, int64_t place) {
    const embedding_settings *settings = layer->context.settings;
    const dlt_shape *shape = &layer->context.inputs[X].shape;
    const int32_t row = call->ix[X][place];
    if (layer->context.input_count > LENGTH) {
        const int64_t each = dlt_shape_count(shape);
        if (place % each >= call->ix[LENGTH][place / each] * (each / shape->dim[0]))
            return PADDING;
    }
    return row >= 0 && row < settings->vocabulary ? row : NO_ROW;
}

static void forward_embedding(const dlt_layer *layer, const dlt_layer_call *call) {
    const embedding_settings *settings = layer->context.settings;
    const int64_t d = settings->features;
    const int64_t count = dlt_layer_elements(&layer->context, call->n);
    for (int64_t i = 0; i < count; i++) {
        const int32_t row = row_at(layer, call, i);
        dlt_real *y = call->y[0] + i * d;
        if (row >= 0)
            dlt_layer_copy(d, call->params[0] + row * d, y);
        else
            for (int64_t j = 0; j < d; j++)
                y[j] = row == PADDING ? 0 : (dlt_real)NAN;
    }
}

static void add_row(int64_t d, const dlt_real *restrict from, dlt_real *restrict to) {
    for (int64_t j = 0; j < d; j++)
        to[j] += from[j];
}

static void backward_sparse(const dlt_layer *layer, const dlt_layer_call *call) {
    const embedding_settings *settings = layer->context.settings;
    const int64_t d = settings->features;
    const int64_t places = dlt_layer_elements(&layer->context, call->n);
    dlt_row_use *uses = call->workspace;
    dlt_row_list *list = call->drows[0];
    int64_t count = 0;
    if (list == NULL)
        return;
    for (int64_t i = 0; i < places; i++) {
        const int32_t row = row_at(layer, call, i);
        if (row >= 0)
            uses[count++] = (dlt_row_use){.row = row, .place = (int32_t)i};
    }
    uses = dlt_row_sort(count, settings->vocabulary, uses, uses + places);
    list->count = 0;
    for (int64_t i = 0; i < count; i++) {
        const dlt_real *dy = call->dy[0] + uses[i].place * d;
        if (i == 0 || uses[i].row != uses[i - 1].row) {
            dlt_layer_copy(d, dy, list->values + list->count * d);
            list->rows[list->count++] = uses[i].row;
        } else {
            add_row(d, dy, list->values + (list->count - 1) * d);
        }
    }
}

static void backward_embedding(const dlt_layer *layer, const dlt_layer_call *call) {
    const embedding_settings *settings = layer->context.settings;
    const int64_t d = settings->features;
    const int64_t count = dlt_layer_elements(&layer->context, call->n);
    if (settings->sparse) {
        backward_sparse(layer, call);
        return;
    }
    dlt_real *dweight = call->dparams[0];
    if (dweight == NULL)
        return;
    memset(dweight, 0, (size_t)(settings->vocabulary * d) * sizeof *dweight);
    for (int64_t i = 0; i < count; i++) {
        const int32_t row = row_at(layer, call, i);
        if (row >= 0)
            add_row(d, call->dy[0] + i * d, dweight + row * d);
    }
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "embedding: {vocabulary: 3, features: 2}",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {2}}},
     .below = {3},
     .input = (const double[]){2, 0, 1, 2},
     .params = (const double[]){1, 2, 3, 4, 5, 6},
     .output = (const double[]){5, 6, 1, 2, 3, 4, 5, 6}},
    {.name = "rows that occur often, and never",
     .settings = "embedding: {vocabulary: 7, features: 3, init: zeros}",
     .n = 3,
     .input_count = 1,
     .inputs = {{2, {4, 2}}},
     .below = {5}},
    {.name = "one number per sample",
     .settings = "embedding: {vocabulary: 4, features: 5}",
     .n = 4,
     .input_count = 1,
     .inputs = {{0}},
     .below = {4}},
    {.name = "PyTorch's values",
     .settings = "embedding: {vocabulary: 5, features: 3}",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {3}}},
     .below = {5},
     .input = (const double[]){4, 0, 2, 2, 2, 3},
     .params = (const double[]){0, -1.625, -1.625, -0.875, 0, -1.875, 1.125, 0.375, 1.625, 0.625,
                                1.125, 0, 0.25, 1.75, 0.625},
     .output = (const double[]){0.25, 1.75, 0.625, 0, -1.625, -1.625, 1.125, 0.375, 1.625, 1.125,
                                0.375, 1.625, 1.125, 0.375, 1.625, 0.625, 1.125, 0}},
    {.name = "known answer: padding",
     .settings = "embedding: {vocabulary: 3, features: 1}",
     .n = 3,
     .input_count = 2,
     .inputs = {{2, {2, 2}}, {0}},
     .below = {3, 3},
     .input = (const double[]){2, 0, 1, 2, 1, 1, 0, 0, 2, 1, 2, 2, 1, 2, 0},
     .params = (const double[]){5, 6, 7},
     .output = (const double[]){7, 5, 0, 0, 6, 6, 5, 5, 0, 0, 0, 0}},
    {.name = "a sparse gradient with padding",
     .settings = "embedding: {vocabulary: 50, features: 2, sparse: true}",
     .n = 5,
     .input_count = 2,
     .inputs = {{1, {7}}, {1, {1}}},
     .below = {50, 8}},
    {.name = "a sparse gradient",
     .settings = "embedding: {vocabulary: 9000, features: 2, sparse: true}",
     .n = 5,
     .input_count = 1,
     .inputs = {{2, {4, 3}}},
     .below = {9000}},
    {.name = "a sparse gradient of a table of which all rows are in use",
     .settings = "embedding: {vocabulary: 3, features: 4, sparse: true}",
     .n = 6,
     .input_count = 1,
     .inputs = {{1, {5}}},
     .below = {3}},
    {.name = "a sparse gradient of one row",
     .settings = "embedding: {vocabulary: 1, features: 3, sparse: true}",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {2}}},
     .below = {1}},
};

const dlt_layer_ops dlt_layer_embedding = {
    .entry = {.name = "embedding",
              .summary = "A row of a table for each whole number.",
              .keys = keys,
              .settings_size = sizeof(embedding_settings)},
    .inputs_least = 1,
    .inputs_most = 2,
    .whole_inputs = DLT_INPUT(X) | DLT_INPUT(LENGTH),
    .infer = infer_embedding,
    .forward = forward_embedding,
    .backward = backward_embedding,
    .skips_frozen = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
