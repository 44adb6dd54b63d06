/* The number types of HDF5 files that are read, with names and sizes. */
#include "io/io_internal.h"

typedef struct type_row {
    const char *name;
    int64_t bytes;
} type_row;

static const type_row type_rows[] = {
    [DLT_H5_U8] = {"uint8", 1},    [DLT_H5_I8] = {"int8", 1},     [DLT_H5_U16] = {"uint16", 2},
    [DLT_H5_I16] = {"int16", 2},   [DLT_H5_U32] = {"uint32", 4},  [DLT_H5_I32] = {"int32", 4},
    [DLT_H5_U64] = {"uint64", 8},  [DLT_H5_I64] = {"int64", 8},   [DLT_H5_F32] = {"float32", 4},
    [DLT_H5_F64] = {"float64", 8}, [DLT_H5_OTHER] = {"other", 0},
};

int64_t dlt_h5_type_bytes(dlt_h5_type type) {
    return type_rows[type].bytes;
}

const char *dlt_h5_type_name(dlt_h5_type type) {
    return type_rows[type].name;
}

/* The library's type identifiers exist only once it runs, so this table cannot be static. */
hid_t dlt_h5_native(dlt_h5_type type) {
    const hid_t natives[] = {
        [DLT_H5_U8] = H5T_NATIVE_UINT8,   [DLT_H5_I8] = H5T_NATIVE_INT8,
        [DLT_H5_U16] = H5T_NATIVE_UINT16, [DLT_H5_I16] = H5T_NATIVE_INT16,
        [DLT_H5_U32] = H5T_NATIVE_UINT32, [DLT_H5_I32] = H5T_NATIVE_INT32,
        [DLT_H5_U64] = H5T_NATIVE_UINT64, [DLT_H5_I64] = H5T_NATIVE_INT64,
        [DLT_H5_F32] = H5T_NATIVE_FLOAT,  [DLT_H5_F64] = H5T_NATIVE_DOUBLE,
        [DLT_H5_OTHER] = H5I_INVALID_HID,
    };
    return natives[type];
}

static dlt_h5_type nearest_integer(size_t bytes, bool is_signed) {
    static const dlt_h5_type by_size[4][2] = {{DLT_H5_U8, DLT_H5_I8},
                                              {DLT_H5_U16, DLT_H5_I16},
                                              {DLT_H5_U32, DLT_H5_I32},
                                              {DLT_H5_U64, DLT_H5_I64}};
    int width = bytes <= 1 ? 0 : bytes <= 2 ? 1 : bytes <= 4 ? 2 : 3;
    return by_size[width][is_signed];
}

/* h5py stores booleans as an enumeration over an integer. */
static dlt_h5_type nearest_of_enumeration(hid_t file_type) {
    hid_t base = H5Tget_super(file_type);
    if (base < 0)
        return DLT_H5_OTHER;
    dlt_h5_type type = dlt_h5_nearest_locked(base);
    H5Tclose(base);
    return type;
}

dlt_h5_type dlt_h5_nearest_locked(hid_t file_type) {
    switch (H5Tget_class(file_type)) {
    case H5T_INTEGER:
        return nearest_integer(H5Tget_size(file_type), H5Tget_sign(file_type) == H5T_SGN_2);
    case H5T_FLOAT:
        return H5Tget_size(file_type) <= 4 ? DLT_H5_F32 : DLT_H5_F64;
    case H5T_ENUM:
        return nearest_of_enumeration(file_type);
    default:
        return DLT_H5_OTHER;
    }
}

hid_t dlt_h5_space_locked(const dlt_shape *shape) {
    if (shape->rank == 0)
        return H5Screate(H5S_SCALAR);
    hsize_t extent[DLT_SHAPE_MAX];
    for (int d = 0; d < shape->rank; d++)
        extent[d] = (hsize_t)shape->dim[d];
    return H5Screate_simple(shape->rank, extent, NULL);
}
