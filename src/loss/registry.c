/* The losses that a run file can name, in the order in which `dltrain list` shows them. */
#include "loss/loss_internal.h"

#include <stddef.h>

const dlt_registry_entry *const dlt_losses[] = {
    &dlt_loss_mse.entry,           &dlt_loss_mae.entry,
    &dlt_loss_huber.entry,         &dlt_loss_binary_cross_entropy.entry,
    &dlt_loss_cross_entropy.entry, NULL,
};
