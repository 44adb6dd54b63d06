#include "data/import/csv_files.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <glob.h>
#include <string.h>

static dlt_status add_file(dlt_csv_files *files, const char *path) {
    for (int64_t i = 0; i < files->count; i++)
        if (strcmp(files->at[i], path) == 0)
            return dlt_fail(DLT_ERR_CONFIG, "the description names %s twice", path);
    char **larger = NULL;
    DLT_TRY(DLT_NEW(larger, files->count + 1));
    if (files->count > 0)
        memcpy(larger, files->at, (size_t)files->count * sizeof *larger);
    dlt_free(files->at);
    files->at = larger;
    larger[files->count] = dlt_alloc_text(path);
    return larger[files->count] != NULL ? (files->count++, DLT_OK) : DLT_ERR_MEM;
}

static dlt_status add_matches(const char *folder, const char *sub, const char *pattern,
                              dlt_csv_files *files) {
    dlt_text path = DLT_TEXT_EMPTY;
    glob_t found = {0};
    dlt_status status = DLT_OK;
    dlt_text_add(&path, "%s/%s%s%s", folder, sub, sub[0] == '\0' ? "" : "/", pattern);
    DLT_TRY_OUT(dlt_text_check(&path));
    int result = glob(dlt_text_of(&path), 0, NULL, &found);
    if (result != 0 && result != GLOB_NOMATCH)
        DLT_TRY_OUT(dlt_fail(DLT_ERR_IO, "cannot look for the files %s", dlt_text_of(&path)));
    for (size_t i = 0; result == 0 && i < found.gl_pathc; i++)
        DLT_TRY_OUT(add_file(files, found.gl_pathv[i]));
out:
    globfree(&found);
    dlt_text_destroy(&path);
    return status;
}

dlt_status dlt_csv_files_find(const dlt_format_site *site, const dlt_strings *names,
                              dlt_csv_files *out) {
    for (int64_t i = 0; i < names->count; i++) {
        const char *name = names->at[i];
        const int64_t before = out->count;
        if (strpbrk(name, "*?[") == NULL || site->source == NULL) {
            char *path = NULL;
            DLT_TRY(dlt_format_locate(site, name, &path));
            dlt_status status = add_file(out, path);
            dlt_free(path);
            DLT_TRY(status);
            continue;
        }
        DLT_TRY(add_matches(site->source, "", name, out));
        if (out->count == before)
            DLT_TRY(add_matches(site->source, site->folder, name, out));
        if (out->count == before)
            return dlt_fail(DLT_ERR_IO, "no file fits %s in %s or %s/%s", name, site->source,
                            site->source, site->folder);
    }
    return DLT_OK;
}

void dlt_csv_files_destroy(dlt_csv_files *files) {
    for (int64_t i = 0; i < files->count; i++)
        dlt_free(files->at[i]);
    dlt_free(files->at);
    *files = (dlt_csv_files){0};
}
