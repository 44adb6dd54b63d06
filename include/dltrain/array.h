/** Named arrays in the memory of the calling program: samples that a session trains on, and batches
 *  that are handed to it. */
#ifndef DLTRAIN_ARRAY_H
#define DLTRAIN_ARRAY_H

#include "dltrain/shape.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Type of the elements of an array. */
typedef enum dlt_element {
    DLT_ELEMENT_UINT8,
    DLT_ELEMENT_INT32,
    DLT_ELEMENT_INT64,
    DLT_ELEMENT_FLOAT32,
    DLT_ELEMENT_FLOAT64
} dlt_element;

/** One field of some samples: row-major, the samples first. */
typedef struct dlt_array {
    const char *name; /* of the field, as an HDF5 dataset of it would be called */
    dlt_element element;
    dlt_shape shape; /* [samples, shape of one sample] */
    const void *at;
} dlt_array;

/** The fields of one data set: as many samples in each. */
typedef struct dlt_arrays {
    int count;
    const dlt_array *at;
} dlt_arrays;

#ifdef __cplusplus
}
#endif
#endif
