/* Making checksums right again in mutated HDF5 files. */
#ifndef DLT_TESTS_FUZZ_HDF5_CHECKSUMS_H
#define DLT_TESTS_FUZZ_HDF5_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/* Of the superblock and of every object header of the formats since HDF5 1.8. Older formats have none. */
void fuzz_seal_hdf5(uint8_t *data, size_t size);

#endif
