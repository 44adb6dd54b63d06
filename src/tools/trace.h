/* The trace of a run: a hash of every tensor after every update. Of two runs that must have the
 * same bits it tells where they part: the first update, node and tensor. */
#ifndef DLT_TOOLS_TRACE_H
#define DLT_TOOLS_TRACE_H

#include "dltrain/status.h"

#include <stdint.h>
#include <stdio.h>

/* Its file in a run folder. */
#define DLT_TRACE_NAME "/trace.txt"

typedef struct dlt_trace {
    int64_t columns;
    char **names; /* [columns] "/gradients/NODE/TENSOR", "/params/NODE/TENSOR" ..., "loss"; owned */
    int64_t rows; /* row r is what is after update r; row 0 what the run begins with */
    int64_t room; /* rows */
    uint64_t *hashes; /* [room, columns], 0 where there is nothing to hash; owned */
} dlt_trace;

/** An empty trace with room for so many rows; the caller fills in the names.
 *  Not collective. Owns: caller owns *out, also after a failure. Errors: MEM. */
DLT_CHECKED dlt_status dlt_trace_create(int64_t columns, int64_t room, dlt_trace *out);
void dlt_trace_destroy(dlt_trace *trace);

/** The hashes of a row. */
uint64_t *dlt_trace_row(const dlt_trace *trace, int64_t row);

/** Writes the trace as a text file, whole or not at all. Not collective. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_trace_write(const dlt_trace *trace, const char *path);

/** Reads a trace. Not collective. Owns: caller owns *out, also after a failure. Errors: IO; FORMAT
 * if the file is no trace or cut short; MEM. */
DLT_CHECKED dlt_status dlt_trace_read(const char *path, dlt_trace *out);

/** Where two traces part. */
typedef struct dlt_trace_parting {
    int64_t row;    /* the first that differs; -1: none of those that both have */
    int64_t column; /* its first that differs */
    int64_t differ; /* how many of its columns do */
} dlt_trace_parting;

/** Compares the rows that both traces have. Not collective. Errors: MISMATCH naming the first
 * tensor that only one of them has. */
DLT_CHECKED dlt_status dlt_trace_compare(const dlt_trace *first, const dlt_trace *second,
                                         dlt_trace_parting *out);

#endif
