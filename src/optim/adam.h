/* The update that adam and adamw share; they differ in where the weight decay goes. */
#ifndef DLT_OPTIM_ADAM_H
#define DLT_OPTIM_ADAM_H

#include "dltrain/extend/optimizer.h"

typedef struct dlt_adam_settings {
    double lr;
    dlt_reals betas; /* two */
    double eps;
    double weight_decay;
} dlt_adam_settings;

#define DLT_ADAM_BETAS_KEY                                                                         \
    {                                                                                              \
        .name = "betas", .type = DLT_KEY_REALS, .offset = offsetof(dlt_adam_settings, betas),      \
        .default_value = "[0.9, 0.999]", .minimum = 0, .maximum = 1, .least = 2, .most = 2,        \
        .flags = DLT_KEY_OPEN_HIGH,                                                                \
        .help = "Decay of the running mean of the gradient and of its square."                     \
    }

int dlt_adam_states(const void *settings, const char *names[DLT_OPTIMIZER_STATES_MAX]);
double dlt_adam_lr(const void *settings);
void dlt_adam_step(const void *settings, const dlt_update *update);

#endif
