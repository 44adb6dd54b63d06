/* Reads argv in one pass. An element that begins with `--` is an option; any other, and a lone
 * `--`, is an argument. The value of an option follows `=`, or is the next element, even one that
 * begins with `--`. A repeated option keeps its last value unless its row has a list. */
#include "options.h"

#include "cli_internal.h"

#include <string.h>

static const option_row *find_row(const option_row *rows, const char *text, size_t length) {
    for (; rows->name != NULL; rows++)
        if (strlen(rows->name) == length && strncmp(rows->name, text, length) == 0)
            return rows;
    return NULL;
}

static bool add_value(option_list *list, const char *name, const char *value) {
    if (list->count == OPTION_VALUES_MAX) {
        (void)report_usage("more than %d times '%s'", OPTION_VALUES_MAX, name);
        return false;
    }
    list->at[list->count++] = value;
    return true;
}

static bool take_option(const option_row *row, const char *value) {
    if (row->flag != NULL)
        *row->flag = true;
    if (row->value != NULL)
        *row->value = value;
    return row->values == NULL || add_value(row->values, row->name, value);
}

bool read_options(int argc, char **argv, const option_row *rows, option_list *arguments) {
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        if (strncmp(text, "--", 2) != 0 || text[2] == '\0') {
            if (!add_value(arguments, "arguments", text))
                return false;
            continue;
        }
        size_t length = strcspn(text, "=");
        const option_row *row = find_row(rows, text, length);
        const char *value = text[length] == '=' ? text + length + 1 : NULL;
        if (row == NULL) {
            (void)report_usage("'%s' has no option '%.*s'", argv[0], (int)length, text);
            return false;
        }
        if (row->flag == NULL && value == NULL && ++i < argc)
            value = argv[i];
        if ((row->flag == NULL) != (value != NULL)) {
            (void)report_usage("'%s' %s", row->name,
                               row->flag == NULL ? "needs a value" : "takes no value");
            return false;
        }
        if (!take_option(row, value))
            return false;
    }
    return true;
}
