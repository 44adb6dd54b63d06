/* Writes PNG files after the specification (ISO/IEC 15948), right or wrong, without libpng. */
#ifndef DLT_TESTS_ODD_PNG_H
#define DLT_TESTS_ODD_PNG_H

#include "unit/ingest/odd.h"

#include <zlib.h>

enum { ODD_CHUNKS = 4 };

typedef struct odd_chunk {
    const char *type;
    odd_bytes data;
} odd_chunk;

/* Colours: 0 grey, 2 red green blue, 3 palette, 4 grey and alpha, 6 colour and alpha. */
typedef struct odd_png {
    uint32_t width;
    uint32_t height;
    unsigned char depth;
    unsigned char colour;
    unsigned char interlace;
    odd_chunk before[ODD_CHUNKS]; /* of the pixels, after IHDR */
    odd_bytes rows;               /* each after its filter byte; one pass after another */
    odd_chunk after[ODD_CHUNKS];
} odd_png;

static inline void odd_add_chunk(odd_file *file, const char *type, const void *data, size_t count) {
    odd_add_big_endian(file, (uint32_t)count);
    const size_t begin = file->count;
    odd_add(file, type, 4);
    odd_add(file, data, count);
    odd_add_big_endian(file, (uint32_t)crc32(0, file->at + begin, (uInt)(count + 4)));
}

static inline void odd_add_chunks(odd_file *file, const odd_chunk *chunks) {
    for (int i = 0; i < ODD_CHUNKS && chunks[i].type != NULL; i++)
        odd_add_chunk(file, chunks[i].type, chunks[i].data.at, chunks[i].data.count);
}

static inline void odd_write_png(const odd_png *png, odd_file *file) {
    odd_file header = {.count = 0};
    unsigned char packed[1 << 15];
    uLongf bytes = sizeof packed;
    odd_add_big_endian(&header, png->width);
    odd_add_big_endian(&header, png->height);
    odd_add(&header, &png->depth, 1);
    odd_add(&header, &png->colour, 1);
    odd_add(&header, "\0\0", 2);
    odd_add(&header, &png->interlace, 1);
    assert_int_equal(compress2(packed, &bytes, png->rows.at, png->rows.count, 0), Z_OK);
    file->count = 0;
    odd_add(file, "\x89PNG\r\n\x1A\n", 8);
    odd_add_chunk(file, "IHDR", header.at, header.count);
    odd_add_chunks(file, png->before);
    odd_add_chunk(file, "IDAT", packed, bytes);
    odd_add_chunks(file, png->after);
    odd_add_chunk(file, "IEND", NULL, 0);
}

/* A grey image all of one value. */
static inline void odd_flat_png(uint32_t width, uint32_t height, int value, odd_file *file) {
    unsigned char rows[1 << 14];
    size_t count = 0;
    assert_true((width + 1) * height <= sizeof rows);
    for (uint32_t r = 0; r < height; r++) {
        rows[count++] = 0;
        memset(rows + count, value, width);
        count += width;
    }
    const odd_png png = {.width = width, .height = height, .depth = 8, .rows = {rows, count}};
    odd_write_png(&png, file);
}

#endif
