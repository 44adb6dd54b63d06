/* A name that is a file is that file, whatever characters it has; else it may be a pattern of the
 * shell (glob). */
#include "ingest/file_list.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <glob.h>
#include <string.h>

/* Takes over the path. */
static dlt_status add_path(dlt_file_list *list, char *path) {
    if (path == NULL)
        return DLT_ERR_MEM;
    for (int64_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i], path) == 0) {
            dlt_status twice = dlt_fail(DLT_ERR_CONFIG, "the description names %s twice", path);
            dlt_free(path);
            return twice;
        }
    if (list->count == list->room) {
        const int64_t room = list->room == 0 ? 8 : 2 * list->room;
        char **larger = NULL;
        dlt_status status = DLT_NEW(larger, room);
        if (status != DLT_OK) {
            dlt_free(path);
            return status;
        }
        for (int64_t i = 0; i < list->count; i++)
            larger[i] = list->at[i];
        dlt_free(list->at);
        list->at = larger;
        list->room = room;
    }
    list->at[list->count++] = path;
    return DLT_OK;
}

/* A folder's name may have what is special in a pattern. */
static void add_escaped(dlt_text *text, const char *folder) {
    for (; *folder != '\0'; folder++)
        dlt_text_add(text, "%s%c", strchr("*?[]\\", *folder) != NULL ? "\\" : "", *folder);
}

static dlt_status add_matches(dlt_file_list *list, const char *source, const char *below,
                              const char *pattern) {
    dlt_text text = DLT_TEXT_EMPTY;
    glob_t found = {0};
    dlt_status status = DLT_OK;
    add_escaped(&text, source);
    dlt_text_add(&text, "/");
    add_escaped(&text, below);
    dlt_text_add(&text, "%s%s", below[0] == '\0' ? "" : "/", pattern);
    DLT_TRY_OUT(dlt_text_check(&text));
    const int code = glob(dlt_text_of(&text), 0, NULL, &found);
    if (code == GLOB_NOSPACE)
        status = dlt_fail(DLT_ERR_MEM, "no memory for the files that match %s", pattern);
    else if (code != 0 && code != GLOB_NOMATCH)
        status = dlt_fail(DLT_ERR_IO, "cannot look for the files %s", dlt_text_of(&text));
    for (size_t i = 0; code == 0 && status == DLT_OK && i < found.gl_pathc; i++)
        status = add_path(list, dlt_alloc_text(found.gl_pathv[i]));
    if (code == 0)
        globfree(&found);
out:
    dlt_text_destroy(&text);
    return status;
}

static dlt_status add_name(const dlt_format_context *context, const char *name,
                           dlt_file_list *list) {
    char *path = NULL;
    const int64_t before = list->count;
    dlt_status status = dlt_format_locate(context, name, &path);
    if (status == DLT_OK)
        return add_path(list, path);
    if (status != DLT_ERR_IO || strpbrk(name, "*?[") == NULL)
        return status;
    DLT_TRY(add_matches(list, context->source, "", name));
    if (list->count == before)
        DLT_TRY(add_matches(list, context->source, context->folder, name));
    return list->count > before
               ? DLT_OK
               : dlt_fail(DLT_ERR_IO, "no file matches %s, neither in %s nor in %s/%s", name,
                          context->source, context->source, context->folder);
}

dlt_status dlt_file_list_find(const dlt_format_context *context, const dlt_strings *names,
                              dlt_file_list *out) {
    for (int64_t i = 0; i < names->count; i++)
        DLT_TRY(add_name(context, names->at[i], out));
    return DLT_OK;
}

dlt_status dlt_file_list_claim(const dlt_file_list *list, dlt_file_set *others) {
    for (int64_t i = 0; i < list->count; i++) {
        if (dlt_file_set_has(others, list->at[i]))
            return dlt_fail(DLT_ERR_CONFIG,
                            "the file %s is named twice: for two splits, or under two names",
                            list->at[i]);
        DLT_TRY(dlt_file_set_add(others, list->at[i]));
    }
    return DLT_OK;
}

void dlt_file_list_destroy(dlt_file_list *list) {
    for (int64_t i = 0; i < list->count; i++)
        dlt_free(list->at[i]);
    dlt_free(list->at);
    *list = (dlt_file_list){0};
}
