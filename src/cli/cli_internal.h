/* Module card: cli (level 6).
 *
 * What lives here: the program `dltrain`: one file per subcommand; the table of subcommands in
 * main.c, their forms and options in commands.c; the manual page and the completions in
 * generate*.c; options.h for the command line. May include: public headers only, as any other user
 * of the library would.
 * Owns: the process: signals, exit codes, stdout and stderr.
 */
#ifndef DLT_CLI_INTERNAL_H
#define DLT_CLI_INTERNAL_H

#include "dltrain/status.h"

#include <stdbool.h>

/* Exit codes. 70 is EX_SOFTWARE of sysexits.h, 75 EX_TEMPFAIL: try again, here with --resume. */
enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NONFINITE = 3,
    EXIT_REFUSED = 4, /* to resume: another try would end the same */
    EXIT_HUNG = 70,
    EXIT_STOPPED = 75
};

typedef struct subcommand {
    const char *name; /* NULL ends the table */
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name; returns an exit code */
    bool on_ranks; /* all ranks take part; else the first process does it for all */
} subcommand;

/* Its forms and options are in commands.h. */
extern const subcommand subcommands[];

int run_train(int argc, char **argv);
int run_plan(int argc, char **argv);
int run_eval(int argc, char **argv);
int run_predict(int argc, char **argv);
int run_data(int argc, char **argv);
int run_inspect(int argc, char **argv);
int run_list(int argc, char **argv);
int run_help(int argc, char **argv);
int run_doctor(int argc, char **argv);
int run_bench(int argc, char **argv);
int run_generate(int argc, char **argv);
int run_verify(int argc, char **argv);

/* Of those that a launcher has started; before MPI_Init, too. */
bool is_first_process(void);
/* The width that help is folded to: that of the terminal, else 100 columns. */
int help_columns(void);
/* Prints the usage of a subcommand; false if there is none of that name. */
bool print_subcommand_help(const char *name);
/* Prints "dltrain: SENTENCE" of the last failure on stderr; returns EXIT_FAILED. */
int report_failure(void);
/* Notes a sentence about the command line, which the program ends with; returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int report_usage(const char *format, ...);

#endif
