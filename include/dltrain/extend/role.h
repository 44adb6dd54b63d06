/** What a parameter is to its layer, whatever its name. */
#ifndef DLTRAIN_EXTEND_ROLE_H
#define DLTRAIN_EXTEND_ROLE_H

#ifdef __cplusplus
extern "C" {
#endif

/** A run file names a role as `role:norm_scale` (section `parameters`). */
typedef enum dlt_param_role {
    DLT_PARAM_WEIGHT,     /* multiplies inputs */
    DLT_PARAM_BIAS,       /* is added, also behind a normalisation */
    DLT_PARAM_NORM_SCALE, /* multiplies what has been normalised */
    DLT_PARAM_EMBEDDING   /* a table whose rows are picked */
} dlt_param_role;

/** "weight", "bias", "norm_scale", "embedding"; NULL-terminated, in the order of the enum. */
extern const char *const dlt_param_role_names[];

#ifdef __cplusplus
}
#endif
#endif
