/* Folders are compared as the file system knows them, whatever they are called; archives by that and
 * by the name of the folder in them. */
#include "ingest/image_places.h"

#include "base/error.h"
#include "base/text.h"
#include "ingest/file_list.h"
#include "io/atomic_file.h"

#include <string.h>

/* Where a part lies: a folder, or an archive. */
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

static dlt_status claim_part(const dlt_format_site *site, const dlt_images_settings *settings,
                             dlt_part part, dlt_file_set *of_part) {
    const dlt_images_place *places = settings->part;
    dlt_file_list containers = {0};
    dlt_text place = DLT_TEXT_EMPTY;
    dlt_status status = dlt_file_list_find(site, &places[part].path, &containers);
    for (int64_t i = 0; i < containers.count && status == DLT_OK; i++) {
        bool is_folder = false;
        DLT_TRY_OUT(find_place(containers.at[i], places[part].folder, &place, &is_folder));
        for (dlt_part other = 0; other < part; other++)
            if (dlt_file_set_has(&of_part[other], dlt_text_of(&place)) &&
                (is_folder || strcmp(places[part].folder, places[other].folder) == 0))
                DLT_TRY_OUT(dlt_fail(
                    DLT_ERR_CONFIG, "the parts '%s' and '%s' of %s have the same pictures, of %s",
                    dlt_part_name(other), dlt_part_name(part), site->name, dlt_text_of(&place)));
        status = dlt_file_set_add(&of_part[part], dlt_text_of(&place));
    }
out:
    dlt_file_list_destroy(&containers);
    dlt_text_destroy(&place);
    return status;
}

dlt_status dlt_image_places_check(const dlt_format_site *site,
                                  const dlt_images_settings *settings) {
    dlt_file_set of_part[DLT_PARTS] = {{.count = 0}};
    dlt_status status = DLT_OK;
    for (dlt_part part = 0; part < DLT_PARTS && status == DLT_OK; part++)
        if (settings->part[part].path.count > 0)
            status = claim_part(site, settings, part, of_part);
    for (dlt_part part = 0; part < DLT_PARTS; part++)
        dlt_file_set_destroy(&of_part[part]);
    return status;
}
