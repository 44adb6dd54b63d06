/* Looks through the first shard. Of a file that dltrain did not write, only datasets with as many
 * samples as the inputs are taken for fields, since it may hold anything else beside them. */
#include "data/found_fields.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset_internal.h"

#include <string.h>

void dlt_found_fields_destroy(dlt_found_fields *it) {
    for (int f = 0; f < it->count; f++)
        dlt_free(it->names[f]);
    *it = (dlt_found_fields){.count = 0};
}

static dlt_status add_name(dlt_found_fields *out, const char *name, size_t length) {
    if (out->count == DLT_FIELDS_MAX)
        return DLT_OK;
    char *copy = dlt_alloc((int64_t)length + 1, 1);
    if (copy == NULL)
        return DLT_ERR_MEM;
    memcpy(copy, name, length);
    out->names[out->count++] = copy;
    return DLT_OK;
}

static bool has_name(const dlt_found_fields *out, const char *name, size_t length) {
    for (int f = 0; f < out->count; f++)
        if (strlen(out->names[f]) == length && strncmp(out->names[f], name, length) == 0)
            return true;
    return false;
}

static dlt_status take_noted(const char *lines, dlt_found_fields *out) {
    for (const char *line = lines; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        if (!has_name(out, line, length))
            DLT_TRY(add_name(out, line, length));
        line += length + (line[length] == '\n');
    }
    return DLT_OK;
}

typedef struct search {
    dlt_found_fields *found;
    int64_t samples; /* of the inputs */
} search;

static size_t without_ending(const char *name, const char *ending) {
    const size_t length = strlen(name);
    const size_t less = strlen(ending);
    return length > less && strcmp(name + length - less, ending) == 0 ? length - less : 0;
}

/* A ragged field is known by its offsets; its values are elements, not samples. */
static dlt_status look_at(void *context, const char *name, const dlt_h5_info *info) {
    const search *it = context;
    const size_t ragged = without_ending(name, "/offsets");
    const size_t length = ragged > 0 ? ragged : strlen(name);
    const int64_t rows = it->samples + (ragged > 0 ? 1 : 0);
    if (info->type == DLT_H5_OTHER || info->shape.rank == 0 || info->shape.dim[0] != rows ||
        without_ending(name, "/values") > 0 || strcmp(name, DLT_RECORD_NAME) == 0 ||
        has_name(it->found, name, length))
        return DLT_OK;
    return add_name(it->found, name, length);
}

/* Number of rows of the inputs, -1 if there are none. */
static dlt_status count_rows(dlt_h5_file *file, const char *name, int64_t *out) {
    dlt_h5_dataset *dataset = NULL;
    bool found = false;
    *out = -1;
    DLT_TRY(dlt_h5_find(file, name, &found));
    if (!found)
        return DLT_OK;
    DLT_TRY(dlt_h5_dataset_open(file, name, &dataset));
    const dlt_h5_info *info = dlt_h5_dataset_info(dataset);
    *out = info->shape.rank > 0 ? info->shape.dim[0] : -1;
    dlt_h5_dataset_close(&dataset);
    return DLT_OK;
}

static dlt_status look_through(dlt_h5_file *file, const char *x, const char *y,
                               dlt_found_fields *out) {
    char *noted = NULL;
    search it = {.found = out};
    DLT_TRY(dlt_h5_read_text(file, "/", "fields", &noted));
    dlt_status status = DLT_OK;
    if (noted == NULL || strcmp(x, "x") != 0) {
        DLT_TRY_OUT(add_name(out, x, strlen(x)));
        DLT_TRY_OUT(add_name(out, y, strlen(y)));
    }
    if (noted != NULL) {
        DLT_TRY_OUT(take_noted(noted, out));
    } else {
        DLT_TRY_OUT(count_rows(file, x, &it.samples));
        if (it.samples >= 0)
            DLT_TRY_OUT(dlt_h5_visit(file, "/", look_at, &it));
    }
out:
    dlt_free(noted);
    return status;
}

static void request_all(const char *x, const char *y, dlt_found_fields *out) {
    for (int f = 0; f < out->count; f++) {
        const bool is_x = strcmp(out->names[f], x) == 0;
        const bool is_y = strcmp(out->names[f], y) == 0;
        out->requests.at[f] = (dlt_field_request){.name = out->names[f],
                                                  .required = !is_y,
                                                  .role = is_x   ? DLT_FIELD_X
                                                          : is_y ? DLT_FIELD_Y
                                                                 : DLT_FIELD_PLAIN};
    }
    out->requests.count = out->count;
}

dlt_status dlt_found_fields_find(dlt_h5_lock *h5_lock, const char *source, const char *x,
                                 const char *y, dlt_found_fields *out) {
    dlt_shard_paths paths = {0};
    dlt_h5_file *file = NULL;
    dlt_status status = DLT_OK;
    x = x != NULL ? x : "x";
    y = y != NULL ? y : "y";
    *out = (dlt_found_fields){.count = 0};
    DLT_TRY_OUT(dlt_shard_paths_find(source, &paths));
    DLT_TRY_OUT(dlt_h5_open(h5_lock, paths.at[0], &file));
    DLT_TRY_OUT(look_through(file, x, y, out));
    request_all(x, y, out);
out:
    dlt_h5_close(&file);
    dlt_shard_paths_destroy(&paths);
    return status;
}
