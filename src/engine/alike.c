/* Each rank says what it holds as lines of text, and rank 0's lines are what the others compare
 * with theirs, so that the first that differs can be named. */
#include "engine/alike.h"

#include "base/hash.h"
#include "base/text.h"
#include "comm/alike.h"
#include "dltrain/kernels_info.h"
#include "run/extension.h"

#include <string.h>

static void add_hash(dlt_text *facts, const char *what, const char *whose, uint64_t hash) {
    char digits[17];
    dlt_hash_format(hash, digits);
    dlt_text_add(facts, "%s%s\t%s\n", what, whose, digits);
}

static void add_field(dlt_text *facts, const char *what, const char *whose,
                      const dlt_field_facts *field) {
    char text[DLT_SHAPE_TEXT_BYTES];
    if (field != NULL)
        dlt_text_add(facts, "%s%s\t%s %s\n", what, whose, dlt_shape_text(&field->shape, text),
                     dlt_h5_type_name(field->type));
}

/* A fact is one line: names, which stand on lines of their own, get commas between them. */
static void add_names(dlt_text *facts, const char *what, const char *whose, const char *names) {
    if (names == NULL)
        return;
    dlt_text_add(facts, "%s%s\t", what, whose);
    while (*names != '\0') {
        const size_t length = strcspn(names, "\n");
        dlt_text_add_bytes(facts, names, length);
        names += length;
        if (*names != '\0' && *++names != '\0')
            dlt_text_add(facts, ", ");
    }
    dlt_text_add(facts, "\n");
}

static uint64_t hash_reals(uint64_t hash, const double *values, int64_t count) {
    return values != NULL ? dlt_hash(hash, values, (size_t)count * sizeof *values) : hash;
}

static void add_identity(dlt_text *facts, const char *whose, const dlt_identity *identity) {
    add_names(facts, "the class names of ", whose, identity->class_names);
    add_names(facts, "the column names of ", whose, identity->feature_names);
    add_names(facts, "the target name of ", whose, identity->target_name);
    dlt_text_add(facts, "the divisor of the targets of %s\t%.17g\n", whose, identity->target_scale);
    uint64_t hash = hash_reals(0, identity->raw_mean, identity->raw_count);
    add_hash(facts, "the statistics of the columns of ", whose,
             hash_reals(hash, identity->raw_std, identity->raw_count));
    if (identity->recipe != NULL)
        add_hash(facts, "the recipe of ", whose, dlt_hash_text(0, identity->recipe));
}

/* How the samples lie in the files decides their order. */
static void add_split(dlt_text *facts, const char *whose, const dlt_task_split *split) {
    if (split->data == NULL)
        return;
    const dlt_dataset_facts *data = dlt_dataset_facts_of(split->data);
    const dlt_shuffle_buffer *shuffle_buffer = &split->subset.shuffle_buffer;
    dlt_text_add(facts, "a number of samples in %s of\t%lld\n", whose, (long long)data->samples);
    add_field(facts, "inputs in ", whose, dlt_dataset_x(split->data));
    add_field(facts, "targets in ", whose, dlt_dataset_y(split->data));
    add_identity(facts, whose, data->stored_identity);
    uint64_t hash = hash_reals(0, data->mean, data->feature_count);
    add_hash(facts, "the mean and std of ", whose,
             hash_reals(hash, data->std, data->feature_count));
    add_hash(facts, "the fingerprint of ", whose, data->fingerprint);
    if (shuffle_buffer->block > 0)
        dlt_text_add(facts, "the shuffle buffer of %s\t%lld of %lld samples\n", whose,
                     (long long)shuffle_buffer->open, (long long)shuffle_buffer->block);
}

dlt_status dlt_task_check_alike(const dlt_task *task) {
    dlt_text facts = DLT_TEXT_EMPTY;
    char libraries[DLT_LIBRARIES_TEXT_BYTES];
    dlt_kernels_libraries(libraries, sizeof libraries);
    dlt_text_add(&facts, "the kernel table\t%s\n", task->kernels.name);
    dlt_text_add(&facts, "the libraries\t%s\n", libraries);
    dlt_text_add(&facts, "threads per rank\t%d\n", task->placement.threads);
    dlt_text_add(&facts, "the micro-batch\t%lld\n", (long long)task->micro_batch);
    const dlt_strings *extensions = &task->run->settings.extensions;
    for (int64_t i = 0; i < extensions->count; i++)
        add_hash(&facts, "the contents of extension ", extensions->at[i],
                 dlt_extension_hash(extensions->at[i]));
    add_split(&facts, "the training data", &task->train);
    add_split(&facts, "the validation data", &task->validation);
    add_split(&facts, "the test data", &task->test);
    add_hash(&facts, "the fingerprint of the model", "", dlt_model_fingerprint(task->model));
    return dlt_check_facts(task->comm, DLT_FACT_HELD, &facts);
}

dlt_status dlt_contents_check_alike(const dlt_comm *comm, const char *path, uint64_t contents) {
    dlt_text facts = DLT_TEXT_EMPTY;
    dlt_text_add(&facts, "checkpoint %s", path);
    add_hash(&facts, " with the checksum", "", contents);
    const dlt_status status = dlt_check_facts(comm, DLT_FACT_HELD, &facts);
    return status == DLT_ERR_MISMATCH ? DLT_ERR_IO : status;
}

static void add_tensors(dlt_text *facts, const dlt_model_tensor *tensors, int count,
                        const dlt_real *flat) {
    for (int t = 0; t < count; t++) {
        const size_t bytes = (size_t)tensors[t].count * sizeof *flat;
        dlt_text_add(facts, "initial values of %s/%s with the checksum", tensors[t].node,
                     tensors[t].name);
        add_hash(facts, "", "", dlt_hash(0, flat + tensors[t].offset, bytes));
    }
}

dlt_status dlt_start_check_alike(const dlt_task *task) {
    dlt_text facts = DLT_TEXT_EMPTY;
    const dlt_model_tensor *tensors = NULL;
    int count = dlt_model_param_tensors(task->model, &tensors);
    add_tensors(&facts, tensors, count, dlt_model_params(task->model));
    count = dlt_model_buffer_tensors(task->model, &tensors);
    add_tensors(&facts, tensors, count, dlt_model_buffers(task->model));
    return dlt_check_facts(task->comm, DLT_FACT_HELD, &facts);
}
