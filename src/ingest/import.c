/* Drives imports and synthetic sets, in this order: the output folder and its lock, the format,
 * checks of known sizes, the splits one after the other (facts, checks, samples, attributes), one
 * commit for all. Files have temporary names until the commit, so a failure leaves nothing behind.
 * The training split comes first, because the attributes of all splits hold its mean and standard
 * deviation. */
#include "dltrain/import.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/name.h"
#include "base/text.h"
#include "config/config.h"
#include "data/identity.h"
#include "data/left_out.h"
#include "data/moments.h"
#include "data/shards.h"
#include "ingest/description.h"
#include "ingest/field_checks.h"
#include "ingest/format.h"
#include "ingest/job.h"
#include "ingest/output_folder.h"
#include "io/atomic_file.h"
#include "io/folder_lock.h"

#include <string.h>

/* With more features than this there are no statistics, which would not fit in an attribute. */
enum { FEATURES_MAX = 4096 };

/* One run of an import. */
typedef struct import_job {
    const dlt_description *description;
    const dlt_config *config; /* that the description was read from */
    const dlt_import_output *output;
    int64_t shards;
    const dlt_format_ops *format;
    void *state; /* of the format; owned */
    dlt_h5_lock *h5_lock;
    dlt_shard_set *sets[DLT_SPLITS];
    dlt_split_facts facts[DLT_SPLITS];
    dlt_text class_names;
    dlt_text notes;      /* on what was left out or is doubtful */
    dlt_moments moments; /* of the training split */
    double *mean;
    double *std;
    dlt_output_folder folder;
    dlt_folder_lock *lock; /* of the output folder; owned */
} import_job;

static dlt_status check_split(const import_job *job, dlt_split split) {
    const dlt_split_facts *facts = &job->facts[split];
    int64_t expected = job->description->samples.splits[split];
    if (split == DLT_SPLIT_TRAIN && facts->samples == 0)
        return dlt_fail(DLT_ERR_FORMAT, "the files of %s hold no training samples",
                        job->description->name);
    if (expected != 0 && facts->samples != expected)
        return dlt_fail(DLT_ERR_FORMAT, "split '%s' of %s has %lld samples where %lld are expected",
                        dlt_split_name(split), job->description->name, (long long)facts->samples,
                        (long long)expected);
    return DLT_OK;
}

/* What can be known of a split before it is its turn: a synthetic set knows its size, and a
 * description may say it. */
static dlt_status check_ahead(import_job *job, dlt_split split) {
    int64_t samples = job->description->samples.splits[split];
    if (job->format->synthetic) {
        DLT_TRY(job->format->begin(job->state, split, &job->facts[split]));
        samples = job->facts[split].samples;
    }
    return samples == 0 ? DLT_OK : dlt_shards_check(dlt_split_name(split), samples, job->shards);
}

static dlt_status check_space(const import_job *job, const dlt_split_facts *facts) {
    long long available = dlt_free_bytes(job->output->folder);
    const int64_t needed = dlt_import_bytes(facts);
    if (needed < 0 || (available >= 0 && needed > available))
        return dlt_fail(DLT_ERR_IO,
                        "%s has room for %lld bytes, but %lld samples of %lld bytes are to be "
                        "written",
                        job->output->folder, available, (long long)facts->samples,
                        (long long)(needed < 0 ? needed : needed / facts->samples));
    return DLT_OK;
}

/* Features with statistics of their own, the channels of an image and the columns of a table; those
 * of other fields than x have none. */
static int64_t count_features(const dlt_split_facts *facts) {
    dlt_split_field fields[DLT_FIELDS_MAX];
    (void)dlt_split_fields(facts, fields);
    const dlt_shape *shape = &fields[0].shape;
    if (strcmp(fields[0].name, "x") != 0 || fields[0].lengths != NULL)
        return 0;
    int64_t features = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
    return features <= FEATURES_MAX ? features : 0;
}

static dlt_status start_moments(import_job *job) {
    int64_t features = count_features(&job->facts[DLT_SPLIT_TRAIN]);
    DLT_TRY(dlt_moments_create(features, &job->moments));
    DLT_TRY(DLT_NEW(job->mean, features));
    return DLT_NEW(job->std, features);
}

static void tell_progress(const import_job *job, dlt_split split, int64_t done) {
    if (job->output->progress != NULL)
        job->output->progress(job->output->progress_context, dlt_split_name(split), done,
                              job->facts[split].samples);
}

static dlt_status check_stop(const dlt_import_output *output) {
    if (output->stop == NULL || *output->stop == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_IO, "stopped by a signal; nothing of the import is left");
}

dlt_status dlt_import_go_on(const dlt_import_output *output, int64_t done) {
    const int64_t often = 1024;
    if (done % often == 0 && output->progress != NULL)
        output->progress(output->progress_context, NULL, done, 0);
    return check_stop(output);
}

/* The most bytes that a field has in `block` neighbouring samples, wherever they begin. */
static int64_t block_bytes(const dlt_split_facts *facts, const dlt_split_field *field,
                           int64_t block) {
    int64_t most = 0;
    int64_t here = 0;
    if (field->lengths == NULL)
        return dlt_import_field_bytes(field, 0, block);
    for (int64_t i = 0; i < facts->samples; i++) {
        here += dlt_import_field_bytes(field, i, 1);
        if (i >= block)
            here -= dlt_import_field_bytes(field, i - block, 1);
        most = dlt_max_i64(most, here);
    }
    return most;
}

/* Moves all samples of a split from the format to the shards, in the blocks that these take. */
static dlt_status copy_samples(import_job *job, dlt_split split) {
    const dlt_split_facts *facts = &job->facts[split];
    dlt_split_field fields[DLT_FIELDS_MAX];
    void *rows[DLT_FIELDS_MAX] = {NULL};
    const int field_count = dlt_split_fields(facts, fields);
    const int64_t most = dlt_shard_set_block(job->sets[split]);
    dlt_status status = DLT_OK;
    for (int f = 0; f < field_count; f++) {
        char *bytes = NULL;
        DLT_TRY_OUT(DLT_NEW(bytes, block_bytes(facts, &fields[f], most)));
        rows[f] = bytes;
    }
    for (int64_t done = 0; done < facts->samples;) {
        const int64_t count = dlt_shard_set_room(job->sets[split]);
        DLT_TRY_OUT(check_stop(job->output));
        DLT_TRY_OUT(job->format->read(job->state, count, rows));
        DLT_TRY_OUT(dlt_shard_set_write(job->sets[split], count, (const void *const *)rows));
        if (split == DLT_SPLIT_TRAIN && job->moments.features > 0)
            dlt_moments_add(&job->moments, fields[0].type,
                            count * (dlt_shape_count(&fields[0].shape) / job->moments.features),
                            rows[0]);
        done += count;
        tell_progress(job, split, done);
    }
    if (job->format->finish != NULL)
        DLT_TRY_OUT(job->format->finish(job->state));
out:
    for (int f = 0; f < field_count; f++)
        dlt_free(rows[f]);
    return status;
}

static dlt_status finish_split(import_job *job, dlt_split split) {
    const dlt_split_facts *facts = &job->facts[split];
    const char *class_names = facts->class_names;
    if (class_names == NULL && facts->field_count == 0 && facts->y_type == DLT_H5_I32 &&
        job->class_names.used > 0)
        class_names = dlt_text_of(&job->class_names);
    return dlt_shard_set_finish(job->sets[split], &(dlt_shard_attributes){
                                                      .name = job->description->name,
                                                      .licence = job->description->licence,
                                                      .citation = job->description->citation,
                                                      .class_names = class_names,
                                                      .feature_names = facts->feature_names,
                                                      .feature_count = job->moments.features,
                                                      .mean = job->mean,
                                                      .std = job->std,
                                                      .raw_count = facts->raw_count,
                                                      .raw_mean = facts->raw_mean,
                                                      .raw_std = facts->raw_std,
                                                      .left_out = facts->left_out,
                                                      .target_name = facts->target_name,
                                                      .target_scale = facts->target_scale,
                                                      .vocabulary = facts->vocabulary,
                                                      .vocabulary_kind = facts->vocabulary_kind,
                                                      .ignored = facts->ignored,
                                                      .recipe = facts->recipe,
                                                  });
}

/* Writes one split under temporary names. */
static dlt_status write_split(import_job *job, dlt_split split) {
    dlt_split_facts *facts = &job->facts[split];
    DLT_TRY(job->format->begin(job->state, split, facts));
    DLT_TRY(check_split(job, split));
    if (facts->samples == 0)
        return DLT_OK;
    DLT_TRY(dlt_import_check_fields(job->description, job->facts, split));
    DLT_TRY(check_space(job, facts));
    if (split == DLT_SPLIT_TRAIN)
        DLT_TRY(start_moments(job));
    DLT_TRY(dlt_shard_set_create(job->h5_lock, job->output->folder, dlt_split_name(split),
                                 job->shards, facts, &job->sets[split]));
    DLT_TRY(copy_samples(job, split));
    if (split == DLT_SPLIT_TRAIN)
        dlt_moments_finish(&job->moments, job->mean, job->std);
    return finish_split(job, split);
}

/* Gives all splits their names, or none. The shards of before go first: a process killed in between
 * then leaves a set that lacks a shard, which is refused, and never one of old and new shards. */
static dlt_status commit(import_job *job) {
    dlt_status status = DLT_OK;
    DLT_TRY(dlt_folder_lock_check(job->lock));
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        DLT_TRY(dlt_shards_remove(job->output->folder, dlt_split_name(split)));
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        if (job->sets[split] != NULL)
            DLT_TRY_OUT(dlt_shard_set_commit(job->sets[split]));
out:
    for (dlt_split split = 0; status != DLT_OK && split < DLT_SPLITS; split++)
        dlt_shard_set_withdraw(job->sets[split]);
    return status;
}

static dlt_status join_classes(import_job *job) {
    const dlt_strings *classes = &job->description->classes;
    for (int64_t i = 0; i < classes->count; i++)
        dlt_text_add(&job->class_names, "%s%s", i == 0 ? "" : "\n", classes->at[i]);
    return dlt_text_check(&job->class_names);
}

static void report_field(const dlt_split_field *field, dlt_text *line) {
    char shape[DLT_SHAPE_TEXT_BYTES];
    dlt_text_add(line, ", %s ", field->name);
    if (dlt_import_is_label(field))
        dlt_text_add(line, "labels");
    else
        dlt_text_add(line, "%s %s%s", dlt_h5_type_name(field->type),
                     field->lengths != NULL ? "ragged " : "", dlt_shape_text(&field->shape, shape));
}

static void report_split(const import_job *job, dlt_split split, dlt_text *line) {
    const dlt_split_facts *facts = &job->facts[split];
    char shape[DLT_SHAPE_TEXT_BYTES];
    dlt_text_add(line, "%s/%s: %lld samples in %lld shard%s", job->output->folder,
                 dlt_split_name(split), (long long)facts->samples, (long long)job->shards,
                 job->shards == 1 ? "" : "s");
    if (facts->field_count == 0)
        dlt_text_add(line, ", x %s %s, y %s", dlt_h5_type_name(facts->x_type),
                     dlt_shape_text(&facts->x_shape, shape), dlt_import_target_kind(facts));
    for (int f = 0; f < facts->field_count; f++)
        report_field(&facts->fields[f], line);
}

/* Hands the line over, and empties it. A line that memory was too short for is left out. */
static void say(const dlt_line_sink *report, dlt_text *line) {
    if (!line->failed)
        report->take(report->context, dlt_text_of(line));
    dlt_text_destroy(line);
}

static void report_splits(const import_job *job, const dlt_line_sink *report) {
    for (dlt_split split = 0; split < DLT_SPLITS; split++) {
        const dlt_split_facts *facts = &job->facts[split];
        dlt_text line = DLT_TEXT_EMPTY;
        if (facts->left_out != NULL && job->output->is_passing)
            dlt_text_add(&line, "note: left out %s", facts->left_out);
        else if (facts->left_out != NULL)
            dlt_text_add(&line, "%s/%s: left out %s", job->output->folder, dlt_split_name(split),
                         facts->left_out);
        if (facts->left_out != NULL)
            say(report, &line);
        if (facts->samples == 0 || job->output->is_passing)
            continue;
        report_split(job, split, &line);
        say(report, &line);
    }
}

/* Names in notes are a file's, which may hold what a terminal would act on. */
static void report_notes(const import_job *job, const dlt_line_sink *report) {
    const char *at = dlt_text_of(&job->notes);
    while (*at != '\0') {
        dlt_text line = DLT_TEXT_EMPTY;
        dlt_text_add(&line, "note: ");
        for (; *at != '\0' && *at != '\n'; at++) {
            const bool is_control = (unsigned char)*at < 0x20 || *at == 0x7F;
            dlt_text_add(&line, "%c", is_control ? '?' : *at);
        }
        at += *at == '\n';
        say(report, &line);
    }
}

/* The recipe begins with the name of the format that it belongs to. */
static dlt_status check_likeness(const import_job *job, const dlt_import_likeness *like) {
    const char *format = job->format->entry.name;
    const bool is_table = strcmp(format, "csv") == 0;
    if (!is_table && strcmp(format, "images") != 0)
        return dlt_fail(DLT_ERR_CONFIG,
                        "only a table (format csv) or images can be imported like others, not %s",
                        format);
    const char *classes = like->class_names != NULL ? like->class_names : "";
    if (job->class_names.used > 0 && strcmp(dlt_text_of(&job->class_names), classes) != 0)
        return dlt_fail(DLT_ERR_CONFIG,
                        "the description names other classes, or in another order, than %s, which "
                        "--like takes them from; leave `classes` out",
                        like->source);
    const bool is_same = like->recipe != NULL && strncmp(like->recipe, format, strlen(format)) == 0;
    if (is_same || (!is_table && like->recipe == NULL))
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s does not come from %s that %s imported", like->source,
                    is_table ? "a table" : "images", is_table ? "was" : "were");
}

static dlt_status run_job(import_job *job, const dlt_import_inputs *inputs,
                          const dlt_line_sink *report) {
    dlt_format_context context = {.name = job->description->name,
                                  .source = inputs->source,
                                  .folder = job->description->folder,
                                  .classes = job->description->classes,
                                  .output = job->output,
                                  .like = inputs->like,
                                  .notes = &job->notes,
                                  .config = job->config,
                                  .format = job->description->format};
    if (context.folder == NULL)
        context.folder = context.name;
    if (context.classes.count < 0)
        context.classes.count = 0;
    DLT_TRY(join_classes(job));
    if (inputs->like != NULL)
        DLT_TRY(check_likeness(job, inputs->like));
    if (inputs->notes != NULL)
        dlt_text_add(&job->notes, "%s", inputs->notes);
    DLT_TRY(dlt_output_folder_make(job->output, &job->folder, &job->lock));
    DLT_TRY(dlt_h5_lock_create(&job->h5_lock));
    DLT_TRY(job->format->open(&context, &job->state));
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        DLT_TRY(check_ahead(job, split));
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        DLT_TRY(write_split(job, split));
    DLT_TRY(dlt_text_check(&job->notes));
    DLT_TRY(commit(job));
    if (report != NULL) {
        report_splits(job, report);
        report_notes(job, report);
    }
    return DLT_OK;
}

static dlt_status import_description(const dlt_description *description, const dlt_config *config,
                                     const dlt_import_inputs *inputs,
                                     const dlt_import_output *output, const dlt_line_sink *report) {
    import_job job = {.description = description,
                      .config = config,
                      .output = output,
                      .shards = output->shards == 0 ? 1 : output->shards,
                      .format = (const dlt_format_ops *)description->format.kind};
    dlt_status status = run_job(&job, inputs, report);
    if (job.state != NULL)
        job.format->close(job.state);
    for (dlt_split split = 0; split < DLT_SPLITS; split++)
        dlt_shard_set_destroy(&job.sets[split]);
    dlt_folder_lock_release(&job.lock);
    if (status != DLT_OK)
        dlt_output_folder_withdraw(&job.folder);
    dlt_h5_lock_destroy(&job.h5_lock);
    dlt_moments_destroy(&job.moments);
    dlt_text_destroy(&job.class_names);
    dlt_text_destroy(&job.notes);
    dlt_free(job.mean);
    dlt_free(job.std);
    return status;
}

/* The name of a data set is also that of a folder; names of classes are kept as lines of a text. */
static dlt_status check_names(const dlt_description *description) {
    if (!dlt_name_is_plain(description->name))
        return dlt_fail(DLT_ERR_CONFIG, "the name of a data set " DLT_NAME_RULE);
    for (int64_t i = 0; i < description->classes.count; i++)
        if (description->classes.at[i][0] == '\0' || !dlt_name_is_text(description->classes.at[i]))
            return dlt_fail(DLT_ERR_CONFIG,
                            "the name of class %lld is empty or not one line of UTF-8",
                            (long long)i);
    return DLT_OK;
}

dlt_status dlt_import_run(dlt_config *config, const dlt_import_inputs *inputs,
                          const dlt_import_output *output, const dlt_line_sink *report) {
    dlt_description description;
    dlt_import_output into = *output;
    dlt_text folder = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_config_read(config, dlt_description_keys, &description));
    if (inputs->format != NULL)
        description.format = *inputs->format;
    DLT_TRY_OUT(check_names(&description));
    dlt_text_add(&folder, "%s-imported", description.name);
    DLT_TRY_OUT(dlt_text_check(&folder));
    if (into.folder == NULL)
        into.folder = dlt_text_of(&folder);
    status = import_description(&description, config, inputs, &into, report);
out:
    dlt_text_destroy(&folder);
    return status;
}
