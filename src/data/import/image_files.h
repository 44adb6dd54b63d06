/* The image files of a part, one folder per class, in a directory or a tar archive. */
#ifndef DLT_DATA_IMPORT_IMAGE_FILES_H
#define DLT_DATA_IMPORT_IMAGE_FILES_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>

/* No encoded image may be larger. */
enum { DLT_IMAGE_FILE_BYTES_MAX = 1 << 26 };

typedef struct dlt_image_files dlt_image_files;

/* One kind of container. */
typedef struct dlt_image_files_ops {
    /* Goes to the next file below the folder; *name is NULL at the end, else its path from there,
     * "CLASS/NAME", borrowed until the next call. */
    dlt_status (*next)(dlt_image_files *files, const char **name);
    /* Appends the bytes of that file to the files' buffer with dlt_image_files_append. */
    dlt_status (*load)(dlt_image_files *files);
    void (*close)(dlt_image_files *files);
} dlt_image_files_ops;

/* What all kinds have in common; a kind's own struct starts with it. */
struct dlt_image_files {
    const dlt_image_files_ops *ops;
    char *path;          /* of the container; owned */
    char *folder;        /* inside it, "" for the top; owned */
    unsigned char *data; /* of the file loaded last; owned */
    size_t bytes;
    size_t room;
};

/* Opens a directory or a (compressed) tar archive. Owns: caller owns *out; texts are copied.
 * Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_image_files_open(const char *path, const char *folder,
                                            dlt_image_files **out);
void dlt_image_files_close(dlt_image_files **files);

/* Goes to the next image: a .png, .jpg or .jpeg file CLASS/NAME below the folder; others and hidden
 * ones are passed over. *name is NULL at the end, else "CLASS/NAME", borrowed until the next call.
 * Errors: FORMAT for an image that is not in a class folder, IO, MEM. */
DLT_CHECKED dlt_status dlt_image_files_next(dlt_image_files *files, const char **name);
/* Loads the image's bytes into files->data. Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_image_files_load(dlt_image_files *files, const char *name);

/* For the kinds: adds bytes to files->data, within DLT_IMAGE_FILE_BYTES_MAX. Errors: FORMAT, MEM.
 */
DLT_CHECKED dlt_status dlt_image_files_append(dlt_image_files *files, const void *data,
                                              size_t bytes);

/* The kinds: fill *out with a struct of their own whose ops are set. */
DLT_CHECKED dlt_status dlt_image_directory_open(const char *path, const char *folder,
                                                dlt_image_files **out);
DLT_CHECKED dlt_status dlt_image_archive_open(const char *path, dlt_image_files **out);

#endif
