/* Collects the tensors, values and texts of a checkpoint in lists. They are searched linearly
 * because a model has few tensors. A name is checked when it is added, because it becomes a path of
 * HDF5 and a line of the seal, neither of which can hold every character. Names, values and texts
 * are owned; the memory of tensors is borrowed. */
#include "checkpoint/snapshot.h"

#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/names.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

dlt_status dlt_snapshot_create(dlt_snapshot **out) {
    return DLT_NEW(*out, 1);
}

void dlt_snapshot_destroy(dlt_snapshot **snapshot) {
    dlt_snapshot *old = *snapshot;
    if (old == NULL)
        return;
    for (int64_t i = 0; i < old->tensor_count; i++) {
        dlt_free(old->tensors[i].name);
        dlt_free(old->tensors[i].parts);
    }
    for (int64_t i = 0; i < old->state_count; i++) {
        dlt_free(old->state[i].name);
        dlt_free(old->state[i].text);
    }
    dlt_free(old->tensors);
    dlt_free(old->state);
    dlt_free(old->run_file);
    dlt_free(old->model);
    dlt_free(old);
    *snapshot = NULL;
}

/* Room for one more object in a list that doubles. */
static dlt_status make_room(void **list, int64_t count, int64_t *room, size_t size) {
    if (count < *room)
        return DLT_OK;
    int64_t new_room = *room == 0 ? 16 : 2 * *room;
    void *longer = dlt_alloc(new_room, size);
    if (longer == NULL)
        return DLT_ERR_MEM;
    if (count > 0)
        memcpy(longer, *list, (size_t)count * size);
    dlt_free(*list);
    *list = longer;
    *room = new_room;
    return DLT_OK;
}

static bool is_tensor_name(const char *name) {
    return dlt_checkpoint_is_below(name, "/params") || dlt_checkpoint_is_below(name, "/optim") ||
           dlt_checkpoint_is_below(name, "/buffers") ||
           dlt_checkpoint_is_below(name, DLT_SNAPSHOT_ERROR_FEEDBACK);
}

/* Names become lines of the seal and paths of HDF5. */
static bool is_printable(const char *name) {
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return false;
    return true;
}

dlt_status dlt_snapshot_add(dlt_snapshot *snapshot, dlt_h5_type type, const dlt_shape *shape,
                            void *data, const char *name_format, ...) {
    char name[DLT_CHECKPOINT_NAME_BYTES];
    va_list arguments;
    va_start(arguments, name_format);
    int length = vsnprintf(name, sizeof name, name_format, arguments);
    va_end(arguments);
    if (length < 0 || length >= DLT_CHECKPOINT_NAME_BYTES || !is_printable(name) ||
        !is_tensor_name(name))
        return dlt_fail(DLT_ERR_INTERNAL,
                        "'%s' cannot name a tensor of a checkpoint: up to %d printable characters "
                        "below /params, /optim, /buffers or /error_feedback can",
                        name, DLT_CHECKPOINT_NAME_BYTES - 1);
    if (dlt_snapshot_find(snapshot, name) != NULL)
        return dlt_fail(DLT_ERR_INTERNAL, "a checkpoint has two tensors named %s", name);
    void *list = snapshot->tensors;
    DLT_TRY(make_room(&list, snapshot->tensor_count, &snapshot->tensor_room,
                      sizeof *snapshot->tensors));
    snapshot->tensors = list;
    char *copy = dlt_alloc_text(name);
    if (copy == NULL)
        return DLT_ERR_MEM;
    snapshot->tensors[snapshot->tensor_count++] =
        (dlt_snapshot_tensor){.name = copy, .type = type, .shape = *shape, .data = data};
    return DLT_OK;
}

dlt_status dlt_snapshot_limit(dlt_snapshot *snapshot, const dlt_snapshot_part *part) {
    dlt_snapshot_tensor *last = &snapshot->tensors[snapshot->tensor_count - 1];
    last->is_partial = true;
    if (part->count == 0)
        return DLT_OK;
    void *list = last->parts;
    DLT_TRY(make_room(&list, last->part_count, &last->part_room, sizeof *last->parts));
    last->parts = list;
    last->parts[last->part_count++] = *part;
    return DLT_OK;
}

const dlt_snapshot_tensor *dlt_snapshot_find(const dlt_snapshot *snapshot, const char *name) {
    for (int64_t i = 0; i < snapshot->tensor_count; i++)
        if (strcmp(snapshot->tensors[i].name, name) == 0)
            return &snapshot->tensors[i];
    return NULL;
}

int64_t dlt_snapshot_bytes(const dlt_snapshot *snapshot) {
    int64_t bytes = 0;
    for (int64_t i = 0; i < snapshot->tensor_count; i++)
        bytes += dlt_shape_count(&snapshot->tensors[i].shape) *
                 dlt_h5_type_bytes(snapshot->tensors[i].type);
    return bytes;
}

static dlt_state_value *find_value(const dlt_snapshot *snapshot, const char *name) {
    for (int64_t i = 0; i < snapshot->state_count; i++)
        if (strcmp(snapshot->state[i].name, name) == 0)
            return &snapshot->state[i];
    return NULL;
}

static dlt_status find_or_add_value(dlt_snapshot *snapshot, const char *name,
                                    dlt_state_value **out) {
    *out = find_value(snapshot, name);
    if (*out != NULL)
        return DLT_OK;
    if (strlen(name) + sizeof DLT_CHECKPOINT_STATE >= DLT_CHECKPOINT_NAME_BYTES ||
        !is_printable(name) || name[0] == '\0')
        return dlt_fail(DLT_ERR_INTERNAL, "'%s' cannot name a state value of a checkpoint", name);
    void *list = snapshot->state;
    DLT_TRY(
        make_room(&list, snapshot->state_count, &snapshot->state_room, sizeof *snapshot->state));
    snapshot->state = list;
    char *copy = dlt_alloc_text(name);
    if (copy == NULL)
        return DLT_ERR_MEM;
    *out = &snapshot->state[snapshot->state_count++];
    **out = (dlt_state_value){.name = copy};
    return DLT_OK;
}

static dlt_status set_value(dlt_snapshot *snapshot, const char *name,
                            const dlt_state_value *value) {
    dlt_state_value *place = NULL;
    DLT_TRY(find_or_add_value(snapshot, name, &place));
    dlt_free(place->text);
    char *kept_name = place->name;
    *place = *value;
    place->name = kept_name;
    return DLT_OK;
}

dlt_status dlt_snapshot_set_int(dlt_snapshot *snapshot, const char *name, int64_t value) {
    return set_value(snapshot, name, &(dlt_state_value){.kind = DLT_STATE_INT, .integer = value});
}

dlt_status dlt_snapshot_set_real(dlt_snapshot *snapshot, const char *name, double value) {
    return set_value(snapshot, name, &(dlt_state_value){.kind = DLT_STATE_REAL, .real = value});
}

dlt_status dlt_snapshot_set_text(dlt_snapshot *snapshot, const char *name, const char *value) {
    char *copy = dlt_alloc_text(value);
    if (copy == NULL)
        return DLT_ERR_MEM;
    dlt_status status =
        set_value(snapshot, name, &(dlt_state_value){.kind = DLT_STATE_TEXT, .text = copy});
    if (status != DLT_OK)
        dlt_free(copy);
    return status;
}

static dlt_status replace_text(char **place, const char *text) {
    char *copy = dlt_alloc_text(text);
    if (copy == NULL)
        return DLT_ERR_MEM;
    dlt_free(*place);
    *place = copy;
    return DLT_OK;
}

dlt_status dlt_snapshot_set_run_file(dlt_snapshot *snapshot, const char *text) {
    return replace_text(&snapshot->run_file, text);
}

dlt_status dlt_snapshot_set_model(dlt_snapshot *snapshot, const char *fingerprint) {
    return replace_text(&snapshot->model, fingerprint);
}

bool dlt_snapshot_has(const dlt_snapshot *snapshot, const char *name) {
    return find_value(snapshot, name) != NULL;
}

static dlt_status get_value(const dlt_snapshot *snapshot, const char *name, dlt_state_kind kind,
                            const dlt_state_value **out) {
    static const char *const kinds[] = {"an integer", "a real number", "text"};
    *out = find_value(snapshot, name);
    if (*out == NULL)
        return dlt_fail(DLT_ERR_FORMAT, "the checkpoint has no state value '%s'", name);
    if ((*out)->kind != kind)
        return dlt_fail(DLT_ERR_FORMAT, "the state value '%s' of the checkpoint is %s, not %s",
                        name, kinds[(*out)->kind], kinds[kind]);
    return DLT_OK;
}

dlt_status dlt_snapshot_get_int(const dlt_snapshot *snapshot, const char *name, int64_t *out) {
    const dlt_state_value *value = NULL;
    DLT_TRY(get_value(snapshot, name, DLT_STATE_INT, &value));
    *out = value->integer;
    return DLT_OK;
}

dlt_status dlt_snapshot_get_real(const dlt_snapshot *snapshot, const char *name, double *out) {
    const dlt_state_value *value = NULL;
    DLT_TRY(get_value(snapshot, name, DLT_STATE_REAL, &value));
    *out = value->real;
    return DLT_OK;
}

dlt_status dlt_snapshot_get_text(const dlt_snapshot *snapshot, const char *name, const char **out) {
    const dlt_state_value *value = NULL;
    DLT_TRY(get_value(snapshot, name, DLT_STATE_TEXT, &value));
    *out = value->text;
    return DLT_OK;
}
