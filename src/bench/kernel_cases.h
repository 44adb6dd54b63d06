/* The kernels at the shapes of the workloads: what is called, and what a call has to do at least.
 */
#ifndef DLT_BENCH_KERNEL_CASES_H
#define DLT_BENCH_KERNEL_CASES_H

#include "dltrain/extend/kernels.h"
#include "dltrain/extend/optimizer.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { DLT_KERNEL_ARRAYS = 4, DLT_KERNEL_ELEMENTS = 8 << 20 };

/** What the calls work on; all arrays have DLT_KERNEL_ELEMENTS elements. */
typedef struct dlt_kernel_memory {
    const dlt_kernels *kernels;
    dlt_real *array[DLT_KERNEL_ARRAYS];
    dlt_real *features; /* small arrays: one value per column, eight of them */
    int32_t *labels;
    void *workspace; /* of the convolution or dense layer under way */
    dlt_conv2d conv; /* made for the case under way, where it is a convolution */
    dlt_dense dense; /* likewise */
    dlt_selection optimizer;
} dlt_kernel_memory;

typedef struct dlt_kernel_case dlt_kernel_case;

/** A kernel: how it is called. */
typedef struct dlt_kernel_family {
    const char *name;
    void (*call)(dlt_kernel_memory *memory, const dlt_kernel_case *of);
    double (*flops)(const dlt_kernel_case *of); /* NULL: moving memory is all that costs */
    double (*bytes)(const dlt_kernel_case *of); /* read or written at least once */
    bool is_convolution;
    dlt_dense (*layer)(const dlt_kernel_case *of); /* n, d, k; NULL: no dense layer */
    const char
        *optimizer; /* text of its settings; NULL: the kernel stands in the table of kernels */
} dlt_kernel_family;

struct dlt_kernel_case {
    const dlt_kernel_family *family;
    const char *where; /* workload and node */
    int64_t n, d;      /* rows and columns; elements and 1; samples of a convolution and 0 */
    int64_t k;         /* a product's inner dimension; filters */
    int64_t size, c;   /* of the square images of a convolution or pooling */
    int64_t window, stride, padding;
};

extern const dlt_kernel_case dlt_kernel_cases[];
extern const int dlt_kernel_case_count;

/** The convolution or pooling of a case. */
dlt_kernel_geometry dlt_kernel_case_geometry(const dlt_kernel_case *of);

#endif
