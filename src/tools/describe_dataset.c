/* Describes a data set: all of its fields, statistics, targets. Targets are read in blocks of at
 * most 8192 samples. Without declared classes, targets of one integer from 0 to 999 are taken for
 * class labels. If every shard has a fingerprint, all samples are read last and compared with it.
 */
#include "dltrain/inspect.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/hash.h"
#include "data/dataset.h"
#include "data/found_fields.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { BLOCK_SAMPLES = 8192, BLOCK_VALUES = 1 << 20, CLASSES_MOST = 1000, LISTED_MOST = 8 };

static void print_label(FILE *out, const char *label) {
    fprintf(out, "%-12s ", label);
}

static void print_column(FILE *out, const dlt_stored_column *column) {
    char text[DLT_SHAPE_TEXT_BYTES];
    const dlt_h5_info *info = &column->info;
    const dlt_shape *shape = &column->shape;
    const double mib = (double)column->bytes / (1024.0 * 1024.0);
    print_label(out, column->name);
    if (column->is_ragged)
        fprintf(out, "ragged, up to %" PRId64 " of %" PRId64 " elements, ", column->longest,
                column->elements);
    fprintf(out, "%s%s%s, %.1f MiB, ", shape->rank > 0 ? dlt_shape_text(shape, text) : "one number",
            shape->rank > 0 ? " " : ", ", dlt_h5_type_name(info->type), mib);
    if (info->chunk_rows > 0)
        fprintf(out, "chunks of %" PRId64 " samples, compression: %s\n", info->chunk_rows,
                info->filter);
    else
        fprintf(out, "%s\n", info->contiguous ? "contiguous" : "not chunked, converted by HDF5");
}

static void print_reals(FILE *out, const char *label, const double *values, int64_t count) {
    print_label(out, label);
    for (int64_t i = 0; i < count && i < LISTED_MOST; i++)
        fprintf(out, "%s%g", i > 0 ? ", " : "", values[i]);
    if (count > LISTED_MOST)
        fprintf(out, ", … (%" PRId64 " values)", count);
    fprintf(out, "\n");
}

/* What a walk over all targets finds. */
typedef struct target_summary {
    double low;
    double high;
} target_summary;

/* Buffers of a walk over the targets. */
typedef struct target_walk {
    int64_t block;    /* samples at a time */
    int64_t *samples; /* owned */
    dlt_real *values; /* owned */
    int32_t *labels;  /* owned */
} target_walk;

static void destroy_walk(target_walk *walk) {
    dlt_free(walk->samples);
    dlt_free(walk->values);
    dlt_free(walk->labels);
}

static int64_t next_block(const dlt_dataset *dataset, target_walk *walk, int64_t first) {
    int64_t count = dlt_min_i64(walk->block, dlt_dataset_facts_of(dataset)->samples - first);
    for (int64_t i = 0; i < count; i++)
        walk->samples[i] = first + i;
    return count;
}

static dlt_status summarise_targets(dlt_dataset *dataset, target_walk *walk, int64_t width,
                                    target_summary *out) {
    const dlt_loader_field field = dlt_loader_field_reals(dlt_dataset_y(dataset));
    *out = (target_summary){INFINITY, -INFINITY};
    for (int64_t first = 0; first < dlt_dataset_facts_of(dataset)->samples; first += walk->block) {
        int64_t count = next_block(dataset, walk, first);
        DLT_TRY(dlt_dataset_read(dataset, &field, walk->samples, count, walk->values));
        for (int64_t i = 0; i < count * width; i++) {
            double value = (double)walk->values[i];
            out->low = fmin(out->low, value);
            out->high = fmax(out->high, value);
        }
    }
    return DLT_OK;
}

static dlt_status count_classes(dlt_dataset *dataset, target_walk *walk, int64_t classes,
                                int64_t *counts) {
    const dlt_loader_field field = dlt_loader_field_integers(dlt_dataset_y(dataset), classes);
    for (int64_t first = 0; first < dlt_dataset_facts_of(dataset)->samples; first += walk->block) {
        int64_t count = next_block(dataset, walk, first);
        DLT_TRY(dlt_dataset_read(dataset, &field, walk->samples, count, walk->labels));
        for (int64_t i = 0; i < count; i++)
            counts[walk->labels[i]]++;
    }
    return DLT_OK;
}

static void print_counts(FILE *out, const char *names, int64_t classes, const int64_t *counts) {
    print_label(out, "classes");
    fprintf(out, "%" PRId64 "\n", classes);
    for (int64_t k = 0; k < classes; k++) {
        size_t length = names != NULL ? strcspn(names, "\n") : 0;
        fprintf(out, "  %4" PRId64 "  %10" PRId64 "%s%.*s\n", k, counts[k], length > 0 ? "  " : "",
                (int)length, names != NULL ? names : "");
        if (names != NULL)
            names += length + (names[length] == '\n');
    }
}

static dlt_status describe_classes(dlt_dataset *dataset, target_walk *walk, int64_t classes,
                                   FILE *out) {
    int64_t *counts = NULL;
    DLT_TRY(DLT_NEW(counts, classes));
    dlt_status status = count_classes(dataset, walk, classes, counts);
    if (status == DLT_OK)
        print_counts(out, dlt_dataset_facts_of(dataset)->class_names, classes, counts);
    dlt_free(counts);
    return status;
}

static bool is_integer(dlt_h5_type type) {
    return type != DLT_H5_F32 && type != DLT_H5_F64;
}

/* Integers from 0 up are taken for class labels, and counted. */
static dlt_status walk_targets(dlt_dataset *dataset, target_walk *walk, FILE *out) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(dataset);
    const dlt_field_facts *y = dlt_dataset_y(dataset);
    const int64_t width = dlt_shape_count(&y->shape);
    walk->block = dlt_min_i64(BLOCK_SAMPLES, dlt_max_i64(BLOCK_VALUES / width, 1));
    DLT_TRY(DLT_NEW(walk->samples, walk->block));
    DLT_TRY(DLT_NEW(walk->values, walk->block * width));
    DLT_TRY(DLT_NEW(walk->labels, walk->block));
    if (facts->classes > 0 && width == 1)
        return describe_classes(dataset, walk, facts->classes, out);
    target_summary summary;
    DLT_TRY(summarise_targets(dataset, walk, width, &summary));
    bool labels =
        width == 1 && is_integer(y->type) && summary.low >= 0 && summary.high < CLASSES_MOST;
    if (labels)
        return describe_classes(dataset, walk, (int64_t)summary.high + 1, out);
    print_label(out, "targets");
    fprintf(out, "from %g to %g\n", summary.low, summary.high);
    return DLT_OK;
}

static dlt_status describe_targets(dlt_dataset *dataset, FILE *out) {
    target_walk walk = {0};
    dlt_status status = walk_targets(dataset, &walk, out);
    destroy_walk(&walk);
    return status;
}

static dlt_status describe(dlt_dataset *dataset, const char *source, FILE *out) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(dataset);
    dlt_stored_column columns[DLT_DATASET_COLUMNS_MAX];
    const int column_count = dlt_dataset_columns(dataset, columns);
    char fingerprint[17];
    print_label(out, "data set");
    fprintf(out, "%s\n", source);
    print_label(out, "shards");
    fprintf(out, "%d\n", facts->shards);
    print_label(out, "samples");
    fprintf(out, "%" PRId64 "\n", facts->samples);
    for (int i = 0; i < column_count; i++)
        print_column(out, &columns[i]);
    if (facts->feature_count > 0) {
        print_reals(out, "mean", facts->mean, facts->feature_count);
        print_reals(out, "std", facts->std, facts->feature_count);
    }
    dlt_hash_format(facts->fingerprint, fingerprint);
    print_label(out, "fingerprint");
    fprintf(out, "%s\n", fingerprint);
    if (dlt_dataset_y(dataset) != NULL)
        DLT_TRY(describe_targets(dataset, out));
    if (!dlt_dataset_has_fingerprints(dataset))
        return DLT_OK;
    DLT_TRY(dlt_dataset_verify(dataset, 0, 1, NULL));
    print_label(out, "content");
    fprintf(out, "matches the fingerprint\n");
    return DLT_OK;
}

dlt_status dlt_dataset_describe(const char *source, const char *x_name, const char *y_name,
                                FILE *out) {
    dlt_found_fields fields = {.count = 0};
    dlt_h5_lock *h5_lock = NULL;
    dlt_dataset *dataset = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_h5_lock_create(&h5_lock));
    DLT_TRY_OUT(dlt_found_fields_find(h5_lock, source, x_name, y_name, &fields));
    DLT_TRY_OUT(dlt_dataset_open(h5_lock, source, &fields.requests, &dataset));
    DLT_TRY_OUT(describe(dataset, source, out));
out:
    dlt_dataset_close(&dataset);
    dlt_found_fields_destroy(&fields);
    dlt_h5_lock_destroy(&h5_lock);
    return status;
}
