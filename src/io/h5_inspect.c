#include "base/error.h"
#include "io/io_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static dlt_status inspect_extent(hid_t dataset, const char *path, const char *name,
                                 dlt_shape *out) {
    hsize_t extent[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, extent, NULL);
    if (rank < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "dataset '%s' of %s has no shape", name, path);
    H5Sclose(space);
    if (rank > DLT_SHAPE_MAX)
        return dlt_fail(DLT_ERR_FORMAT,
                        "dataset '%s' of %s has %d dimensions; at most %d are supported", name,
                        path, rank, (int)DLT_SHAPE_MAX);
    *out = (dlt_shape){.rank = rank};
    for (int d = 0; d < rank; d++)
        out->dim[d] = (int64_t)extent[d];
    return DLT_OK;
}

static dlt_status inspect_type(hid_t dataset, const char *path, const char *name, dlt_h5_type *out,
                               bool *natural) {
    hid_t file_type = H5Dget_type(dataset);
    if (file_type < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "dataset '%s' of %s has no type", name, path);
    *out = dlt_h5_nearest_locked(file_type);
    *natural = *out != DLT_H5_OTHER && H5Tequal(file_type, dlt_h5_native(*out)) > 0;
    H5Tclose(file_type);
    return DLT_OK;
}

static const char *filter_name(H5Z_filter_t filter) {
    static const struct {
        H5Z_filter_t filter;
        const char *name;
    } names[] = {{H5Z_FILTER_DEFLATE, "gzip"},
                 {H5Z_FILTER_SHUFFLE, "shuffle"},
                 {H5Z_FILTER_FLETCHER32, "fletcher32"},
                 {H5Z_FILTER_SZIP, "szip"},
                 {H5Z_FILTER_NBIT, "nbit"},
                 {H5Z_FILTER_SCALEOFFSET, "scaleoffset"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].filter == filter)
            return names[i].name;
    return "plugin";
}

/* "none", "gzip", "shuffle+gzip": in the order in which they were applied. */
static void inspect_filters(hid_t creation, char *out, size_t bytes) {
    int count = H5Pget_nfilters(creation);
    size_t used = 0;
    snprintf(out, bytes, "none");
    for (int i = 0; i < count && used + 1 < bytes; i++) {
        unsigned flags = 0;
        size_t values = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, 0, NULL, NULL);
        int wrote =
            snprintf(out + used, bytes - used, "%s%s", i > 0 ? "+" : "", filter_name(filter));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static dlt_status check_reaches(hid_t dataset, const char *path, const char *name, int64_t offset) {
    struct stat facts;
    hsize_t bytes = H5Dget_storage_size(dataset);
    if (stat(path, &facts) == 0 && (uint64_t)facts.st_size < (uint64_t)offset + bytes)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s is truncated: dataset '%s' reaches to byte %llu of a file of %lld",
                        path, name, (unsigned long long)offset + (unsigned long long)bytes,
                        (long long)facts.st_size);
    return DLT_OK;
}

static dlt_status inspect_layout(hid_t dataset, hid_t creation, const char *path, const char *name,
                                 bool natural, dlt_h5_info *out) {
    hsize_t chunk[H5S_MAX_RANK];
    switch (H5Pget_layout(creation)) {
    case H5D_CHUNKED:
        if (H5Pget_chunk(creation, H5S_MAX_RANK, chunk) > 0)
            out->chunk_rows = (int64_t)chunk[0];
        inspect_filters(creation, out->filter, sizeof out->filter);
        return DLT_OK;
    case H5D_CONTIGUOUS: {
        haddr_t address = H5Dget_offset(dataset);
        if (!natural || H5Pget_external_count(creation) != 0 || address == HADDR_UNDEF)
            return DLT_OK;
        out->contiguous = true;
        out->offset = (int64_t)address;
        return check_reaches(dataset, path, name, out->offset);
    }
    default:
        return DLT_OK;
    }
}

dlt_status dlt_h5_inspect_locked(hid_t dataset, const char *path, const char *name,
                                 dlt_h5_info *out) {
    bool natural = false;
    *out = (dlt_h5_info){.filter = "none"};
    DLT_TRY(inspect_extent(dataset, path, name, &out->shape));
    DLT_TRY(inspect_type(dataset, path, name, &out->type, &natural));
    hid_t creation = H5Dget_create_plist(dataset);
    if (creation < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "dataset '%s' of %s has no layout", name, path);
    dlt_status status = inspect_layout(dataset, creation, path, name, natural, out);
    H5Pclose(creation);
    return status;
}
