/* Pictures lie in CLASS/NAME, in SPLIT/CLASS/NAME with the splits train, val and test, or in no
 * folder at all; an archive often has one folder around all of them. Only names with the ending of
 * a picture count, and all of them must lie equally deep. */
#include "ingest/image_layout.h"

#include "base/error.h"

#include "ingest/image_files.h"

#include <string.h>
#include <strings.h>

enum { NAME_BYTES = 256, DEPTHS = 2 };

/* The first folders of all pictures seen so far. */
typedef struct folder_survey {
    int64_t pictures;
    int depth;                  /* folders around the pictures; -1: not all have the same */
    char first[NAME_BYTES];     /* the outermost folder of the first picture */
    bool has_one_top;           /* it is that of all */
    bool is_split_name[DEPTHS]; /* the folder at that depth is a split's, of all pictures */
    char splits[DEPTHS][DLT_SPLITS][NAME_BYTES]; /* the folders of the splits; "": none */
    bool is_meant[DEPTHS];                       /* all folders are named like splits */
    char meant[DEPTHS][NAME_BYTES];              /* the first that is not known as one; "": none */
} folder_survey;

static const struct {
    const char *name;
    dlt_split split;
} split_words[] = {{"train", DLT_SPLIT_TRAIN},
                   {"training", DLT_SPLIT_TRAIN},
                   {"test", DLT_SPLIT_TEST},
                   {"testing", DLT_SPLIT_TEST},
                   {"validation", DLT_SPLIT_VALIDATION},
                   {"valid", DLT_SPLIT_VALIDATION},
                   {"val", DLT_SPLIT_VALIDATION}};
enum { SPLIT_WORDS = sizeof split_words / sizeof split_words[0] };

static bool find_split(const char *name, dlt_split *out) {
    for (size_t i = 0; i < SPLIT_WORDS; i++)
        if (strcmp(split_words[i].name, name) == 0) {
            *out = split_words[i].split;
            return true;
        }
    return false;
}

/* In other letters, or by a word that might be any of the splits. */
static bool may_mean_split(const char *name) {
    static const char *const others[] = {"eval", "evaluation", "dev", "development", "holdout"};
    for (size_t i = 0; i < SPLIT_WORDS; i++)
        if (strcasecmp(split_words[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcasecmp(others[i], name) == 0)
            return true;
    return false;
}

/* Two folders that mean the same split are none. */
static void see_folder(folder_survey *it, int depth, const char *name) {
    dlt_split split = DLT_SPLIT_TRAIN;
    it->is_meant[depth] = it->is_meant[depth] && may_mean_split(name);
    if (it->is_meant[depth] && it->meant[depth][0] == '\0' && !find_split(name, &split))
        memcpy(it->meant[depth], name, strlen(name) + 1);
    it->is_split_name[depth] = it->is_split_name[depth] && find_split(name, &split);
    if (!it->is_split_name[depth])
        return;
    char *known = it->splits[depth][split];
    if (known[0] == '\0')
        memcpy(known, name, strlen(name) + 1);
    it->is_split_name[depth] = strcmp(known, name) == 0;
}

static void see_picture(folder_survey *it, const char *name) {
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

static dlt_status survey_files(const char *path, folder_survey *it) {
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

/* Folders of splits that hold no class folders would be classes; those of unknown splits, class
 * folders that are too deep. One folder around all pictures may have any name. */
static dlt_status check_splits(const folder_survey *it, const char *path, dlt_image_layout *out) {
    const bool is_wrapped = it->has_one_top && it->first[0] != '\0';
    dlt_text known = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    for (size_t i = 0; i < SPLIT_WORDS; i++)
        dlt_text_add(&known, "%s%s",
                     i == 0                ? ""
                     : i + 1 < SPLIT_WORDS ? ", "
                                           : " and ",
                     split_words[i].name);
    for (int level = 0; level < (is_wrapped ? 2 : 1) && level < it->depth; level++) {
        if (!it->is_meant[level])
            continue;
        out->splits_lack_classes = out->splits_lack_classes || it->depth == level + 1;
        const bool is_unknown = it->meant[level][0] != '\0' && it->depth == level + 2;
        if (status == DLT_OK && is_unknown && (level == 1 || !is_wrapped))
            status =
                dlt_fail(DLT_ERR_FORMAT,
                         "the folders in %s are named like splits, but '%s' is not the name of "
                         "one; the names of splits are %s",
                         path, it->meant[level], dlt_text_of(&known));
    }
    dlt_text_add(&out->part_names, "%s", dlt_text_of(&known));
    dlt_text_destroy(&known);
    return status != DLT_OK ? status : dlt_text_check(&out->part_names);
}

dlt_status dlt_image_layout_find(const char *path, dlt_image_layout *out) {
    folder_survey it = {
        .has_one_top = true, .is_split_name = {true, true}, .is_meant = {true, true}};
    *out = (dlt_image_layout){.has_classes = true};
    DLT_TRY(survey_files(path, &it));
    out->pictures = it.pictures;
    DLT_TRY(check_splits(&it, path, out));
    const bool is_wrapped = it.has_one_top && it.first[0] != '\0';
    int level = -1; /* of the splits' folders */
    if (it.pictures > 0 && it.depth == 0)
        out->has_classes = false;
    if (it.depth == 2 && it.is_split_name[0] && it.splits[0][DLT_SPLIT_TRAIN][0] != '\0')
        level = 0;
    else if (it.depth == 3 && is_wrapped && it.is_split_name[1] &&
             it.splits[1][DLT_SPLIT_TRAIN][0] != '\0')
        level = 1;
    else if (it.depth == 2 && is_wrapped)
        dlt_text_add(&out->top, "%s", it.first);
    for (dlt_split split = 0; level >= 0 && split < DLT_SPLITS; split++)
        if (it.splits[level][split][0] != '\0')
            dlt_text_add(&out->splits[split], "%s%s%s", level == 0 ? "" : it.first,
                         level == 0 ? "" : "/", it.splits[level][split]);
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        DLT_TRY(dlt_text_check(&out->splits[split]));
    return dlt_text_check(&out->top);
}

void dlt_image_layout_destroy(dlt_image_layout *layout) {
    dlt_text_destroy(&layout->top);
    dlt_text_destroy(&layout->part_names);
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        dlt_text_destroy(&layout->splits[split]);
}
