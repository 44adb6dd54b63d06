/* Virtual datasets: their elements are those of other datasets, mostly in other files.
 *
 * HDF5 reads its fill value wherever a source cannot be opened, be it missing, damaged or one file
 * too many for the process, and follows a dataset that maps itself until the stack ends. So it is
 * not asked: each source is opened here, like any other dataset, and a read of the virtual one
 * becomes a read of each source that it touches. When a virtual dataset is opened, all sources are,
 * and the mappings are proven to cover each element once.
 */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/text.h"
#include "io/io_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 8,       /* of virtual datasets over virtual datasets */
    SOURCES_MAX = 65536, /* in all, those of sources included */
    OPEN_MAX = 32        /* sources of one dataset that stay open: each has a descriptor */
};

/* Rows of the virtual dataset between which a mapping lies. */
typedef struct reach {
    hsize_t first;
    hsize_t last;
} reach;

typedef struct mapping {
    char *file_name; /* owned; "." for the file of the virtual dataset */
    char *name;      /* owned; of the source */
    hid_t here;      /* owned: its elements of the virtual dataset */
    hid_t there;     /* owned: the elements of the source, in the same order */
    reach rows;
    dlt_shape shape;        /* of the source */
    dlt_h5_file *file;      /* owned; NULL: closed, or the virtual dataset's own */
    dlt_h5_dataset *source; /* owned; NULL: closed */
    int64_t last_used;
} mapping;

struct dlt_h5_virtual {
    int64_t count;
    mapping *at; /* owned */
    int64_t open;
    int64_t clock;
};

static void close_source(dlt_h5_virtual *parts, mapping *it) {
    if (it->source == NULL)
        return;
    dlt_h5_dataset_close_locked(&it->source);
    dlt_h5_close_locked(&it->file);
    parts->open--;
}

void dlt_h5_virtual_close_locked(dlt_h5_virtual **parts) {
    if (*parts == NULL)
        return;
    for (int64_t i = 0; i < (*parts)->count; i++) {
        mapping *it = &(*parts)->at[i];
        close_source(*parts, it);
        if (it->here >= 0)
            H5Sclose(it->here);
        if (it->there >= 0)
            H5Sclose(it->there);
        dlt_free(it->file_name);
        dlt_free(it->name);
    }
    dlt_free((*parts)->at);
    dlt_free(*parts);
    *parts = NULL;
}

/* Whether a selection has no end, or cannot be told. */
static bool is_open_ended(hid_t space) {
    hsize_t start[H5S_MAX_RANK];
    hsize_t stride[H5S_MAX_RANK];
    hsize_t count[H5S_MAX_RANK];
    hsize_t block[H5S_MAX_RANK];
    const int rank = H5Sget_simple_extent_ndims(space);
    if (space < 0 || rank < 0 || rank > H5S_MAX_RANK)
        return true;
    if (H5Sget_select_type(space) != H5S_SEL_HYPERSLABS || H5Sis_regular_hyperslab(space) <= 0)
        return false;
    if (H5Sget_regular_hyperslab(space, start, stride, count, block) < 0)
        return true;
    for (int d = 0; d < rank; d++)
        if (count[d] == H5S_UNLIMITED || block[d] == H5S_UNLIMITED)
            return true;
    return false;
}

dlt_status dlt_h5_virtual_check_ends_locked(hid_t creation, const char *path, const char *name) {
    size_t count = 0;
    bool endless = H5Pget_virtual_count(creation, &count) < 0;
    for (size_t i = 0; i < count && !endless; i++) {
        hid_t space = H5Pget_virtual_vspace(creation, i);
        endless = is_open_ended(space);
        if (space >= 0)
            H5Sclose(space);
    }
    if (!endless)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "virtual dataset '%s' of %s maps files without an end to their number or "
                    "length, so that none can be found missing; make one that maps each by its "
                    "name and size, or copy it into a dataset of its own",
                    name, path);
}

typedef ssize_t name_getter(hid_t creation, size_t index, char *name, size_t size);

/* A name that the layout keeps. "%%" stands for "%" in it. */
static dlt_status take_name(hid_t creation, size_t index, name_getter *get, char **out) {
    const ssize_t length = get(creation, index, NULL, 0);
    if (length < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "a virtual dataset's layout is damaged");
    DLT_TRY(DLT_NEW(*out, (int64_t)length + 1));
    if (get(creation, index, *out, (size_t)length + 1) < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "a virtual dataset's layout is damaged");
    char *to = *out;
    for (const char *from = *out; *from != '\0'; from++) {
        if (from[0] == '%' && from[1] == '%')
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return DLT_OK;
}

/* The sentence of a source that is not as it should be; the last one says how. */
static dlt_status fail_source(const dlt_h5_dataset *dataset, const mapping *it, dlt_status code) {
    if (code == DLT_ERR_MEM)
        return code;
    return dlt_fail(code, "virtual dataset '%s' of %s needs '%s' of %s: %s", dataset->name,
                    dataset->file->path, it->name,
                    strcmp(it->file_name, ".") == 0 ? "the same file" : it->file_name,
                    dlt_error_message());
}

static dlt_status open_both(dlt_h5_dataset *dataset, mapping *it, dlt_h5_nesting *nesting) {
    dlt_h5_file *home = dlt_h5_home(dataset);
    if (strcmp(it->file_name, ".") != 0)
        DLT_TRY(dlt_h5_open_beside_locked(home, it->file_name, &it->file));
    dlt_h5_file *file = it->file != NULL ? it->file : home;
    DLT_TRY(dlt_h5_dataset_open_locked(file, it->name, nesting, &it->source));
    if (it->source == NULL)
        return dlt_fail(DLT_ERR_FORMAT, "%s has no such dataset", file->path);
    return DLT_OK;
}

static void close_oldest(dlt_h5_virtual *parts) {
    mapping *oldest = NULL;
    for (int64_t i = 0; i < parts->count; i++)
        if (parts->at[i].source != NULL &&
            (oldest == NULL || parts->at[i].last_used < oldest->last_used))
            oldest = &parts->at[i];
    if (oldest != NULL)
        close_source(parts, oldest);
}

static dlt_status open_source(dlt_h5_dataset *dataset, mapping *it, dlt_h5_nesting *nesting) {
    dlt_h5_virtual *parts = dataset->parts;
    it->last_used = ++parts->clock;
    if (it->source != NULL)
        return DLT_OK;
    if (parts->open >= OPEN_MAX)
        close_oldest(parts);
    dlt_status status = open_both(dataset, it, nesting);
    if (status != DLT_OK) {
        dlt_h5_dataset_close_locked(&it->source);
        dlt_h5_close_locked(&it->file);
        return fail_source(dataset, it, status);
    }
    parts->open++;
    return DLT_OK;
}

/* Copies what a space selects into one of `shape`. Negative if it does not lie within. */
static hid_t select_within(hid_t selected, const dlt_shape *shape) {
    hsize_t low[H5S_MAX_RANK];
    hsize_t high[H5S_MAX_RANK];
    const hsize_t start[DLT_SHAPE_MAX] = {0};
    hsize_t extent[DLT_SHAPE_MAX];
    for (int d = 0; d < shape->rank; d++)
        extent[d] = (hsize_t)shape->dim[d];
    hid_t space = dlt_h5_space_locked(shape);
    bool fits = space >= 0 && shape->rank > 0;
    if (fits && H5Sget_select_type(selected) == H5S_SEL_ALL)
        fits = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0;
    else if (fits) {
        fits = H5Sget_simple_extent_ndims(selected) == shape->rank &&
               H5Sget_select_type(selected) == H5S_SEL_HYPERSLABS &&
               H5Sget_select_bounds(selected, low, high) >= 0;
        for (int d = 0; fits && d < shape->rank; d++)
            fits = high[d] < extent[d];
        fits = fits && H5Sselect_copy(space, selected) >= 0;
    }
    if (!fits && space >= 0)
        H5Sclose(space);
    return fits ? space : H5I_INVALID_HID;
}

/* Whether no whole number of one type is clipped in the other, of which HDF5 says nothing. Rounding
 * is what a real type means. */
static bool holds_all_of(dlt_h5_type to, dlt_h5_type from) {
    static const struct {
        int bits; /* of a magnitude; 0: real */
        bool is_signed;
    } ranges[] = {
        [DLT_H5_U8] = {8, false},   [DLT_H5_I8] = {7, true},    [DLT_H5_U16] = {16, false},
        [DLT_H5_I16] = {15, true},  [DLT_H5_U32] = {32, false}, [DLT_H5_I32] = {31, true},
        [DLT_H5_U64] = {64, false}, [DLT_H5_I64] = {63, true},  [DLT_H5_F32] = {0, true},
        [DLT_H5_F64] = {0, true},
    };
    if (ranges[to].bits == 0)
        return true;
    return ranges[from].bits != 0 && ranges[to].bits >= ranges[from].bits &&
           (ranges[to].is_signed || !ranges[from].is_signed);
}

/* Takes over what marks a number as missing in the source. */
static dlt_status inherit_missing(dlt_h5_info *to, const dlt_h5_info *from) {
    for (int i = 0; i < from->missing_count; i++)
        if (!dlt_h5_add_missing(to, from->missing[i].value, from->missing[i].name))
            return dlt_fail(DLT_ERR_FORMAT, "its sources mark missing numbers in too many ways");
    return DLT_OK;
}

/* What of a mapping can be wrong, with its source open. */
static dlt_status check_mapping(dlt_h5_dataset *dataset, mapping *it, hid_t here, hid_t there) {
    const dlt_h5_info *source = &it->source->info;
    hsize_t low[H5S_MAX_RANK];
    hsize_t high[H5S_MAX_RANK];
    char shape[DLT_SHAPE_TEXT_BYTES];
    it->shape = source->shape;
    it->here = select_within(here, &dataset->info.shape);
    if (it->here < 0 || H5Sget_select_bounds(it->here, low, high) < 0)
        return dlt_fail(DLT_ERR_FORMAT, "it is mapped to elements that '%s' does not have",
                        dataset->name);
    it->rows = (reach){low[0], high[0]};
    it->there = select_within(there, &source->shape);
    if (it->there < 0 || H5Sget_select_npoints(it->there) != H5Sget_select_npoints(it->here))
        return dlt_fail(DLT_ERR_FORMAT,
                        "its shape is %s, which is not as large as the mapping says",
                        dlt_shape_text(&source->shape, shape));
    if (!holds_all_of(dataset->info.type, source->type))
        return dlt_fail(DLT_ERR_FORMAT, "its numbers are %s, which %s does not hold",
                        dlt_h5_type_name(source->type), dlt_h5_type_name(dataset->info.type));
    return inherit_missing(&dataset->info, source);
}

static dlt_status open_mapping(dlt_h5_dataset *dataset, hid_t creation, size_t index, mapping *it,
                               dlt_h5_nesting *nesting) {
    hid_t here = H5Pget_virtual_vspace(creation, index);
    hid_t there = H5Pget_virtual_srcspace(creation, index);
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(take_name(creation, index, H5Pget_virtual_filename, &it->file_name));
    DLT_TRY_OUT(take_name(creation, index, H5Pget_virtual_dsetname, &it->name));
    if (nesting->left-- <= 0)
        DLT_TRY_OUT(dlt_fail(DLT_ERR_FORMAT, "'%s' of %s is made of too many parts", dataset->name,
                             dataset->file->path));
    DLT_TRY_OUT(open_source(dataset, it, nesting));
    status = check_mapping(dataset, it, here, there);
    if (status != DLT_OK)
        status = fail_source(dataset, it, status);
out:
    if (here >= 0)
        H5Sclose(here);
    if (there >= 0)
        H5Sclose(there);
    return status;
}

static int compare_reaches(const void *a, const void *b) {
    const hsize_t left = ((const reach *)a)->first;
    const hsize_t right = ((const reach *)b)->first;
    return left < right ? -1 : left > right;
}

/* Whether no element has two sources, told from the rows alone: it may be so all the same if not.
 * */
static dlt_status have_rows_apart(const dlt_h5_virtual *parts, bool *apart) {
    reach *rows = NULL;
    DLT_TRY(DLT_NEW(rows, parts->count));
    for (int64_t i = 0; i < parts->count; i++)
        rows[i] = parts->at[i].rows;
    qsort(rows, (size_t)parts->count, sizeof *rows, compare_reaches);
    *apart = true;
    for (int64_t i = 1; i < parts->count; i++)
        *apart = *apart && rows[i].first > rows[i - 1].last;
    dlt_free(rows);
    return DLT_OK;
}

/* Elements that have a source, each counted once; negative on failure. */
static hssize_t count_union(const dlt_h5_virtual *parts) {
    hid_t all = parts->count > 0 ? H5Scopy(parts->at[0].here) : H5I_INVALID_HID;
    bool good = all >= 0;
    for (int64_t i = 1; good && i < parts->count; i++)
        good = H5Smodify_select(all, H5S_SELECT_OR, parts->at[i].here) >= 0;
    const hssize_t count = good ? H5Sget_select_npoints(all) : -1;
    if (all >= 0)
        H5Sclose(all);
    return count;
}

/* Each element has one source. */
static dlt_status check_coverage(const dlt_h5_dataset *dataset) {
    const hssize_t total = (hssize_t)dlt_shape_count(&dataset->info.shape);
    hssize_t mapped = 0;
    bool apart = false;
    for (int64_t i = 0; i < dataset->parts->count; i++)
        mapped += H5Sget_select_npoints(dataset->parts->at[i].here);
    DLT_TRY(have_rows_apart(dataset->parts, &apart));
    const hssize_t distinct = apart ? mapped : count_union(dataset->parts);
    if (distinct < mapped)
        return dlt_fail(DLT_ERR_FORMAT, "virtual dataset '%s' of %s maps an element twice",
                        dataset->name, dataset->file->path);
    if (distinct != total)
        return dlt_fail(DLT_ERR_FORMAT,
                        "virtual dataset '%s' of %s is incomplete: %lld of its %lld elements are "
                        "mapped to a source",
                        dataset->name, dataset->file->path, (long long)distinct, (long long)total);
    return DLT_OK;
}

dlt_status dlt_h5_virtual_open_locked(dlt_h5_dataset *dataset, hid_t creation,
                                      dlt_h5_nesting *nesting) {
    size_t count = 0;
    if (nesting->depth >= DEPTH_MAX)
        return dlt_fail(DLT_ERR_FORMAT,
                        "virtual datasets refer to each other more than %d deep, or in a circle",
                        (int)DEPTH_MAX);
    if (H5Pget_virtual_count(creation, &count) < 0 || count > SOURCES_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "'%s' of %s is made of too many parts", dataset->name,
                        dataset->file->path);
    DLT_TRY(DLT_NEW(dataset->parts, 1));
    DLT_TRY(DLT_NEW(dataset->parts->at, (int64_t)count));
    nesting->depth++;
    for (size_t i = 0; i < count; i++) {
        mapping *it = &dataset->parts->at[i];
        *it = (mapping){.here = H5I_INVALID_HID, .there = H5I_INVALID_HID};
        dataset->parts->count++;
        DLT_TRY(open_mapping(dataset, creation, i, it, nesting));
    }
    nesting->depth--;
    return check_coverage(dataset);
}

/* Reads the elements of one source among those that `file` selects, which go where `memory` says.
 * */
static dlt_status read_mapping(dlt_h5_dataset *dataset, mapping *it, dlt_h5_type type, hid_t memory,
                               hid_t file, void *out, hssize_t *done) {
    dlt_h5_nesting nesting = DLT_H5_NESTING_NONE;
    dlt_status status = DLT_OK;
    hid_t from = H5Sselect_project_intersection(it->here, it->there, file);
    hid_t to = H5Sselect_project_intersection(file, memory, it->here);
    const hssize_t count = from < 0 ? -1 : H5Sget_select_npoints(from);
    if (count < 0 || to < 0 || H5Sget_select_npoints(to) != count)
        DLT_TRY_OUT(dlt_h5_fail_locked(DLT_ERR_INTERNAL, "cannot select elements of '%s' of %s",
                                       dataset->name, dataset->file->path));
    if (count > 0) {
        DLT_TRY_OUT(open_source(dataset, it, &nesting));
        if (!dlt_shape_equal(&it->source->info.shape, &it->shape))
            DLT_TRY_OUT(dlt_fail(DLT_ERR_FORMAT, "'%s' of %s has changed while it was read",
                                 it->name, it->file_name));
        DLT_TRY_OUT(dlt_h5_read_selection_locked(it->source, type, to, from, out));
    }
    *done += count;
out:
    if (from >= 0)
        H5Sclose(from);
    if (to >= 0)
        H5Sclose(to);
    return status;
}

dlt_status dlt_h5_virtual_read_locked(dlt_h5_dataset *dataset, dlt_h5_type type, hid_t memory,
                                      hid_t file, void *out) {
    hsize_t low[H5S_MAX_RANK];
    hsize_t high[H5S_MAX_RANK];
    hssize_t done = 0;
    const hssize_t wanted = H5Sget_select_npoints(file);
    if (wanted == 0)
        return DLT_OK;
    if (wanted < 0 || H5Sget_select_bounds(file, low, high) < 0)
        return dlt_h5_fail_locked(DLT_ERR_INTERNAL, "cannot select elements of '%s' of %s",
                                  dataset->name, dataset->file->path);
    for (int64_t i = 0; i < dataset->parts->count && done < wanted; i++) {
        mapping *it = &dataset->parts->at[i];
        if (it->rows.first <= high[0] && it->rows.last >= low[0])
            DLT_TRY(read_mapping(dataset, it, type, memory, file, out, &done));
    }
    if (done != wanted)
        return dlt_fail(DLT_ERR_INTERNAL, "%lld of %lld elements of '%s' of %s have a source",
                        (long long)done, (long long)wanted, dataset->name, dataset->file->path);
    return DLT_OK;
}
