/* Lists the transforms that `data.transform` can name; a new one adds a row. */
#include "config/registered.h"
#include "data/transforms/transforms.h"

const dlt_registry_entry *const dlt_transforms[] = {
    &dlt_transform_scale.entry,           &dlt_transform_normalize.entry,
    &dlt_transform_standardize.entry,     &dlt_transform_random_crop.entry,
    &dlt_transform_horizontal_flip.entry, &dlt_transform_affine.entry,
    &dlt_transform_cutout.entry,          NULL,
};

dlt_status dlt_register_transform(const dlt_transform_ops *ops) {
    const bool is_whole = ops->check != NULL && ops->apply != NULL;
    return dlt_registry_add(dlt_transforms, &ops->entry, "transform", is_whole);
}
