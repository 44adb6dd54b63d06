/* Room card: train (level 5).
 *
 * What lives here: the run file (run_settings.h, run.h), what is computed (problem.h), one update (step.h), how its
 * gradients become parameters (strategy.h), what a run remembers (state.h), evaluation (evaluation.h), the loop over
 * epochs (trainer.c), the run folder (folder.h), what a person sees (console.h), and the jobs of the command line that are
 * not training: eval, predict, catalog, doctor, bench/, plan/. May include: every room below. It is the only room in
 * which ranks, data and the model meet. Owns: a problem owns data sets, model and loss; a strategy its reducer; a trainer
 * owns its problem, state and strategy.
 */
#ifndef DLT_TRAIN_INTERNAL_H
#define DLT_TRAIN_INTERNAL_H
#endif
