/* Composites become the nodes that stand in their place: the same graph as the one written out. */
#include "fixture.h"

static uint64_t fingerprint_of(const char *model) {
    if (create(model, "{}") != DLT_OK)
        fail_msg("%s", dlt_error_message());
    return dlt_model_fingerprint(it.model);
}

static void expect_refusal(const char *model, const char *sentence) {
    assert_int_not_equal(create(model, "{}"), DLT_OK);
    assert_string_equal(dlt_error_message(), sentence);
}

static void repeat_copies_its_nodes(void **state) {
    (void)state;
    assert_true(
        fingerprint_of("- dense: 4\n"
                       "- repeat: {times: 2, name: block, model: [dense: 3, relu, dense: 4]}\n"
                       "- dense: 2\n") == fingerprint_of("- {dense: 4, name: dense_1}\n"
                                                         "- {dense: 3, name: block_1.dense_1}\n"
                                                         "- {relu: {}, name: block_1.relu_1}\n"
                                                         "- {dense: 4, name: block_1.dense_2}\n"
                                                         "- {dense: 3, name: block_2.dense_1}\n"
                                                         "- {relu: {}, name: block_2.relu_1}\n"
                                                         "- {dense: 4, name: block_2.dense_2}\n"
                                                         "- {dense: 2, name: dense_2}\n"));
}

static void repeat_of_one_node_is_that_node(void **state) {
    (void)state;
    assert_true(
        fingerprint_of("- repeat: {times: 2, model: [dense: 6]}\n"
                       "- {add: {}, from: [repeat_1, repeat_1_1, input]}\n") ==
        fingerprint_of("- {dense: 6, name: repeat_1_1}\n"
                       "- {dense: 6, name: repeat_1_2}\n"
                       "- {add: {}, name: add_1, from: [repeat_1_2, repeat_1_1, input]}\n"));
    assert_true(
        fingerprint_of("- repeat: {times: 2, name: r, model: [residual: {model: [relu]}]}\n") ==
        fingerprint_of("- {relu: {}, name: r_1.relu_1}\n"
                       "- {add: {}, name: r_1.add, from: [r_1.relu_1, input]}\n"
                       "- {relu: {}, name: r_2.relu_1}\n"
                       "- {add: {}, name: r_2.add, from: [r_2.relu_1, r_1.add]}\n"));
}

static void names_are_sought_from_the_inside(void **state) {
    (void)state;
    assert_true(
        fingerprint_of(
            "- {dense: 6, name: a}\n"
            "- {split: 2, name: parts}\n"
            "- repeat:\n"
            "    times: 2\n"
            "    name: b\n"
            "    model:\n"
            "      - {dense: 3, name: a, from: parts.1}\n"
            "      - residual: {name: inner, model: [{dense: 3, name: c}, {tanh: {}, from: a}]}\n"
            "      - {add: {}, from: [a, inner, previous, inner.c]}\n"
            "  from: [parts.1]\n"
            "- {concat: {}, from: [b, b_1.inner, b_2.inner.c, a]}\n") ==
        fingerprint_of("- {dense: 6, name: a}\n"
                       "- {split: 2, name: parts}\n"
                       "- {dense: 3, name: b_1.a, from: parts.1}\n"
                       "- {dense: 3, name: b_1.inner.c}\n"
                       "- {tanh: {}, name: b_1.inner.tanh_1, from: b_1.a}\n"
                       "- {add: {}, name: b_1.inner.add, from: [b_1.inner.tanh_1, b_1.a]}\n"
                       "- {add: {}, name: b_1.add_1,\n"
                       "   from: [b_1.a, b_1.inner.add, parts.1, b_1.inner.c]}\n"
                       "- {dense: 3, name: b_2.a, from: parts.1}\n"
                       "- {dense: 3, name: b_2.inner.c}\n"
                       "- {tanh: {}, name: b_2.inner.tanh_1, from: b_2.a}\n"
                       "- {add: {}, name: b_2.inner.add, from: [b_2.inner.tanh_1, b_2.a]}\n"
                       "- {add: {}, name: b_2.add_1,\n"
                       "   from: [b_2.a, b_2.inner.add, b_1.add_1, b_2.inner.c]}\n"
                       "- {concat: {}, name: concat_1,\n"
                       "   from: [b_2.add_1, b_1.inner.add, b_2.inner.c, a]}\n"));
}

static void transformer_block_is_its_nodes(void **state) {
    (void)state;
    assert_true(
        fingerprint_of("- reshape: [3, 2]\n"
                       "- transformer_block: {width: 2, heads: 2, causal: true, dropout: 0.25}\n"
                       "  name: t\n") ==
        fingerprint_of("- {reshape: [3, 2], name: reshape_1}\n"
                       "- {layer_norm: {}, name: t.norm_1}\n"
                       "- {dense: 6, name: t.qkv}\n"
                       "- {split: 3, name: t.parts}\n"
                       "- {attention: {heads: 2, causal: true}, name: t.attention,\n"
                       "   from: [t.parts, t.parts.1, t.parts.2]}\n"
                       "- {dense: 2, name: t.projection}\n"
                       "- {dropout: 0.25, name: t.dropout_1}\n"
                       "- {add: {}, name: t.add_1, from: [t.dropout_1, reshape_1]}\n"
                       "- {layer_norm: {}, name: t.norm_2}\n"
                       "- {dense: 8, name: t.widen}\n"
                       "- {gelu: {}, name: t.gelu}\n"
                       "- {dense: 2, name: t.narrow}\n"
                       "- {dropout: 0.25, name: t.dropout_2}\n"
                       "- {add: {}, name: t.add_2, from: [t.dropout_2, t.add_1]}\n"));
    assert_int_equal(
        create("- reshape: [3, 2]\n"
               "- transformer_block: {width: 2, feed_forward: 5, bias: false, eps: 0.01}\n",
               "{}"),
        DLT_OK);
    assert_int_equal(tensor_of("transformer_block_1.widen", "weight")->shape.dim[1], 5);
}

static void composites_are_refused_with_their_place(void **state) {
    (void)state;
    expect_refusal("- repeat: {times: 2, name: a, model: [{dense: 3, from: [previous.1]}, relu]}\n",
                   "run.yaml:3:40: node 'a_1.dense_1' comes from 'previous.1', which is not the "
                   "name of an earlier node");
    expect_refusal("- residual: {model: [relu, {tanh: {}, from: [residual_1]}]}\n",
                   "run.yaml:3:29: node 'residual_1.tanh_1' comes from 'residual_1', which is not "
                   "the name of an earlier node");
    expect_refusal("- residual:\n    model:\n      - dense: 6\n      - dense: 5\n",
                   "run.yaml:3:3: node 'residual_1.add' (add) cannot take [6] from node 'x': node "
                   "'residual_1.dense_2' gives [5], and all inputs must have one shape");
    expect_refusal("- {residual: {model: [relu]}, name: a}\n- {relu: {}, name: a}\n",
                   "run.yaml:4:4: two nodes have the name 'a'");
    expect_refusal("- residual: {model: [{relu: {}, name: previous}]}\n",
                   "run.yaml:3:23: 'previous' is what feeds a composite; choose another name for "
                   "this node");
    expect_refusal("- {residual: {model: [relu]}, from: [x, x]}\n",
                   "run.yaml:3:4: 'residual_1' (residual) takes 1 input, found 2");
    expect_refusal("- {dense: 6, name: a}\n- {residual: {model: [relu]}, share: a}\n",
                   "run.yaml:4:4: 'residual_1' (residual) has no parameters of its own to share; "
                   "name a node in it");
    expect_refusal("- repeat: {times: 101, model: [repeat: {times: 100, model: [relu]}]}\n",
                   "run.yaml:3:61: the model has more than 10000 nodes, composites expanded");
    expect_refusal("- residual: {model: [{dense: 6, name: a/b}]}\n",
                   "run.yaml:3:23: a node's name must have 1 to 63 characters, no '/' and no "
                   "control character, and not be '.' or '..'; found 'residual_1.a/b'");
}

/* Two uses of one parameter inside of copies. */
static void share_finds_nodes_of_the_same_copy(void **state) {
    (void)state;
    dlt_real grads[ELEMENTS_MAX];
    assert_int_equal(create("- repeat:\n    times: 2\n    name: c\n    model:\n"
                            "      - {dense: 6, name: first}\n"
                            "      - {dense: 6, share: first}\n"
                            "- dense: 3\n",
                            "{}"),
                     DLT_OK);
    assert_int_equal(dlt_model_param_count(it.model), 2 * (36 + 6) + 18 + 3);
    gradients_of(0, grads);
    assert_false(all_are(tensor_of("c_2.first", "weight"), grads, 7));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        model_test(repeat_copies_its_nodes),
        model_test(repeat_of_one_node_is_that_node),
        model_test(names_are_sought_from_the_inside),
        model_test(transformer_block_is_its_nodes),
        model_test(composites_are_refused_with_their_place),
        model_test(share_finds_nodes_of_the_same_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
