/* Text as a YAML scalar. A double-quoted scalar can hold any character: what libyaml's reader
 * refuses or takes for a line break is escaped (YAML 1.1, sections 5.1, 5.4 and 5.7). */
#include "config/print.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static bool is_plain(const char *value) {
    static const char *const nulls[] = {"null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(value, nulls[i]) == 0)
            return false;
    if (!isalnum((unsigned char)value[0]) && strchr("_./", value[0]) == NULL)
        return false;
    for (const char *c = value; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("_./+-@%", *c) == NULL)
            return false;
    return value[0] != '\0';
}

/* The code point that begins at text, and its length in bytes; a byte that is not UTF-8 stands for
 * itself. */
static uint32_t decode_utf8(const unsigned char *text, size_t *bytes) {
    static const uint32_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t length = text[0] < 0x80           ? 1
                    : (text[0] >> 5) == 0x06 ? 2
                    : (text[0] >> 4) == 0x0e ? 3
                    : (text[0] >> 3) == 0x1e ? 4
                                             : 0;
    uint32_t point = text[0] & first_bits[length];
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            length = 0;
        else
            point = point << 6 | (text[i] & 0x3fU);
    }
    *bytes = length > 0 ? length : 1;
    return length > 0 ? point : text[0];
}

static bool is_printable(uint32_t point) {
    bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    bool line_break = point == 0x2028 || point == 0x2029;
    return !control && !line_break && point != 0xfeff && point != 0xfffe && point != 0xffff;
}

static void print_point(uint32_t point, const char *raw, size_t bytes, dlt_text *out) {
    if (point == '"' || point == '\\')
        dlt_text_add(out, "\\%c", (int)point);
    else if (point == '\n')
        dlt_text_add(out, "\\n");
    else if (point == '\t')
        dlt_text_add(out, "\\t");
    else if (!is_printable(point))
        dlt_text_add(out, "\\u%04x", (unsigned)point);
    else
        dlt_text_add_bytes(out, raw, bytes);
}

void dlt_print_string(const char *value, dlt_text *out) {
    if (is_plain(value)) {
        dlt_text_add(out, "%s", value);
        return;
    }
    dlt_text_add(out, "\"");
    while (*value != '\0') {
        size_t bytes;
        uint32_t point = decode_utf8((const unsigned char *)value, &bytes);
        print_point(point, value, bytes, out);
        value += bytes;
    }
    dlt_text_add(out, "\"");
}
