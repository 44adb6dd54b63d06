/* The section `parameters` of a run file: settings of parameters picked by patterns of names. */
#ifndef DLT_MODEL_PARAMETERS_H
#define DLT_MODEL_PARAMETERS_H

#include "dltrain/extend/keys.h"
#include "dltrain/extend/role.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

/** Values of `freeze` besides a number of epochs. As settings of a parameter, after all patterns,
 * FROZEN or a number from 0 on. */
enum { DLT_FROZEN = -1, DLT_NOT_FROZEN = -2, DLT_FREEZE_AS_BEFORE = -3 };

/** What stands behind a pattern, and what a parameter has after all of them. */
typedef struct dlt_param_settings {
    double lr_factor;    /* NAN: as before */
    double weight_decay; /* NAN: as before; of a parameter: as optimizer and `regularize` say */
    int64_t freeze;      /* epochs, or one of the above */
} dlt_param_settings;

extern const dlt_key dlt_param_keys[];

/** True if a parameter keeps its values through an epoch. */
static inline bool dlt_param_is_frozen(const dlt_param_settings *settings, int64_t epoch) {
    return settings->freeze == DLT_FROZEN || settings->freeze > epoch;
}

/** What the patterns say of the parameter node/name. A pattern with a '/' is compared with
 * NODE/NAME, another with NODE; '*' stands for any characters, '?' for one; `role:ROLE` is every
 * parameter of that role. Of what several patterns say the last one counts, key by key.
 *  Collective: Not collective
 *  Errors:     none
 */
dlt_param_settings dlt_param_settings_of(const dlt_named_list *patterns, const char *node,
                                         const char *name, dlt_param_role role);

/** True if a pattern is about the parameter. */
bool dlt_param_pattern_matches(const char *pattern, const char *node, const char *name,
                               dlt_param_role role);

#endif
