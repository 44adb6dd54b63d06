/* Which parameters a pattern picks, and what several patterns say together. A pattern is matched
 * from the left; after a '*' the shortest rest is tried first, and only the last '*' is ever taken
 * up again, which is enough because an earlier one could only move it to the right. */
#include "model/parameters.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const freeze_names[] = {"true", "false", "null", NULL};

const dlt_key dlt_param_keys[] = {
    {.name = "lr_factor",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_param_settings, lr_factor),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_NULLABLE,
     .help = "Multiplies the learning rate of these parameters. null: as an earlier pattern says, "
             "else 1."},
    {.name = "weight_decay",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_param_settings, weight_decay),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_NULLABLE,
     .help = "Weight decay of these parameters, in the form of the optimizer (adamw: decoupled; "
             "all others: added to the gradient). It takes the place of the optimizer's "
             "weight_decay and of all three keys of regularize. null: as an earlier pattern says, "
             "else those."},
    {.name = "freeze",
     .type = DLT_KEY_INT,
     .offset = offsetof(dlt_param_settings, freeze),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e9,
     .enum_names = freeze_names,
     .help = "true: these parameters and their optimizer state never change, no weight decay "
             "applies, and gradients that only they need are not computed; running statistics of "
             "batch norms go on. A number: so for the first epochs of the run. null: as an earlier "
             "pattern says, else false."},
    {0}};

static bool matches(const char *pattern, const char *text) {
    const char *star = NULL;
    const char *resume = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool dlt_param_pattern_matches(const char *pattern, const char *node, const char *name,
                               dlt_param_role role) {
    static const char prefix[] = "role:";
    char full[256];
    if (strncmp(pattern, prefix, sizeof prefix - 1) == 0)
        return strcmp(pattern + sizeof prefix - 1, dlt_param_role_names[role]) == 0;
    if (strchr(pattern, '/') == NULL)
        return matches(pattern, node);
    snprintf(full, sizeof full, "%s/%s", node, name);
    return matches(pattern, full);
}

dlt_param_settings dlt_param_settings_of(const dlt_named_list *patterns, const char *node,
                                         const char *name, dlt_param_role role) {
    dlt_param_settings all = {.lr_factor = 1, .weight_decay = NAN};
    for (int64_t i = 0; i < patterns->count; i++) {
        const dlt_param_settings *own = patterns->at[i].settings;
        if (!dlt_param_pattern_matches(patterns->at[i].name, node, name, role))
            continue;
        all.lr_factor = isnan(own->lr_factor) ? all.lr_factor : own->lr_factor;
        all.weight_decay = isnan(own->weight_decay) ? all.weight_decay : own->weight_decay;
        if (own->freeze != DLT_FREEZE_AS_BEFORE)
            all.freeze = own->freeze == DLT_NOT_FROZEN ? 0 : own->freeze;
    }
    return all;
}
