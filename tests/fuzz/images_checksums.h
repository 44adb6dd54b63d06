/* Making checksums right again in mutated images and archives. */
#ifndef DLT_TESTS_FUZZ_IMAGES_CHECKSUMS_H
#define DLT_TESTS_FUZZ_IMAGES_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/* Of every header that begins at a multiple of 512 bytes and says "ustar". */
void fuzz_seal_tar(uint8_t *data, size_t size);
/* Of every chunk of every PNG image that lies in data. */
void fuzz_seal_png(uint8_t *data, size_t size);

#endif
