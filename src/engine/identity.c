/* What the training data says of itself, as state values of a checkpoint: texts by name, the
 * statistics of a table as lines of numbers that read back to the same. */
#include "engine/splits.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "engine/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dlt_status record_text(dlt_snapshot *snapshot, const char *name, const char *text) {
    return text != NULL ? dlt_snapshot_set_text(snapshot, name, text) : DLT_OK;
}

static dlt_status record_reals(dlt_snapshot *snapshot, const char *name, int64_t count,
                               const double *values) {
    dlt_text text = DLT_TEXT_EMPTY;
    for (int64_t i = 0; i < count; i++)
        dlt_text_add(&text, "%.17g\n", values[i]);
    dlt_status status = dlt_text_check(&text);
    if (status == DLT_OK && count > 0)
        status = dlt_snapshot_set_text(snapshot, name, dlt_text_of(&text));
    dlt_text_destroy(&text);
    return status;
}

dlt_status dlt_identity_record(const dlt_identity *identity, dlt_snapshot *snapshot) {
    DLT_TRY(record_text(snapshot, "data_class_names", identity->class_names));
    DLT_TRY(record_text(snapshot, "data_feature_names", identity->feature_names));
    DLT_TRY(record_text(snapshot, "data_target_name", identity->target_name));
    DLT_TRY(record_text(snapshot, "data_recipe", identity->recipe));
    DLT_TRY(record_reals(snapshot, "data_raw_mean", identity->raw_count, identity->raw_mean));
    DLT_TRY(record_reals(snapshot, "data_raw_std", identity->raw_count, identity->raw_std));
    return dlt_snapshot_set_real(snapshot, "data_target_scale", identity->target_scale);
}

static dlt_status recall_text(const dlt_snapshot *snapshot, const char *name, char **out) {
    const char *text = NULL;
    if (!dlt_snapshot_has(snapshot, name))
        return DLT_OK;
    DLT_TRY(dlt_snapshot_get_text(snapshot, name, &text));
    *out = dlt_alloc_text(text);
    return *out != NULL ? DLT_OK : DLT_ERR_MEM;
}

static dlt_status recall_reals(const dlt_snapshot *snapshot, const char *name, int64_t *count,
                               double **out) {
    const char *text = NULL;
    *count = 0;
    if (!dlt_snapshot_has(snapshot, name))
        return DLT_OK;
    DLT_TRY(dlt_snapshot_get_text(snapshot, name, &text));
    for (const char *c = text; *c != '\0'; c++)
        *count += *c == '\n';
    DLT_TRY(DLT_NEW(*out, *count));
    char *at = NULL;
    for (int64_t i = 0; i < *count; i++, text = at)
        (*out)[i] = strtod(text, &at);
    return DLT_OK;
}

static dlt_status recall(const dlt_snapshot *snapshot, dlt_identity *out) {
    int64_t count = 0;
    DLT_TRY(recall_text(snapshot, "data_class_names", &out->class_names));
    DLT_TRY(recall_text(snapshot, "data_feature_names", &out->feature_names));
    DLT_TRY(recall_text(snapshot, "data_target_name", &out->target_name));
    DLT_TRY(recall_text(snapshot, "data_recipe", &out->recipe));
    DLT_TRY(recall_reals(snapshot, "data_raw_mean", &out->raw_count, &out->raw_mean));
    DLT_TRY(recall_reals(snapshot, "data_raw_std", &count, &out->raw_std));
    if (count != out->raw_count)
        return dlt_fail(DLT_ERR_FORMAT,
                        "the checkpoint has %lld means of columns, but %lld deviations",
                        (long long)out->raw_count, (long long)count);
    if (!dlt_snapshot_has(snapshot, "data_target_scale"))
        return DLT_OK;
    return dlt_snapshot_get_real(snapshot, "data_target_scale", &out->target_scale);
}

static dlt_status recall_word(const dlt_snapshot *snapshot, const char *name, char *out,
                              size_t bytes) {
    const char *text = "";
    if (dlt_snapshot_has(snapshot, name))
        DLT_TRY(dlt_snapshot_get_text(snapshot, name, &text));
    snprintf(out, bytes, "%s", text);
    return DLT_OK;
}

static dlt_status recall_input(const dlt_snapshot *snapshot, dlt_recorded_input *out) {
    DLT_TRY(recall_word(snapshot, DLT_STATE_INPUT, out->shape, sizeof out->shape));
    DLT_TRY(recall_word(snapshot, DLT_STATE_LENGTH, out->length, sizeof out->length));
    return recall_word(snapshot, DLT_STATE_INPUT_TYPE, out->type, sizeof out->type);
}

dlt_status dlt_identity_recall(dlt_h5_lock *h5_lock, const char *checkpoint, dlt_identity *out,
                               dlt_recorded_input *input) {
    dlt_snapshot *recorded = NULL;
    DLT_TRY(dlt_snapshot_create(&recorded));
    dlt_status status = dlt_checkpoint_read_state(h5_lock, checkpoint, recorded);
    if (status == DLT_OK)
        status = recall(recorded, out);
    if (status == DLT_OK && input != NULL)
        status = recall_input(recorded, input);
    dlt_snapshot_destroy(&recorded);
    return status;
}

/* A class or column that has another name now is another one, though the numbers are the same. */
static dlt_status check_same(const char *then, const char *now, const char *what) {
    if (then == NULL || now == NULL || strcmp(then, now) == 0)
        return DLT_OK;
    int line = 1;
    while (*then == *now) {
        line += *then == '\n';
        then++;
        now++;
    }
    return dlt_fail(
        DLT_ERR_MISMATCH,
        "the checkpoint was written with other %s of the training data: number %d differs; "
        "resume with the data that began the run, or start a new one with --overwrite",
        what, line);
}

dlt_status dlt_identity_check(const dlt_identity *identity, const dlt_snapshot *snapshot) {
    dlt_identity then = {0};
    dlt_status status = recall(snapshot, &then);
    if (status == DLT_OK)
        status = check_same(then.class_names, identity->class_names, "class names");
    if (status == DLT_OK)
        status = check_same(then.feature_names, identity->feature_names, "column names");
    if (status == DLT_OK)
        status = check_same(then.target_name, identity->target_name, "targets");
    dlt_identity_destroy(&then);
    return status;
}
