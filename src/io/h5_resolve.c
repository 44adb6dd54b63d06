/* Where a path of names leads: HDF5's links are followed here, one by one, and the files that
 * external links name are opened like any other. So it is known which file an object lies in, a
 * link that leads nowhere is named, and no device or pipe is opened on the word of a data file.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "io/atomic_file.h"
#include "io/io_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As HDF5 itself allows. */
enum { LINKS_MAX = 16 };

/* A walk under way: `done` is a path of hard links in `current`, `rest` is what follows. */
typedef struct walk {
    dlt_h5_file *start; /* borrowed */
    const char *name;   /* borrowed: what is looked for */
    dlt_h5_file *home;  /* owned; NULL: start */
    dlt_text done;
    dlt_text rest;
    int links; /* followed so far, other than hard ones */
} walk;

static dlt_h5_file *current_file(const walk *it) {
    return it->home != NULL ? it->home : it->start;
}

/* DIRECTORY/name with the directory of path. */
static void add_beside(dlt_text *out, const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    if (slash != NULL)
        dlt_text_add_bytes(out, path, (size_t)(slash - path) + 1);
    dlt_text_add(out, "%s", name);
}

/* Puts the next place to look for `name` into out; false after the last. HDF5's own order: beside
 * the file as it was named, in the working directory, beside the file behind symbolic links; an
 * absolute name as it is, then by its last part. */
static bool next_candidate(const char *from, const char *name, int turn, dlt_text *out) {
    char real[PATH_MAX];
    const bool absolute = name[0] == '/';
    const char *last = strrchr(name, '/');
    dlt_text_clear(out);
    switch (turn) {
    case 0:
        if (absolute)
            dlt_text_add(out, "%s", name);
        else
            add_beside(out, from, name);
        return true;
    case 1:
        if (absolute)
            add_beside(out, from, last + 1);
        else
            dlt_text_add(out, "%s", name);
        return true;
    case 2:
        if (realpath(from, real) != NULL)
            add_beside(out, real, absolute ? last + 1 : name);
        return true;
    default:
        return false;
    }
}

dlt_status dlt_h5_open_beside_locked(const dlt_h5_file *from, const char *name, dlt_h5_file **out) {
    dlt_text path = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    bool found = false;
    for (int turn = 0; !found && next_candidate(from->path, name, turn, &path); turn++)
        found = path.used > 0 && dlt_path_exists(dlt_text_of(&path));
    if (!found) /* the sentence names the first place */
        (void)next_candidate(from->path, name, 0, &path);
    DLT_TRY_OUT(dlt_text_check(&path));
    status = dlt_h5_open_locked(from->h5_lock, dlt_text_of(&path), out);
out:
    dlt_text_destroy(&path);
    return status;
}

static dlt_status fail_nowhere(const walk *it, const char *link) {
    return dlt_fail(DLT_ERR_FORMAT, "'%s' of %s is a link that leads nowhere: %s has no '%s'",
                    it->name, it->start->path, current_file(it)->path, link);
}

/* Goes on with `target`, then what was left. */
static dlt_status go_on_with(walk *it, const char *target) {
    dlt_text rest = DLT_TEXT_EMPTY;
    dlt_text_add(&rest, "%s/%s", target, dlt_text_of(&it->rest));
    dlt_text_destroy(&it->rest);
    it->rest = rest;
    if (target[0] == '/')
        dlt_text_clear(&it->done);
    if (++it->links > LINKS_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "'%s' of %s is a link that leads back to itself", it->name,
                        it->start->path);
    return dlt_text_check(&it->rest);
}

static dlt_status follow_external(walk *it, const char *value, size_t bytes) {
    const char *file = NULL;
    const char *object = NULL;
    unsigned flags = 0;
    dlt_h5_file *next = NULL;
    if (H5Lunpack_elink_val(value, bytes, &flags, &file, &object) < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "'%s' of %s is a damaged link", it->name,
                                  it->start->path);
    dlt_status status = dlt_h5_open_beside_locked(current_file(it), file, &next);
    if (status == DLT_ERR_MEM)
        return status;
    if (status != DLT_OK)
        return dlt_fail(status, "'%s' of %s is a link to another file: %s", it->name,
                        it->start->path, dlt_error_message());
    dlt_h5_close_locked(&it->home);
    it->home = next;
    dlt_text_clear(&it->done);
    return go_on_with(it, object);
}

static dlt_status follow(walk *it, const char *link, const H5L_info_t *info) {
    char *value = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY(DLT_NEW(value, (int64_t)info->u.val_size + 1));
    if (H5Lget_val(current_file(it)->id, link, value, info->u.val_size, H5P_DEFAULT) < 0)
        status = dlt_h5_fail_locked(DLT_ERR_FORMAT, "cannot read the link '%s' of %s", link,
                                    current_file(it)->path);
    else if (info->type == H5L_TYPE_SOFT)
        status = go_on_with(it, value);
    else
        status = follow_external(it, value, info->u.val_size);
    dlt_free(value);
    return status;
}

/* Takes one name off `rest`. *found false where the file asked has no such object itself. */
static dlt_status take_step(walk *it, const char *part, bool *found) {
    dlt_text link = DLT_TEXT_EMPTY;
    H5L_info_t info;
    dlt_status status = DLT_OK;
    dlt_text_add(&link, "%s%s%s", dlt_text_of(&it->done), it->done.used > 0 ? "/" : "", part);
    DLT_TRY_OUT(dlt_text_check(&link));
    const hid_t file = current_file(it)->id;
    *found = H5Lget_info(file, dlt_text_of(&link), &info, H5P_DEFAULT) >= 0;
    if (!*found) {
        if (it->links > 0)
            status = fail_nowhere(it, dlt_text_of(&link));
    } else if (info.type == H5L_TYPE_HARD) {
        dlt_text_clear(&it->done);
        dlt_text_add(&it->done, "%s", dlt_text_of(&link));
        status = dlt_text_check(&it->done);
    } else if (info.type == H5L_TYPE_SOFT || info.type == H5L_TYPE_EXTERNAL) {
        status = follow(it, dlt_text_of(&link), &info);
    } else {
        status = dlt_fail(DLT_ERR_FORMAT, "'%s' of %s is a link of a kind that is not known",
                          it->name, it->start->path);
    }
out:
    dlt_text_destroy(&link);
    return status;
}

/* Splits the first name off `rest`; caller owns *part, NULL after the last. */
static dlt_status next_part(walk *it, char **part) {
    const char *rest = dlt_text_of(&it->rest);
    *part = NULL;
    rest += strspn(rest, "/");
    while (rest[0] == '.' && (rest[1] == '/' || rest[1] == '\0'))
        rest += 1 + strspn(rest + 1, "/");
    const size_t length = strcspn(rest, "/");
    if (length == 0)
        return DLT_OK;
    dlt_text left = DLT_TEXT_EMPTY;
    dlt_text_add(&left, "%s", rest + length);
    char *copy = dlt_alloc((int64_t)length + 1, 1);
    if (copy != NULL)
        memcpy(copy, rest, length);
    dlt_text_destroy(&it->rest);
    it->rest = left;
    *part = copy;
    return copy != NULL ? dlt_text_check(&left) : DLT_ERR_MEM;
}

static dlt_status walk_all(walk *it, bool *found) {
    *found = true;
    while (*found) {
        char *part = NULL;
        dlt_status status = next_part(it, &part);
        if (status == DLT_OK && part != NULL)
            status = take_step(it, part, found);
        const bool ended = part == NULL;
        dlt_free(part);
        if (status != DLT_OK || ended)
            return status;
    }
    return DLT_OK;
}

dlt_status dlt_h5_resolve_locked(dlt_h5_file *file, const char *name, dlt_h5_place *out) {
    walk it = {.start = file, .name = name};
    bool found = false;
    *out = (dlt_h5_place){0};
    dlt_text_add(&it.rest, "%s", name);
    dlt_status status = dlt_text_check(&it.rest);
    if (status == DLT_OK)
        status = walk_all(&it, &found);
    if (status == DLT_OK && found) {
        out->path = dlt_alloc_text(it.done.used > 0 ? dlt_text_of(&it.done) : "/");
        status = out->path != NULL ? DLT_OK : DLT_ERR_MEM;
    }
    if (status == DLT_OK && found) {
        out->home = it.home;
        it.home = NULL;
    }
    dlt_h5_close_locked(&it.home);
    dlt_text_destroy(&it.done);
    dlt_text_destroy(&it.rest);
    return status;
}

void dlt_h5_place_close_locked(dlt_h5_place *place) {
    dlt_h5_close_locked(&place->home);
    dlt_free(place->path);
    *place = (dlt_h5_place){0};
}

dlt_status dlt_h5_find(dlt_h5_file *file, const char *name, bool *found) {
    dlt_h5_place place = {0};
    *found = false;
    if (name[0] == '\0')
        return DLT_OK;
    dlt_h5_enter(file->h5_lock);
    const dlt_status status = dlt_h5_resolve_locked(file, name, &place);
    *found = status != DLT_OK || place.path != NULL;
    dlt_h5_place_close_locked(&place);
    dlt_h5_leave(file->h5_lock);
    return status == DLT_ERR_MEM ? status : DLT_OK;
}

static bool is_group_locked(dlt_h5_file *file, const dlt_h5_place *place) {
    dlt_h5_file *home = place->home != NULL ? place->home : file;
    const hid_t object = H5Oopen(home->id, place->path, H5P_DEFAULT);
    const bool is_group = object >= 0 && H5Iget_type(object) == H5I_GROUP;
    if (object >= 0)
        H5Oclose(object);
    return is_group;
}

dlt_status dlt_h5_find_group(dlt_h5_file *file, const char *name, bool *found) {
    dlt_h5_place place = {0};
    *found = false;
    if (name[0] == '\0')
        return DLT_OK;
    dlt_h5_enter(file->h5_lock);
    const dlt_status status = dlt_h5_resolve_locked(file, name, &place);
    *found = status == DLT_OK && place.path != NULL && is_group_locked(file, &place);
    dlt_h5_place_close_locked(&place);
    dlt_h5_leave(file->h5_lock);
    return status == DLT_ERR_MEM ? status : DLT_OK;
}

bool dlt_h5_exists(dlt_h5_file *file, const char *name) {
    bool found = false;
    return dlt_h5_find(file, name, &found) != DLT_OK || found;
}
