/* What a dataset is, in the terms of h5.h: type, shape, layout, and whether all of it is stored. */
#include "base/cast.h"
#include "base/error.h"
#include "io/io_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Larger types hold no numbers that are known here. */
enum { ELEMENT_BYTES_MAX = 16 };

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
    /* Products of any of the dimensions and an element's bytes can then be formed without a
     * thought. */
    const hsize_t most = (hsize_t)INT64_MAX / ELEMENT_BYTES_MAX;
    hsize_t elements = 1;
    for (int d = 0; d < rank; d++) {
        if (extent[d] > most ||
            __builtin_mul_overflow(elements, extent[d] > 0 ? extent[d] : 1, &elements) ||
            elements > most)
            return dlt_fail(DLT_ERR_FORMAT,
                            "dataset '%s' of %s claims more elements than any file can hold", name,
                            path);
        out->dim[d] = (int64_t)extent[d];
    }
    return DLT_OK;
}

/* What a dataset is made of, beside what users of dlt_h5_info see. */
typedef struct storage {
    hid_t dataset;
    hid_t creation;
    const char *path;
    const char *name;
    int64_t element_bytes; /* in the file */
    bool natural;          /* the file's type is the native one */
} storage;

static dlt_status inspect_type(storage *it, dlt_h5_type *out) {
    hid_t file_type = H5Dget_type(it->dataset);
    if (file_type < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "dataset '%s' of %s has no type", it->name,
                                  it->path);
    it->element_bytes = (int64_t)H5Tget_size(file_type);
    *out = it->element_bytes <= ELEMENT_BYTES_MAX ? dlt_h5_nearest_locked(file_type) : DLT_H5_OTHER;
    it->natural = *out != DLT_H5_OTHER && H5Tequal(file_type, dlt_h5_native(*out)) > 0;
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

/* Bytes [offset, offset + bytes) must be there. */
static dlt_status check_reaches(const storage *it, uint64_t offset, uint64_t bytes) {
    struct stat facts;
    if (stat(it->path, &facts) != 0)
        return DLT_OK;
    const uint64_t size = (uint64_t)facts.st_size;
    if (offset > size || bytes > size - offset)
        return dlt_fail(
            DLT_ERR_FORMAT,
            "%s is truncated: dataset '%s' has %llu bytes from byte %llu on in a file of "
            "%llu",
            it->path, it->name, (unsigned long long)bytes, (unsigned long long)offset,
            (unsigned long long)size);
    return DLT_OK;
}

/* Chunks that were never written have no place in the file; HDF5 would make up their elements. */
static dlt_status inspect_chunks(const storage *it, dlt_h5_info *out) {
    hsize_t chunk[H5S_MAX_RANK] = {0};
    hsize_t expected = 1;
    hsize_t found = 0;
    if (H5Pget_chunk(it->creation, H5S_MAX_RANK, chunk) != out->shape.rank)
        return DLT_OK;
    out->chunk_rows = (int64_t)chunk[0];
    inspect_filters(it->creation, out->filter, sizeof out->filter);
    for (int d = 0; d < out->shape.rank; d++)
        expected *= chunk[d] == 0 ? 0 : ((hsize_t)out->shape.dim[d] + chunk[d] - 1) / chunk[d];
    hid_t space = H5Dget_space(it->dataset);
    out->whole = H5Dget_num_chunks(it->dataset, space, &found) >= 0 && found == expected;
    H5Sclose(space);
    return check_reaches(it, 0, H5Dget_storage_size(it->dataset));
}

/* Contiguous and compact ones say how many bytes they have, and may lie. */
static dlt_status inspect_bytes(const storage *it, bool contiguous, dlt_h5_info *out) {
    const uint64_t claimed =
        (uint64_t)dlt_shape_count(&out->shape) * (uint64_t)dlt_max_i64(it->element_bytes, 1);
    const haddr_t address = contiguous ? H5Dget_offset(it->dataset) : 0;
    out->whole =
        claimed == 0 || (address != HADDR_UNDEF && H5Dget_storage_size(it->dataset) >= claimed);
    if (!contiguous || address == HADDR_UNDEF)
        return DLT_OK;
    out->contiguous = it->natural;
    out->offset = (int64_t)address;
    return check_reaches(it, address, claimed);
}

static dlt_status inspect_layout(const storage *it, dlt_h5_info *out) {
    const H5D_layout_t layout = H5Pget_layout(it->creation);
    const bool holds_numbers = out->type != DLT_H5_OTHER;
    if (holds_numbers && layout == H5D_CHUNKED)
        return inspect_chunks(it, out);
    if (holds_numbers && layout != H5D_VIRTUAL && H5Pget_external_count(it->creation) == 0)
        return inspect_bytes(it, layout == H5D_CONTIGUOUS, out);
    /* What lies in other files is looked for when it is opened. */
    out->is_virtual = layout == H5D_VIRTUAL;
    out->whole = true;
    return DLT_OK;
}

/* HDF5 opens the sources of a virtual dataset without an end, and itself if it is one, to say how
 * large it is. */
static dlt_status inspect_all(storage *it, dlt_h5_info *out) {
    if (H5Pget_layout(it->creation) == H5D_VIRTUAL)
        DLT_TRY(dlt_h5_virtual_check_ends_locked(it->creation, it->path, it->name));
    DLT_TRY(inspect_extent(it->dataset, it->path, it->name, &out->shape));
    DLT_TRY(inspect_type(it, &out->type));
    return inspect_layout(it, out);
}

dlt_status dlt_h5_inspect_locked(hid_t dataset, const char *path, const char *name,
                                 dlt_h5_info *out) {
    storage it = {.dataset = dataset, .path = path, .name = name};
    *out = (dlt_h5_info){.filter = "none"};
    it.creation = H5Dget_create_plist(dataset);
    if (it.creation < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "dataset '%s' of %s has no layout", name, path);
    dlt_status status = inspect_all(&it, out);
    H5Pclose(it.creation);
    return status;
}
