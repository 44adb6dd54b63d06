#include "data/transforms/transforms.h"

const dlt_choice *const dlt_transforms[] = {
    &dlt_transform_scale.choice,           &dlt_transform_normalize.choice,
    &dlt_transform_standardize.choice,     &dlt_transform_random_crop.choice,
    &dlt_transform_horizontal_flip.choice, &dlt_transform_affine.choice,
    &dlt_transform_cutout.choice,          NULL,
};
