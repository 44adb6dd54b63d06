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
#include "data/fingerprint.h"
#include "data/identity.h"
#include "data/left_out.h"
#include "data/moments.h"
#include "data/shards.h"
#include "ingest/description.h"
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

static dlt_status check_shape(const import_job *job, dlt_split split, const dlt_shape *expected) {
    char found[DLT_SHAPE_TEXT_BYTES];
    char wanted[DLT_SHAPE_TEXT_BYTES];
    const dlt_shape *shape = &job->facts[split].x_shape;
    if (dlt_shape_equal(shape, expected))
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "the samples of split '%s' of %s are %s where %s is expected",
                    dlt_split_name(split), job->description->name, dlt_shape_text(shape, found),
                    dlt_shape_text(expected, wanted));
}

static const char *target_kind(const dlt_split_facts *facts) {
    return facts->y_type == DLT_H5_I32     ? "labels"
           : facts->y_type == DLT_H5_OTHER ? "absent"
                                           : "values";
}

/* What one number means in a split, it means in the others. */
static dlt_status check_types(const import_job *job, dlt_split split) {
    const dlt_split_facts *here = &job->facts[split];
    const dlt_split_facts *train = &job->facts[DLT_SPLIT_TRAIN];
    const char *name = job->description->name;
    char found[DLT_SHAPE_TEXT_BYTES];
    char wanted[DLT_SHAPE_TEXT_BYTES];
    if (here->x_type != train->x_type)
        return dlt_fail(DLT_ERR_FORMAT,
                        "the samples of split '%s' of %s are %s, but those of split 'train' are %s",
                        dlt_split_name(split), name, dlt_h5_type_name(here->x_type),
                        dlt_h5_type_name(train->x_type));
    if (here->y_type != train->y_type)
        return dlt_fail(DLT_ERR_FORMAT,
                        "the targets of split '%s' of %s are %s, but those of split 'train' are %s",
                        dlt_split_name(split), name, target_kind(here), target_kind(train));
    if (!dlt_shape_equal(&here->y_shape, &train->y_shape))
        return dlt_fail(DLT_ERR_FORMAT,
                        "the targets of split '%s' of %s have the shape %s, but those of split "
                        "'train' have %s",
                        dlt_split_name(split), name, dlt_shape_text(&here->y_shape, found),
                        dlt_shape_text(&train->y_shape, wanted));
    return DLT_OK;
}

/* The description's shape, and agreement of the other splits with the training split. */
static dlt_status check_shapes(const import_job *job, dlt_split split) {
    const dlt_ints *given = &job->description->shape;
    if (given->count > 0) {
        dlt_shape expected = {.rank = (int)given->count};
        for (int d = 0; d < expected.rank; d++)
            expected.dim[d] = given->at[d];
        DLT_TRY(check_shape(job, split, &expected));
    }
    DLT_TRY(check_shape(job, split, &job->facts[DLT_SPLIT_TRAIN].x_shape));
    return check_types(job, split);
}

static int64_t target_bytes(const dlt_split_facts *facts) {
    return facts->y_type == DLT_H5_OTHER
               ? 0
               : dlt_shape_count(&facts->y_shape) * dlt_h5_type_bytes(facts->y_type);
}

static int64_t sample_bytes(const dlt_split_facts *facts) {
    return dlt_shape_count(&facts->x_shape) * dlt_h5_type_bytes(facts->x_type) +
           target_bytes(facts) + (facts->record != NULL ? dlt_h5_type_bytes(DLT_H5_I64) : 0);
}

static dlt_status check_space(const import_job *job, const dlt_split_facts *facts) {
    long long available = dlt_free_bytes(job->output->folder);
    int64_t needed = 0;
    if (__builtin_mul_overflow(facts->samples, sample_bytes(facts), &needed) ||
        (available >= 0 && needed > available))
        return dlt_fail(DLT_ERR_IO,
                        "%s has room for %lld bytes, but %lld samples of %lld bytes are to be "
                        "written",
                        job->output->folder, available, (long long)facts->samples,
                        (long long)sample_bytes(facts));
    return DLT_OK;
}

/* Features with statistics of their own: the channels of an image, the columns of a table. */
static int64_t count_features(const dlt_split_facts *facts) {
    const dlt_shape *shape = &facts->x_shape;
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

/* Moves all samples of a split from the format to the shards, in blocks of their fingerprints. */
static dlt_status copy_samples(import_job *job, dlt_split split) {
    const dlt_split_facts *facts = &job->facts[split];
    int64_t x_count = dlt_shape_count(&facts->x_shape);
    int64_t x_bytes = x_count * dlt_h5_type_bytes(facts->x_type);
    int64_t block = dlt_fingerprint_rows(x_bytes);
    char *x = NULL;
    char *y = NULL;
    dlt_status status = DLT_OK;
    const int64_t most = dlt_min_i64(block, facts->samples);
    DLT_TRY_OUT(DLT_NEW(x, most * x_bytes));
    DLT_TRY_OUT(DLT_NEW(y, most * target_bytes(facts)));
    for (int64_t done = 0; done < facts->samples;) {
        int64_t count = dlt_min_i64(block, dlt_shard_set_room(job->sets[split]));
        DLT_TRY_OUT(check_stop(job->output));
        DLT_TRY_OUT(job->format->read(job->state, count, x, y));
        DLT_TRY_OUT(dlt_shard_set_write(job->sets[split], count, x, y));
        if (split == DLT_SPLIT_TRAIN && job->moments.features > 0)
            dlt_moments_add(&job->moments, facts->x_type, count * (x_count / job->moments.features),
                            x);
        done += count;
        tell_progress(job, split, done);
    }
    if (job->format->finish != NULL)
        DLT_TRY_OUT(job->format->finish(job->state));
out:
    dlt_free(x);
    dlt_free(y);
    return status;
}

static dlt_status finish_split(import_job *job, dlt_split split) {
    const dlt_split_facts *facts = &job->facts[split];
    const char *class_names = facts->class_names;
    if (class_names == NULL && facts->y_type == DLT_H5_I32 && job->class_names.used > 0)
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
    DLT_TRY(check_shapes(job, split));
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

static void report_split(const import_job *job, dlt_split split, dlt_text *line) {
    const dlt_split_facts *facts = &job->facts[split];
    char shape[DLT_SHAPE_TEXT_BYTES];
    dlt_text_add(line, "%s/%s: %lld samples in %lld shard%s, x %s %s, y %s", job->output->folder,
                 dlt_split_name(split), (long long)facts->samples, (long long)job->shards,
                 job->shards == 1 ? "" : "s", dlt_h5_type_name(facts->x_type),
                 dlt_shape_text(&facts->x_shape, shape), target_kind(facts));
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
