/* Overlong forms and surrogates are told by the second byte (RFC 3629, section 4). The terminator
 * is no continuation byte, so that nothing behind it is read. */
#include "base/utf8.h"

int dlt_utf8_bytes(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] < 0x80)
        return at[0] != '\0';
    const int bytes = at[0] >= 0xC2 && at[0] <= 0xDF   ? 2
                      : at[0] >= 0xE0 && at[0] <= 0xEF ? 3
                      : at[0] >= 0xF0 && at[0] <= 0xF4 ? 4
                                                       : 0;
    for (int i = 1; i < bytes; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    const bool is_long = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    const bool is_surrogate = at[0] == 0xED && at[1] > 0x9F;
    const bool is_beyond = at[0] == 0xF4 && at[1] > 0x8F;
    return is_long || is_surrogate || is_beyond ? 0 : bytes;
}

bool dlt_utf8_is_valid(const char *text) {
    while (*text != '\0') {
        const int bytes = dlt_utf8_bytes(text);
        if (bytes == 0)
            return false;
        text += bytes;
    }
    return true;
}
