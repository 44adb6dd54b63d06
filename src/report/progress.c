#include "report/progress.h"

#include "base/clock.h"
#include "report/format.h"
#include "report/report_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double TERMINAL_INTERVAL_S = 0.1;
static const double PLAIN_INTERVAL_S = 10;
enum { DEFAULT_WIDTH = 80, BAR_MINIMUM = 8, BAR_MAXIMUM = 32, GAP = 2, PIECES_MAX = 4 };

static bool locale_is_utf8(void) {
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = "";
    for (int i = 0; i < 3 && value[0] == '\0'; i++) {
        const char *set = getenv(variables[i]);
        value = set != NULL ? set : "";
    }
    return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
           strstr(value, "UTF8") != NULL || strstr(value, "utf-8") != NULL;
}

static int terminal_width(FILE *out) {
    struct winsize size = {0};
    if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return DEFAULT_WIDTH;
    return size.ws_col;
}

/* Copies at most `columns` code points of text. */
static void copy_columns(const char *text, int columns, char *out, size_t bytes) {
    size_t used = 0;
    for (const char *c = text; *c != '\0' && used + 1 < bytes; c++) {
        columns -= ((unsigned char)*c & 0xC0) != 0x80;
        if (columns < 0)
            break;
        out[used++] = *c;
    }
    out[used] = '\0';
}

static double fraction_done(const dlt_progress *progress) {
    if (progress->total <= 0)
        return 1;
    return fmin(1, fmax(0, (double)progress->done / (double)progress->total));
}

/* What stands right of the bar, the most important first. */
static int collect_pieces(const dlt_progress *progress, double now_s,
                          char pieces[PIECES_MAX][DLT_PROGRESS_TEXT_BYTES]) {
    int count = 0;
    double elapsed_s = now_s - progress->began_s;
    double done_here = (double)(progress->done - progress->skipped);
    double per_second = elapsed_s > 0 ? done_here / elapsed_s : 0;
    snprintf(pieces[count++], DLT_PROGRESS_TEXT_BYTES, "%3.0f %%",
             floor(100 * fraction_done(progress)));
    if (progress->text[0] != '\0')
        snprintf(pieces[count++], DLT_PROGRESS_TEXT_BYTES, "%s", progress->text);
    if (per_second > 0) {
        char left[DLT_FORMAT_BYTES];
        dlt_format_duration((double)(progress->total - progress->done) / per_second, left);
        dlt_format_rate(per_second, progress->unit, pieces[count++]);
        if (progress->done < progress->total)
            snprintf(pieces[count++], DLT_PROGRESS_TEXT_BYTES, "%s left", left);
    }
    return count;
}

/* Appends as much of piece as the line has bytes for. */
static void append(char out[DLT_PROGRESS_LINE_BYTES], const char *piece) {
    size_t used = strlen(out);
    snprintf(out + used, DLT_PROGRESS_LINE_BYTES - used, "%s", piece);
}

/* Appends a bar of `columns` cells; with Unicode in eighths of a cell (U+2588 to U+258F). */
static void append_bar(double fraction, int columns, bool unicode,
                       char out[DLT_PROGRESS_LINE_BYTES]) {
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int filled = (int)(fraction * columns * 8);
    append(out, unicode ? "▕" : "[");
    for (int i = 0; i < columns; i++) {
        int part = filled - 8 * i;
        if (unicode)
            append(out, part >= 8 ? "█" : eighths[part > 0 ? part : 0]);
        else
            append(out, part >= 8 ? "#" : ".");
    }
    append(out, unicode ? "▏" : "]");
}

void dlt_progress_line(const dlt_progress *progress, double now_s, int width, bool unicode,
                       char out[DLT_PROGRESS_LINE_BYTES]) {
    char pieces[PIECES_MAX][DLT_PROGRESS_TEXT_BYTES];
    int count = collect_pieces(progress, now_s, pieces);
    /* The last column stays free: terminals wrap behind it. */
    int room = width - 1;
    copy_columns(progress->label, room, out, DLT_PROGRESS_TEXT_BYTES);
    room -= (int)dlt_report_columns(out);
    int shown = 0;
    while (shown < count && (int)dlt_report_columns(pieces[shown]) + GAP <= room)
        room -= (int)dlt_report_columns(pieces[shown++]) + GAP;
    int bar = room - GAP - 2; /* its two ends */
    if (bar >= BAR_MINIMUM) {
        append(out, "  ");
        append_bar(fraction_done(progress), bar < BAR_MAXIMUM ? bar : BAR_MAXIMUM, unicode, out);
    }
    for (int i = 0; i < shown; i++) {
        append(out, "  ");
        append(out, pieces[i]);
    }
}

static void draw_bar(dlt_progress *progress, double now_s) {
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress_line(progress, now_s, terminal_width(progress->out), progress->unicode, line);
    fprintf(progress->out, "\r%s\x1b[K", line); /* ECMA-48: erase to the end of the line */
    fflush(progress->out);
    progress->drawn = true;
}

static void print_plain(const dlt_progress *progress, double now_s) {
    char pieces[PIECES_MAX][DLT_PROGRESS_TEXT_BYTES];
    int count = collect_pieces(progress, now_s, pieces);
    fputs(progress->label, progress->out);
    for (int i = 0; i < count; i++)
        fprintf(progress->out, "  %s", pieces[i]);
    fputc('\n', progress->out);
    fflush(progress->out);
}

void dlt_progress_begin(dlt_progress *progress, const char *label, int64_t total, const char *unit,
                        FILE *out, bool is_terminal) {
    double now_s = dlt_clock_s();
    *progress = (dlt_progress){
        .out = out,
        .label = label,
        .unit = unit,
        .total = total,
        .began_s = now_s,
        .shown_s = now_s,
        .is_terminal = is_terminal,
        .unicode = locale_is_utf8(),
    };
}

void dlt_progress_skip(dlt_progress *progress, int64_t done) {
    progress->skipped = done;
    progress->done = done;
}

void dlt_progress_update(dlt_progress *progress, int64_t done, const char *text) {
    if (progress->out == NULL)
        return;
    progress->done = done;
    if (text != NULL)
        snprintf(progress->text, sizeof progress->text, "%s", text);
    double now_s = dlt_clock_s();
    double interval_s = progress->is_terminal ? TERMINAL_INTERVAL_S : PLAIN_INTERVAL_S;
    if (now_s - progress->shown_s < interval_s)
        return;
    progress->shown_s = now_s;
    if (progress->is_terminal)
        draw_bar(progress, now_s);
    else
        print_plain(progress, now_s);
}

void dlt_progress_end(dlt_progress *progress, const char *line) {
    if (progress->out == NULL)
        return;
    if (progress->drawn)
        fputs("\r\x1b[K", progress->out);
    progress->drawn = false;
    if (line != NULL)
        fprintf(progress->out, "%s\n", line);
    fflush(progress->out);
}
