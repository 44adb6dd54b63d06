/* Module card: train (level 9).
 *
 * What lives here: the loop over epochs (trainer.c, epoch.c), when it stops (monitor.h), when and
 * how it saves (deadlines.h, saver.h), what resuming takes over (resume.h), what a person sees
 * (console.h), and what an onlooker may do (observer.h). May include: session and below. Owns: a
 * trainer owns its engine and folder.
 */
#ifndef DLT_TRAIN_INTERNAL_H
#define DLT_TRAIN_INTERNAL_H
#endif
