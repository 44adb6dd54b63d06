/* Appends one line per record, by write() and without a buffer, so a killed process loses no
 * finished line. A resume first drops the lines above its step and a last line without a line end,
 * because the resumed run writes those updates again. The search for "step" reads only the form
 * that record.c writes. Of a run, rank 0 alone has this log open. */
#include "report/metrics_log.h"

#include "base/alloc.h"
#include "base/error.h"
#include "report/metrics_log_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dlt_metrics_log {
    int fd;
    char *path;
    dlt_text line; /* of the last record; kept for its memory */
};

/* Just behind the JSON string that begins at text, or end if it is cut short. */
static const char *skip_string(const char *text, const char *end) {
    for (text++; text < end && *text != '"'; text++)
        if (*text == '\\')
            text++;
    return text < end ? text + 1 : end;
}

/* The integer value of the outermost key "step" of the object in [line, end); -1 if there is none.
 * Reads only what this module has written: a key is followed by a colon and one space. */
static int64_t step_of_line(const char *line, const char *end) {
    static const char key[] = "\"step\": ";
    int depth = 0;
    while (line < end) {
        if (depth == 1 && (size_t)(end - line) >= sizeof key &&
            memcmp(line, key, sizeof key - 1) == 0)
            return strtoll(line + sizeof key - 1, NULL, 10);
        if (*line == '"') {
            line = skip_string(line, end);
            continue;
        }
        depth += (*line == '{' || *line == '[') - (*line == '}' || *line == ']');
        line++;
    }
    return -1;
}

static void keep_lines(const dlt_text *content, int64_t last_step, dlt_text *kept) {
    const char *line = dlt_text_of(content);
    const char *end = line + content->used;
    for (;;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        if (newline == NULL)
            return; /* what stands behind the last newline was cut short */
        if (step_of_line(line, newline) <= last_step)
            dlt_text_add_bytes(kept, line, (size_t)(newline - line) + 1);
        line = newline + 1;
    }
}

static dlt_status read_whole(const char *path, dlt_text *content) {
    FILE *file = fopen(path, "re");
    if (file == NULL && errno == ENOENT)
        return DLT_OK;
    if (file == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    char piece[16384];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        dlt_text_add_bytes(content, piece, got);
    dlt_status status = dlt_text_check(content);
    if (ferror(file))
        status = dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    fclose(file);
    return status;
}

static dlt_status drop_lines_above(const char *path, int64_t last_step) {
    dlt_text content = DLT_TEXT_EMPTY;
    dlt_text kept = DLT_TEXT_EMPTY;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(read_whole(path, &content));
    keep_lines(&content, last_step, &kept);
    DLT_TRY_OUT(dlt_text_check(&kept));
    if (kept.used < content.used)
        DLT_TRY_OUT(dlt_report_replace_file(path, dlt_text_of(&kept), kept.used));
out:
    dlt_text_destroy(&kept);
    dlt_text_destroy(&content);
    return status;
}

dlt_status dlt_metrics_log_open(const char *path, int64_t resume_step, dlt_metrics_log **out) {
    bool resumes = resume_step >= 0;
    if (resumes)
        DLT_TRY(drop_lines_above(path, resume_step));
    dlt_metrics_log *log = NULL;
    DLT_TRY(DLT_NEW(log, 1));
    log->fd = -1;
    dlt_status status = DLT_OK;
    log->path = dlt_alloc_text(path);
    if (log->path == NULL) {
        status = DLT_ERR_MEM;
        goto out;
    }
    log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (resumes ? 0 : O_TRUNC), 0666);
    if (log->fd < 0)
        status = dlt_fail(DLT_ERR_IO, "cannot create %s: %s", path, strerror(errno));
out:
    if (status != DLT_OK)
        dlt_metrics_log_close(&log);
    *out = log;
    return status;
}

dlt_status dlt_metrics_log_append(dlt_metrics_log *log, const dlt_record *record) {
    dlt_text_clear(&log->line);
    log->line.failed = false;
    DLT_TRY(dlt_report_render(record, "{", ", ", "}\n", &log->line));
    const char *data = dlt_text_of(&log->line);
    size_t left = log->line.used;
    while (left > 0) {
        ssize_t written = write(log->fd, data, left);
        if (written < 0 && errno == EINTR)
            continue;
        /* A file that takes nothing and names no reason is full. */
        if (written <= 0)
            return dlt_fail(DLT_ERR_IO, "cannot write %s: %s", log->path,
                            strerror(written < 0 ? errno : ENOSPC));
        data += written;
        left -= (size_t)written;
    }
    return DLT_OK;
}

void dlt_metrics_log_close(dlt_metrics_log **log) {
    if (*log == NULL)
        return;
    if ((*log)->fd >= 0)
        close((*log)->fd);
    dlt_text_destroy(&(*log)->line);
    dlt_free((*log)->path);
    dlt_free(*log);
    *log = NULL;
}
