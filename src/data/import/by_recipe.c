/* One file without a description: the recipe of another data set says how it is read. */
#include "base/alloc.h"
#include "base/error.h"
#include "data/import/csv_settings.h"
#include "data/import/description.h"
#include "data/import/job.h"

#include <string.h>

extern const dlt_format_ops dlt_format_csv;

dlt_status dlt_import_by_recipe(const char *path, const char *recipe,
                                const dlt_import_output *output, FILE *report) {
    const char *slash = strrchr(path, '/');
    const char *file = slash != NULL ? slash + 1 : path;
    char *folder = dlt_alloc_text(slash != NULL ? path : ".");
    if (folder == NULL)
        return DLT_ERR_MEM;
    if (slash != NULL)
        folder[slash == path ? 1 : slash - path] = '\0';
    /* Without a target all other settings are the recipe's. */
    dlt_csv_settings settings = {.file = {.count = 1, .at = &file},
                                 .test = {.count = 1, .at = (const char *const[]){"0"}}};
    const dlt_description description = {
        .name = file,
        .folder = ".",
        .shape = {.count = -1},
        .classes = {.count = -1},
        .format = {.kind = &dlt_format_csv.choice, .settings = &settings}};
    dlt_status status = dlt_import_described(&description, folder, recipe, output, report);
    dlt_free(folder);
    return status;
}
