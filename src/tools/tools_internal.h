/* Module card: tools (level 13).
 *
 * What lives here: the jobs of the command line that are not training: evaluate and predict
 * (inference.h), verify, inspect, doctor, and the catalog of everything that has a name. May
 * include: every module below but cli.
 * Owns: an applied run owns its problem, its folder and what was imported for it.
 */
#ifndef DLT_TOOLS_INTERNAL_H
#define DLT_TOOLS_INTERNAL_H
#endif
