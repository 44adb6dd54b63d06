/* Factors at the first update, at the boundaries and at the last update, against the formulas of
 * PyTorch's and Keras' schedules, evaluated in Python's doubles. */
#include "dltrain/extend/schedule.h"
#include "support/settings.h"

#include <math.h>

typedef struct answer {
    const char *schedule;
    int64_t step;
    double factor;
} answer;

/* Twenty updates in four epochs. */
static const answer answers[] = {
    /* LinearLR(start_factor=0.2, total_iters=4) before a constant rate */
    {"constant: {warmup_steps: 4, warmup_start: 0.2}", 0, 0.2},
    {"constant: {warmup_steps: 4, warmup_start: 0.2}", 1, 0.4},
    {"constant: {warmup_steps: 4, warmup_start: 0.2}", 4, 1},
    /* Keras' warmup_steps of CosineDecay, which begins at 0 */
    {"cosine: {warmup_steps: 4, warmup_start: 0}", 0, 0},
    {"cosine: {warmup_steps: 4, warmup_start: 0}", 3, 0.75},
    {"cosine: {warmup_steps: 4, warmup_start: 0}", 4, 1},
    /* Goyal et al. */
    {"constant: {warmup_steps: 4}", 0, 0.25},
    {"constant: {warmup_steps: 4}", 3, 1},
    /* LinearLR */
    {"linear", 0, 1},
    {"linear", 19, 0.05000000000000001},
    {"linear: {start: 0.25, end: 1, over: 2}", 0, 0.25},
    {"linear: {start: 0.25, end: 1, over: 2}", 9, 0.925},
    {"linear: {start: 0.25, end: 1, over: 2}", 10, 1},
    {"linear: {start: 0.25, end: 1, over: 2}", 19, 1},
    /* PolynomialLR */
    {"polynomial: 2", 0, 1},
    {"polynomial: 2", 1, 0.9025},
    {"polynomial: 2", 19, 0.0025},
    /* CosineAnnealingLR and, with restarts, CosineAnnealingWarmRestarts */
    {"cosine: {end: 0.1}", 0, 1},
    {"cosine: {end: 0.1}", 10, 0.55},
    {"cosine: {end: 0.1}", 19, 0.10554024673218806},
    {"cosine: {restart_every: 2}", 9, 0.02447174185242318},
    {"cosine: {restart_every: 2}", 10, 1},
    /* StepLR, MultiStepLR, ExponentialLR: reduced at the first update of the epoch */
    {"step: 2", 9, 1},
    {"step: 2", 10, 0.1},
    {"step: 2", 19, 0.1},
    {"multi_step: {milestones: [1, 3], gamma: 0.5}", 4, 1},
    {"multi_step: {milestones: [1, 3], gamma: 0.5}", 5, 0.5},
    {"multi_step: {milestones: [1, 3], gamma: 0.5}", 15, 0.25},
    {"exponential: 0.5", 4, 1},
    {"exponential: 0.5", 5, 0.5},
    {"exponential: 0.5", 19, 0.125},
    /* Keras' InverseTimeDecay(decay_steps=1, decay_rate=0.5) */
    {"inverse_time: 0.5", 0, 1},
    {"inverse_time: 0.5", 19, 1 / 10.5},
    /* OneCycleLR, also where the top lies before the first update or at the last one */
    {"one_cycle", 0, 0.040000000000000036},
    {"one_cycle", 4, 0.9083281572999747},
    {"one_cycle", 5, 1},
    {"one_cycle", 6, 0.9874640062350873},
    {"one_cycle", 19, 4e-06},
    {"one_cycle: {rise: 0.02}", 0, 0.9976895657163732},
    {"one_cycle: {rise: 0.02}", 19, 4e-06},
    {"one_cycle: {rise: 0}", 0, 0.9938441949208877},
    {"one_cycle: {rise: 1}", 0, 0.040000000000000036},
    {"one_cycle: {rise: 1}", 19, 1},
    /* SequentialLR of LinearLR up to the first rate of the cycle and OneCycleLR of 16 updates */
    {"one_cycle: {warmup_steps: 4, warmup_start: 0.2}", 0, 0.008},
    {"one_cycle: {warmup_steps: 4, warmup_start: 0.2}", 3, 0.032},
    {"one_cycle: {warmup_steps: 4, warmup_start: 0.2}", 4, 0.04},
    {"one_cycle: {warmup_steps: 4, warmup_start: 0.2}", 7, 0.8987874445102688},
    {"one_cycle: {warmup_steps: 4, warmup_start: 0.2}", 8, 0.9992134106552782},
    {"one_cycle: {warmup_steps: 4, warmup_start: 0.2}", 19, 4e-06},
};

/* PyTorch's recursions multiply up to 20 factors, each off by an eps or two. */
static const double TOLERANCE = 1e-14;

static void schedule_factor_is_the_one_of_pytorch_and_keras(void **state) {
    (void)state;
    static const double fresh[DLT_SCHEDULE_STATE];
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        dlt_selection schedule = settings_choose(dlt_schedules, answers[i].schedule);
        const dlt_schedule_position position = {answers[i].step, 5, 20};
        double factor = dlt_schedule_factor(&schedule, &position, fresh);
        if (fabs(factor - answers[i].factor) > TOLERANCE)
            fail_msg("%s at update %lld: %.17g instead of %.17g", answers[i].schedule,
                     (long long)answers[i].step, factor, answers[i].factor);
    }
}

/* Looks of a value that never improves after the first: PyTorch's patience of 2 reduces at the
 * fourth, which is the third without improvement. */
static void schedule_plateau_patience_is_the_one_of_pytorch(void **state) {
    (void)state;
    dlt_selection schedule = settings_choose(dlt_schedules, "plateau: {factor: 0.5, patience: 2}");
    const dlt_schedule_ops *ops = (const dlt_schedule_ops *)(const void *)schedule.kind;
    static const double after[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.25};
    const dlt_schedule_position position = {19, 5, 20};
    double seen[DLT_SCHEDULE_STATE] = {0};
    for (int look = 0; look < 7; look++) {
        ops->observe(schedule.settings, 1, true, seen);
        assert_true(dlt_schedule_factor(&schedule, &position, seen) == after[look]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(schedule_factor_is_the_one_of_pytorch_and_keras),
        settings_test(schedule_plateau_patience_is_the_one_of_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
