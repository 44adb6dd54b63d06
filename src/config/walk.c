/* Settings as a list of single values with dotted paths, so that two of them can be compared value
 * by value, and what a change of each means for a run that is resumed. */
#include "config/config.h"
#include "config/print.h"

#include <inttypes.h>
#include <string.h>

typedef struct walker {
    dlt_config_visit *visit;
    void *context;
    dlt_text value;
    bool failed;
} walker;

/* The class of a row below one of class `above`. */
static unsigned resume_of(const dlt_key *key, unsigned above) {
    return key->resume != DLT_RESUME_AS_ABOVE ? key->resume : above;
}

static unsigned resume_below(const dlt_key *key, unsigned own) {
    return key->resume_below != DLT_RESUME_AS_ABOVE ? key->resume_below : own;
}

static void give(walker *it, const dlt_text *path, const char *text, unsigned resume) {
    const dlt_config_value value = {.path = dlt_text_of(path), .text = text, .resume = resume};
    it->failed = it->failed || path->failed;
    if (!it->failed)
        it->visit(it->context, &value);
}

/* The path is cut back to what it was. */
static void cut(dlt_text *path, size_t used) {
    if (path->failed)
        return;
    path->used = used;
    if (path->data != NULL)
        path->data[used] = '\0';
}

static void walk_keys(walker *it, dlt_text *path, const dlt_key *keys, const void *settings,
                      unsigned above);

/* The kind, the kind's own settings, and those beside it. */
static void walk_selection(walker *it, dlt_text *path, const dlt_key *key,
                           const dlt_selection *selection, unsigned own) {
    size_t used = path->used;
    unsigned below = resume_below(key, own);
    give(it, path, selection->kind != NULL ? selection->kind->name : "null", own);
    if (selection->kind == NULL)
        return;
    if (selection->common != NULL)
        walk_keys(it, path, key->section, selection->common, below);
    dlt_text_add(path, ".%s", selection->kind->name);
    walk_keys(it, path, selection->kind->keys, selection->settings, below);
    cut(path, used);
}

static void walk_list(walker *it, dlt_text *path, const dlt_key *key,
                      const dlt_selection_list *list, unsigned own) {
    size_t used = path->used;
    dlt_text_clear(&it->value);
    if (list->count < 0)
        dlt_text_add(&it->value, "null");
    else
        dlt_text_add(&it->value, "%" PRId64 " item%s", list->count, list->count == 1 ? "" : "s");
    give(it, path, dlt_text_of(&it->value), own);
    for (int64_t i = 0; i < list->count; i++) {
        dlt_text_add(path, ".%" PRId64, i);
        walk_selection(it, path, key, &list->at[i], own);
        cut(path, used);
    }
}

static void walk_named(walker *it, dlt_text *path, const dlt_key *key, const dlt_named_list *list,
                       unsigned own) {
    size_t used = path->used;
    dlt_text_clear(&it->value);
    dlt_text_add(&it->value, list->count < 0 ? "null" : "");
    for (int64_t i = 0; i < list->count; i++)
        dlt_text_add(&it->value, "%s%s", i > 0 ? ", " : "", list->at[i].name);
    give(it, path, dlt_text_of(&it->value), own);
    for (int64_t i = 0; i < list->count; i++) {
        dlt_text_add(path, ".%s", list->at[i].name);
        walk_keys(it, path, key->section, list->at[i].settings, resume_below(key, own));
        cut(path, used);
    }
}

static void walk_field(walker *it, dlt_text *path, const dlt_key *key, const void *field,
                       unsigned own) {
    if (key->type == DLT_KEY_SECTION) {
        walk_keys(it, path, key->section, field, resume_below(key, own));
    } else if (key->type == DLT_KEY_SELECTION) {
        walk_selection(it, path, key, field, own);
    } else if (key->type == DLT_KEY_NAMED) {
        walk_named(it, path, key, field, own);
    } else if (key->type == DLT_KEY_SELECTIONS && key->flags & DLT_KEY_SINGLE &&
               ((const dlt_selection_list *)field)->count == 1) {
        walk_selection(it, path, key, ((const dlt_selection_list *)field)->at, own);
    } else if (key->type == DLT_KEY_SELECTIONS) {
        walk_list(it, path, key, field, own);
    } else {
        dlt_text_clear(&it->value);
        dlt_print_value(key, field, &it->value);
        give(it, path, dlt_text_of(&it->value), own);
    }
}

static void walk_keys(walker *it, dlt_text *path, const dlt_key *keys, const void *settings,
                      unsigned above) {
    size_t used = path->used;
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        dlt_text_add(path, "%s%s", used > 0 ? "." : "", key->name);
        walk_field(it, path, key, dlt_field_of(key, settings), resume_of(key, above));
        cut(path, used);
    }
}

dlt_status dlt_config_walk(const dlt_key *keys, const void *settings, dlt_config_visit *visit,
                           void *context) {
    walker it = {.visit = visit, .context = context, .value = DLT_TEXT_EMPTY};
    dlt_text path = DLT_TEXT_EMPTY;
    walk_keys(&it, &path, keys, settings, DLT_RESUME_REFUSED);
    dlt_status status = dlt_text_check(&it.value);
    if (status == DLT_OK)
        status = dlt_text_check(&path);
    dlt_text_destroy(&path);
    dlt_text_destroy(&it.value);
    return status;
}

unsigned dlt_config_resume_of(const dlt_key *keys, const char *dotted_path) {
    char path[256];
    unsigned resume = DLT_RESUME_REFUSED;
    for (const char *end = dotted_path; end != NULL && *end != '\0';) {
        end = strchr(end + 1, '.');
        size_t bytes = end != NULL ? (size_t)(end - dotted_path) : strlen(dotted_path);
        if (bytes >= sizeof path)
            break;
        memcpy(path, dotted_path, bytes);
        path[bytes] = '\0';
        const dlt_key *key = dlt_config_find_key(keys, path);
        if (key == NULL)
            continue;
        resume = resume_of(key, resume);
        if (end != NULL)
            resume = resume_below(key, resume);
    }
    return resume;
}

void dlt_config_resume_help(unsigned resume, dlt_text *out) {
    static const struct {
        unsigned flag;
        const char *words;
    } parts[] = {
        {DLT_RESUME_REFUSED, "must stay, because the stored state depends on it"},
        {DLT_RESUME_FREE, "may change"},
        {DLT_RESUME_SAME_DATA, "may name another place of the same data"},
        {DLT_RESUME_CHANGES, "may change, and the run says so"},
        {DLT_RESUME_PATIENCE, "patience is counted anew"},
        {DLT_RESUME_BEST, "the best value and patience begin anew"},
        {DLT_RESUME_METRIC, "the best value and patience begin anew if they are of a metric"},
        {DLT_RESUME_SUMS, "loss and metric of the epoch under way are those of its rest"},
        {DLT_RESUME_SCHEDULE, "the schedule's state begins anew"},
    };
    size_t before = out->used;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (resume & parts[i].flag)
            dlt_text_add(out, "%s%s", out->used > before ? "; " : "", parts[i].words);
}
