/* Composes the line from pieces in the order of their importance (choose_pieces): a piece is shown
 * if its columns are left, and the bar takes the rest. Columns are counted in code points. A line
 * is redrawn by a carriage return and blanks over what the one before had more. The rate excludes
 * units that were done before this process began (dlt_progress_skip). */
#include "report/progress.h"

#include "base/clock.h"
#include "dltrain/progress.h"
#include "report/format.h"
#include "report/progress_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double TERMINAL_INTERVAL_S = 0.1;
static const double PLAIN_INTERVAL_S = 10;
enum { DEFAULT_WIDTH = 80, BAR_MINIMUM = 8, BAR_MAXIMUM = 32, BAR_ENDS = 2, GAP = 2 };

/* What stands right of the label and the bar, from left to right. */
enum { PERCENT, TEXT, RATE, TIME, PIECES };

typedef struct pieces {
    char at[PIECES][DLT_PROGRESS_TEXT_BYTES]; /* "" is left out */
} pieces;

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

static double rate_of(const dlt_progress *progress, double now_s) {
    double elapsed_s = now_s - progress->began_s;
    return elapsed_s > 0 ? (double)(progress->done - progress->skipped) / elapsed_s : 0;
}

/* "3.2 s left", or, where phases follow, "3.2 s left, 2 min 10 s in all"; only the latter where it
 * is to be short. */
static void describe_time(const dlt_progress *progress, double per_second, bool short_form,
                          char out[DLT_PROGRESS_TEXT_BYTES]) {
    char left[DLT_FORMAT_BYTES];
    char all[DLT_FORMAT_BYTES];
    if (!(per_second > 0) || (progress->done >= progress->total && progress->later_phases == 0))
        return;
    double left_s = (double)(progress->total - progress->done) / per_second;
    double phase_s = progress->earlier_phase_s > 0 ? progress->earlier_phase_s
                                                   : (double)progress->total / per_second;
    dlt_format_duration(left_s, left);
    dlt_format_duration(left_s + (double)progress->later_phases * phase_s, all);
    if (progress->later_phases == 0 || short_form)
        snprintf(out, DLT_PROGRESS_TEXT_BYTES, "%s left", all);
    else
        snprintf(out, DLT_PROGRESS_TEXT_BYTES, "%s left, %s in all", left, all);
}

static void collect_pieces(const dlt_progress *progress, double now_s, pieces *out) {
    double per_second = rate_of(progress, now_s);
    *out = (pieces){.at = {""}};
    snprintf(out->at[PERCENT], DLT_PROGRESS_TEXT_BYTES, "%3.0f %%",
             floor(100 * fraction_done(progress)));
    snprintf(out->at[TEXT], DLT_PROGRESS_TEXT_BYTES, "%s", progress->text);
    if (per_second > 0)
        dlt_format_rate(per_second, progress->unit, out->at[RATE]);
    describe_time(progress, per_second, false, out->at[TIME]);
}

/* Puts piece into out, in place of what is there, if the columns that are left suffice; returns
 * whether they did. */
static bool place_piece(const char *piece, int *room, char out[DLT_PROGRESS_TEXT_BYTES]) {
    int columns = (int)dlt_report_columns(piece) + GAP -
                  (out[0] != '\0' ? (int)dlt_report_columns(out) + GAP : 0);
    if (piece[0] == '\0')
        return true;
    if (columns > *room)
        return false;
    *room -= columns;
    snprintf(out, DLT_PROGRESS_TEXT_BYTES, "%s", piece);
    return true;
}

/* The pieces that fit into *room columns, the most important first: percent, room for a bar, the
 * text's first part, the time left in all, the whole text, the rate, both times. *room is what they
 * leave. */
static void choose_pieces(const dlt_progress *progress, double now_s, int *room, pieces *shown) {
    pieces full;
    char first[DLT_PROGRESS_TEXT_BYTES] = "";
    char time[DLT_PROGRESS_TEXT_BYTES] = "";
    collect_pieces(progress, now_s, &full);
    const char *end = strstr(full.at[TEXT], "  ");
    snprintf(first, sizeof first, "%.*s",
             end != NULL ? (int)(end - full.at[TEXT]) : (int)strlen(full.at[TEXT]), full.at[TEXT]);
    describe_time(progress, rate_of(progress, now_s), true, time);
    *shown = (pieces){.at = {""}};
    (void)place_piece(full.at[PERCENT], room, shown->at[PERCENT]);
    int bar = *room >= BAR_MINIMUM + BAR_ENDS + GAP ? BAR_MINIMUM + BAR_ENDS + GAP : 0;
    *room -= bar;
    (void)(place_piece(first, room, shown->at[TEXT]) && place_piece(time, room, shown->at[TIME]) &&
           place_piece(full.at[TEXT], room, shown->at[TEXT]) &&
           place_piece(full.at[RATE], room, shown->at[RATE]) &&
           place_piece(full.at[TIME], room, shown->at[TIME]));
    *room += bar;
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
    pieces shown;
    /* The last column stays free: terminals wrap behind it. */
    int room = width - 1;
    copy_columns(progress->label, room, out, DLT_PROGRESS_TEXT_BYTES);
    room -= (int)dlt_report_columns(out);
    choose_pieces(progress, now_s, &room, &shown);
    int bar = room - GAP - BAR_ENDS;
    if (bar >= BAR_MINIMUM) {
        append(out, "  ");
        append_bar(fraction_done(progress), bar < BAR_MAXIMUM ? bar : BAR_MAXIMUM, unicode, out);
    }
    for (int i = 0; i < PIECES; i++) {
        append(out, shown.at[i][0] != '\0' ? "  " : "");
        append(out, shown.at[i]);
    }
}

/* Replaces the line on the terminal; blanks cover what the one before had more. A terminal that has
 * become narrower than that has folded it already. */
static void replace_line(dlt_progress *progress, const char *line, int width) {
    int columns = (int)dlt_report_columns(line);
    int covered = progress->drawn < width ? progress->drawn : width - 1;
    int blanks = covered > columns ? covered - columns : 0;
    fprintf(progress->out, "\r%s%*s", line, blanks, "");
    if (line[0] == '\0')
        fputc('\r', progress->out);
    fflush(progress->out);
    progress->drawn = columns;
}

static int width_of(const dlt_progress *progress) {
    int width = dlt_terminal_columns(progress->out);
    return width > 0 ? width : DEFAULT_WIDTH;
}

static void draw_bar(dlt_progress *progress, double now_s) {
    char line[DLT_PROGRESS_LINE_BYTES];
    int width = width_of(progress);
    dlt_progress_line(progress, now_s, width, progress->unicode, line);
    replace_line(progress, line, width);
}

static void print_plain(const dlt_progress *progress, double now_s) {
    pieces shown;
    collect_pieces(progress, now_s, &shown);
    fputs(progress->label, progress->out);
    for (int i = 0; i < PIECES; i++)
        if (shown.at[i][0] != '\0')
            fprintf(progress->out, "  %s", shown.at[i]);
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

void dlt_progress_follow(dlt_progress *progress, int64_t later_phases, double earlier_phase_s) {
    progress->later_phases = later_phases;
    progress->earlier_phase_s = earlier_phase_s;
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
    if (progress->drawn > 0)
        replace_line(progress, "", width_of(progress));
    if (line != NULL)
        fprintf(progress->out, "%s\n", line);
    fflush(progress->out);
}
