/* Module card: run (level 6).
 *
 * What lives here: the run file as settings (run_settings.h, run.h), the run folder, which belongs
 * to one job at a time (folder.h), and the cores and threads of the ranks (placement.h). May
 * include: checkpoint and below.
 * Owns: a run owns its configuration, to which its settings point; a folder owns its names and its
 *       lock.
 */
#ifndef DLT_RUN_INTERNAL_H
#define DLT_RUN_INTERNAL_H
#endif
