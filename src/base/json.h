/* Writing JSON (RFC 8259) into text. Numbers print with the fewest digits that read back to the
 * same value; NaN and infinities, which JSON lacks, become null. */
#ifndef DLT_BASE_JSON_H
#define DLT_BASE_JSON_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_json {
    dlt_text *text; /* borrowed */
    bool need_comma;
} dlt_json;

/** Opens an object or array; key is NULL inside an array or at the top. */
void dlt_json_open(dlt_json *json, const char *key, char bracket);
void dlt_json_close(dlt_json *json, char bracket);
void dlt_json_text(dlt_json *json, const char *key, const char *value);
void dlt_json_int(dlt_json *json, const char *key, int64_t value);
void dlt_json_real(dlt_json *json, const char *key, double value);
void dlt_json_bool(dlt_json *json, const char *key, bool value);

/** The shortest decimal form of value that reads back exactly; bytes >= 32. Also used for YAML. */
void dlt_format_real(double value, char *out, size_t bytes);

#endif
