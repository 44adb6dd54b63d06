/* The scalars of YAML 1.2's core schema, read strictly. */
#ifndef DLT_CONFIG_SCALAR_H
#define DLT_CONFIG_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

/** `true` or `false`. */
bool dlt_scalar_bool(const char *text, bool *out);

/** Decimal digits with an optional sign, of any length. */
bool dlt_scalar_is_integer(const char *text);

/** Decimal digits with an optional sign, or a real with an exponent that is whole (1e6). False for
 * other text and for what 64 bits do not hold. */
bool dlt_scalar_int(const char *text, int64_t *out);

/** `5`, `-.5`, `1.`, `1e-3`. False for other text and for what overflows. */
bool dlt_scalar_real(const char *text, double *out);

#endif
