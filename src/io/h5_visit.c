/* Lists the datasets below a group. */
#include "base/alloc.h"
#include "base/error.h"
#include "io/io_internal.h"

#include <stdlib.h>
#include <string.h>

/* From 1.12 on the facts on an object have another layout, and what visits it another number. The
 * numbered names are meant: the plain ones are macros whose meaning depends on how HDF5 was built.
 * */
#if H5_VERSION_GE(1, 12, 0)
typedef H5O_info2_t object_info;
#define VISIT_OBJECTS H5Ovisit3
#else
typedef H5O_info_t object_info;
#define VISIT_OBJECTS H5Ovisit2
#endif

/* Names are collected first and visited afterwards, so that a visitor may use the file. */
typedef struct link_names {
    char **names; /* owned, each owned */
    int64_t count;
    int64_t room;
    dlt_status status;
} link_names;

static void destroy_names(link_names *list) {
    for (int64_t i = 0; i < list->count; i++)
        dlt_free(list->names[i]);
    dlt_free(list->names);
}

static dlt_status make_room(link_names *list) {
    if (list->count < list->room)
        return DLT_OK;
    int64_t room = list->room == 0 ? 16 : 2 * list->room;
    char **names = NULL;
    DLT_TRY(DLT_NEW(names, room));
    if (list->count > 0)
        memcpy(names, list->names, (size_t)list->count * sizeof *names);
    dlt_free(list->names);
    list->names = names;
    list->room = room;
    return DLT_OK;
}

static dlt_status add_name(link_names *list, const char *name) {
    DLT_TRY(make_room(list));
    list->names[list->count] = dlt_alloc_text(name);
    if (list->names[list->count] == NULL)
        return DLT_ERR_MEM;
    list->count++;
    return DLT_OK;
}

static herr_t collect_dataset(hid_t object, const char *name, const object_info *info,
                              void *context) {
    (void)object;
    link_names *list = context;
    if (info->type != H5O_TYPE_DATASET)
        return 0;
    list->status = add_name(list, name);
    return list->status == DLT_OK ? 0 : -1;
}

/* A slash comes before all other characters, so that what a group holds stands together. */
static int place_of(char character) {
    return character == '/' ? 1 : (unsigned char)character;
}

static int compare_paths(const void *a, const void *b) {
    const char *left = *(char *const *)a;
    const char *right = *(char *const *)b;
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return place_of(*left) - place_of(*right);
}

/* In the order in which HDF5 meets them. For any other it first makes a table of a large group's
 * links, and where a read fails meanwhile it releases entries that were never filled and crashes
 * (seen in 1.10.8, H5G__dense_build_table). */
static dlt_status collect_locked(const dlt_h5_file *file, const char *group, link_names *list) {
    hid_t id = H5Gopen2(file->id, group, H5P_DEFAULT);
    if (id < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "cannot open the group '%s' of %s", group,
                                  file->path);
    herr_t result =
        VISIT_OBJECTS(id, H5_INDEX_NAME, H5_ITER_NATIVE, collect_dataset, list, H5O_INFO_BASIC);
    if (result < 0 && list->status == DLT_OK)
        list->status =
            dlt_h5_fail_locked(DLT_ERR_FORMAT, "cannot list '%s' of %s", group, file->path);
    H5Gclose(id);
    return list->status;
}

static dlt_status inspect_by_name(const dlt_h5_file *file, const char *group, const char *name,
                                  dlt_h5_info *out) {
    hid_t id = H5Gopen2(file->id, group, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(id, name, H5P_DEFAULT);
    dlt_status status =
        dataset < 0
            ? dlt_h5_fail_locked(DLT_ERR_FORMAT, "cannot open dataset '%s' of %s", name, file->path)
            : dlt_h5_inspect_locked(dataset, file->path, name, out);
    H5Dclose(dataset);
    H5Gclose(id);
    return status;
}

static dlt_status visit_one(dlt_h5_file *file, const char *group, const char *name,
                            dlt_h5_visitor *visit, void *context) {
    dlt_h5_info info;
    dlt_h5_enter(file->h5_lock);
    dlt_status status = inspect_by_name(file, group, name, &info);
    dlt_h5_leave(file->h5_lock);
    DLT_TRY(status);
    return visit(context, name, &info);
}

dlt_status dlt_h5_visit(dlt_h5_file *file, const char *group, dlt_h5_visitor *visit,
                        void *context) {
    link_names list = {0};
    dlt_h5_enter(file->h5_lock);
    dlt_status status = collect_locked(file, group, &list);
    dlt_h5_leave(file->h5_lock);
    if (list.count > 1)
        qsort(list.names, (size_t)list.count, sizeof *list.names, compare_paths);
    for (int64_t i = 0; status == DLT_OK && i < list.count; i++)
        status = visit_one(file, group, list.names[i], visit, context);
    destroy_names(&list);
    return status;
}
