/* Rows that several optimizers have in common. */
#ifndef DLT_OPTIM_KEYS_H
#define DLT_OPTIM_KEYS_H

#include "dltrain/extend/keys.h"

#define DLT_OPTIM_LR_KEY(settings, value, whose)                                                   \
    {                                                                                              \
        .name = "lr", .type = DLT_KEY_REAL, .offset = offsetof(settings, lr),                      \
        .default_value = (value), .minimum = 0, .maximum = 1e30, .flags = DLT_KEY_SHORTHAND,       \
        .help = "Learning rate before the schedule's factor (" whose ")."                          \
    }

#define DLT_OPTIM_EPS_KEY(settings, value, whose)                                                  \
    {                                                                                              \
        .name = "eps", .type = DLT_KEY_REAL, .offset = offsetof(settings, eps),                    \
        .default_value = (value), .minimum = 0, .maximum = 1e30,                                   \
        .help = "Added to the root in the denominator (" whose ")."                                \
    }

#define DLT_OPTIM_L2_KEY(settings)                                                                 \
    {                                                                                              \
        .name = "weight_decay", .type = DLT_KEY_REAL, .offset = offsetof(settings, weight_decay),  \
        .default_value = "0", .minimum = 0, .maximum = 1e30,                                       \
        .help = "Adds weight_decay * w to the gradient, as in PyTorch: of w before "               \
                "regularize.decay takes anything off it."                                          \
    }

#endif
