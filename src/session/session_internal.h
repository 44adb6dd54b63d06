/* Module card: session (level 8).
 *
 * What lives here: an engine put together from its parts (engine.h), and the public handle on one
 * (dltrain/session.h). May include: engine and below. The trainer, the benchmarks and other
 * programs stand on it. Owns: an engine owns its communicator, task, strategy, state and source.
 */
#ifndef DLT_SESSION_INTERNAL_H
#define DLT_SESSION_INTERNAL_H
#endif
