/* Pictures lie in CLASS/NAME, in PART/CLASS/NAME with the parts train, val and test, or in no
 * folder at all; an archive often has one folder around all of them. Only names with the ending of
 * a picture count, and all of them must lie equally deep. */
#include "data/import/image_layout.h"

#include "base/error.h"

#include "data/import/image_files.h"

#include <string.h>

enum { NAME_BYTES = 256, DEPTHS = 2 };

/* The first folders of all pictures seen so far. */
typedef struct survey {
    int64_t pictures;
    int depth;              /* folders around the pictures; -1: not all have the same */
    char first[NAME_BYTES]; /* the outermost folder of the first picture */
    bool has_one_top;       /* it is that of all */
    bool is_part[DEPTHS];   /* the folder at that depth is a part's, of all pictures */
    char part[DEPTHS][DLT_PARTS][NAME_BYTES]; /* the folders of the parts; "": none */
} survey;

static bool find_part(const char *name, dlt_part *out) {
    static const struct {
        const char *name;
        dlt_part part;
    } words[] = {{"train", DLT_PART_TRAIN},
                 {"training", DLT_PART_TRAIN},
                 {"test", DLT_PART_TEST},
                 {"testing", DLT_PART_TEST},
                 {"validation", DLT_PART_VALIDATION},
                 {"valid", DLT_PART_VALIDATION},
                 {"val", DLT_PART_VALIDATION}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].name, name) == 0) {
            *out = words[i].part;
            return true;
        }
    return false;
}

/* Two folders that mean the same part are none. */
static void see_folder(survey *it, int depth, const char *name) {
    dlt_part part = DLT_PART_TRAIN;
    it->is_part[depth] = it->is_part[depth] && find_part(name, &part);
    if (!it->is_part[depth])
        return;
    char *known = it->part[depth][part];
    if (known[0] == '\0')
        memcpy(known, name, strlen(name) + 1);
    it->is_part[depth] = strcmp(known, name) == 0;
}

static void see_picture(survey *it, const char *name) {
    int depth = 0;
    char folder[NAME_BYTES];
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(name, '/')) {
        const size_t length = (size_t)(slash - name);
        const bool is_named = length > 0 && !(length == 1 && name[0] == '.');
        if (is_named && depth < DEPTHS) {
            folder[0] = '\0';
            if (length < sizeof folder) {
                memcpy(folder, name, length);
                folder[length] = '\0';
            }
            if (depth == 0 && it->pictures == 0)
                memcpy(it->first, folder, sizeof folder);
            if (depth == 0)
                it->has_one_top = it->has_one_top && strcmp(it->first, folder) == 0;
            see_folder(it, depth, folder);
        }
        depth += is_named;
        name = slash + 1;
    }
    if (it->pictures == 0)
        it->depth = depth;
    else if (it->depth != depth)
        it->depth = -1;
    it->pictures++;
}

static dlt_status survey_files(const char *path, survey *it) {
    dlt_image_files *files = NULL;
    dlt_entry entry = {.kind = DLT_ENTRY_FILE};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_image_files_open(path, "", true, &files));
    while (entry.kind != DLT_ENTRY_END) {
        entry = (dlt_entry){.kind = DLT_ENTRY_END};
        DLT_TRY_OUT(files->ops->next(files, &entry));
        if (entry.kind == DLT_ENTRY_FILE && dlt_image_name_has_ending(entry.name))
            see_picture(it, entry.name);
    }
out:
    dlt_image_files_close(&files);
    return status;
}

dlt_status dlt_image_layout_find(const char *path, dlt_image_layout *out) {
    survey it = {.has_one_top = true, .is_part = {true, true}};
    *out = (dlt_image_layout){.has_classes = true};
    DLT_TRY(survey_files(path, &it));
    out->pictures = it.pictures;
    const bool is_wrapped = it.has_one_top && it.first[0] != '\0';
    int level = -1; /* of the parts' folders */
    if (it.pictures > 0 && it.depth == 0)
        out->has_classes = false;
    if (it.depth == 2 && it.is_part[0] && it.part[0][DLT_PART_TRAIN][0] != '\0')
        level = 0;
    else if (it.depth == 3 && is_wrapped && it.is_part[1] && it.part[1][DLT_PART_TRAIN][0] != '\0')
        level = 1;
    else if (it.depth == 2 && is_wrapped)
        dlt_text_add(&out->top, "%s", it.first);
    for (dlt_part part = 0; level >= 0 && part < DLT_PARTS; part++)
        if (it.part[level][part][0] != '\0')
            dlt_text_add(&out->part[part], "%s%s%s", level == 0 ? "" : it.first,
                         level == 0 ? "" : "/", it.part[level][part]);
    for (dlt_part part = 0; part < DLT_PARTS; part++)
        DLT_TRY(dlt_text_check(&out->part[part]));
    return dlt_text_check(&out->top);
}

void dlt_image_layout_destroy(dlt_image_layout *layout) {
    dlt_text_destroy(&layout->top);
    for (dlt_part part = 0; part < DLT_PARTS; part++)
        dlt_text_destroy(&layout->part[part]);
}
