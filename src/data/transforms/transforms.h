/* The rows of the registry, one file each. */
#ifndef DLT_DATA_TRANSFORMS_H
#define DLT_DATA_TRANSFORMS_H

#include "dltrain/extend/transform.h"

extern const dlt_transform_ops dlt_transform_scale;
extern const dlt_transform_ops dlt_transform_normalize;
extern const dlt_transform_ops dlt_transform_standardize;
extern const dlt_transform_ops dlt_transform_random_crop;
extern const dlt_transform_ops dlt_transform_horizontal_flip;
extern const dlt_transform_ops dlt_transform_affine;
extern const dlt_transform_ops dlt_transform_cutout;

#endif
