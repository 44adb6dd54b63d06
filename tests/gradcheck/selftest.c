#include "selftest.h"

#include "base/alloc.h"
#include "base/philox.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

selftest_run selftest_begin(const char *kind, const dlt_registry_entry *const *registry) {
    return (selftest_run){.kind = kind, .registry = registry, .balance = dlt_alloc_balance()};
}

int selftest_end(selftest_run *run) {
    if (dlt_alloc_balance() != run->balance) {
        printf("%s: %lld allocations were not released\n", run->kind,
               (long long)(dlt_alloc_balance() - run->balance));
        run->failures++;
    }
    if (run->failures > 0)
        printf("%s: %d failures in %d self-tests\n", run->kind, run->failures, run->selftests);
    return run->failures > 0 || run->selftests == 0;
}

void selftest_expect(selftest_case *it, bool right, const char *format, ...) {
    if (right)
        return;
    it->run->failures++;
    printf("%s '%s', self-test '%s': ", it->run->kind, it->run->row->name, it->name);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void selftest_near(selftest_case *it, const char *what, int64_t index, double got, double expected,
                   double tolerance) {
    bool near = isnan(expected) ? isnan(got) : fabs(got - expected) <= tolerance;
    selftest_expect(it, near, "%s %lld is %.17g, expected %.17g (tolerance %.2g)", what,
                    (long long)index, got, expected, tolerance);
}

void selftest_row_begin(selftest_run *run, const dlt_registry_entry *row) {
    run->row = row;
    run->keys_set = 0;
    run->selftests_before = run->selftests;
}

/* The keys of the warm-up are the same rows in every schedule: a test of one is a test of all. */
static bool shared_key(const dlt_key *key) {
    return strncmp(key->name, "warmup_", strlen("warmup_")) == 0;
}

void selftest_row_end(selftest_run *run) {
    selftest_case rules = {.run = run, .name = "(all)"};
    selftest_expect(&rules, run->selftests > run->selftests_before, "there is none");
    const dlt_key *keys = run->row->keys;
    for (int i = 0; keys != NULL && keys[i].name != NULL; i++)
        selftest_expect(&rules, (run->keys_set >> i & 1) != 0 || shared_key(&keys[i]),
                        "none sets the key %s", keys[i].name);
}

/* True if the text sets the key: by its name or, where it has none, by shorthand. */
static bool sets_key(const dlt_registry_entry *row, const dlt_key *key, const char *settings) {
    const char *value = settings + strlen(row->name);
    if (strncmp(value, ": ", 2) == 0 && value[2] != '{')
        return (key->flags & DLT_KEY_SHORTHAND) != 0;
    char named[64];
    snprintf(named, sizeof named, "%s: ", key->name);
    return strstr(value, named) != NULL;
}

static uint64_t keys_set_by(const dlt_registry_entry *row, const char *settings) {
    uint64_t set = 0;
    for (int i = 0; row->keys != NULL && row->keys[i].name != NULL; i++)
        set |= (uint64_t)sets_key(row, &row->keys[i], settings) << i;
    return set;
}

bool selftest_open(selftest_run *run, const char *name, const char *settings, selftest_case *out) {
    *out = (selftest_case){.run = run, .name = name};
    run->selftests++;
    run->keys_set |= keys_set_by(run->row, settings);
    bool read = dlt_config_parse("{}", "self-test", NULL, 0, &out->config) == DLT_OK &&
                dlt_config_choose(out->config, settings, run->registry, &out->selection) == DLT_OK;
    selftest_expect(out, read, "settings \"%s\": %s", settings, dlt_error_message());
    bool own = read && out->selection.kind == run->row;
    selftest_expect(out, !read || own, "settings \"%s\" choose another row", settings);
    if (!own)
        selftest_close(out);
    return own;
}

void selftest_close(selftest_case *it) {
    dlt_config_destroy(&it->config);
}

static void *memory_of(int64_t count, size_t size) {
    void *memory = dlt_alloc(count, size);
    if (memory == NULL)
        exit(EXIT_FAILURE);
    return memory;
}

dlt_real *selftest_numbers(int64_t count, const double *from, uint32_t stream_number) {
    dlt_real *numbers = memory_of(count, sizeof *numbers);
    const dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, stream_number, 0, 0);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (dlt_real)(from != NULL ? from[i] : dlt_stream_normal(&stream, (uint64_t)i));
    return numbers;
}

int32_t *selftest_labels(int64_t count, const int32_t *from, int64_t classes) {
    int32_t *labels = memory_of(count, sizeof *labels);
    const dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 99, 0, 0);
    for (int64_t i = 0; i < count; i++)
        labels[i] = from != NULL
                        ? from[i]
                        : (int32_t)(dlt_stream_word(&stream, (uint64_t)i) % (uint32_t)classes);
    return labels;
}
