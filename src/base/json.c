/* Appends JSON to a dlt_text, which remembers a failed allocation until dlt_text_check. The only
 * state is whether the next value needs a comma; the caller balances the brackets. dlt_format_real
 * tries 1 to 17 significant digits until strtod reads the same double back; 17 always suffice. */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void dlt_format_real(double value, char *out, size_t bytes) {
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, bytes, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}

static void add_quoted(dlt_text *text, const char *value) {
    dlt_text_add_bytes(text, "\"", 1);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            dlt_text_add(text, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            dlt_text_add(text, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            dlt_text_add_bytes(text, c, 1);
    }
    dlt_text_add_bytes(text, "\"", 1);
}

static void begin_value(dlt_json *json, const char *key) {
    if (json->need_comma)
        dlt_text_add_bytes(json->text, ", ", 2);
    json->need_comma = true;
    if (key != NULL) {
        add_quoted(json->text, key);
        dlt_text_add_bytes(json->text, ": ", 2);
    }
}

void dlt_json_open(dlt_json *json, const char *key, char bracket) {
    begin_value(json, key);
    dlt_text_add_bytes(json->text, &bracket, 1);
    json->need_comma = false;
}

void dlt_json_close(dlt_json *json, char bracket) {
    dlt_text_add_bytes(json->text, &bracket, 1);
    json->need_comma = true;
}

void dlt_json_text(dlt_json *json, const char *key, const char *value) {
    begin_value(json, key);
    add_quoted(json->text, value);
}

void dlt_json_int(dlt_json *json, const char *key, int64_t value) {
    begin_value(json, key);
    dlt_text_add(json->text, "%" PRId64, value);
}

void dlt_json_real(dlt_json *json, const char *key, double value) {
    char number[32];
    begin_value(json, key);
    dlt_format_real(value, number, sizeof number);
    dlt_text_add(json->text, "%s", isfinite(value) ? number : "null");
}

void dlt_json_bool(dlt_json *json, const char *key, bool value) {
    begin_value(json, key);
    dlt_text_add(json->text, value ? "true" : "false");
}
