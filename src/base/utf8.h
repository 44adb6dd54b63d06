/* UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#ifndef DLT_BASE_UTF8_H
#define DLT_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

enum { DLT_UTF8_BYTES_MAX = 4 };

/** The bytes of the sequence that text begins with, 1 to 4; 0 where it is not well-formed, and at
 * the end of the text. */
int dlt_utf8_bytes(const char *text);
/** True if all of it is well-formed. */
bool dlt_utf8_is_valid(const char *text);
/** The number in Unicode of a well-formed sequence of 1 to 4 bytes. */
int32_t dlt_utf8_decode(const char *text, int bytes);
/** Writes a character as such a sequence; the number of its bytes. */
int dlt_utf8_encode(int32_t character, char out[DLT_UTF8_BYTES_MAX]);

#endif
