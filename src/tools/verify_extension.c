/* Opens an extension and runs the self-tests of what it registers, kind by kind. */
#include "dltrain/verify.h"

#include "base/error.h"
#include "config/registered.h"
#include "run/extension.h"
#include "tools/selftest.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry_kind {
    const char *name;
    const dlt_registry_entry *const *registry;
    dlt_selftest_walk *walk; /* NULL: it has no self-tests */
    bool has_gradient;
} entry_kind;

static const entry_kind kinds[] = {
    {"layer", dlt_layers, dlt_selftest_layer, true},
    {"loss", dlt_losses, dlt_selftest_loss, true},
    {"optimizer", dlt_optimizers, dlt_selftest_optimizer, false},
    {"schedule", dlt_schedules, dlt_selftest_schedule, false},
    {"metric", dlt_metrics, dlt_selftest_metric, false},
    {"transform", dlt_transforms, dlt_selftest_transform, false},
    {"initializer", dlt_initializers, NULL, false},
};

static const entry_kind *kind_of(const dlt_registry_entry *const *registry) {
    const entry_kind *at = kinds;
    while (at->registry != registry)
        at++;
    return at;
}

static dlt_status walk_entry(const entry_kind *of, dlt_selftest *run) {
    run->count = run->failures = 0;
    run->is_exempt = of->walk == NULL;
    run->worst = 0;
    run->name = "(all)";
    DLT_TRY(dlt_config_parse("{}", "self-test", NULL, 0, &run->config));
    const dlt_status status = of->walk != NULL ? of->walk(run) : DLT_OK;
    dlt_config_destroy(&run->config);
    DLT_TRY(status);
    run->name = "(all)";
    (void)dlt_selftest_expect(run, run->count > 0 || run->is_exempt, "it has none");
    fprintf(run->out, "%-12s %-20s %d self-test%s, %d failure%s", of->name, run->entry->name,
            run->count, run->count == 1 ? "" : "s", run->failures, run->failures == 1 ? "" : "s");
    if (of->has_gradient && run->count > 0)
        fprintf(run->out, ", gradients off by %.2g of what is allowed", run->worst);
    fputc('\n', run->out);
    return DLT_OK;
}

static dlt_status walk_entries(int first, FILE *out, int *failures) {
    dlt_selftest run = {.out = out};
    DLT_TRY(dlt_kernels_select("ref", &run.kernels));
    for (int i = first; i < dlt_registered_count(); i++) {
        run.entry = dlt_registered_at(i, &run.registry);
        const entry_kind *of = kind_of(run.registry);
        run.kind = of->name;
        DLT_TRY(walk_entry(of, &run));
        *failures += run.failures;
    }
    return DLT_OK;
}

dlt_status dlt_verify_extension(const char *path, FILE *out) {
    char real[PATH_MAX];
    int failures = 0;
    const int first = dlt_registered_count();
    if (realpath(path, real) == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot read extension %s: %s", path, strerror(errno));
    DLT_TRY(dlt_extension_load(real, NULL));
    if (dlt_registered_count() == first)
        return dlt_fail(DLT_ERR_CONFIG, "extension %s registers nothing", path);
    DLT_TRY(walk_entries(first, out, &failures));
    return failures == 0 ? DLT_OK
                         : dlt_fail(DLT_ERR_MISMATCH, "%d self-test failure%s of extension %s",
                                    failures, failures == 1 ? "" : "s", path);
}
