/* Datasets of HDF5 files: opening through links, reading rows, creating and writing. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/text.h"
#include "io/io_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Bounds of the memory that HDF5 may hold decompressed chunks of one dataset in: one row of chunks,
 * since whoever reads keeps what is needed again. */
static const int64_t CHUNK_CACHE_LEAST_BYTES = INT64_C(1) << 20;
static const int64_t CHUNK_CACHE_MOST_BYTES = INT64_C(1) << 28;

static dlt_status wrap_dataset(dlt_h5_file *file, const char *name, dlt_h5_dataset **out) {
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(DLT_NEW(dataset, 1));
    *dataset = (dlt_h5_dataset){.file = file, .name = dlt_alloc_text(name), .id = H5I_INVALID_HID};
    if (dataset->name == NULL) {
        dlt_free(dataset);
        return DLT_ERR_MEM;
    }
    *out = dataset;
    return DLT_OK;
}

void dlt_h5_dataset_close_locked(dlt_h5_dataset **dataset) {
    dlt_h5_dataset *it = *dataset;
    if (it == NULL)
        return;
    dlt_h5_virtual_close_locked(&it->parts);
    if (it->id >= 0)
        H5Dclose(it->id);
    dlt_h5_close_locked(&it->home);
    dlt_free(it->name);
    dlt_free(it->path);
    dlt_free(it);
    *dataset = NULL;
}

void dlt_h5_dataset_close(dlt_h5_dataset **dataset) {
    if (dataset == NULL || *dataset == NULL)
        return;
    dlt_h5_lock *h5_lock = (*dataset)->file->h5_lock;
    dlt_h5_enter(h5_lock);
    dlt_h5_dataset_close_locked(dataset);
    dlt_h5_leave(h5_lock);
}

const dlt_h5_info *dlt_h5_dataset_info(const dlt_h5_dataset *dataset) {
    return &dataset->info;
}

const char *dlt_h5_dataset_path(const dlt_h5_dataset *dataset) {
    return dlt_h5_home(dataset)->path;
}

/* A copy of HDF5's own, so that it is the same file whatever became of its name. */
dlt_status dlt_h5_dataset_descriptor(const dlt_h5_dataset *dataset, int *fd) {
    dlt_h5_enter(dataset->file->h5_lock);
    const int theirs = dlt_h5_descriptor_locked(dlt_h5_home(dataset));
    *fd = theirs < 0 ? -1 : fcntl(theirs, F_DUPFD_CLOEXEC, 0);
    const int reason = theirs < 0 ? EBADF : errno;
    dlt_h5_leave(dataset->file->h5_lock);
    if (*fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", dlt_h5_dataset_path(dataset),
                        strerror(reason));
    return DLT_OK;
}

static dlt_status list_name(void *context, const char *name, const dlt_h5_info *info) {
    dlt_text *list = context;
    if (info->type != DLT_H5_OTHER)
        dlt_text_add(list, "%s%s", list->used > 0 ? ", " : "", name);
    return dlt_text_check(list);
}

static dlt_status explain_missing(dlt_h5_file *file, const char *name) {
    dlt_text list = DLT_TEXT_EMPTY;
    dlt_status status = dlt_h5_visit(file, "/", list_name, &list);
    if (status == DLT_OK)
        status = dlt_fail(DLT_ERR_FORMAT, "%s has no dataset '%s'; it has: %s", file->path, name,
                          list.used > 0 ? dlt_text_of(&list) : "none");
    else if (status != DLT_ERR_MEM)
        status = dlt_fail(status, "%s has no dataset '%s', and not all that it has can be read: %s",
                          file->path, name, dlt_error_message());
    dlt_text_destroy(&list);
    return status;
}

/* Files of newer versions of HDF5 are met more often than damaged ones. */
static dlt_status explain_unreadable(const dlt_h5_dataset *dataset) {
    char reason[256];
    dlt_h5_reason_locked(reason, sizeof reason);
    bool newer = strstr(reason, "bad version number") != NULL;
    return dlt_fail(
        DLT_ERR_FORMAT, "'%s' of %s cannot be opened as a dataset: %s%s", dataset->name,
        dataset->file->path, reason,
        newer ? " (a newer HDF5 wrote it; h5py's libver=('earliest', 'v110') is readable)" : "");
}

/* Bytes of all chunks that hold the same samples, decompressed. */
static int64_t chunk_row_bytes(hid_t creation, const dlt_h5_info *info) {
    hsize_t chunk[DLT_SHAPE_MAX];
    if (H5Pget_chunk(creation, DLT_SHAPE_MAX, chunk) != info->shape.rank)
        return 0;
    int64_t bytes = dlt_h5_type_bytes(info->type) * (int64_t)chunk[0];
    for (int d = 1; d < info->shape.rank; d++) {
        int64_t across = dlt_ceil_div(info->shape.dim[d], (int64_t)chunk[d]);
        if (__builtin_mul_overflow(bytes, across * (int64_t)chunk[d], &bytes))
            return CHUNK_CACHE_MOST_BYTES;
    }
    return bytes;
}

/* Without a filter no cache is better: HDF5 then reads just the rows asked for, not whole chunks.
 * */
static herr_t set_chunk_cache(hid_t access, hid_t creation, const dlt_h5_info *info) {
    if (H5Pget_nfilters(creation) == 0)
        return H5Pset_chunk_cache(access, 0, 0, H5D_CHUNK_CACHE_W0_DEFAULT);
    int64_t bytes = dlt_max_i64(chunk_row_bytes(creation, info), CHUNK_CACHE_LEAST_BYTES);
    bytes = dlt_min_i64(bytes, CHUNK_CACHE_MOST_BYTES);
    /* HDF5's own default, a prime: the chunks of a row are few. */
    const size_t slots = 521;
    return H5Pset_chunk_cache(access, slots, (size_t)bytes, H5D_CHUNK_CACHE_W0_DEFAULT);
}

/* The cache of a dataset is set when it is opened, so it is opened again. */
static dlt_status reopen_with_cache(dlt_h5_dataset *dataset, hid_t creation) {
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    hid_t again = H5I_INVALID_HID;
    /* HDF5 keeps the first cache as long as the dataset is open anywhere. */
    H5Dclose(dataset->id);
    dataset->id = H5I_INVALID_HID;
    if (set_chunk_cache(access, creation, &dataset->info) >= 0)
        again = H5Dopen2(dlt_h5_home(dataset)->id, dataset->path, access);
    dlt_status status = again < 0 ? dlt_h5_fail_locked(DLT_ERR_IO, "cannot open dataset '%s' of %s",
                                                       dataset->name, dataset->file->path)
                                  : DLT_OK;
    H5Pclose(access);
    dataset->id = again;
    return status;
}

/* Raw bytes beside HDF5 could be those of any file of the system, and are read as zeros where they
 * end. */
static dlt_status check_raw_files(const dlt_h5_dataset *dataset, hid_t creation) {
    char raw[256] = "";
    if (H5Pget_external_count(creation) <= 0)
        return DLT_OK;
    if (H5Pget_external(creation, 0, sizeof raw - 1, raw, NULL, NULL) < 0)
        raw[0] = '\0';
    return dlt_fail(DLT_ERR_FORMAT,
                    "dataset '%s' of %s keeps its bytes outside HDF5, in '%s', which is not read; "
                    "copy it into a dataset that keeps its own",
                    dataset->name, dataset->file->path, raw);
}

/* All that is known of it, and what must hold of it. */
static dlt_status examine_locked(dlt_h5_dataset *dataset, hid_t creation, dlt_h5_nesting *nesting) {
    const char *path = dataset->file->path;
    char shape[DLT_SHAPE_TEXT_BYTES];
    if (dataset->info.type == DLT_H5_OTHER)
        return dlt_fail(DLT_ERR_FORMAT, "dataset '%s' of %s does not hold numbers", dataset->name,
                        path);
    DLT_TRY(check_raw_files(dataset, creation));
    if (!dataset->info.whole)
        return dlt_fail(DLT_ERR_FORMAT,
                        "dataset '%s' of %s is incomplete: its shape is %s, but not all of it was "
                        "ever written",
                        dataset->name, path, dlt_shape_text(&dataset->info.shape, shape));
    DLT_TRY(dlt_h5_find_missing_locked(dataset, creation));
    if (dataset->info.is_virtual)
        return dlt_h5_virtual_open_locked(dataset, creation, nesting);
    return dataset->info.chunk_rows > 0 ? reopen_with_cache(dataset, creation) : DLT_OK;
}

static dlt_status open_locked(dlt_h5_dataset *dataset, dlt_h5_nesting *nesting) {
    const dlt_h5_file *home = dlt_h5_home(dataset);
    dataset->id = H5Dopen2(home->id, dataset->path, H5P_DEFAULT);
    if (dataset->id < 0)
        return explain_unreadable(dataset);
    DLT_TRY(dlt_h5_inspect_locked(dataset->id, home->path, dataset->name, &dataset->info));
    hid_t creation = H5Dget_create_plist(dataset->id);
    dlt_status status = creation < 0
                            ? dlt_h5_fail_locked(DLT_ERR_FORMAT, "dataset '%s' of %s has no layout",
                                                 dataset->name, home->path)
                            : examine_locked(dataset, creation, nesting);
    if (creation >= 0)
        H5Pclose(creation);
    return status;
}

dlt_status dlt_h5_dataset_open_locked(dlt_h5_file *file, const char *name, dlt_h5_nesting *nesting,
                                      dlt_h5_dataset **out) {
    dlt_h5_place place = {0};
    *out = NULL;
    DLT_TRY(dlt_h5_resolve_locked(file, name, &place));
    if (place.path == NULL)
        return DLT_OK;
    dlt_status status = wrap_dataset(file, name, out);
    if (status != DLT_OK) {
        dlt_h5_place_close_locked(&place);
        return status;
    }
    (*out)->home = place.home;
    (*out)->path = place.path;
    status = open_locked(*out, nesting);
    if (status != DLT_OK)
        dlt_h5_dataset_close_locked(out);
    return status;
}

dlt_status dlt_h5_dataset_open(dlt_h5_file *file, const char *name, dlt_h5_dataset **out) {
    dlt_h5_nesting nesting = DLT_H5_NESTING_NONE;
    dlt_h5_enter(file->h5_lock);
    dlt_status status = dlt_h5_dataset_open_locked(file, name, &nesting, out);
    dlt_h5_leave(file->h5_lock);
    return status == DLT_OK && *out == NULL ? explain_missing(file, name) : status;
}

/* The group that `name` stands in and those above it; without time stamps, as datasets are. */
static dlt_status make_groups_locked(hid_t file, char *name) {
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    bool made = creation >= 0 && H5Pset_obj_track_times(creation, false) >= 0;
    for (char *c = name; made && *c != '\0'; c++) {
        if (*c != '/' || c == name)
            continue;
        *c = '\0';
        htri_t found = H5Lexists(file, name, H5P_DEFAULT);
        hid_t group = found == 0 ? H5Gcreate2(file, name, H5P_DEFAULT, creation, H5P_DEFAULT)
                                 : H5I_INVALID_HID;
        made = found > 0 || group >= 0;
        if (group >= 0)
            H5Gclose(group);
        *c = '/';
    }
    dlt_status status =
        made ? DLT_OK : dlt_h5_fail_locked(DLT_ERR_IO, "cannot make the groups of '%s'", name);
    H5Pclose(creation);
    return status;
}

static bool set_chunks(hid_t creation, const dlt_shape *shape, dlt_h5_type type,
                       const dlt_h5_layout *layout) {
    hsize_t chunk[DLT_SHAPE_MAX];
    for (int d = 0; d < shape->rank; d++)
        chunk[d] = (hsize_t)dlt_max_i64(shape->dim[d], 1);
    chunk[0] = (hsize_t)dlt_max_i64(1, dlt_min_i64(layout->chunk_rows, shape->dim[0]));
    if (H5Pset_chunk(creation, shape->rank, chunk) < 0)
        return false;
    if (layout->gzip_level == 0)
        return true;
    /* Bytes of equal weight next to each other compress better; single bytes are so already. */
    if (dlt_h5_type_bytes(type) > 1 && H5Pset_shuffle(creation) < 0)
        return false;
    return H5Pset_deflate(creation, (unsigned)layout->gzip_level) >= 0;
}

static bool set_layout(hid_t creation, const dlt_shape *shape, dlt_h5_type type,
                       const dlt_h5_layout *layout) {
    if (H5Pset_obj_track_times(creation, false) < 0)
        return false;
    if (layout->chunk_rows > 0 && shape->rank > 0)
        return set_chunks(creation, shape, type, layout);
    /* Every row is written, so no fill values are. */
    return H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY) >= 0 &&
           H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) >= 0;
}

static dlt_status create_locked(dlt_h5_dataset *dataset, dlt_h5_type type, const dlt_shape *shape,
                                const dlt_h5_layout *layout) {
    hid_t file = dataset->file->id;
    const char *path = dataset->file->path;
    DLT_TRY(make_groups_locked(file, dataset->name));
    hid_t space = dlt_h5_space_locked(shape);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (space >= 0 && creation >= 0 && set_layout(creation, shape, type, layout))
        dataset->id = H5Dcreate2(file, dataset->name, dlt_h5_native(type), space, H5P_DEFAULT,
                                 creation, H5P_DEFAULT);
    dlt_status status = dataset->id < 0
                            ? dlt_h5_fail_locked(DLT_ERR_IO, "cannot create dataset '%s' of %s",
                                                 dataset->name, path)
                            : DLT_OK;
    H5Pclose(creation);
    H5Sclose(space);
    dataset->info = (dlt_h5_info){
        .type = type, .shape = *shape, .chunk_rows = layout->chunk_rows, .filter = "none"};
    return status;
}

dlt_status dlt_h5_dataset_create(dlt_h5_file *file, const char *name, dlt_h5_type type,
                                 const dlt_shape *shape, const dlt_h5_layout *layout,
                                 dlt_h5_dataset **out) {
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(wrap_dataset(file, name, &dataset));
    dlt_h5_enter(file->h5_lock);
    dlt_status status = create_locked(dataset, type, shape, layout);
    dlt_h5_leave(file->h5_lock);
    if (status != DLT_OK) {
        dlt_h5_dataset_close(&dataset);
        return status;
    }
    *out = dataset;
    return DLT_OK;
}
