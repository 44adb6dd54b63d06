/* The tensors of the run that seeds.sh trains: one dense layer of three units on two features,
 * plain SGD. */
#ifndef DLT_TESTS_FUZZ_TINY_RUN_H
#define DLT_TESTS_FUZZ_TINY_RUN_H

#include "checkpoint/snapshot.h"

typedef struct tiny_run {
    float weight[6];
    float bias[3];
    double mean[2];
    double std[2];
} tiny_run;

/* A snapshot of memory, which is zeroed. Ends the process if there is no memory. */
dlt_snapshot *tiny_run_view(tiny_run *memory);

#endif
