/* Names decide: classes and columns are mapped where each of one set is found in the other by its
 * exact name, and refused otherwise. Numbers that were shifted and scaled by other statistics
 * cannot be mapped exactly. */
#include "data/identity.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/left_out.h"

#include <stdlib.h>
#include <string.h>

void dlt_identity_destroy(dlt_identity *identity) {
    dlt_free(identity->class_names);
    dlt_free(identity->feature_names);
    dlt_free(identity->target_name);
    dlt_free(identity->raw_mean);
    dlt_free(identity->raw_std);
    dlt_free(identity->recipe);
    *identity = (dlt_identity){0};
}

static dlt_status copy_text(const char *text, char **out) {
    *out = text != NULL ? dlt_alloc_text(text) : NULL;
    return text == NULL || *out != NULL ? DLT_OK : DLT_ERR_MEM;
}

static dlt_status copy_reals(const double *values, int64_t count, double **out) {
    if (values == NULL)
        return DLT_OK;
    DLT_TRY(DLT_NEW(*out, count));
    memcpy(*out, values, (size_t)count * sizeof *values);
    return DLT_OK;
}

dlt_status dlt_identity_copy(const dlt_identity *identity, dlt_identity *out) {
    *out = (dlt_identity){.target_scale = identity->target_scale, .raw_count = identity->raw_count};
    DLT_TRY(copy_text(identity->class_names, &out->class_names));
    DLT_TRY(copy_text(identity->feature_names, &out->feature_names));
    DLT_TRY(copy_text(identity->target_name, &out->target_name));
    DLT_TRY(copy_text(identity->recipe, &out->recipe));
    DLT_TRY(copy_reals(identity->raw_mean, identity->raw_count, &out->raw_mean));
    return copy_reals(identity->raw_std, identity->raw_count, &out->raw_std);
}

dlt_status dlt_identity_pass_over_foreign(dlt_status status, bool *foreign) {
    if (status != DLT_ERR_FORMAT)
        return status;
    *foreign = true;
    dlt_error_clear();
    return DLT_OK;
}

static dlt_status read_text(dlt_h5_file *file, const char *name, char **out) {
    bool foreign = false;
    return dlt_identity_pass_over_foreign(dlt_h5_read_text(file, "/", name, out), &foreign);
}

static dlt_status read_reals(dlt_h5_file *file, const char *name, int64_t *count, double **out) {
    bool foreign = false;
    return dlt_identity_pass_over_foreign(dlt_h5_read_reals(file, "/", name, count, out), &foreign);
}

static dlt_status read_scaling(dlt_h5_file *file, dlt_identity *out) {
    int64_t count = 0;
    double *scale = NULL;
    DLT_TRY(read_reals(file, "raw_mean", &out->raw_count, &out->raw_mean));
    DLT_TRY(read_reals(file, "raw_std", &count, &out->raw_std));
    if (count != out->raw_count)
        out->raw_count = 0;
    DLT_TRY(read_reals(file, "target_scale", &count, &scale));
    out->target_scale = count == 1 ? scale[0] : 0;
    dlt_free(scale);
    return DLT_OK;
}

dlt_status dlt_identity_read(dlt_h5_file *file, dlt_identity *out) {
    *out = (dlt_identity){0};
    DLT_TRY(read_text(file, "class_names", &out->class_names));
    DLT_TRY(read_text(file, "feature_names", &out->feature_names));
    DLT_TRY(read_text(file, "target_name", &out->target_name));
    DLT_TRY(read_scaling(file, out));
    return read_text(file, "recipe", &out->recipe);
}

/* The lines of a text, sorted by name. */
typedef struct name {
    const char *at;
    size_t length;
    int64_t index;
} name;

static int compare_names(const void *a, const void *b) {
    const name *left = a;
    const name *right = b;
    size_t shorter = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->at, right->at, shorter);
    return order != 0 ? order : (left->length > right->length) - (left->length < right->length);
}

static dlt_status list_names(const char *text, name **out, int64_t *count) {
    *count = 1;
    for (const char *c = text; *c != '\0'; c++)
        *count += *c == '\n' && c[1] != '\0';
    DLT_TRY(DLT_NEW(*out, *count));
    for (int64_t i = 0; i < *count; i++) {
        size_t length = strcspn(text, "\n");
        (*out)[i] = (name){text, length, i};
        text += length + (text[length] == '\n');
    }
    return DLT_OK;
}

/* The names of both sides, those of the training data sorted; each of the data's finds its place
 * there. */
typedef struct matching {
    name *ours;
    name *theirs;
    int64_t our_count;
    int64_t their_count;
} matching;

static void destroy_matching(matching *it) {
    dlt_free(it->ours);
    dlt_free(it->theirs);
}

static const name *find_name(const name *names, int64_t count, const name *wanted) {
    return bsearch(wanted, names, (size_t)count, sizeof *names, compare_names);
}

static dlt_status check_single(const name *sorted, int64_t count, const char *kind,
                               const char *owner) {
    for (int64_t i = 1; i < count; i++)
        if (compare_names(&sorted[i - 1], &sorted[i]) == 0)
            return dlt_fail(DLT_ERR_MISMATCH,
                            "the %s '%.*s' occurs twice in %s, so it cannot be matched by name",
                            kind, (int)sorted[i].length, sorted[i].at, owner);
    return DLT_OK;
}

/* The first of `of` that `in` (sorted) lacks. */
static dlt_status check_names(const name *of, int64_t of_count, const name *in, int64_t in_count,
                              const char *kind, const char *owner, const char *other) {
    for (int64_t i = 0; i < of_count; i++)
        if (find_name(in, in_count, &of[i]) == NULL)
            return dlt_fail(DLT_ERR_MISMATCH, "%s has the %s '%.*s', which %s lacks", owner, kind,
                            (int)of[i].length, of[i].at, other);
    return DLT_OK;
}

static const char TRAINING[] = "the training data";

static void sort_names(name *names, int64_t count) {
    qsort(names, (size_t)count, sizeof *names, compare_names);
}

/* Sorts the names of both sides, each of which must be there once. */
static dlt_status sort_both(matching *it, const char *kind, const char *source) {
    sort_names(it->ours, it->our_count);
    sort_names(it->theirs, it->their_count);
    DLT_TRY(check_single(it->ours, it->our_count, kind, TRAINING));
    return check_single(it->theirs, it->their_count, kind, source);
}

static dlt_status match_classes(matching *it, const char *source, dlt_data_map *out) {
    DLT_TRY(sort_both(it, "class", source));
    DLT_TRY(check_names(it->theirs, it->their_count, it->ours, it->our_count, "class", source,
                        TRAINING));
    out->classes = it->their_count;
    DLT_TRY(DLT_NEW(out->label, it->their_count));
    for (int64_t i = 0; i < it->their_count; i++) {
        const name *mine = find_name(it->ours, it->our_count, &it->theirs[i]);
        out->label[it->theirs[i].index] = (int32_t)mine->index;
    }
    return DLT_OK;
}

static dlt_status match_features(matching *it, const char *source, dlt_data_map *out) {
    DLT_TRY(sort_both(it, "column", source));
    DLT_TRY(check_names(it->ours, it->our_count, it->theirs, it->their_count, "column", TRAINING,
                        source));
    DLT_TRY(check_names(it->theirs, it->their_count, it->ours, it->our_count, "column", source,
                        TRAINING));
    out->features = it->our_count;
    DLT_TRY(DLT_NEW(out->column, it->our_count));
    for (int64_t i = 0; i < it->our_count; i++)
        out->column[it->ours[i].index] = it->theirs[i].index;
    return DLT_OK;
}

typedef dlt_status match_function(matching *it, const char *source, dlt_data_map *out);

static dlt_status match(const char *ours, const char *theirs, match_function *function,
                        const char *source, dlt_data_map *out) {
    matching it = {0};
    if (ours == NULL || theirs == NULL || strcmp(ours, theirs) == 0)
        return DLT_OK;
    dlt_status status = list_names(ours, &it.ours, &it.our_count);
    if (status == DLT_OK)
        status = list_names(theirs, &it.theirs, &it.their_count);
    if (status == DLT_OK)
        status = function(&it, source, out);
    destroy_matching(&it);
    return status;
}

/* The name of a column, for a sentence. */
static int name_of(const char *names, int64_t index, const char **out) {
    while (index-- > 0)
        names += strcspn(names, "\n") + 1;
    *out = names;
    return (int)strcspn(names, "\n");
}

static dlt_status check_scaling(const dlt_identity *training, const dlt_identity *data,
                                const char *source, const dlt_data_map *map) {
    if (training->feature_names == NULL || data->feature_names == NULL)
        return DLT_OK;
    if ((training->raw_count > 0) != (data->raw_count > 0))
        return dlt_fail(
            DLT_ERR_MISMATCH,
            "%s was %sstandardized when it was imported, the training data was %s; import it "
            "with --like and the run",
            source, data->raw_count > 0 ? "" : "not ", data->raw_count > 0 ? "not" : "so");
    if (training->raw_count != data->raw_count)
        return DLT_OK;
    for (int64_t f = 0; f < training->raw_count; f++) {
        int64_t theirs = map->column != NULL ? map->column[f] : f;
        const char *column = NULL;
        if (training->raw_mean[f] == data->raw_mean[theirs] &&
            training->raw_std[f] == data->raw_std[theirs])
            continue;
        int length = name_of(training->feature_names, f, &column);
        return dlt_fail(
            DLT_ERR_MISMATCH,
            "%s was standardized by other statistics than the training data (column '%.*s': mean "
            "%g and deviation %g, not %g and %g); import it with --like and the run",
            source, length, column, data->raw_mean[theirs], data->raw_std[theirs],
            training->raw_mean[f], training->raw_std[f]);
    }
    return DLT_OK;
}

static dlt_status check_target(const dlt_identity *training, const dlt_identity *data,
                               const char *source) {
    if (training->target_name != NULL && data->target_name != NULL &&
        strcmp(training->target_name, data->target_name) != 0)
        return dlt_fail(DLT_ERR_MISMATCH,
                        "the target of %s is the column '%s', that of the training data '%s'",
                        source, data->target_name, training->target_name);
    if (training->target_scale != 0 && data->target_scale != 0 &&
        training->target_scale != data->target_scale)
        return dlt_fail(DLT_ERR_MISMATCH,
                        "the targets of %s were divided by %g when it was imported, those of the "
                        "training data by %g",
                        source, data->target_scale, training->target_scale);
    return DLT_OK;
}

static void say_name(const char *names, int64_t index, dlt_text *out) {
    const char *at = NULL;
    const int length = name_of(names, index, &at);
    dlt_text one = DLT_TEXT_EMPTY;
    dlt_text_add_bytes(&one, at, (size_t)length);
    dlt_text_add(out, "'");
    dlt_name_print(dlt_text_of(&one), out);
    dlt_text_add(out, "'");
    dlt_text_destroy(&one);
}

/* "2 of 5 columns have another place than in the training data ('age' 3, not 0)". */
static void say_moved(const char *names, int64_t moved, int64_t count, const char *what,
                      const int64_t first[3], dlt_text *out) {
    if (moved == 0)
        return;
    dlt_text_add(out, "%s%lld of %lld %s than in the training data (", out->used == 0 ? "" : ", ",
                 (long long)moved, (long long)count, what);
    say_name(names, first[0], out);
    dlt_text_add(out, " %lld, not %lld)", (long long)first[1], (long long)first[2]);
}

static dlt_status say(const dlt_identity *training, dlt_data_map *map) {
    int64_t columns = 0;
    int64_t labels = 0;
    int64_t column[3] = {0}; /* the first one that moved: its name, its place here and there */
    int64_t label[3] = {0};
    for (int64_t f = map->features - 1; map->column != NULL && f >= 0; f--)
        if (map->column[f] != f) {
            columns++;
            memcpy(column, (const int64_t[]){f, map->column[f], f}, sizeof column);
        }
    for (int64_t i = map->classes - 1; map->label != NULL && i >= 0; i--)
        if (map->label[i] != i) {
            labels++;
            memcpy(label, (const int64_t[]){map->label[i], i, map->label[i]}, sizeof label);
        }
    say_moved(training->feature_names, columns, map->features, "columns have another place", column,
              &map->said);
    say_moved(training->class_names, labels, map->classes, "classes have another label", label,
              &map->said);
    return dlt_text_check(&map->said);
}

dlt_status dlt_identity_map(const dlt_identity *training, const dlt_identity *data,
                            const char *source, bool has_target, int64_t features,
                            dlt_data_map *out) {
    *out = (dlt_data_map){0};
    DLT_TRY(match(training->feature_names, data->feature_names, match_features, source, out));
    if (out->column != NULL && out->features != features)
        return dlt_fail(DLT_ERR_MISMATCH,
                        "%s has %lld numbers per sample, but %lld names of columns", source,
                        (long long)features, (long long)out->features);
    DLT_TRY(check_scaling(training, data, source, out));
    if (!has_target)
        return say(training, out);
    DLT_TRY(match(training->class_names, data->class_names, match_classes, source, out));
    DLT_TRY(check_target(training, data, source));
    return say(training, out);
}

void dlt_data_map_destroy(dlt_data_map *map) {
    dlt_free(map->column);
    dlt_free(map->label);
    dlt_text_destroy(&map->said);
    *map = (dlt_data_map){0};
}
