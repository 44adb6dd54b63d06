/* Files are compared by device and inode, which all links to a file share. The set is a hash table
 * with open addressing, because a virtual dataset may have tens of thousands of sources. */
#include "io/output.h"

#include "base/alloc.h"
#include "base/error.h"
#include "io/atomic_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST_ROOM = 16 };

/* The place of a file, or the free one where it would be put. The table is never full. */
static int64_t find_place(const dlt_file_id *at, int64_t room, const dlt_file_id *file) {
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15); /* 2^64 over the golden ratio */
    uint64_t hash = ((uint64_t)file->inode ^ (uint64_t)file->device * odd) * odd;
    int64_t place = (int64_t)((hash >> 32) % (uint64_t)room);
    while (at[place].used && (at[place].device != file->device || at[place].inode != file->inode))
        place = (place + 1) % room;
    return place;
}

static bool look_up(const char *path, dlt_file_id *out) {
    struct stat facts;
    if (stat(path, &facts) != 0)
        return false;
    *out = (dlt_file_id){.device = facts.st_dev, .inode = facts.st_ino, .used = true};
    return true;
}

dlt_status dlt_file_set_reserve(dlt_file_set *set) {
    if (4 * (set->count + 1) <= 3 * set->room)
        return DLT_OK;
    int64_t room = set->room == 0 ? FIRST_ROOM : 2 * set->room;
    dlt_file_id *larger = NULL;
    DLT_TRY(DLT_NEW(larger, room));
    for (int64_t i = 0; i < set->room; i++)
        if (set->at[i].used)
            larger[find_place(larger, room, &set->at[i])] = set->at[i];
    dlt_free(set->at);
    set->at = larger;
    set->room = room;
    return DLT_OK;
}

dlt_status dlt_file_set_add(dlt_file_set *set, const char *path) {
    dlt_file_id file;
    if (dlt_file_set_has(set, path) || !look_up(path, &file))
        return DLT_OK;
    DLT_TRY(dlt_file_set_reserve(set));
    set->at[find_place(set->at, set->room, &file)] = file;
    set->count++;
    return DLT_OK;
}

bool dlt_file_set_has(const dlt_file_set *set, const char *path) {
    dlt_file_id file;
    return set->count > 0 && look_up(path, &file) &&
           set->at[find_place(set->at, set->room, &file)].used;
}

void dlt_file_set_destroy(dlt_file_set *set) {
    dlt_free(set->at);
    *set = (dlt_file_set){0};
}

static dlt_status check_temporary(const char *path, const dlt_file_set *inputs) {
    char *temporary = dlt_temporary_path(path);
    if (temporary == NULL)
        return DLT_ERR_MEM;
    dlt_status status = DLT_OK;
    if (dlt_file_set_has(inputs, temporary))
        status = dlt_fail(DLT_ERR_ARG,
                          "%s is read by this command, and would be overwritten on the way to %s; "
                          "choose another output",
                          temporary, path);
    dlt_free(temporary);
    return status;
}

dlt_status dlt_output_check(const char *path, bool overwrite, const dlt_file_set *inputs) {
    struct stat facts;
    if (path[0] == '\0')
        return dlt_fail(DLT_ERR_ARG, "the name of the output file is empty");
    if (inputs != NULL && dlt_file_set_has(inputs, path))
        return dlt_fail(DLT_ERR_ARG,
                        "%s is read by this command, and is not replaced; choose another output",
                        path);
    if (inputs != NULL)
        DLT_TRY(check_temporary(path, inputs));
    if (lstat(path, &facts) != 0)
        return errno == ENOENT ? DLT_OK
                               : dlt_fail(DLT_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode) && !S_ISLNK(facts.st_mode))
        return dlt_fail(DLT_ERR_ARG, "cannot write %s: it is not a regular file", path);
    if (!overwrite)
        return dlt_fail(DLT_ERR_ARG,
                        "%s exists already; replace it with --overwrite, or choose another output",
                        path);
    return DLT_OK;
}
