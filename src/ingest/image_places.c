/* Folders are compared as the file system knows them, whatever they are called; archives by that
 * and by the name of the folder in them. */
#include "ingest/image_places.h"

#include "base/error.h"
#include "base/text.h"
#include "ingest/file_list.h"
#include "io/atomic_file.h"

#include <string.h>

/* Where a split lies: a folder, or an archive. */
static dlt_status find_place(const char *container, const char *folder, dlt_text *out,
                             bool *is_folder) {
    dlt_text_clear(out);
    dlt_text_add(out, "%s/%s", container, folder);
    DLT_TRY(dlt_text_check(out));
    *is_folder = dlt_path_exists(dlt_text_of(out));
    if (*is_folder)
        return DLT_OK;
    dlt_text_clear(out);
    dlt_text_add(out, "%s", container);
    return dlt_text_check(out);
}

static dlt_status claim_split(const dlt_format_context *context,
                              const dlt_images_settings *settings, dlt_split split,
                              dlt_file_set *of_split) {
    const dlt_images_place *places = settings->splits;
    dlt_file_list containers = {0};
    dlt_text place = DLT_TEXT_EMPTY;
    dlt_status status = dlt_file_list_find(context, &places[split].path, &containers);
    for (int64_t i = 0; i < containers.count && status == DLT_OK; i++) {
        bool is_folder = false;
        DLT_TRY_OUT(find_place(containers.at[i], places[split].folder, &place, &is_folder));
        for (dlt_split other = 0; other < split; other++)
            if (dlt_file_set_has(&of_split[other], dlt_text_of(&place)) &&
                (is_folder || strcmp(places[split].folder, places[other].folder) == 0))
                DLT_TRY_OUT(dlt_fail(DLT_ERR_CONFIG,
                                     "the splits '%s' and '%s' of %s have the same pictures, of %s",
                                     dlt_split_name(other), dlt_split_name(split), context->name,
                                     dlt_text_of(&place)));
        status = dlt_file_set_add(&of_split[split], dlt_text_of(&place));
    }
out:
    dlt_file_list_destroy(&containers);
    dlt_text_destroy(&place);
    return status;
}

dlt_status dlt_image_places_check(const dlt_format_context *context,
                                  const dlt_images_settings *settings) {
    dlt_file_set of_split[DLT_SPLITS] = {{.count = 0}};
    dlt_status status = DLT_OK;
    for (dlt_split split = 0; split < DLT_SPLITS && status == DLT_OK; split++)
        if (settings->splits[split].path.count > 0)
            status = claim_split(context, settings, split, of_split);
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        dlt_file_set_destroy(&of_split[split]);
    return status;
}
