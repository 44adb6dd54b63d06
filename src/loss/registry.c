/* The losses that a run file can name, in the order in which `dltrain list` shows them. */
#include "config/registered.h"
#include "loss/loss_internal.h"

#include <stddef.h>

const dlt_registry_entry *const dlt_losses[] = {
    &dlt_loss_mse.entry,           &dlt_loss_mae.entry,
    &dlt_loss_huber.entry,         &dlt_loss_binary_cross_entropy.entry,
    &dlt_loss_cross_entropy.entry, NULL,
};

dlt_status dlt_register_loss(const dlt_loss_ops *ops) {
    const bool is_whole = ops->compute != NULL && ops->default_metrics != NULL;
    return dlt_registry_add(dlt_losses, &ops->entry, "loss", is_whole);
}
