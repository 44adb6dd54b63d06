#include "optim/optim_internal.h"

#include <stddef.h>

const dlt_choice *const dlt_optimizers[] = {
    &dlt_optimizer_sgd.choice,     &dlt_optimizer_adam.choice,    &dlt_optimizer_adamw.choice,
    &dlt_optimizer_rmsprop.choice, &dlt_optimizer_adagrad.choice, NULL,
};
