#include "data/import/image_files.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { FIRST_BYTES = 1 << 14 };

dlt_status dlt_image_files_open(const char *path, const char *folder, dlt_image_files **out) {
    *out = NULL;
    struct stat facts;
    if (stat(path, &facts) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    dlt_image_files *files = NULL;
    dlt_status status = DLT_OK;
    if (S_ISDIR(facts.st_mode))
        DLT_TRY_OUT(dlt_image_directory_open(path, folder, &files));
    else
        DLT_TRY_OUT(dlt_image_archive_open(path, &files));
    files->path = dlt_alloc_text(path);
    DLT_TRY_OUT(files->path == NULL ? DLT_ERR_MEM : DLT_OK);
    files->folder = dlt_alloc_text(folder);
    DLT_TRY_OUT(files->folder == NULL ? DLT_ERR_MEM : DLT_OK);
    *out = files;
    files = NULL;
out:
    dlt_image_files_close(&files);
    return status;
}

void dlt_image_files_close(dlt_image_files **files) {
    if (*files == NULL)
        return;
    (*files)->ops->close(*files);
    dlt_free((*files)->path);
    dlt_free((*files)->folder);
    dlt_free((*files)->data);
    dlt_free(*files);
    *files = NULL;
}

static bool is_image_name(const char *name) {
    static const char *const endings[] = {".png", ".jpg", ".jpeg"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* A hidden file or folder, such as the "._NAME" that some archivers add. */
static bool is_hidden(const char *name) {
    return name[0] == '.' || strstr(name, "/.") != NULL;
}

dlt_status dlt_image_files_next(dlt_image_files *files, const char **name) {
    for (;;) {
        DLT_TRY(files->ops->next(files, name));
        if (*name == NULL)
            return DLT_OK;
        if (!is_image_name(*name) || is_hidden(*name))
            continue;
        const char *slash = strchr(*name, '/');
        if (slash != NULL && slash != *name && slash[1] != '\0' && strchr(slash + 1, '/') == NULL)
            return DLT_OK;
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s: '%s%s%.200s' is not in a class folder: %s%sCLASS/NAME is "
                        "expected",
                        files->path, files->folder, files->folder[0] == '\0' ? "" : "/", *name,
                        files->folder, files->folder[0] == '\0' ? "" : "/");
    }
}

dlt_status dlt_image_files_load(dlt_image_files *files, const char *name) {
    files->bytes = 0;
    dlt_status status = files->ops->load(files);
    if (status != DLT_OK)
        dlt_error_frame("reading %.200s of %s", name, files->path);
    return status;
}

dlt_status dlt_image_files_append(dlt_image_files *files, const void *data, size_t bytes) {
    if (bytes > (size_t)DLT_IMAGE_FILE_BYTES_MAX - files->bytes)
        return dlt_fail(DLT_ERR_FORMAT, "%s holds an image file of more than %d bytes", files->path,
                        DLT_IMAGE_FILE_BYTES_MAX);
    if (bytes > files->room - files->bytes) {
        size_t room = files->room == 0 ? FIRST_BYTES : files->room;
        while (room < files->bytes + bytes)
            room *= 2;
        unsigned char *larger = NULL;
        DLT_TRY(DLT_NEW(larger, (int64_t)room));
        if (files->bytes > 0)
            memcpy(larger, files->data, files->bytes);
        dlt_free(files->data);
        files->data = larger;
        files->room = room;
    }
    memcpy(files->data + files->bytes, data, bytes);
    files->bytes += bytes;
    return DLT_OK;
}
