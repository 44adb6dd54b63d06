/* Shape classes: a sample has the same bits in a short class and padded in a long one. */
#include "fixture.h"

enum { LONGEST = 9, VOCABULARY = 7, GRADIENTS_MAX = 4096, STATE = 3 };

static const int64_t all_lengths[] = {5, LONGEST};
static const int32_t lengths[SAMPLES] = {5, 2, 0, 3};

static const char *const sequence_model =
    "- {embedding: {vocabulary: 7, features: 4}, from: [words, words.length], name: dense}\n"
    "- {embedding: {vocabulary: 7, features: 4, sparse: true}, from: [words, words.length]}\n"
    "- {add: {}, from: [dense, embedding_2]}\n"
    "- {layer_norm: {}, name: norm}\n"
    "- {lstm: 3, from: [norm, words.length], name: there}\n"
    "- {lstm: {units: 3, reverse: true}, from: [norm, words.length], name: back}\n"
    "- {attention: {heads: 2}, from: [norm, norm, norm, words.length], name: mixed}\n"
    "- {concat: {}, from: [there, back, mixed], name: all}\n"
    "- transformer_block: {width: 10, heads: 2}\n"
    "  from: [all, words.length]\n"
    "- {dense: 2, name: out}\n";

static dlt_status create_ragged(const char *nodes, const int64_t *class_lengths, int class_count) {
    static const int64_t sizes[] = {SAMPLES};
    static const dlt_model_output_request outputs[] = {{.name = "out", .has_loss = true},
                                                       {.name = "there.1", .has_loss = true}};
    char text[2048];
    document read;
    dlt_model_destroy(&it.model);
    dlt_config_destroy(&it.config);
    snprintf(text, sizeof text, "model:\n%s", nodes);
    DLT_TRY(dlt_config_parse(text, "run.yaml", NULL, 0, &it.config));
    DLT_TRY(dlt_config_read(it.config, document_keys, &read));
    const dlt_model_input inputs[] = {
        {.name = "words", .spec = {DLT_DTYPE_I32, {1, {0}}}, .ragged = true},
        {.name = "words.length", .spec = {DLT_DTYPE_I32, {0}}}};
    const dlt_model_options options = {.nodes = read.nodes,
                                       .parameters = read.parameters,
                                       .inputs = inputs,
                                       .input_count = 2,
                                       .outputs = outputs,
                                       .output_count = nodes == sequence_model ? 2 : 0,
                                       .kernels = &it.kernels,
                                       .class_lengths = class_lengths,
                                       .class_count = class_count,
                                       .sizes = sizes,
                                       .size_count = 1,
                                       .training = true,
                                       .in_flight_max = 1};
    return dlt_model_create(&options, &it.model);
}

/* What one class makes of the samples, at the positions that are there. */
typedef struct result {
    dlt_real out[SAMPLES][LONGEST][2];
    dlt_real state[SAMPLES][STATE];
    dlt_real grads[GRADIENTS_MAX];
    int64_t rows; /* of the sparse embedding */
    int64_t row[VOCABULARY];
    dlt_real values[VOCABULARY][4];
} result;

static void compute(int shape_class, result *to) {
    const int64_t length = all_lengths[shape_class];
    int32_t words[SAMPLES * LONGEST] = {0};
    for (int64_t i = 0; i < SAMPLES; i++)
        for (int64_t t = 0; t < lengths[i]; t++)
            words[i * length + t] = (int32_t)((3 * i + 5 * t + 1) % VOCABULARY);
    const dlt_model_call call = {
        .n = SAMPLES, .inputs = {words, lengths}, .training = true, .shape_class = shape_class};
    *to = (result){0};
    dlt_model_forward(it.model, &call, NULL);
    const dlt_real *out = dlt_model_output_at(it.model, 0, 0);
    memcpy(to->state, dlt_model_output_at(it.model, 0, 1), sizeof to->state);
    dlt_real *dy = dlt_model_output_gradient(it.model, 0, 0);
    dlt_real *dstate = dlt_model_output_gradient(it.model, 0, 1);
    memset(dy, 0, (size_t)(SAMPLES * length * 2) * sizeof *dy);
    for (int64_t i = 0; i < SAMPLES; i++) {
        memcpy(to->out[i], out + i * length * 2, (size_t)lengths[i] * sizeof to->out[i][0]);
        for (int64_t t = 0; t < lengths[i]; t++)
            dy[(i * length + t) * 2] = (dlt_real)((i + 2 * t) % 5) - 2;
        for (int64_t j = 0; j < STATE; j++)
            dstate[i * STATE + j] = (dlt_real)(j - 1);
    }
    dlt_model_backward(it.model, &call, to->grads);
    const dlt_row_list *list = dlt_model_row_gradients(it.model, 0);
    to->rows = list->count;
    for (int64_t r = 0; r < list->count; r++)
        to->row[r] = list->rows[r];
    memcpy(to->values, list->values, (size_t)list->count * sizeof to->values[0]);
}

static void classes_give_a_sample_the_same_bits(void **state) {
    (void)state;
    static result small;
    static result large;
    static result again;
    if (create_ragged(sequence_model, all_lengths, 2) != DLT_OK)
        fail_msg("%s", dlt_error_message());
    assert_true(dlt_model_param_elements(it.model) <= GRADIENTS_MAX);
    dlt_model_init(it.model, 3);
    dlt_alloc_fail_at(1); /* a step allocates nothing: whatever did would get NULL */
    compute(0, &small);
    compute(1, &large);
    compute(0, &again);
    dlt_alloc_fail_at(0);
    assert_memory_equal(small.out, large.out, sizeof small.out);
    assert_memory_equal(small.state, large.state, sizeof small.state);
    assert_memory_equal(small.grads, large.grads, sizeof small.grads);
    assert_memory_equal(&small, &again, sizeof small);
    assert_int_equal(small.rows, large.rows);
    assert_memory_equal(small.row, large.row, sizeof small.row);
    assert_memory_equal(small.values, large.values, sizeof small.values);
    const char *node = NULL;
    assert_int_equal(dlt_model_input_bound(it.model, 0, &node), VOCABULARY);
    assert_int_equal(dlt_model_input_bound(it.model, 1, &node), LONGEST + 1);
    assert_string_equal(node, "dense");
    assert_int_equal(dlt_model_output(it.model, 0)->shape.dim[0], LONGEST);
    assert_int_equal(dlt_model_output_in_class(it.model, 0, 0)->shape.dim[0], 5);
}

/* The largest class alone needs as much. */
static void classes_share_one_arena(void **state) {
    (void)state;
    assert_int_equal(create_ragged(sequence_model, all_lengths, 2), DLT_OK);
    const int64_t bytes = dlt_model_arena_bytes(it.model);
    const uint64_t fingerprint = dlt_model_fingerprint(it.model);
    assert_int_equal(create_ragged(sequence_model, all_lengths + 1, 1), DLT_OK);
    assert_int_equal(dlt_model_arena_bytes(it.model), bytes);
    assert_true(dlt_model_fingerprint(it.model) != fingerprint);
}

static void expect_ragged_refusal(const char *nodes, const int64_t *class_lengths, int count,
                                  const char *sentence) {
    assert_int_not_equal(create_ragged(nodes, class_lengths, count), DLT_OK);
    assert_string_equal(dlt_error_message(), sentence);
}

static void classes_refuse_what_depends_on_the_length(void **state) {
    (void)state;
    static const int64_t descending[] = {5, 5};
    expect_ragged_refusal("- {embedding: {vocabulary: 7, features: 2}, from: words}\n- flatten\n"
                          "- {dense: 3, name: head}\n- {add: {}, from: [head, head]}\n",
                          all_lengths, 2,
                          "run.yaml:4:4: 'weight' of node 'head' would be [10, 3] for sequences of "
                          "5 and [18, 3] for sequences of 9; a parameter cannot depend on the "
                          "length");
    expect_ragged_refusal("- {embedding: {vocabulary: 7, features: 2}, from: words}\n"
                          "- {reshape: [9, 2], name: fixed}\n",
                          all_lengths, 2,
                          "run.yaml:3:4: node 'fixed' (reshape) cannot take [5, 2] from node "
                          "'embedding_1': it does not have the elements of [9, 2] (for sequences "
                          "of 5)");
    expect_ragged_refusal("- {embedding: {vocabulary: 7, features: 2}, from: words}\n", descending,
                          2,
                          "the lengths of shape classes must be positive and ascend; found 5 in "
                          "place 2");
    expect_ragged_refusal("- {embedding: {vocabulary: 7, features: 2}, from: words}\n", NULL, 0,
                          "the field 'words' has another length in each sample, which takes a "
                          "dimension and shape classes");
}

static void classes_survive_any_failing_allocation(void **state) {
    (void)state;
    dlt_status status = DLT_ERR_MEM;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        dlt_alloc_fail_at(nth);
        status = create_ragged(sequence_model, all_lengths, 2);
        dlt_alloc_fail_at(0);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        dlt_model_destroy(&it.model);
        dlt_config_destroy(&it.config);
        assert_int_equal(dlt_alloc_balance(), it.balance);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        model_test(classes_give_a_sample_the_same_bits),
        model_test(classes_share_one_arena),
        model_test(classes_refuse_what_depends_on_the_length),
        model_test(classes_survive_any_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
