/* Synthetic samples in memory as the source of a step: a few micro-batches, used in turn. */
#ifndef DLT_BENCH_MEMORY_SOURCE_H
#define DLT_BENCH_MEMORY_SOURCE_H

#include "engine/source.h"
#include "engine/task.h"

typedef struct dlt_memory_source dlt_memory_source;

/** Draws normal inputs; labels, or normal targets (0 and 1 for binary losses), as the task's loss
 * takes them. Not collective. Owns: caller owns *out, it borrows task. Errors: MEM. */
DLT_CHECKED dlt_status dlt_memory_source_create(const dlt_task *task,
                                                const dlt_batch_partition *partition,
                                                dlt_memory_source **out);
void dlt_memory_source_destroy(dlt_memory_source **source);

dlt_source dlt_source_of_memory(dlt_memory_source *source);

#endif
