/* Rank 0 makes the table of the HDF5 file that all ranks have written, some rows at a time. */
#include "tools/prediction_table.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/text.h"
#include "io/atomic_file.h"
#include "io/positioned.h"
#include "io/posix.h"
#include "report/csv_field.h"
#include "tools/prediction_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS_AT_ONCE = 1024, FLOAT_DIGITS_LEAST = 6, FLOAT_DIGITS_MOST = 9 };

typedef struct column {
    dlt_h5_dataset *dataset; /* owned; NULL: not in the file */
    int64_t elements;        /* of a sample */
    bool is_label;           /* int32, else float */
    char *rows;              /* [ROWS_AT_ONCE, elements]; owned */
} column;

typedef struct table {
    const dlt_task *task;
    const volatile sig_atomic_t *stop;
    dlt_h5_file *file;
    column columns[DLT_PREDICTION_COLUMNS];
    char *names;        /* the names of classes, each ended by a zero byte; owned */
    const char **class; /* [class_count] where each begins; owned */
    int64_t class_count;
    double scale; /* of the numbers in the table of the user, which the import divided by it */
    dlt_text text;
    int fd;
} table;

static dlt_status name_classes(table *self) {
    const char *names = dlt_prediction_classes(self->task);
    if (names == NULL)
        return DLT_OK;
    self->names = dlt_alloc_text(names);
    if (self->names == NULL)
        return DLT_ERR_MEM;
    int64_t count = 1;
    for (const char *at = names; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    DLT_TRY(DLT_NEW(self->class, count));
    char *at = self->names;
    for (self->class_count = 0; self->class_count < count; self->class_count++) {
        self->class[self->class_count] = at;
        at += strcspn(at, "\n");
        *at++ = '\0';
    }
    return DLT_OK;
}

static dlt_status open_column(table *self, dlt_prediction_column which) {
    const char *name = dlt_prediction_column_name(which);
    column *it = &self->columns[which];
    if (!dlt_h5_exists(self->file, name))
        return DLT_OK;
    DLT_TRY(dlt_h5_dataset_open(self->file, name, &it->dataset));
    const dlt_h5_info *info = dlt_h5_dataset_info(it->dataset);
    it->elements = dlt_shape_count(&info->shape) / info->shape.dim[0];
    it->is_label = info->type == DLT_H5_I32;
    return DLT_NEW(it->rows, ROWS_AT_ONCE * it->elements * dlt_h5_type_bytes(info->type));
}

/* The columns that the table has of those in the file: what a model returns before the loss makes
 * probabilities of it means little to a reader of tables. */
static bool shows(const table *self, dlt_prediction_column which) {
    if (self->columns[which].dataset == NULL)
        return false;
    return which != DLT_PREDICTION_OUTPUT ||
           self->columns[DLT_PREDICTION_PROBABILITY].dataset == NULL;
}

/* In the order of the table. */
static const dlt_prediction_column order[] = {DLT_PREDICTION_TARGET, DLT_PREDICTION_LABEL,
                                              DLT_PREDICTION_OUTPUT, DLT_PREDICTION_PROBABILITY};
enum { SHOWN = sizeof order / sizeof *order };

static const char *heading_of(dlt_prediction_column which) {
    return which == DLT_PREDICTION_LABEL ? "class" : dlt_prediction_column_name(which);
}

bool dlt_prediction_table_is_one(const char *path) {
    static const char start[] = "sample,";
    char found[64] = "";
    size_t got = 0;
    const int fd = dlt_posix_open(path, O_RDONLY);
    bool is_one = false;
    if (fd < 0)
        return false;
    if (dlt_posix_read(fd, path, found, sizeof found - 1, &got) != DLT_OK)
        dlt_error_clear();
    close(fd);
    for (int i = 0; i < SHOWN && strncmp(found, start, sizeof start - 1) == 0; i++) {
        const char *heading = heading_of(order[i]);
        const char *end = found + sizeof start - 1 + strlen(heading);
        is_one = is_one || (strncmp(found + sizeof start - 1, heading, strlen(heading)) == 0 &&
                            *end != '\0' && strchr(",_\n", *end) != NULL);
    }
    return is_one;
}

static bool is_taken(const char *name) {
    bool taken = strcmp(name, "sample") == 0;
    for (int i = 0; i < SHOWN; i++)
        taken = taken || strcmp(name, heading_of(order[i])) == 0;
    return taken;
}

/* Probabilities stand under the names of their classes, with a word before each if one of them is
 * another column's. */
static void add_probability_names(table *self) {
    const int64_t count = self->columns[DLT_PREDICTION_PROBABILITY].elements;
    const char *before = "";
    for (int64_t c = 0; c < self->class_count; c++)
        if (is_taken(self->class[c]))
            before = "probability ";
    for (int64_t c = 0; c < count; c++) {
        dlt_text field = DLT_TEXT_EMPTY;
        /* A single one is that of yes, the second class. */
        const int64_t class = count == 1 ? 1 : c;
        if (class < self->class_count)
            dlt_text_add(&field, "%s%s", before, self->class[class]);
        else if (count == 1)
            dlt_text_add(&field, "probability");
        else
            dlt_text_add(&field, "probability_%" PRId64, c);
        self->text.failed = self->text.failed || field.failed;
        dlt_text_add(&self->text, ",");
        dlt_csv_add_field(&self->text, dlt_text_of(&field));
        dlt_text_destroy(&field);
    }
}

static void add_heading(table *self) {
    dlt_text_add(&self->text, "sample");
    for (int i = 0; i < SHOWN; i++) {
        const int64_t elements = self->columns[order[i]].elements;
        if (!shows(self, order[i]))
            continue;
        if (order[i] == DLT_PREDICTION_PROBABILITY) {
            add_probability_names(self);
            continue;
        }
        for (int64_t e = 0; e < elements; e++)
            if (elements == 1)
                dlt_text_add(&self->text, ",%s", heading_of(order[i]));
            else
                dlt_text_add(&self->text, ",%s_%" PRId64, heading_of(order[i]), e);
    }
    dlt_text_add(&self->text, "\n");
}

/* With as few digits as read back as the same float. */
static void add_number(dlt_text *text, float value) {
    char digits[32];
    if (isnan(value)) {
        dlt_text_add(text, "nan");
        return;
    }
    for (int count = FLOAT_DIGITS_LEAST; count <= FLOAT_DIGITS_MOST; count++) {
        snprintf(digits, sizeof digits, "%.*g", count, (double)value);
        if (strtof(digits, NULL) == value)
            break;
    }
    dlt_text_add(text, "%s", digits);
}

static void add_class(table *self, int64_t class) {
    if (class >= 0 && class < self->class_count)
        dlt_csv_add_field(&self->text, self->class[class]);
    else if (class >= 0)
        dlt_text_add(&self->text, "%" PRId64, class);
}

/* In the unit of the table that was imported. */
static void add_value(table *self, float value) {
    add_number(&self->text, (float)((double)value * self->scale));
}

/* A target of yes or no is a number, 0 or 1, where it is not a share of both. */
static void add_target(table *self, float value) {
    const bool is_class = self->class_count > 0 && (value == 0 || value == 1);
    if (is_class)
        add_class(self, (int64_t)value);
    else
        add_value(self, value);
}

static void add_line(table *self, int64_t sample, int64_t row) {
    const column *number = &self->columns[DLT_PREDICTION_SAMPLE];
    if (number->dataset != NULL)
        sample = ((const int64_t *)(const void *)number->rows)[row];
    dlt_text_add(&self->text, "%" PRId64, sample);
    for (int i = 0; i < SHOWN; i++) {
        const column *it = &self->columns[order[i]];
        for (int64_t e = 0; shows(self, order[i]) && e < it->elements; e++) {
            const int64_t at = row * it->elements + e;
            dlt_text_add(&self->text, ",");
            if (it->is_label)
                add_class(self, ((const int32_t *)(const void *)it->rows)[at]);
            else if (order[i] == DLT_PREDICTION_TARGET)
                add_target(self, ((const float *)(const void *)it->rows)[at]);
            else if (order[i] == DLT_PREDICTION_OUTPUT)
                add_value(self, ((const float *)(const void *)it->rows)[at]);
            else
                add_number(&self->text, ((const float *)(const void *)it->rows)[at]);
        }
    }
    dlt_text_add(&self->text, "\n");
}

static dlt_status add_rows(table *self, const char *path, int64_t samples) {
    for (int64_t first = 0; first < samples; first += ROWS_AT_ONCE) {
        const int64_t count = dlt_min_i64(ROWS_AT_ONCE, samples - first);
        if (self->stop != NULL && *self->stop != 0)
            return dlt_fail(DLT_ERR_IO, "stopped by a signal; no predictions are written");
        for (dlt_prediction_column c = 0; c < DLT_PREDICTION_COLUMNS; c++)
            if (shows(self, c))
                DLT_TRY(dlt_h5_read_rows(self->columns[c].dataset, first, count,
                                         self->columns[c].rows));
        for (int64_t row = 0; row < count; row++)
            add_line(self, first + row, row);
        DLT_TRY(dlt_text_check(&self->text));
        DLT_TRY(dlt_posix_write(self->fd, path, dlt_text_of(&self->text), self->text.used));
        dlt_text_clear(&self->text);
        dlt_heartbeat_progress(self->task->heartbeat);
    }
    return DLT_OK;
}

static dlt_status write_table(table *self, const char *from, const char *temporary) {
    DLT_TRY(dlt_h5_open(self->task->h5_lock, from, &self->file));
    for (dlt_prediction_column c = 0; c < DLT_PREDICTION_COLUMNS; c++)
        DLT_TRY(open_column(self, c));
    DLT_TRY(name_classes(self));
    self->fd = dlt_posix_open(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (self->fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot create %s: %s", temporary, strerror(errno));
    add_heading(self);
    return add_rows(self, temporary, self->task->test.subset.count);
}

dlt_status dlt_prediction_table_write(const dlt_task *task, const char *from, const char *path,
                                      const volatile sig_atomic_t *stop) {
    const double scale = task->identity.target_scale;
    table self = {.task = task, .stop = stop, .scale = scale > 0 ? scale : 1, .fd = -1};
    char *temporary = dlt_temporary_path(path);
    dlt_status status = temporary != NULL ? write_table(&self, from, temporary) : DLT_ERR_MEM;
    /* Network file systems report a full disk no earlier than here. */
    if (self.fd >= 0 && close(self.fd) != 0 && status == DLT_OK)
        status = dlt_fail(DLT_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    if (status == DLT_OK)
        status = dlt_file_commit(temporary, path);
    else if (self.fd >= 0)
        dlt_file_remove(temporary);
    for (int c = 0; c < DLT_PREDICTION_COLUMNS; c++) {
        dlt_h5_dataset_close(&self.columns[c].dataset);
        dlt_free(self.columns[c].rows);
    }
    dlt_h5_close(&self.file);
    dlt_free(self.names);
    dlt_free(self.class);
    dlt_text_destroy(&self.text);
    dlt_free(temporary);
    return status;
}
