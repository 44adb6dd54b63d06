/* Where things are: descriptions by name, and the files of a data set below its source folder. */
#include "dltrain/import.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/installed.h"
#include "base/text.h"
#include "ingest/format.h"
#include "ingest/guess.h"
#include "io/atomic_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PLACES_MAX = 5, PATH_BYTES = 4096 };

/* The folders that may hold descriptions, in the order in which they are tried. */
typedef struct search_places {
    int count;
    char at[PLACES_MAX][PATH_BYTES];
} search_places;

static void add_place(search_places *places, const char *folder) {
    size_t length = strlen(folder);
    if (length == 0 || length >= PATH_BYTES)
        return;
    memcpy(places->at[places->count++], folder, length + 1);
}

static void fill_places(search_places *places) {
    char installed[PATH_BYTES];
    places->count = 0;
    add_place(places, "datasets");
    const char *selection = getenv("DLTRAIN_DATASETS");
    if (selection != NULL)
        add_place(places, selection);
    if (dlt_installed_folder("datasets", installed, sizeof installed))
        add_place(places, installed);
#ifdef DLT_DATASETS_INSTALL_DIR
    add_place(places, DLT_DATASETS_INSTALL_DIR);
#endif
#ifdef DLT_DATASETS_DIR
    add_place(places, DLT_DATASETS_DIR);
#endif
}

static bool is_path(const char *name) {
    size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 5 && strcmp(name + length - 5, ".yaml") == 0);
}

static dlt_status fail_description(const char *name, const search_places *places) {
    dlt_text list = DLT_TEXT_EMPTY;
    for (int i = 0; i < places->count; i++)
        dlt_text_add(&list, "%s%s", i == 0 ? "" : ", ", places->at[i]);
    dlt_status status =
        dlt_fail(DLT_ERR_ARG, "there is no description of a data set '%s': no %s.yaml in %s", name,
                 name, dlt_text_of(&list));
    dlt_text_destroy(&list);
    return status;
}

dlt_status dlt_import_find(const char *name, char *path, size_t bytes) {
    if (is_path(name)) {
        if (strlen(name) >= bytes)
            return dlt_fail(DLT_ERR_ARG, "the path of the description is too long: %.60s…", name);
        memcpy(path, name, strlen(name) + 1);
        return DLT_OK;
    }
    search_places places;
    fill_places(&places);
    for (int i = 0; i < places.count; i++) {
        int length = snprintf(path, bytes, "%s/%s.yaml", places.at[i], name);
        if (length > 0 && (size_t)length < bytes && access(path, R_OK) == 0)
            return DLT_OK;
    }
    if (strlen(name) < bytes && dlt_path_exists(name) && dlt_guess_is_data(name)) {
        memcpy(path, name, strlen(name) + 1);
        return DLT_OK;
    }
    return fail_description(name, &places);
}

/* True with *path set if folder/sub/file exists, as it is or compressed. */
static dlt_status try_file(const char *folder, const char *sub, const char *file, char **path) {
    static const char *const endings[] = {"", ".gz"};
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    for (int i = 0; i < 2 && *path == NULL; i++) {
        dlt_text_clear(&text);
        dlt_text_add(&text, "%s/%s%s%s%s", folder, sub, sub[0] == '\0' ? "" : "/", file,
                     endings[i]);
        DLT_TRY_OUT(dlt_text_check(&text));
        if (!dlt_path_exists(dlt_text_of(&text)))
            continue;
        *path = dlt_alloc_text(dlt_text_of(&text));
        DLT_TRY_OUT(*path == NULL ? DLT_ERR_MEM : DLT_OK);
    }
out:
    dlt_text_destroy(&text);
    return status;
}

dlt_status dlt_format_locate(const dlt_format_context *context, const char *file, char **path) {
    *path = NULL;
    if (context->source == NULL)
        return dlt_fail(DLT_ERR_ARG,
                        "importing %s needs the folder that holds its files (--source)",
                        context->name);
    if (strcmp(file, ".") == 0) {
        *path = dlt_alloc_text(context->source);
        return *path == NULL ? DLT_ERR_MEM : DLT_OK;
    }
    DLT_TRY(try_file(context->source, "", file, path));
    if (*path == NULL)
        DLT_TRY(try_file(context->source, context->folder, file, path));
    if (*path != NULL)
        return DLT_OK;
    return dlt_fail(DLT_ERR_IO, "%s is neither in %s nor in %s/%s (with or without .gz)", file,
                    context->source, context->source, context->folder);
}
