/* Whole graphs in double: backward through fan-out, residual connections, views and nodes that
 * write in place, against central differences of the forward. The forward of a model planned for
 * evaluation, where memory is shared otherwise, gives the same output. */
#include "difference.h"
#include "guarded.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/philox.h"
#include "config/config.h"
#include "model/model.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 4, FEWER_SAMPLES = 3 };

enum { OUTPUTS_MAX = 4 };

typedef struct network {
    const char *name;
    dlt_shape input;
    dlt_shape ids;                                 /* of a second input of whole numbers */
    int32_t below;                                 /* from 0, below this; 0: there is none */
    dlt_model_output_request outputs[OUTPUTS_MAX]; /* none: the last node */
    bool same_in_evaluation;                       /* without dropout and batch statistics */
    const char *model;
} network;

static const network networks[] = {
    {.name = "residual",
     .input = {3, {5, 5, 2}},
     .same_in_evaluation = false,
     .model = "- conv2d: {filters: 3, kernel: 3, padding: same}\n  name: trunk\n"
              "- relu\n"
              "- conv2d: {filters: 3, kernel: 3, padding: same}\n"
              "- batch_norm: {}\n  name: branch\n"
              "- add: {}\n  from: [branch, trunk]\n"
              "- relu\n"
              "- global_avg_pool2d\n"
              "- dense: 4\n"},
    {.name = "one_node_twice",
     .input = {1, {6}},
     .same_in_evaluation = true,
     .model = "- dense: 5\n  name: h\n"
              "- tanh: {}\n  name: t\n"
              "- add: {}\n  name: double\n  from: [t, t]\n"
              "- add: {}\n  from: [t, double, h, h]\n"
              "- dense: 2\n"},
    {.name = "concat",
     .input = {1, {6}},
     .same_in_evaluation = true,
     .model = "- dense: 3\n  name: p\n"
              "- sigmoid: {}\n  name: q\n"
              "- dense: 4\n  name: r\n  from: [p]\n"
              "- concat: {}\n  from: [p, q, r, p]\n"
              "- layer_norm\n"
              "- dense: 2\n"},
    {.name = "chain_of_views",
     .input = {3, {2, 3, 1}},
     .same_in_evaluation = false,
     .model = "- flatten\n"
              "- dense: 6\n"
              "- reshape: [3, 2]\n"
              "- relu\n"
              "- flatten\n"
              "- dropout: 0.3\n"
              "- elu\n"
              "- relu\n"
              "- dense: 3\n"},
    {.name = "in_place_beside_others",
     .input = {1, {6}},
     .same_in_evaluation = true,
     .model = "- dense: 5\n  name: h\n"
              "- relu: {}\n  name: r\n"
              "- gelu: {}\n  name: g\n  from: [h]\n"
              "- relu: {}\n  name: s\n  from: [g]\n"
              "- add: {}\n  name: sum\n  from: [s, r, h]\n"
              "- relu\n"
              "- add: {}\n  from: [relu_3, sum]\n"
              "- leaky_relu: 0.1\n"},
    {.name = "relu_after_what_keeps_its_output",
     .input = {1, {6}},
     .same_in_evaluation = true,
     .model = "- dense: 5\n"
              "- sigmoid\n"
              "- relu\n"
              "- tanh\n"
              "- reshape: [5, 1]\n"
              "- relu\n"
              "- flatten\n"
              "- softmax\n"},
    {.name = "add_over_what_backward_reads",
     .input = {1, {6}},
     .same_in_evaluation = true,
     .model = "- dense: 5\n  name: h\n"
              "- sigmoid: {}\n  name: s\n"
              "- add: {}\n  name: sum\n  from: [s, h]\n"
              "- reshape: [5, 1]\n"
              "- flatten\n"
              "- add: {}\n  from: [flatten_1, h]\n"
              "- dense: 2\n"},
    {.name = "sample_used_twice",
     .input = {1, {6}},
     .same_in_evaluation = true,
     .model = "- add: {}\n  name: doubled\n  from: [input, input]\n"
              "- relu\n"
              "- dense: 6\n  name: h\n"
              "- add: {}\n  from: [h, input, doubled]\n"
              "- dense: 2\n"},
    {.name = "view_read_by_two",
     .input = {3, {4, 4, 2}},
     .same_in_evaluation = true,
     .model = "- conv2d: {filters: 2, kernel: 3}\n  name: image\n"
              "- flatten: {}\n  name: row\n"
              "- relu: {}\n  name: positive\n"
              "- dense: 8\n  name: left\n  from: [row]\n"
              "- add: {}\n  from: [left, positive, row]\n"
              "- reshape: [2, 2, 2]\n"
              "- max_pool2d: 2\n"
              "- flatten\n"},
    {.name = "two inputs, two losses, an output without",
     .input = {1, {6}},
     .ids = {1, {3}},
     .below = 5,
     .outputs = {{"price", true}, {"middle", false}, {"near", true}, {"spare", false}},
     .same_in_evaluation = true,
     .model = "- dense: 8\n  from: [x]\n"
              "- tanh: {}\n  name: middle\n"
              "- embedding: {vocabulary: 6, features: 4}\n  from: [ids]\n"
              "- flatten: {}\n  name: words\n"
              "- concat: {}\n  from: [middle, words]\n  name: all\n"
              "- dense: 1\n  name: price\n"
              "- dense: 3\n  name: near\n  from: [all]\n"
              "- dense: 2\n  name: spare\n  from: [all]\n"},
    {.name = "a loss on a node that others read",
     .input = {1, {6}},
     .outputs = {{"early", true}, {"late", true}},
     .same_in_evaluation = true,
     .model = "- dense: 4\n  name: early\n"
              "- relu: {}\n"
              "- dense: 3\n  name: late\n"},
    {.name = "split, its parts apart, one of them unread",
     .input = {2, {4, 6}},
     .same_in_evaluation = true,
     .model = "- dense: 9\n"
              "- split: 3\n  name: parts\n"
              "- tanh: {}\n  from: [parts.2]\n  name: last\n"
              "- add: {}\n  from: [parts, last]\n"
              "- relu: {}\n"
              "- flatten: {}\n"},
    {.name = "attention from its parts, gated, over an enlarged image",
     .input = {3, {3, 2, 2}},
     .same_in_evaluation = true,
     .model = "- conv2d_transpose: {filters: 2, kernel: 2, stride: 2}\n"
              "- slice: {axis: 0, start: -1, step: -2}\n"
              "- transpose: [1, 0, 2]\n"
              "- reshape: [4, 6]\n  name: rows\n"
              "- transpose: {}\n  name: columns\n"
              "- matmul: {}\n  from: [rows, columns]\n"
              "- softmax: {}\n  name: weights\n"
              "- matmul: {}\n  from: [weights, rows]\n  name: mixed\n"
              "- reduce: {op: max, axes: 1, keep_dims: true}\n  from: [rows]\n  name: gate\n"
              "- mul: {}\n  from: [mixed, gate]\n  name: gated\n"
              "- mul: {}\n  from: [gated, gated]\n"
              "- reduce: {op: mean, axes: 0}\n"
              "- dense: 2\n"},
    {.name = "lstm both ways over part of the words, a length cut off them",
     .input = {1, {2}},
     .ids = {1, {6}},
     .below = 7,
     .same_in_evaluation = true,
     .model = "- slice: {axis: 0, end: -1}\n  from: [ids]\n  name: source\n"
              "- slice: {axis: 0, start: -1}\n  from: [ids]\n  name: length\n"
              "- embedding: {vocabulary: 7, features: 3}\n  from: [source]\n  name: words\n"
              "- lstm: 4\n  name: there\n  from: [words, length]\n"
              "- lstm: {units: 2, reverse: true}\n  name: back\n  from: [words, length]\n"
              "- concat: {}\n  from: [there.1, back.1, back.2]\n"
              "- {dense: 2, name: end}\n"
              "- {concat: {}, name: both, from: [there, back]}\n"
              "- {dense: 2}\n"
              "- {reduce: {op: mean, axes: 0}}\n"
              "- add: {}\n  from: [end, reduce_1, input]\n  name: out\n"},
    {.name = "attention on words",
     .input = {1, {2}},
     .ids = {1, {5}},
     .below = 7,
     .same_in_evaluation = true,
     .model = "- embedding: {vocabulary: 7, features: 6}\n  from: [ids]\n  name: words\n"
              "- dense: 18\n"
              "- split: 3\n  name: qkv\n"
              "- attention: {heads: 2, causal: true}\n  from: [qkv.0, qkv.1, qkv.2]\n"
              "- dense: 6\n"
              "- add: {}\n  from: [words, dense_2]\n"
              "- layer_norm: {}\n  name: normed\n"
              "- flatten: {}\n"
              "- dense: 2\n  name: tail\n"
              "- dense: 2\n  from: [x]\n  name: other\n"
              "- add: {}\n  from: [tail, other]\n"},
};

/* A network with what a call of it needs. */
typedef struct trial {
    const network *net;
    dlt_config *config;
    dlt_kernels kernels;
    dlt_model *model;
    dlt_model_call call;
    dlt_real *x;  /* owned */
    int32_t *ids; /* owned */
    /* owned; of an output in the function that is differentiated; NULL: not in it */
    dlt_real *weights[OUTPUTS_MAX];
} trial;

typedef struct document {
    dlt_selection_list nodes;
} document;

static const dlt_key document_keys[] = {{.name = "model",
                                         .type = DLT_KEY_SELECTIONS,
                                         .offset = offsetof(document, nodes),
                                         .least = 1,
                                         .most = 100,
                                         .section = dlt_node_keys,
                                         .section_size = sizeof(dlt_node_settings),
                                         .registry = dlt_layers,
                                         .help = "The nodes."},
                                        {0}};

static dlt_real *random_reals(int64_t count, uint32_t purpose) {
    dlt_stream stream = dlt_stream_make(5, DLT_PURPOSE_TEST, purpose, 0, 0);
    dlt_real *values = dlt_alloc(count, sizeof *values);
    for (int64_t i = 0; values != NULL && i < count; i++)
        values[i] = (dlt_real)dlt_stream_normal(&stream, (uint64_t)i);
    return values;
}

static dlt_status read_nodes(trial *it, document *out) {
    char text[2048] = "model:\n";
    strncat(text, it->net->model, sizeof text - strlen(text) - 1);
    DLT_TRY(dlt_config_parse(text, it->net->name, NULL, 0, &it->config));
    return dlt_config_read(it->config, document_keys, out);
}

static dlt_status make_model(trial *it, const document *nodes, bool training, dlt_model **out) {
    static const int64_t sizes[] = {SAMPLES, FEWER_SAMPLES};
    const dlt_model_input inputs[] = {
        {.name = "x", .spec = {.shape = it->net->input}},
        {.name = "ids", .spec = {.dtype = DLT_DTYPE_I32, .shape = it->net->ids}}};
    int outputs = 0;
    while (outputs < OUTPUTS_MAX && it->net->outputs[outputs].name != NULL)
        outputs++;
    dlt_model_options options = {.nodes = nodes->nodes,
                                 .inputs = inputs,
                                 .input_count = it->net->below > 0 ? 2 : 1,
                                 .outputs = it->net->outputs,
                                 .output_count = outputs,
                                 .kernels = &it->kernels,
                                 .sizes = sizes,
                                 .size_count = 2,
                                 .training = training,
                                 .in_flight_max = 1};
    return dlt_model_create(&options, out);
}

/* Zero in the gaps between tensors, which are no parameters. */
static void fill_params(dlt_model *model) {
    const dlt_model_tensor *tensors = NULL;
    int count = dlt_model_param_tensors(model, &tensors);
    dlt_stream stream = dlt_stream_make(5, DLT_PURPOSE_TEST, 3, 0, 0);
    for (int t = 0; t < count; t++)
        for (int64_t i = 0; i < tensors[t].count; i++)
            dlt_model_params(model)[tensors[t].offset + i] =
                (dlt_real)(0.6 * dlt_stream_normal(&stream, (uint64_t)(tensors[t].offset + i)));
}

static int64_t output_elements(const trial *it, int output) {
    return it->call.n * dlt_shape_count(&dlt_model_output(it->model, output)->shape);
}

/* The sum of the outputs with a loss, times their weights; or of the sizes of these terms. */
static double add_outputs(trial *it, bool sizes) {
    dlt_real statistics[256];
    dlt_model_forward(it->model, &it->call, statistics);
    double sum = 0;
    for (int k = 0; k < dlt_model_output_count(it->model); k++) {
        const dlt_real *y = dlt_model_output_at(it->model, 0, k);
        for (int64_t i = 0; it->weights[k] != NULL && i < output_elements(it, k); i++) {
            const double term = (double)(it->weights[k][i] * y[i]);
            sum += sizes ? fabs(term) : term;
        }
    }
    return sum;
}

static double weighted_output(void *context) {
    return add_outputs(context, false);
}

static double output_magnitude(trial *it) {
    return add_outputs(it, true);
}

static int complain(const trial *it, const char *what, double figure) {
    fprintf(stderr, "model %s, %lld samples: %s (%g)\n", it->net->name, (long long)it->call.n, what,
            figure);
    return 1;
}

/* Twice, with rubbish in the gradients, so that what is not overwritten shows. */
static int check_gradient(trial *it) {
    guarded gradient = {0};
    int failures = 0;
    int64_t count = dlt_model_param_elements(it->model);
    if (guarded_create(count * (int64_t)sizeof(dlt_real), &gradient) != DLT_OK)
        return complain(it, dlt_error_message(), 0);
    guarded_poison(&gradient);
    int64_t made = dlt_alloc_made();
    (void)weighted_output(it);
    for (int k = 0; k < dlt_model_output_count(it->model); k++)
        if (it->weights[k] != NULL)
            memcpy(dlt_model_output_gradient(it->model, 0, k), it->weights[k],
                   (size_t)output_elements(it, k) * sizeof(dlt_real));
    dlt_model_backward(it->model, &it->call, gradient.at);
    if (dlt_alloc_made() != made)
        failures += complain(it, "a call allocates", (double)(dlt_alloc_made() - made));
    double magnitude = output_magnitude(it);
    const dlt_model_tensor *tensors = NULL;
    int tensor_count = dlt_model_param_tensors(it->model, &tensors);
    for (int t = 0; t < tensor_count; t++) {
        double error = difference_error(weighted_output, it, magnitude, tensors[t].count,
                                        dlt_model_params(it->model) + tensors[t].offset,
                                        gradient.at + tensors[t].offset);
        if (!(error <= 1)) {
            fprintf(stderr, "%s/%s: ", tensors[t].node, tensors[t].name);
            failures += complain(it, "gradient is off, in units of what is allowed", error);
        }
    }
    if (!guarded_intact(&gradient))
        failures += complain(it, "backward writes behind the gradients", 0);
    guarded_destroy(&gradient);
    return failures;
}

static int check_evaluation(trial *it, const document *nodes) {
    dlt_model *evaluated = NULL;
    if (!it->net->same_in_evaluation)
        return 0;
    if (make_model(it, nodes, false, &evaluated) != DLT_OK)
        return complain(it, dlt_error_message(), 0);
    fill_params(evaluated);
    dlt_model_call call = it->call;
    call.training = false;
    int failures = 0;
    dlt_model_forward(it->model, &it->call, NULL);
    dlt_model_forward(evaluated, &call, NULL);
    for (int k = 0; k < dlt_model_output_count(it->model); k++) {
        const dlt_real *trained = dlt_model_output_at(it->model, 0, k);
        const dlt_real *y = dlt_model_output_at(evaluated, 0, k);
        const int64_t bytes = output_elements(it, k) * (int64_t)sizeof *y;
        if (memcmp(y, trained, (size_t)bytes) != 0)
            failures += complain(it, "evaluation gives another output than training", k);
    }
    dlt_model_destroy(&evaluated);
    return failures;
}

static dlt_status open_trial(trial *it, document *nodes) {
    DLT_TRY(dlt_kernels_select("ref", &it->kernels));
    DLT_TRY(read_nodes(it, nodes));
    DLT_TRY(make_model(it, nodes, true, &it->model));
    it->x = random_reals(SAMPLES * dlt_shape_count(&it->net->input), 1);
    const int64_t id_count = SAMPLES * dlt_shape_count(&it->net->ids);
    it->ids = dlt_alloc(id_count, sizeof *it->ids);
    if (it->x == NULL || it->ids == NULL)
        return DLT_ERR_MEM;
    for (int64_t i = 0; i < id_count && it->net->below > 0; i++)
        it->ids[i] = (int32_t)(7 * i % it->net->below);
    it->call.n = SAMPLES;
    for (int k = 0; k < dlt_model_output_count(it->model); k++) {
        if (it->net->outputs[0].name != NULL && !it->net->outputs[k].has_loss)
            continue;
        it->weights[k] = random_reals(output_elements(it, k), 2 + (uint32_t)k);
        if (it->weights[k] == NULL)
            return DLT_ERR_MEM;
    }
    dlt_model_init(it->model, 1);
    fill_params(it->model);
    return DLT_OK;
}

static void close_trial(trial *it) {
    dlt_model_destroy(&it->model);
    dlt_config_destroy(&it->config);
    dlt_free(it->x);
    dlt_free(it->ids);
    for (int k = 0; k < OUTPUTS_MAX; k++)
        dlt_free(it->weights[k]);
}

static int check_network(const network *net) {
    trial it = {.net = net};
    document nodes;
    int failures = 0;
    if (open_trial(&it, &nodes) != DLT_OK) {
        failures = complain(&it, dlt_error_message(), 0);
    } else {
        for (int64_t n = SAMPLES; n >= FEWER_SAMPLES; n--) {
            it.call = (dlt_model_call){
                .n = n, .inputs = {it.x, it.ids}, .training = true, .seed = 9, .step = 2};
            failures += check_gradient(&it) + check_evaluation(&it, &nodes);
        }
    }
    close_trial(&it);
    return failures;
}

int main(void) {
    int64_t balance = dlt_alloc_balance();
    int failures = 0;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        failures += check_network(&networks[i]);
    if (dlt_alloc_balance() != balance) {
        fprintf(stderr, "memory was not given back\n");
        failures++;
    }
    return failures > 0;
}
