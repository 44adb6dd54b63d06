/* Module card: host (level 1).
 *
 * What lives here: the description of the machine: name, processor, memory (machine.h), and the
 * cores that a rank may use (cores.h). May include: base. Owns: hwloc.h; a description of cores
 * owns its topology.
 */
#ifndef DLT_HOST_INTERNAL_H
#define DLT_HOST_INTERNAL_H
#endif
