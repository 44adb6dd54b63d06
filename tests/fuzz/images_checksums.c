#include "images_checksums.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* POSIX.1-1988, "ustar": six octal digits, zero, blank; the sum of the header's bytes with blanks
 * in its place. */
static void seal_header(uint8_t *header) {
    enum { HEADER_BYTES = 512, SUM_AT = 148, SUM_BYTES = 8 };
    char text[16];
    unsigned sum = 0;
    memset(header + SUM_AT, ' ', SUM_BYTES);
    for (int i = 0; i < HEADER_BYTES; i++)
        sum += header[i];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(header + SUM_AT, text, 7);
}

void fuzz_seal_tar(uint8_t *data, size_t size) {
    enum { HEADER_BYTES = 512, MAGIC_AT = 257 };
    for (size_t at = 0; at + HEADER_BYTES <= size; at += HEADER_BYTES)
        if (memcmp(data + at + MAGIC_AT, "ustar", 5) == 0)
            seal_header(data + at);
}

static uint32_t get_big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_big_endian(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Length, type, content, and the checksum of type and content; as far as the chunks go on. */
static void seal_chunks(uint8_t *data, size_t size) {
    enum { AROUND = 12 };
    while (size >= AROUND) {
        const size_t length = get_big_endian(data);
        if (length > size - AROUND)
            return;
        uLong sum = crc32(0, data + 4, (uInt)length + 4);
        put_big_endian(data + 8 + length, (uint32_t)sum);
        data += length + AROUND;
        size -= length + AROUND;
    }
}

void fuzz_seal_png(uint8_t *data, size_t size) {
    static const uint8_t start[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    for (size_t at = 0; at + sizeof start < size; at++)
        if (memcmp(data + at, start, sizeof start) == 0)
            seal_chunks(data + at + sizeof start, size - at - sizeof start);
}
