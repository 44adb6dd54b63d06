/* Parses booleans and numbers. It is stricter than the schema: no octal or hexadecimal numbers, no
 * .inf or .nan, no True or TRUE. A whole number may have an exponent (1e6) up to 2^53, because it
 * is read as a double then. */
#include "config/scalar.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const digits = "0123456789";

bool dlt_scalar_bool(const char *text, bool *out) {
    *out = strcmp(text, "true") == 0;
    return *out || strcmp(text, "false") == 0;
}

static size_t sign_bytes(const char *text) {
    return *text == '+' || *text == '-';
}

bool dlt_scalar_is_integer(const char *text) {
    text += sign_bytes(text);
    size_t count = strspn(text, digits);
    return count > 0 && text[count] == '\0';
}

/* strtod alone would also take hexadecimal, nan and inf. */
static bool is_decimal(const char *text) {
    text += sign_bytes(text);
    size_t before = strspn(text, digits);
    text += before;
    size_t after = 0;
    if (*text == '.') {
        after = strspn(text + 1, digits);
        text += 1 + after;
    }
    if (before + after == 0)
        return false;
    return *text == '\0' || ((*text == 'e' || *text == 'E') && dlt_scalar_is_integer(text + 1));
}

bool dlt_scalar_real(const char *text, double *out) {
    if (!is_decimal(text))
        return false;
    *out = strtod(text, NULL);
    return isfinite(*out);
}

bool dlt_scalar_int(const char *text, int64_t *out) {
    if (dlt_scalar_is_integer(text)) {
        errno = 0;
        *out = strtoll(text, NULL, 10);
        return errno == 0;
    }
    double value;
    if (strpbrk(text, "eE") == NULL || !dlt_scalar_real(text, &value))
        return false;
    /* Above 2^53 a double no longer tells neighbouring integers apart. */
    if (fabs(value) > 0x1p53 || value != floor(value))
        return false;
    *out = (int64_t)value;
    return true;
}
