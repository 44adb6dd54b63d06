/* Reading the command line through a table, one row per option. */
#ifndef DLT_CLI_OPTIONS_H
#define DLT_CLI_OPTIONS_H

#include <stdbool.h>

enum { OPTION_VALUES_MAX = 64 };

/* --name VALUE or --name=VALUE fill *value (or values, where it may be repeated); --name alone sets
 * *flag. */
typedef struct option_row {
    const char *name;
    const char **value;
    struct option_list *values;
    bool *flag;
} option_row;

typedef struct option_list {
    const char *at[OPTION_VALUES_MAX];
    int count;
} option_list;

/* Takes options from argv[1..]; the arguments that are none are left in `arguments`. On failure
 * prints a sentence and returns false. Rows end with a row whose name is NULL. */
bool read_options(int argc, char **argv, const option_row *rows, option_list *arguments);

#endif
