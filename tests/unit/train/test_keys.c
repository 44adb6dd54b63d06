/* Every key of the run file in turn: a difference between ranks is named by it, and a change on
 * --resume does what the table of keys says. */
#include "train/resume.h"

#include "base/alloc.h"
#include "base/error.h"
#include "comm/alike.h"
#include "support/document.h"
#include "support/key_changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char document[] = "name: a\ndata: {train: t}\nmodel: [relu]\nloss: mse\n";

typedef struct subject {
    dlt_run run;
    dlt_text facts;
    dlt_text printed;
} subject;

static void add_fact(void *context, const dlt_config_value *value) {
    dlt_text_add(context, "%s\t%s\n", value->path, value->text);
}

static void set_up(const char *override_text, subject *out) {
    *out = (subject){.facts = DLT_TEXT_EMPTY, .printed = DLT_TEXT_EMPTY};
    out->run.config = document_with(document, override_text);
    if (dlt_config_read(out->run.config, dlt_run_keys, &out->run.settings) != DLT_OK)
        fail_msg("%s: %s", override_text, dlt_error_message());
    assert_int_equal(dlt_config_walk(dlt_run_keys, &out->run.settings, add_fact, &out->facts),
                     DLT_OK);
    dlt_config_print(dlt_run_keys, &out->run.settings, 0, &out->printed);
}

/* What a run file says of a key that had another name before. */
static void expect_renamed(const char *override_text, const char *sentence) {
    dlt_run run;
    assert_int_equal(dlt_config_parse(document, "run.yaml", &override_text, 1, &run.config),
                     DLT_OK);
    assert_int_equal(dlt_config_read(run.config, dlt_run_keys, &run.settings), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), sentence);
    dlt_config_destroy(&run.config);
}

static void keys_of_earlier_versions_are_refused_with_the_new_name(void **state) {
    (void)state;
    expect_renamed("comm.wire=bf16",
                   "--set comm.wire=bf16: 'comm.wire' is now called 'comm.compression'");
    expect_renamed("train.average=0.9",
                   "--set train.average=0.9: 'train.average' is now called 'train.ema'");
    expect_renamed("data.window=all",
                   "--set data.window=all: 'data.window' is now called 'data.shuffle_buffer'");
}

static void tear_down(subject *it) {
    dlt_text_destroy(&it->facts);
    dlt_text_destroy(&it->printed);
    dlt_config_destroy(&it->run.config);
}

static void name_difference(void *context, const char *path, const char *first,
                            const char *second) {
    int *count = context;
    subject zero;
    subject one;
    char sentence[DLT_ERROR_MESSAGE_BYTES];
    char expected[300];
    set_up(first, &zero);
    set_up(second, &one);
    dlt_describe_difference(1, DLT_FACT_START, dlt_text_of(&one.facts), dlt_text_of(&zero.facts),
                            sentence, sizeof sentence);
    snprintf(expected, sizeof expected, "rank 1 was started with %s ", path);
    if (strncmp(sentence, expected, strlen(expected)) != 0 ||
        strstr(sentence, ", rank 0 with ") == NULL)
        fail_msg("'%s' and '%s': \"%s\" does not begin with \"%s\"", first, second, sentence,
                 expected);
    tear_down(&zero);
    tear_down(&one);
    ++*count;
}

static void keys_that_differ_between_ranks_are_named(void **state) {
    (void)state;
    int count = 0;
    key_changes all = {.visit = name_difference, .context = &count};
    key_changes_of_table(&all, "", dlt_run_keys);
    assert_true(count > 150);
    assert_int_equal(dlt_alloc_balance(), 0);
}

/* What resuming with the second value does, by the table. */
static void resume_changed(void *context, const char *path, const char *first, const char *second) {
    int *count = context;
    subject then;
    subject now;
    dlt_resume_change change;
    set_up(first, &then);
    set_up(second, &now);
    unsigned declared = dlt_config_resume_of(dlt_run_keys, path);
    dlt_status status = dlt_resume_compare(&now.run, "X", dlt_text_of(&then.printed), &change);
    const char *said = dlt_text_of(&change.said);
    if (declared & DLT_RESUME_REFUSED && status != DLT_ERR_MISMATCH)
        fail_msg("%s: '%s' to '%s' is not refused", path, first, second);
    if (declared & DLT_RESUME_REFUSED && strncmp(dlt_error_message(), path, strlen(path)) != 0)
        fail_msg("%s: \"%s\"", path, dlt_error_message());
    if (!(declared & DLT_RESUME_REFUSED) && status != DLT_OK)
        fail_msg("%s: \"%s\"", path, dlt_error_message());
    if (declared & DLT_RESUME_CHANGES && strstr(said, path) == NULL)
        fail_msg("%s: '%s' to '%s' is not said", path, first, second);
    if (declared & (DLT_RESUME_FREE | DLT_RESUME_SAME_DATA) && said[0] != '\0')
        fail_msg("%s: \"%s\"", path, said);
    unsigned begins_anew =
        DLT_RESUME_PATIENCE | DLT_RESUME_BEST | DLT_RESUME_SUMS | DLT_RESUME_SCHEDULE;
    if (status == DLT_OK && (change.effects & begins_anew) != (declared & begins_anew))
        fail_msg("%s: effects %x, declared %x", path, change.effects, declared);
    dlt_resume_destroy(&change);
    tear_down(&then);
    tear_down(&now);
    ++*count;
}

static void keys_that_change_on_resume_do_as_declared(void **state) {
    (void)state;
    int count = 0;
    key_changes all = {.visit = resume_changed, .context = &count};
    key_changes_of_table(&all, "", dlt_run_keys);
    assert_true(count > 150);
    assert_int_equal(dlt_alloc_balance(), 0);
}

static void resume_without_changes_says_nothing(void **state) {
    (void)state;
    subject it;
    dlt_resume_change change;
    set_up("train.clip_norm=0.1", &it);
    assert_int_equal(dlt_resume_compare(&it.run, "X", dlt_text_of(&it.printed), &change), DLT_OK);
    assert_string_equal(dlt_text_of(&change.said), "");
    assert_int_equal(change.effects, 0);
    dlt_resume_destroy(&change);
    tear_down(&it);
}

static void resume_refuses_what_another_version_has_written(void **state) {
    (void)state;
    subject it;
    dlt_resume_change change;
    set_up("seed=1", &it);
    dlt_status status = dlt_resume_compare(&it.run, "X", "name: a\nfuture: 1\n", &change);
    assert_int_equal(status, DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "run file in checkpoint X"));
    dlt_resume_destroy(&change);
    tear_down(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_differ_between_ranks_are_named),
        cmocka_unit_test(keys_of_earlier_versions_are_refused_with_the_new_name),
        cmocka_unit_test(keys_that_change_on_resume_do_as_declared),
        cmocka_unit_test(resume_without_changes_says_nothing),
        cmocka_unit_test(resume_refuses_what_another_version_has_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
