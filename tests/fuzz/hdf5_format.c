/* Layouts from the HDF5 File Format Specification, version 3.0: superblock version 2 and 3, data
 * object header version 2 and its continuation blocks. Offsets and lengths are those of dltrain's
 * files, eight bytes each. */
#include "hdf5_format.h"

#include <string.h>

/* The library's own, Bob Jenkins' lookup3; exported, though its headers do not show it. */
uint32_t H5_checksum_metadata(const void *data, size_t bytes, uint32_t start);

enum { SUM_BYTES = 4 };

static void put_sum(uint8_t *block, size_t bytes_before) {
    uint32_t sum = H5_checksum_metadata(block, bytes_before, 0);
    for (int i = 0; i < SUM_BYTES; i++)
        block[bytes_before + (size_t)i] = (uint8_t)(sum >> (8 * i));
}

static uint64_t get_number(const uint8_t *at, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = bytes; i > 0; i--)
        value = value << 8 | at[i - 1];
    return value;
}

static void seal_superblock(uint8_t *data, size_t size) {
    static const uint8_t start[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
    enum { SUM_AT = 44 };
    if (size >= SUM_AT + SUM_BYTES && memcmp(data, start, sizeof start) == 0 && data[8] >= 2)
        put_sum(data, SUM_AT);
}

static void seal_continuation(uint8_t *data, size_t size, const uint8_t *message) {
    uint64_t at = get_number(message, 8);
    uint64_t bytes = get_number(message + 8, 8);
    if (bytes > SUM_BYTES && bytes <= size && at <= size - bytes)
        put_sum(data + at, (size_t)bytes - SUM_BYTES);
}

/* Type, size in two bytes, flags, and the order of creation where the header tracks it. */
static void seal_continuations(uint8_t *data, size_t size, const uint8_t *messages, size_t bytes,
                               size_t head) {
    enum { CONTINUATION = 0x10 };
    for (size_t at = 0; at + head <= bytes;) {
        size_t length = (size_t)get_number(messages + at + 1, 2);
        if (length > bytes - at - head)
            return;
        if (messages[at] == CONTINUATION && length >= 16)
            seal_continuation(data, size, messages + at + head);
        at += head + length;
    }
}

static void seal_header(uint8_t *data, size_t size, size_t start) {
    const uint8_t flags = data[start + 5];
    const size_t width = (size_t)1 << (flags & 3);
    size_t at = start + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
    if (at + width > size)
        return;
    const uint64_t bytes = get_number(data + at, width);
    at += width;
    if (bytes > size || at + bytes + SUM_BYTES > size)
        return;
    seal_continuations(data, size, data + at, (size_t)bytes, flags & 4 ? 6 : 4);
    put_sum(data + start, at + (size_t)bytes - start);
}

void fuzz_seal_hdf5(uint8_t *data, size_t size) {
    seal_superblock(data, size);
    for (size_t at = 0; at + 16 < size; at++)
        if (memcmp(data + at, "OHDR", 4) == 0)
            seal_header(data, size, at);
}

/* An object's head is an index in two bytes, a count of references in two, four unused ones, and
 * the size in eight. Index 0 is free space, whose size includes the head. */
static bool heap_loops(const uint8_t *objects, size_t bytes) {
    enum { HEAD_BYTES = 16 };
    while (bytes >= HEAD_BYTES) {
        const bool is_free = get_number(objects, 2) == 0;
        uint64_t step = get_number(objects + 8, 8);
        if (!is_free)
            step = HEAD_BYTES + (step + 7) / 8 * 8;
        if (step == 0)
            return true;
        if (step > bytes)
            return false;
        objects += step;
        bytes -= (size_t)step;
    }
    return false;
}

bool fuzz_hdf5_loops(const uint8_t *data, size_t size) {
    enum { HEAP_HEAD_BYTES = 16 };
    for (size_t at = 0; at + HEAP_HEAD_BYTES < size; at++)
        if (memcmp(data + at, "GCOL", 4) == 0 &&
            heap_loops(data + at + HEAP_HEAD_BYTES, size - at - HEAP_HEAD_BYTES))
            return true;
    return false;
}
