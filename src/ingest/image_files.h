/* The files of one class folder each, in a directory or a tar archive: which are pictures, and why
 * the others are not. */
#ifndef DLT_INGEST_IMAGE_FILES_H
#define DLT_INGEST_IMAGE_FILES_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No encoded image may be larger. */
enum { DLT_IMAGE_FILE_BYTES_MAX = 1 << 26 };

typedef struct dlt_image_files dlt_image_files;

typedef enum dlt_entry_kind {
    DLT_ENTRY_END,
    DLT_ENTRY_FILE,
    DLT_ENTRY_FOLDER,
    DLT_ENTRY_ODD /* neither; `reason` says what */
} dlt_entry_kind;

/* What a container holds next. */
typedef struct dlt_entry {
    dlt_entry_kind kind;
    const char *name;   /* its path below the folder; borrowed until the next call */
    const char *reason; /* why it is left out: "link", "not a regular file" */
} dlt_entry;

/* One kind of container. */
typedef struct dlt_image_files_ops {
    bool is_archive; /* a name may come twice */
    /* Goes to the next entry below the folder. */
    dlt_status (*next)(dlt_image_files *files, dlt_entry *entry);
    /* Appends up to `most` further bytes of that file to the files' buffer with
     * dlt_image_files_append. */
    dlt_status (*load)(dlt_image_files *files, size_t most);
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
    bool in_folders; /* each picture is in a class folder; else none is in any folder */
    char *name;      /* of the entry, without "." and repeated slashes; owned */
    size_t name_room;
    uint64_t *seen; /* hashes of the names of an archive's files, an open table; owned */
    int64_t seen_count;
    int64_t seen_room;
};

typedef enum dlt_file_kind {
    DLT_FILE_END,
    DLT_FILE_PICTURE,
    DLT_FILE_CLASS,   /* a class folder itself */
    DLT_FILE_LEFT_OUT /* `reason` says why */
} dlt_file_kind;

/* What the next entry is to an import. */
typedef struct dlt_image_file {
    dlt_file_kind kind;
    const char *name; /* "CLASS/NAME", or "CLASS" of a class folder; borrowed until the next call */
    const char *reason;
    bool in_class; /* left out of a class folder */
} dlt_image_file;

/* Opens a directory or a (compressed) tar archive, whose pictures are in class folders, or in none.
 * Owns: caller owns *out; texts are copied. Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_image_files_open(const char *path, const char *folder, bool in_folders,
                                            dlt_image_files **out);
void dlt_image_files_close(dlt_image_files **files);

/* True for a name that ends as those of pictures do that are read. */
bool dlt_image_name_has_ending(const char *name);
/* Goes to the next entry. A picture is what begins as one, whatever its name. Errors: FORMAT for a
 * picture that is not in a class folder but above or deeper, a file with the ending of a picture
 * that is none, and a name that comes twice; IO for a file that cannot be read; MEM. */
DLT_CHECKED dlt_status dlt_image_files_next(dlt_image_files *files, dlt_image_file *out);
/* Loads the rest of the picture's bytes into files->data. Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_image_files_load(dlt_image_files *files, const char *name);

/* For the kinds: adds bytes to files->data, to DLT_IMAGE_FILE_BYTES_MAX. Errors: FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_image_files_append(dlt_image_files *files, const void *data,
                                              size_t bytes);

/* The kinds: fill *out with a struct of their own whose ops are set. */
DLT_CHECKED dlt_status dlt_image_directory_open(const char *path, const char *folder,
                                                dlt_image_files **out);
DLT_CHECKED dlt_status dlt_image_archive_open(const char *path, dlt_image_files **out);

#endif
