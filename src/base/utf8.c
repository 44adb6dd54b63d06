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

int32_t dlt_utf8_decode(const char *text, int bytes) {
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    int32_t character = (unsigned char)text[0] & first_bits[bytes];
    for (int i = 1; i < bytes; i++)
        character = character << 6 | ((unsigned char)text[i] & 0x3F);
    return character;
}

int dlt_utf8_encode(int32_t character, char out[DLT_UTF8_BYTES_MAX]) {
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    const int bytes = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (int i = bytes - 1; i > 0; i--, character >>= 6)
        out[i] = (char)(0x80 | (character & 0x3F));
    out[0] = (char)(first[bytes] | character);
    return bytes;
}
