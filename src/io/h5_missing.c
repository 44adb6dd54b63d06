/* Numbers that are not there. netCDF and its kin mark them by a value that an attribute of the
 * dataset names, or by one that their libraries write wherever nothing else was; both are legal
 * numbers, which a mean or a gradient would take for data.
 */
#include "base/error.h"
#include "io/io_internal.h"

#include <math.h>

/* Values that an attribute lists; most name one. */
enum { VALUES_MAX = 4 };

bool dlt_h5_add_missing(dlt_h5_info *info, double value, const char *name) {
    for (int i = 0; i < info->missing_count; i++)
        if (info->missing[i].value == value)
            return true;
    if (info->missing_count == DLT_H5_MISSING_MAX)
        return false;
    info->missing[info->missing_count++] = (dlt_h5_missing){value, name};
    return true;
}

/* Numbers of an attribute of a dataset; returns how many: 0 for one that holds no numbers, which is
 * another program's. */
static int read_values(hid_t dataset, const char *name, double *values) {
    int count = 0;
    if (H5Aexists(dataset, name) <= 0)
        return 0;
    hid_t id = H5Aopen(dataset, name, H5P_DEFAULT);
    hid_t type = id >= 0 ? H5Aget_type(id) : H5I_INVALID_HID;
    hid_t space = id >= 0 ? H5Aget_space(id) : H5I_INVALID_HID;
    const hssize_t points = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    if (type >= 0 && dlt_h5_nearest_locked(type) != DLT_H5_OTHER && points >= 1 &&
        points <= VALUES_MAX && H5Aread(id, H5T_NATIVE_DOUBLE, values) >= 0)
        count = (int)points;
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    if (id >= 0)
        H5Aclose(id);
    return count;
}

/* What netCDF writes where nothing was written, for types of more than a byte. */
static bool is_netcdf_default(dlt_h5_type type, double value) {
    switch (type) {
    case DLT_H5_I16:
        return value == -32767;
    case DLT_H5_U16:
        return value == 65535;
    case DLT_H5_I32:
        return value == -2147483647;
    case DLT_H5_U32:
        return value == 4294967295;
    case DLT_H5_I64:
        return value == -9223372036854775806.0;
    case DLT_H5_U64:
        return value == 18446744073709551614.0;
    case DLT_H5_F32:
    case DLT_H5_F64:
        return (float)value == 9.9692099683868690e+36f;
    default:
        return false;
    }
}

static bool add_default(dlt_h5_info *info, hid_t creation) {
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    double value = 0;
    if (H5Pfill_value_defined(creation, &defined) < 0 || defined != H5D_FILL_VALUE_USER_DEFINED ||
        H5Pget_fill_value(creation, H5T_NATIVE_DOUBLE, &value) < 0)
        return true;
    return !is_netcdf_default(info->type, value) || dlt_h5_add_missing(info, value, "fill value");
}

/* Packed numbers are others than those that are stored. */
static dlt_status check_packing(const dlt_h5_dataset *dataset) {
    static const struct {
        const char *name;
        double neutral;
    } packings[] = {{"scale_factor", 1}, {"add_offset", 0}};
    double values[VALUES_MAX];
    for (size_t i = 0; i < sizeof packings / sizeof packings[0]; i++) {
        const int count = read_values(dataset->id, packings[i].name, values);
        if (count == 1 && values[0] != packings[i].neutral)
            return dlt_fail(DLT_ERR_FORMAT,
                            "dataset '%s' of %s is packed: its attribute '%s' is %g, so the stored "
                            "numbers are not its values; unpack it first",
                            dataset->name, dataset->file->path, packings[i].name, values[0]);
    }
    return DLT_OK;
}

dlt_status dlt_h5_find_missing_locked(dlt_h5_dataset *dataset, hid_t creation) {
    static const char *const names[] = {"_FillValue", "missing_value"};
    bool all = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        double values[VALUES_MAX];
        const int count = read_values(dataset->id, names[i], values);
        for (int k = 0; k < count; k++)
            all = (isnan(values[k]) || dlt_h5_add_missing(&dataset->info, values[k], names[i])) &&
                  all;
    }
    all = add_default(&dataset->info, creation) && all;
    if (!all)
        return dlt_fail(DLT_ERR_FORMAT, "dataset '%s' of %s marks missing numbers in too many ways",
                        dataset->name, dataset->file->path);
    return check_packing(dataset);
}
