/* The version of HDF5, for reports. */
#include "io/h5.h"

#include <hdf5.h>
#include <stdio.h>

void dlt_h5_version(char *out, size_t bytes) {
    /* What the headers say: asking the library would need the HDF5 lock, and the library checks on
     * its own that both agree. */
    snprintf(out, bytes, "%d.%d.%d", H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
}
