/* What the fuzz targets know of HDF5's file format. */
#ifndef DLT_TESTS_FUZZ_HDF5_FORMAT_H
#define DLT_TESTS_FUZZ_HDF5_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes checksums right again in a mutated file: of the superblock and of every object header of
 * the formats since HDF5 1.8. Older formats have none. */
void fuzz_seal_hdf5(uint8_t *data, size_t size);

/* True if HDF5 1.10.8 would go round for ever in a heap of texts (of variable length): it goes from
 * object to object by their sizes, and stays at one of no size. Such inputs are left out: they
 * would take nearly all of the time. */
bool fuzz_hdf5_loops(const uint8_t *data, size_t size);

#endif
