/* Module card: watchdog (level 6).
 *
 * What lives here: the thread that sees a job stand still (watchdog.h), the place where the ranks
 * of such a job leave what they know (rendezvous.h), and whether the launcher is alive
 * (launcher.h). May include: io, report, comm, base. Owns: a watchdog owns its thread; it borrows
 * the heartbeat that the step sets (report/heartbeat.h).
 */
#ifndef DLT_WATCHDOG_INTERNAL_H
#define DLT_WATCHDOG_INTERNAL_H
#endif
