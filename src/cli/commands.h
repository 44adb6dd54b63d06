/* The command line as data: each form of each subcommand with its options, and the exit codes.
 * Help, the manual page and the completions of shells are printed from it. */
#ifndef DLT_CLI_COMMANDS_H
#define DLT_CLI_COMMANDS_H

/* How a shell completes a word. */
typedef enum completion {
    COMPLETE_NOTHING,
    COMPLETE_FILE,
    COMPLETE_FOLDER,
    COMPLETE_RUN_FILE, /* *.yaml and recipes */
    COMPLETE_DATASET,  /* names of descriptions, and files */
    COMPLETE_WORKLOAD, /* names of workloads, and run files */
    COMPLETE_RUN_KEY,  /* KEY=VALUE */
    COMPLETE_IMPORT_KEY,
    COMPLETE_SYNTH_KEY,
    COMPLETE_SYNTH_KIND,
    COMPLETE_LIST_KIND, /* layers, losses, ... */
    COMPLETE_TOPIC,     /* what `help` explains */
    COMPLETE_SHELL,
    COMPLETION_COUNT
} completion;

typedef struct command_option {
    const char *name;  /* "--set"; NULL ends the list */
    const char *value; /* "KEY=VALUE"; NULL: a flag */
    const char *help;
    completion value_completion;
} command_option;

typedef struct command_form {
    const char *name;      /* "train", "bench step"; NULL ends the table */
    const char *arguments; /* "RUN.yaml" */
    const char *summary;   /* NULL: the summary of the subcommand says it */
    completion argument_completion;
    const command_option *options;
} command_form;

extern const command_form command_forms[];

typedef struct exit_code_row {
    int code;
    const char *meaning; /* NULL ends the table */
} exit_code_row;

extern const exit_code_row exit_code_rows[];

/* The next form after `form` (NULL: the first) of a subcommand, or NULL. */
const command_form *next_form(const command_form *form, const char *name);

#endif
