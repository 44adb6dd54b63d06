/* The public progress bar, over dlt_progress (progress.h). A phase is known by its label, of which
 * 63 bytes are kept; total and unit are taken from the first call of the phase. */
#include "dltrain/progress.h"

#include "base/alloc.h"
#include "base/error.h"
#include "report/progress.h"

#include <stdio.h>
#include <string.h>

struct dlt_progress_bar {
    FILE *out;
    bool is_terminal;
    bool begun;
    char label[64];
    dlt_progress phase;
};

dlt_status dlt_progress_bar_create(FILE *out, bool is_terminal, dlt_progress_bar **bar) {
    DLT_TRY(DLT_NEW(*bar, 1));
    (*bar)->out = out;
    (*bar)->is_terminal = is_terminal;
    return DLT_OK;
}

void dlt_progress_bar_show(dlt_progress_bar *bar, const char *label, int64_t done, int64_t total,
                           const char *unit) {
    if (!bar->begun || strncmp(bar->label, label, sizeof bar->label - 1) != 0) {
        if (bar->begun)
            dlt_progress_end(&bar->phase, NULL);
        snprintf(bar->label, sizeof bar->label, "%s", label);
        dlt_progress_begin(&bar->phase, bar->label, total, unit, bar->out, bar->is_terminal);
        bar->begun = true;
    }
    dlt_progress_update(&bar->phase, done, NULL);
}

void dlt_progress_bar_clear(dlt_progress_bar *bar) {
    if (bar == NULL || !bar->begun)
        return;
    dlt_progress_end(&bar->phase, NULL);
    bar->begun = false;
}

void dlt_progress_bar_destroy(dlt_progress_bar **bar) {
    if (*bar == NULL)
        return;
    dlt_progress_bar_clear(*bar);
    dlt_free(*bar);
    *bar = NULL;
}
