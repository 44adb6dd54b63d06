/* Looks names up from the inside out. A list under way is a scope; names of its items are found
 * there until it ends, afterwards under their flat names alone. */
#include "model/expand_names.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dlt_status dlt_expand_make_room(dlt_expansion *self, void **array, int64_t count, int64_t *capacity,
                                size_t size) {
    if (count < *capacity)
        return DLT_OK;
    const int64_t larger = *capacity > 0 ? 2 * *capacity : 64;
    void *copy = dlt_config_take(self->memory, larger, size);
    if (copy == NULL)
        return DLT_ERR_MEM;
    if (count > 0)
        memcpy(copy, *array, (size_t)count * size);
    *array = copy;
    *capacity = larger;
    return DLT_OK;
}

dlt_status dlt_expand_keep_text(dlt_expansion *self, const char *text, const char **out) {
    *out = dlt_config_take_text(self->memory, text, strlen(text));
    return *out != NULL ? DLT_OK : DLT_ERR_MEM;
}

static const known_name *find_local(const dlt_expansion *self, const scope *in, const char *name,
                                    size_t bytes) {
    for (int64_t i = 0; i < self->name_count; i++)
        if (self->names[i].where == in && strncmp(self->names[i].local, name, bytes) == 0 &&
            self->names[i].local[bytes] == '\0')
            return &self->names[i];
    return NULL;
}

dlt_status dlt_expand_remember(dlt_expansion *self, const scope *in, const list_item *it,
                               const char *flat, const char *last) {
    if (find_local(self, in, it->local, strlen(it->local)) != NULL)
        return dlt_config_fail(&it->selection->position, "two nodes have the name '%s'", flat);
    void *names = self->names;
    DLT_TRY(dlt_expand_make_room(self, &names, self->name_count, &self->name_capacity,
                                 sizeof *self->names));
    self->names = names;
    self->names[self->name_count++] =
        (known_name){.where = in, .local = it->local, .flat = flat, .last = last};
    return DLT_OK;
}

size_t dlt_output_name_bytes(const char *name) {
    const char *dot = strrchr(name, '.');
    const size_t digits = dot != NULL ? strspn(dot + 1, "0123456789") : 0;
    return digits > 0 && digits <= 2 && dot[1 + digits] == '\0' ? (size_t)(dot - name)
                                                                : strlen(name);
}

/* `previous` and `previous.1` in the list of a composite; NULL if the name is neither. */
static const char *find_feed(const scope *in, const char *name) {
    const size_t bytes = dlt_output_name_bytes(name);
    if (in->feed_count == 0 || bytes != strlen(DLT_EXPAND_PREVIOUS) ||
        strncmp(name, DLT_EXPAND_PREVIOUS, bytes) != 0)
        return NULL;
    const long number = name[bytes] == '.' ? strtol(name + bytes + 1, NULL, 10) : 0;
    return number < in->feed_count ? in->feeds[number] : NULL;
}

/* What a name stands for in one list: an item of it, or with dots a node inside of one. */
static const char *find_in(const dlt_expansion *self, const scope *in, const char *name,
                           size_t bytes) {
    char flat[2 * DLT_EXPAND_NAME_BYTES];
    const known_name *found = find_local(self, in, name, bytes);
    if (found != NULL)
        return found->last;
    snprintf(flat, sizeof flat, "%s%.*s", in->prefix, (int)bytes, name);
    return dlt_expansion_find(self, flat);
}

dlt_status dlt_expand_resolve(dlt_expansion *self, const scope *in, const char *name,
                              const char **out) {
    char text[2 * DLT_EXPAND_NAME_BYTES];
    const size_t bytes = dlt_output_name_bytes(name);
    *out = find_feed(in, name);
    for (const scope *at = in; at != NULL && *out == NULL; at = at->outer) {
        *out = find_in(self, at, name, strlen(name));
        const char *node = *out == NULL ? find_in(self, at, name, bytes) : NULL;
        if (node == NULL)
            continue;
        snprintf(text, sizeof text, "%s%s", node, name + bytes);
        return dlt_expand_keep_text(self, text, out);
    }
    if (*out == NULL)
        *out = name;
    return DLT_OK;
}

const char *dlt_expansion_find(const dlt_expansion *self, const char *name) {
    for (int64_t i = 0; self != NULL && i < self->name_count; i++)
        if (strcmp(self->names[i].flat, name) == 0)
            return self->names[i].last;
    return NULL;
}

void dlt_expand_forget(dlt_expansion *self, const scope *in) {
    for (int64_t i = 0; i < self->name_count; i++)
        if (self->names[i].where == in)
            self->names[i].where = NULL;
}
