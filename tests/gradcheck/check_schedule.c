/* Every schedule: known answers, and a finite factor that is not negative at every step of a run.
 */
#include "selftest.h"

#include "dltrain/plugin/schedule.h"

#include <math.h>

/* PyTorch reaches some of the answers by recursion over up to 20 steps, each off by a few eps. */
static const double tolerance = 1e-13;

static void observe_all(const dlt_schedule_ops *ops, const selftest_case *it,
                        const dlt_schedule_selftest *test, double *state) {
    for (int i = 0; i < test->observed_count; i++)
        ops->observe(it->chosen.settings, test->observed[i], !test->maximise, state);
}

static void check_whole_run(selftest_case *it, const dlt_schedule_selftest *test,
                            const double *state) {
    dlt_schedule_moment moment = test->moment;
    for (moment.step = 0; moment.step < moment.total_steps; moment.step++) {
        double factor = dlt_schedule_factor(&it->chosen, &moment, state);
        selftest_expect(it, isfinite(factor) && factor >= 0, "the factor at step %lld is %g",
                        (long long)moment.step, factor);
    }
}

static void check_schedule(selftest_run *run, const dlt_schedule_ops *ops) {
    selftest_row_begin(run, &ops->choice);
    for (int i = 0; i < ops->selftest_count; i++) {
        const dlt_schedule_selftest *test = &ops->selftests[i];
        double state[DLT_SCHEDULE_STATE] = {0};
        selftest_case of;
        if (!selftest_open(run, test->name, test->settings, &of))
            continue;
        observe_all(ops, &of, test, state);
        selftest_near(&of, "factor at step", test->moment.step,
                      dlt_schedule_factor(&of.chosen, &test->moment, state), test->factor,
                      tolerance);
        check_whole_run(&of, test, state);
        selftest_close(&of);
    }
    selftest_row_end(run);
}

int main(void) {
    selftest_run run = selftest_begin("schedule", dlt_schedules);
    for (const dlt_choice *const *at = dlt_schedules; *at != NULL; at++)
        check_schedule(&run, (const dlt_schedule_ops *)*at);
    return selftest_end(&run);
}
