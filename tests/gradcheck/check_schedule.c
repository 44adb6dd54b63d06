/* Every schedule: known answers, and a finite factor that is not negative at every step of a run.
 */
#include "selftest.h"

#include "dltrain/extend/schedule.h"

#include <math.h>

/* PyTorch reaches some of the answers by recursion over up to 20 steps, each off by a few eps. */
static const double tolerance = 1e-13;

static void observe_all(const dlt_schedule_ops *ops, const selftest_case *it,
                        const dlt_schedule_selftest *test, double *state) {
    for (int i = 0; i < test->observed_count; i++)
        ops->observe(it->selection.settings, test->observed[i], !test->maximise, state);
}

static void check_whole_run(selftest_case *it, const dlt_schedule_selftest *test,
                            const double *state) {
    dlt_schedule_position position = test->position;
    for (position.step = 0; position.step < position.total_steps; position.step++) {
        double factor = dlt_schedule_factor(&it->selection, &position, state);
        selftest_expect(it, isfinite(factor) && factor >= 0, "the factor at step %lld is %g",
                        (long long)position.step, factor);
    }
}

static void check_schedule(selftest_run *run, const dlt_schedule_ops *ops) {
    selftest_row_begin(run, &ops->entry);
    for (int i = 0; i < ops->selftest_count; i++) {
        const dlt_schedule_selftest *test = &ops->selftests[i];
        double state[DLT_SCHEDULE_STATE] = {0};
        selftest_case of;
        if (!selftest_open(run, test->name, test->settings, &of))
            continue;
        observe_all(ops, &of, test, state);
        selftest_near(&of, "factor at step", test->position.step,
                      dlt_schedule_factor(&of.selection, &test->position, state), test->factor,
                      tolerance);
        check_whole_run(&of, test, state);
        selftest_close(&of);
    }
    selftest_row_end(run);
}

int main(void) {
    selftest_run run = selftest_begin("schedule", dlt_schedules);
    for (const dlt_registry_entry *const *at = dlt_schedules; *at != NULL; at++)
        check_schedule(&run, (const dlt_schedule_ops *)*at);
    return selftest_end(&run);
}
