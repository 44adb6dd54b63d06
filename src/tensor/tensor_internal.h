/* Module card: tensor (level 1).
 *
 * What lives here: shapes (dltrain/shape.h), the kinds of targets (dltrain/target.h), and the arena
 * planner that places buffers by liveness (arena.h).
 * May include: base.
 * Owns: nothing; plans are values, the memory behind them belongs to whoever asked for it.
 */
#ifndef DLT_TENSOR_INTERNAL_H
#define DLT_TENSOR_INTERNAL_H
#endif
