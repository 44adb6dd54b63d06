#include "loss/loss_internal.h"

#include <stddef.h>

const dlt_choice *const dlt_losses[] = {
    &dlt_loss_mse.choice,           &dlt_loss_mae.choice,
    &dlt_loss_huber.choice,         &dlt_loss_binary_cross_entropy.choice,
    &dlt_loss_cross_entropy.choice, NULL,
};
