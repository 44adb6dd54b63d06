/* Prints a line for every key of the run file: its path, two overrides that give it different
 * values, and what the table of keys says of a change on --resume, with tabs between them. */
#include "run/run_settings.h"
#include "support/key_changes.h"

static const char *name_of(unsigned resume) {
    if (resume & DLT_RESUME_REFUSED)
        return "refused";
    return resume & DLT_RESUME_CHANGES ? "said" : "silent";
}

static void print_change(void *context, const char *path, const char *first, const char *second) {
    (void)context;
    printf("%s\t%s\t%s\t%s\n", path, first, second,
           name_of(dlt_config_resume_of(dlt_run_keys, path)));
}

int main(void) {
    key_changes all = {.visit = print_change};
    key_changes_of_table(&all, "", dlt_run_keys);
    return fflush(stdout) == 0 ? 0 : 1;
}
