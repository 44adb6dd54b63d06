/* A set of three shards with a ragged field of tokens, one of points, and a label, as the shard
 * writer makes it. Sample i has i * 7 % 11 tokens, the k-th of which is 100 i + k, and as many
 * points (k, -i). */
#ifndef DLT_TESTS_RAGGED_FIXTURE_H
#define DLT_TESTS_RAGGED_FIXTURE_H

#include "data/shards.h"
#include "unit/data/dataset_fixture.h"

enum { RAGGED_SAMPLES = 141, RAGGED_LONGEST = 10, RAGGED_SHARDS = 3 };

static inline int64_t tokens_of(int64_t sample) {
    return sample * 7 % 11;
}

/* What the writer is told, and the rows of all samples. */
typedef struct ragged_set {
    int64_t lengths[RAGGED_SAMPLES];
    int32_t tokens[RAGGED_SAMPLES * RAGGED_LONGEST];
    float points[RAGGED_SAMPLES * RAGGED_LONGEST][2];
    int64_t labels[RAGGED_SAMPLES];
} ragged_set;

static inline void fill_ragged(ragged_set *out) {
    int64_t at = 0;
    for (int64_t i = 0; i < RAGGED_SAMPLES; i++) {
        out->lengths[i] = tokens_of(i);
        out->labels[i] = i % 3;
        for (int64_t k = 0; k < out->lengths[i]; k++, at++) {
            out->tokens[at] = (int32_t)(100 * i + k);
            out->points[at][0] = (float)k;
            out->points[at][1] = -(float)i;
        }
    }
}

static inline dlt_split_facts facts_of_ragged(const ragged_set *set) {
    return (dlt_split_facts){
        .samples = RAGGED_SAMPLES,
        .field_count = 3,
        .fields = {
            {.name = "tokens", .type = DLT_H5_I32, .lengths = set->lengths},
            {.name = "points", .type = DLT_H5_F32, .shape = {1, {2}}, .lengths = set->lengths},
            {.name = "label", .type = DLT_H5_I64}}};
}

/* Returns the prefix of the shards. */
static inline const char *write_ragged(void) {
    ragged_set set;
    dlt_shard_set *shards = NULL;
    fill_ragged(&set);
    const dlt_split_facts facts = facts_of_ragged(&set);
    const char *folder = scratch_path(&it.files, "");
    assert_int_equal(
        dlt_shard_set_create(it.h5_lock, folder, "set", RAGGED_SHARDS, &facts, &shards), DLT_OK);
    int64_t sample = 0;
    int64_t element = 0;
    for (int64_t room; (room = dlt_shard_set_room(shards)) > 0;) {
        const void *const rows[] = {set.tokens + element, set.points + element,
                                    set.labels + sample};
        assert_in_range(room, 1, dlt_shard_set_block(shards));
        assert_int_equal(dlt_shard_set_write(shards, room, rows), DLT_OK);
        for (int64_t i = 0; i < room; i++)
            element += set.lengths[sample + i];
        sample += room;
    }
    assert_int_equal(sample, RAGGED_SAMPLES);
    const dlt_shard_attributes attributes = {.name = "ragged"};
    assert_int_equal(dlt_shard_set_finish(shards, &attributes), DLT_OK);
    assert_int_equal(dlt_shard_set_commit(shards), DLT_OK);
    dlt_shard_set_destroy(&shards);
    return scratch_path(&it.files, "set");
}

enum { LABEL, TOKENS, POINTS };

static inline dlt_status open_ragged(const char *source) {
    const dlt_field_requests requests = {.count = 3,
                                         .finds_roles = true,
                                         .at = {{.name = "label", .required = true},
                                                {.name = "tokens", .required = true},
                                                {.name = "points", .required = true}}};
    return dlt_dataset_open(it.h5_lock, source, &requests, &it.dataset);
}

static inline const dlt_field_facts *ragged_facts(int field) {
    return &dlt_dataset_facts_of(it.dataset)->fields[field];
}

#endif
