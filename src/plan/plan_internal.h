/* Module card: plan (level 11).
 *
 * What lives here: what a run will cost, in time and memory, before it is started: rates measured
 * on this machine (rates.h), a model of the step on N ranks (cost.h), and the report. May include:
 * bench and below.
 * Owns: a plan owns what it measures.
 */
#ifndef DLT_PLAN_INTERNAL_H
#define DLT_PLAN_INTERNAL_H
#endif
