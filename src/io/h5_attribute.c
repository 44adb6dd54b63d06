/* Attributes of HDF5 objects: texts, integers and lists of reals, one at a time. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/text.h"
#include "io/io_internal.h"

#include <string.h>

/* An attribute under way: what every function here opens and closes. */
typedef struct attribute {
    const dlt_h5_file *file;
    const char *object;
    const char *name;
    hid_t id;
    hid_t type;  /* in the file */
    hid_t space; /* its extent */
} attribute;

static dlt_status fail_attribute(const attribute *it, dlt_status code, const char *verb) {
    return dlt_h5_fail_locked(code, "cannot %s attribute '%s' of '%s' in %s", verb, it->name,
                              it->object, it->file->path);
}

static void close_attribute(attribute *it) {
    H5Sclose(it->space);
    H5Tclose(it->type);
    H5Aclose(it->id);
}

static attribute make_attribute(const dlt_h5_file *file, const char *object, const char *name) {
    return (attribute){file, object, name, H5I_INVALID_HID, H5I_INVALID_HID, H5I_INVALID_HID};
}

/* Replaces an attribute of the same name. type and space are set and stay open. */
static dlt_status write_attribute(attribute *it, hid_t memory_type, const void *value) {
    hid_t file = it->file->id;
    if (H5Aexists_by_name(file, it->object, it->name, H5P_DEFAULT) > 0 &&
        H5Adelete_by_name(file, it->object, it->name, H5P_DEFAULT) < 0)
        return fail_attribute(it, DLT_ERR_IO, "replace");
    it->id = H5Acreate_by_name(file, it->object, it->name, it->type, it->space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT);
    if (it->id < 0 || H5Awrite(it->id, memory_type, value) < 0)
        return fail_attribute(it, DLT_ERR_IO, "write");
    return DLT_OK;
}

/* *found false where there is no such attribute. */
static dlt_status open_attribute(attribute *it, bool *found) {
    htri_t exists = H5Aexists_by_name(it->file->id, it->object, it->name, H5P_DEFAULT);
    if (exists < 0)
        return fail_attribute(it, DLT_ERR_FORMAT, "look for");
    *found = exists > 0;
    if (!*found)
        return DLT_OK;
    it->id = H5Aopen_by_name(it->file->id, it->object, it->name, H5P_DEFAULT, H5P_DEFAULT);
    it->type = H5Aget_type(it->id);
    it->space = H5Aget_space(it->id);
    if (it->id < 0 || it->type < 0 || it->space < 0)
        return fail_attribute(it, DLT_ERR_FORMAT, "open");
    return DLT_OK;
}

/* The number of elements. Attributes are lists of a few things; what claims more is damaged. */
static dlt_status count_elements(const attribute *it, int64_t *count) {
    const int64_t most = INT64_C(1) << 24;
    *count = H5Sget_simple_extent_npoints(it->space);
    if (*count < 0 || *count > most / dlt_max_i64((int64_t)H5Tget_size(it->type), 1))
        return dlt_fail(DLT_ERR_FORMAT, "attribute '%s' of '%s' in %s is not of a size that can be",
                        it->name, it->object, it->file->path);
    return DLT_OK;
}

static hid_t text_type(size_t bytes) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, bytes) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

dlt_status dlt_h5_write_text(dlt_h5_file *file, const char *object, const char *name,
                             const char *text) {
    attribute it = make_attribute(file, object, name);
    dlt_h5_enter(file->h5_lock);
    it.type = text_type(strlen(text) + 1);
    it.space = H5Screate(H5S_SCALAR);
    dlt_status status = write_attribute(&it, it.type, text);
    close_attribute(&it);
    dlt_h5_leave(file->h5_lock);
    return status;
}

/* Strings of one fixed size, padded with zeros or spaces. */
static dlt_status read_fixed_text(attribute *it, int64_t count, dlt_text *out) {
    size_t bytes = H5Tget_size(it->type);
    bool spaces = H5Tget_strpad(it->type) == H5T_STR_SPACEPAD;
    char *block = dlt_alloc(count, bytes);
    if (block == NULL)
        return DLT_ERR_MEM;
    dlt_status status = DLT_OK;
    if (H5Aread(it->id, it->type, block) < 0)
        status = fail_attribute(it, DLT_ERR_FORMAT, "read");
    for (int64_t i = 0; status == DLT_OK && i < count; i++) {
        const char *piece = block + (size_t)i * bytes;
        size_t length = strnlen(piece, bytes);
        while (spaces && length > 0 && piece[length - 1] == ' ')
            length--;
        dlt_text_add(out, "%s%.*s", i > 0 ? "\n" : "", (int)length, piece);
    }
    dlt_free(block);
    return status;
}

static dlt_status read_variable_text(attribute *it, int64_t count, dlt_text *out) {
    char **pieces = NULL;
    DLT_TRY(DLT_NEW(pieces, count));
    dlt_status status = DLT_OK;
    if (H5Aread(it->id, it->type, pieces) < 0)
        status = fail_attribute(it, DLT_ERR_FORMAT, "read");
    for (int64_t i = 0; status == DLT_OK && i < count; i++)
        dlt_text_add(out, "%s%s", i > 0 ? "\n" : "", pieces[i] != NULL ? pieces[i] : "");
    if (status == DLT_OK)
        (void)H5Dvlen_reclaim(it->type, it->space, H5P_DEFAULT, pieces);
    dlt_free(pieces);
    return status;
}

static dlt_status read_text_locked(attribute *it, dlt_text *out) {
    bool found = false;
    DLT_TRY(open_attribute(it, &found));
    if (!found)
        return DLT_OK;
    if (H5Tget_class(it->type) != H5T_STRING)
        return dlt_fail(DLT_ERR_FORMAT, "attribute '%s' of '%s' in %s is not text", it->name,
                        it->object, it->file->path);
    int64_t count = 0;
    DLT_TRY(count_elements(it, &count));
    DLT_TRY(H5Tis_variable_str(it->type) > 0 ? read_variable_text(it, count, out)
                                             : read_fixed_text(it, count, out));
    /* Also empty text must have memory to hand over. */
    dlt_text_add_bytes(out, "", 0);
    return dlt_text_check(out);
}

dlt_status dlt_h5_read_text(dlt_h5_file *file, const char *object, const char *name, char **out) {
    attribute it = make_attribute(file, object, name);
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_h5_enter(file->h5_lock);
    dlt_status status = read_text_locked(&it, &text);
    close_attribute(&it);
    dlt_h5_leave(file->h5_lock);
    if (status != DLT_OK) {
        dlt_text_destroy(&text);
        return status;
    }
    *out = text.data;
    return DLT_OK;
}

dlt_status dlt_h5_write_reals(dlt_h5_file *file, const char *object, const char *name,
                              int64_t count, const double *values) {
    attribute it = make_attribute(file, object, name);
    const hsize_t extent = (hsize_t)count;
    dlt_h5_enter(file->h5_lock);
    it.type = H5Tcopy(H5T_NATIVE_DOUBLE);
    it.space = H5Screate_simple(1, &extent, NULL);
    dlt_status status = write_attribute(&it, H5T_NATIVE_DOUBLE, values);
    close_attribute(&it);
    dlt_h5_leave(file->h5_lock);
    return status;
}

static dlt_status check_numeric(const attribute *it) {
    if (dlt_h5_nearest_locked(it->type) == DLT_H5_OTHER)
        return dlt_fail(DLT_ERR_FORMAT, "attribute '%s' of '%s' in %s is not a number", it->name,
                        it->object, it->file->path);
    return DLT_OK;
}

static dlt_status read_reals_locked(attribute *it, int64_t *count, double **out) {
    bool found = false;
    double *values = NULL;
    DLT_TRY(open_attribute(it, &found));
    if (!found)
        return DLT_OK;
    DLT_TRY(check_numeric(it));
    int64_t points = 0;
    DLT_TRY(count_elements(it, &points));
    DLT_TRY(DLT_NEW(values, points));
    if (H5Aread(it->id, H5T_NATIVE_DOUBLE, values) < 0) {
        dlt_free(values);
        return fail_attribute(it, DLT_ERR_FORMAT, "read");
    }
    *count = points;
    *out = values;
    return DLT_OK;
}

dlt_status dlt_h5_read_reals(dlt_h5_file *file, const char *object, const char *name,
                             int64_t *count, double **out) {
    attribute it = make_attribute(file, object, name);
    *count = 0;
    *out = NULL;
    dlt_h5_enter(file->h5_lock);
    dlt_status status = read_reals_locked(&it, count, out);
    close_attribute(&it);
    dlt_h5_leave(file->h5_lock);
    return status;
}

dlt_status dlt_h5_write_int(dlt_h5_file *file, const char *object, const char *name,
                            int64_t value) {
    attribute it = make_attribute(file, object, name);
    dlt_h5_enter(file->h5_lock);
    it.type = H5Tcopy(H5T_NATIVE_INT64);
    it.space = H5Screate(H5S_SCALAR);
    dlt_status status = write_attribute(&it, H5T_NATIVE_INT64, &value);
    close_attribute(&it);
    dlt_h5_leave(file->h5_lock);
    return status;
}

static dlt_status read_int_locked(attribute *it, int64_t *out) {
    bool found = false;
    DLT_TRY(open_attribute(it, &found));
    if (!found)
        return dlt_fail(DLT_ERR_FORMAT, "'%s' in %s has no attribute '%s'", it->object,
                        it->file->path, it->name);
    DLT_TRY(check_numeric(it));
    if (H5Sget_simple_extent_npoints(it->space) != 1)
        return dlt_fail(DLT_ERR_FORMAT, "attribute '%s' of '%s' in %s is not a single number",
                        it->name, it->object, it->file->path);
    if (H5Aread(it->id, H5T_NATIVE_INT64, out) < 0)
        return fail_attribute(it, DLT_ERR_FORMAT, "read");
    return DLT_OK;
}

dlt_status dlt_h5_read_int(dlt_h5_file *file, const char *object, const char *name, int64_t *out) {
    attribute it = make_attribute(file, object, name);
    dlt_h5_enter(file->h5_lock);
    dlt_status status = read_int_locked(&it, out);
    close_attribute(&it);
    dlt_h5_leave(file->h5_lock);
    return status;
}
