#include "fixture.h"

static uint64_t hash_of(const char *text) {
    dlt_config *config;
    run_settings run;
    expect_success(text, &config, &run);
    uint64_t hash = dlt_config_hash(0, run_keys, &run);
    dlt_config_destroy(&config);
    return hash;
}

static void config_hash_is_the_same_for_defaults_written_out(void **state) {
    (void)state;
    assert_true(hash_of("") == hash_of("seed: 0\ntrain: {epochs: 1}\noptimizer: {adam: {lr: "
                                       "1e-3}}\n"));
    assert_true(hash_of("model: [{conv2d: 8}]\n") ==
                hash_of("model: [{conv2d: {filters: 8, kernel: [3], padding: valid}}]\n"));
}

static void config_hash_leaves_out_what_has_no_identity(void **state) {
    (void)state;
    assert_true(hash_of("name: a\n") == hash_of("name: b\n"));
}

static void config_hash_tells_values_apart(void **state) {
    (void)state;
    static const char *const documents[] = {
        "",
        "seed: 1\n",
        "precision: bf16\n",
        "train: {epochs: 2}\n",
        "train: {batch: 2}\n",
        "train: {batch: all}\n",
        "train: {clip: 1}\n",
        "train: {shuffle: false}\n",
        "mean: [0]\n",
        "mean: [0, 0]\n",
        "optimizer: sgd\n",
        "optimizer: {adam: 0.0010000000000000002}\n",
        "optimizer: null\n",
        "model: [relu]\n",
        "model: [relu, relu]\n",
        "model: [{relu: {name: a}}]\n",
        "model: [{relu: {from: []}}]\n",
        "model: [{relu: {from: [a]}}]\n",
        "model: [{relu: {from: [a, b]}}]\n",
        "model: [{relu: {from: [ab]}}]\n",
        "model: [{label: {name: a}}]\n",
        "model: [{label: {}, name: a}]\n",
        "model: [{conv2d: {filters: 8, kernel: 3}}]\n",
        "model: [{conv2d: {filters: 3, kernel: 8}}]\n",
        "model: [{conv2d: {filters: 3, kernel: 8, init: zeros}}]\n",
    };
    enum { COUNT = sizeof documents / sizeof *documents };
    uint64_t hashes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        hashes[i] = hash_of(documents[i]);
        for (size_t j = 0; j < i; j++)
            assert_true(hashes[i] != hashes[j]);
    }
}

static void config_hash_chains(void **state) {
    (void)state;
    const train_settings train = {.epochs = 2, .batch = 4, .clip = NAN, .shuffle = true};
    assert_true(dlt_config_hash(1, train_keys, &train) != dlt_config_hash(2, train_keys, &train));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_hash_is_the_same_for_defaults_written_out),
        cmocka_unit_test(config_hash_leaves_out_what_has_no_identity),
        cmocka_unit_test(config_hash_tells_values_apart),
        cmocka_unit_test(config_hash_chains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
