/* The manual page, in the man macros that groff and mandoc know. */
#include "generate.h"

#include "cli_internal.h"

#include <stdio.h>
#include <string.h>

/* Of the version: the page is the same whenever it is built. */
#define PAGE_DATE "2026-11-28"

/* A text that may begin a line: no request, and hyphens that stay hyphens. */
static void print_roff(const char *text) {
    if (text[0] == '.' || text[0] == '\'')
        printf("\\&");
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            printf("\\e");
        else if (*text == '-')
            printf("\\-");
        else if (text[0] == '\n')
            printf("\n.br\n");
        else
            putchar(*text);
    }
}

static void print_bold(const char *text) {
    printf("\\fB");
    print_roff(text);
    printf("\\fR");
}

static void print_line(const char *text) {
    print_roff(text);
    printf("\n");
}

static void print_usage(const command_form *form) {
    printf("\\fBdltrain ");
    print_roff(form->name);
    printf("\\fR");
    if (form->arguments[0] != '\0')
        printf(" ");
    print_roff(form->arguments);
    printf("%s\n", form->options->name != NULL ? " [\\fIOPTION\\fR]..." : "");
}

static void print_command(const subcommand *shown) {
    for (const command_form *form = NULL; (form = next_form(form, shown->name)) != NULL;) {
        printf(".SS ");
        print_usage(form);
        print_line(form->summary != NULL ? form->summary : shown->summary);
        for (const command_option *option = form->options; option->name != NULL; option++) {
            printf(".TP\n");
            print_bold(option->name);
            if (option->value != NULL) {
                printf(" \\fI");
                print_roff(option->value);
                printf("\\fR");
            }
            printf("\n");
            print_line(option->help);
        }
    }
}

static void print_key(void *context, const dlt_catalog_name *name) {
    (void)context;
    printf(".TP\n");
    print_bold(name->name);
    printf("\n");
    if (name->help[0] != '\0')
        print_line(name->help);
    print_roff(name->help[0] != '\0' ? "(" : "");
    print_roff(name->facts);
    printf("%s\n", name->help[0] != '\0' ? ")" : "");
}

static void print_entry(void *context, const dlt_catalog_name *name) {
    const char **kind = context;
    if (*kind == NULL || strcmp(*kind, name->owner) != 0) {
        *kind = name->owner;
        printf(".SS ");
        print_line(name->owner);
    }
    printf(".TP\n");
    print_bold(name->name);
    printf("\n");
    print_line(name->help);
}

static void print_exit_codes(void) {
    printf(".SH EXIT STATUS\n");
    for (const exit_code_row *row = exit_code_rows; row->meaning != NULL; row++) {
        printf(".TP\n\\fB%d\\fR\n", row->code);
        print_line(row->meaning);
    }
}

static void print_head(void) {
    printf(".\\\" Printed by `dltrain generate man`.\n"
           ".TH DLTRAIN 1 \"" PAGE_DATE "\" \"dltrain %s\" \"User Commands\"\n"
           ".SH NAME\ndltrain \\- data\\-parallel training of neural networks with MPI\n"
           ".SH SYNOPSIS\n",
           DLT_VERSION);
    for (const command_form *form = command_forms; form->name != NULL; form++) {
        if (form != command_forms)
            printf(".br\n");
        print_usage(form);
    }
    printf(".br\n\\fBmpirun \\-np\\fR \\fIN\\fR \\fBdltrain train\\fR RUN.yaml\n"
           ".SH DESCRIPTION\n"
           "dltrain trains a neural network on one machine or a CPU cluster, as a run file in YAML "
           "says.\n"
           "Each rank holds a replica of the model and computes the gradients of its part of each "
           "batch.\n"
           "The sum over all ranks is made in one order, so that the weights are the same bit for "
           "bit on any number of ranks.\n"
           ".SH COMMANDS\n");
}

static void print_tail(void) {
    print_exit_codes();
    printf(".SH FILES\n"
           ".TP\n\\fIruns/NAME/config.yaml\\fR\nThe run file with every default filled in.\n"
           ".TP\n\\fIruns/NAME/metrics.jsonl\\fR\nLoss and metrics by update and by epoch.\n"
           ".TP\n\\fIruns/NAME/summary.json\\fR\nThe outcome.\n"
           ".TP\n\\fIruns/NAME/checkpoints/\\fR\nThe weights and the state, as HDF5.\n"
           ".SH SEE ALSO\n\\fBmpirun\\fR(1)\n");
}

dlt_status generate_man(void) {
    const char *kind = NULL;
    print_head();
    for (const subcommand *each = subcommands; each->name != NULL; each++)
        print_command(each);
    printf(".SH RUN FILE\n"
           "An unknown key, a wrong type or a value out of range is an error.\n"
           "Any of these keys can be overridden by \\fB\\-\\-set\\fR; the items of lists have "
           "numbers, as in model.0.dense.units.\n");
    dlt_status status = dlt_catalog_each(DLT_CATALOG_RUN_KEYS, print_key, NULL);
    printf(".SH ENTRIES\n`dltrain help NAME` explains the keys of each.\n");
    if (status == DLT_OK)
        status = dlt_catalog_each(DLT_CATALOG_ENTRIES, print_entry, &kind);
    print_tail();
    return status;
}
