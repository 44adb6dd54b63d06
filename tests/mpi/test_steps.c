/* Updates of a run, step by step, under every strategy: after the first of each kind no rank
 * allocates anything, in the step, in the prefetch thread or in the reduction; and the EMA of the
 * weights is what its formula says. */
#include "engine/ema.h"
#include "support/small_run.h"

typedef struct session {
    small_run run;
    dlt_real *ema; /* as it must be */
} session;

/* a <- w, then a <- a + (1 - 0.75) (w - a); this rank's ranges of it. */
static void check_ema(session *it) {
    const dlt_trainer *trainer = &it->run.trainer;
    const dlt_real *weight = dlt_model_params(trainer->engine.task.model);
    const dlt_real rest = (dlt_real)0.25;
    int differ = 0;
    for (int i = 0; i < trainer->engine.strategy->ops->range_count(trainer->engine.strategy); i++) {
        dlt_range range = dlt_strategy_range(trainer->engine.strategy, i);
        for (int64_t at = range.first; at < range.first + range.count; at++) {
            dlt_real before = it->ema[at];
            it->ema[at] = trainer->engine.state.step == 1 ? weight[at]
                                                          : before + rest * (weight[at] - before);
            differ += fabs((double)(it->ema[at] - trainer->engine.state.ema[at])) > 1e-6;
        }
    }
    CHECK(it->run.check, differ == 0);
}

/* Evaluation sees the EMA, and training goes on with the weights. */
static void check_exchange(session *it) {
    dlt_trainer *trainer = &it->run.trainer;
    mpi_check *check = it->run.check;
    uint64_t before = dlt_state_hash(&trainer->engine.task, &trainer->engine.state);
    dlt_range mine = dlt_strategy_range(trainer->engine.strategy, 0);
    dlt_real ema = trainer->engine.state.ema[mine.first];
    CHECK(check, dlt_ema_exchange(trainer->engine.strategy, &trainer->engine.state) == DLT_OK);
    dlt_real seen = dlt_model_params(trainer->engine.task.model)[mine.first];
    CHECK(check, mine.count == 0 || memcmp(&seen, &ema, sizeof seen) == 0);
    CHECK(check, dlt_ema_exchange(trainer->engine.strategy, &trainer->engine.state) == DLT_OK);
    CHECK(check, dlt_state_hash(&trainer->engine.task, &trainer->engine.state) == before);
}

/* The first epoch has met every kind of batch, the short one too. */
static void check_steps(session *it) {
    dlt_trainer *trainer = &it->run.trainer;
    int64_t steps = dlt_batch_partition_steps(&trainer->engine.stepper.partition);
    int64_t made = 0;
    for (int64_t step = 0; step < SMALL_EPOCHS * steps; step++) {
        if (step == steps)
            made = dlt_alloc_made();
        small_run_steps(&it->run, 1);
        check_ema(it);
    }
    CHECK(it->run.check, trainer->engine.state.samples == SMALL_EPOCHS * SMALL_SAMPLES);
    CHECK(it->run.check, dlt_alloc_made() == made);
    check_exchange(it);
}

static void check_strategies(mpi_check *check, scratch *files) {
    for (int i = 0; dlt_strategies[i] != NULL; i++) {
        char override[64];
        const char *const overrides[] = {override};
        session it = {.run = {.check = check}};
        snprintf(override, sizeof override, "comm.strategy=%s", dlt_strategies[i]->name);
        dlt_status status = small_run_open(&it.run, files, overrides, 1);
        if (status == DLT_OK)
            status = small_run_start(&it.run);
        if (status == DLT_OK)
            status = DLT_NEW(it.ema, dlt_model_param_elements(it.run.trainer.engine.task.model));
        CHECK(check, status == DLT_OK);
        if (dlt_agree(check->comm, status) == DLT_OK)
            check_steps(&it);
        dlt_free(it.ema);
        small_run_finish(&it.run);
    }
}

int main(int argc, char **argv) {
    return small_run_main(argc, argv, check_strategies);
}
