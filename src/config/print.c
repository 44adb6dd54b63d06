/* Settings as YAML that reads back to the same values: sections and lists of selections as blocks,
 * all else in one line. */
#include "config/print.h"

#include "base/json.h"
#include "config/config.h"
#include "config/names.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef void print_value(const dlt_key *key, const void *field, dlt_text *out);

static print_value *printer_of(dlt_key_type type);

const char *dlt_enum_name_of(const dlt_key *key, int64_t value) {
    for (int64_t i = 0; key->enum_names != NULL && key->enum_names[i] != NULL; i++)
        if (value == -1 - i)
            return key->enum_names[i];
    return NULL;
}

static void print_real_value(double value, dlt_text *out) {
    char number[32];
    dlt_format_real(value, number, sizeof number);
    dlt_text_add(out, "%s", isnan(value) ? "null" : number);
}

static void print_int_value(const dlt_key *key, int64_t value, dlt_text *out) {
    const char *word = dlt_enum_name_of(key, value);
    if (word != NULL)
        dlt_text_add(out, "%s", word);
    else
        dlt_text_add(out, "%" PRId64, value);
}

static void print_string_value(const char *value, dlt_text *out) {
    if (value == NULL)
        dlt_text_add(out, "null");
    else
        dlt_print_string(value, out);
}

static void print_bool(const dlt_key *key, const void *field, dlt_text *out) {
    (void)key;
    dlt_text_add(out, *(const bool *)field ? "true" : "false");
}

static void print_int(const dlt_key *key, const void *field, dlt_text *out) {
    print_int_value(key, *(const int64_t *)field, out);
}

static void print_real(const dlt_key *key, const void *field, dlt_text *out) {
    (void)key;
    print_real_value(*(const double *)field, out);
}

static void print_string(const dlt_key *key, const void *field, dlt_text *out) {
    (void)key;
    print_string_value(*(const char *const *)field, out);
}

static void print_enum(const dlt_key *key, const void *field, dlt_text *out) {
    dlt_text_add(out, "%s", key->enum_names[*(const int *)field]);
}

static const char *comma(int64_t index) {
    return index > 0 ? ", " : "";
}

static void print_ints(const dlt_key *key, const void *field, dlt_text *out) {
    const dlt_ints *list = field;
    dlt_text_add(out, list->count < 0 ? "null" : "[");
    for (int64_t i = 0; i < list->count; i++) {
        dlt_text_add(out, "%s", comma(i));
        print_int_value(key, list->at[i], out);
    }
    dlt_text_add(out, list->count < 0 ? "" : "]");
}

static void print_real_or_enum(const dlt_key *key, double value, dlt_text *out) {
    for (int64_t i = 0; key->enum_names != NULL && key->enum_names[i] != NULL; i++)
        if (value == (double)(-1 - i)) {
            dlt_text_add(out, "%s", key->enum_names[i]);
            return;
        }
    print_real_value(value, out);
}

static void print_reals(const dlt_key *key, const void *field, dlt_text *out) {
    const dlt_reals *list = field;
    dlt_text_add(out, list->count < 0 ? "null" : "[");
    for (int64_t i = 0; i < list->count; i++) {
        dlt_text_add(out, "%s", comma(i));
        print_real_or_enum(key, list->at[i], out);
    }
    dlt_text_add(out, list->count < 0 ? "" : "]");
}

static void print_strings(const dlt_key *key, const void *field, dlt_text *out) {
    (void)key;
    const dlt_strings *list = field;
    dlt_text_add(out, list->count < 0 ? "null" : "[");
    for (int64_t i = 0; i < list->count; i++) {
        dlt_text_add(out, "%s", comma(i));
        print_string_value(list->at[i], out);
    }
    dlt_text_add(out, list->count < 0 ? "" : "]");
}

/* `name: value, name: value`; returns how many there are in all. */
static int64_t print_rows(const dlt_key *keys, const void *settings, int64_t before,
                          dlt_text *out) {
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++, before++) {
        dlt_text_add(out, "%s%s: ", comma(before), key->name);
        printer_of(key->type)(key, dlt_field_of(key, settings), out);
    }
    return before;
}

static void print_section(const dlt_key *key, const void *field, dlt_text *out) {
    dlt_text_add(out, "{");
    print_rows(key->section, field, 0, out);
    dlt_text_add(out, "}");
}

/* A common key that is null by default is left out while it is: most layers have no name. */
static bool is_silent(const dlt_key *key, const void *field) {
    bool is_text = key->type == DLT_KEY_STRING;
    bool is_list =
        key->type == DLT_KEY_STRINGS || key->type == DLT_KEY_INTS || key->type == DLT_KEY_REALS;
    if (key->default_value == NULL || strcmp(key->default_value, "null") != 0)
        return false;
    return (is_text && *(const char *const *)field == NULL) ||
           (is_list && *(const int64_t *)field < 0) ||
           (key->type == DLT_KEY_REAL && isnan(*(const double *)field));
}

/* Common keys follow the selection's own settings, except those whose name is taken there: they
 * stand beside the selection. */
static int64_t print_common(const dlt_key *key, const dlt_selection *selection, bool beside,
                            int64_t before, dlt_text *out) {
    for (const dlt_key *row = key->section; row != NULL && row->name != NULL; row++) {
        const void *field = dlt_field_of(row, selection->common);
        bool taken = dlt_keys_find(selection->kind->keys, row->name) != NULL;
        if (taken != beside || is_silent(row, field))
            continue;
        dlt_text_add(out, "%s%s: ", comma(before++), row->name);
        printer_of(row->type)(row, field, out);
    }
    return before;
}

/* `relu` or `dense: {units: 10, name: head}`, the latter in braces where it stands inside a line.
 */
static void print_item(const dlt_key *key, const dlt_selection *selection, bool in_line,
                       dlt_text *out) {
    dlt_text inner = DLT_TEXT_EMPTY;
    dlt_text beside = DLT_TEXT_EMPTY;
    int64_t count = print_rows(selection->kind->keys, selection->settings, 0, &inner);
    count = print_common(key, selection, false, count, &inner);
    int64_t count_beside = print_common(key, selection, true, 1, &beside) - 1;
    bool braces = in_line || count_beside > 0;
    if (count + count_beside == 0)
        dlt_text_add(out, "%s", selection->kind->name);
    else
        dlt_text_add(out, "%s%s: {%s}%s%s", braces ? "{" : "", selection->kind->name,
                     dlt_text_of(&inner), dlt_text_of(&beside), braces ? "}" : "");
    out->failed = out->failed || inner.failed || beside.failed;
    dlt_text_destroy(&inner);
    dlt_text_destroy(&beside);
}

static void print_selection(const dlt_key *key, const void *field, dlt_text *out) {
    const dlt_selection *selection = field;
    if (selection->kind == NULL)
        dlt_text_add(out, "null");
    else
        print_item(key, selection, true, out);
}

static bool is_single(const dlt_key *key, const dlt_selection_list *list) {
    return key->flags & DLT_KEY_SINGLE && list->count == 1;
}

static void print_selections(const dlt_key *key, const void *field, dlt_text *out) {
    const dlt_selection_list *list = field;
    if (is_single(key, list)) {
        print_selection(key, &list->at[0], out);
        return;
    }
    dlt_text_add(out, list->count < 0 ? "null" : "[");
    for (int64_t i = 0; i < list->count; i++) {
        dlt_text_add(out, "%s", comma(i));
        print_selection(key, &list->at[i], out);
    }
    dlt_text_add(out, list->count < 0 ? "" : "]");
}

static void print_named(const dlt_key *key, const void *field, dlt_text *out) {
    const dlt_named_list *list = field;
    dlt_text_add(out, list->count < 0 ? "null" : "{");
    for (int64_t i = 0; i < list->count; i++) {
        dlt_text_add(out, "%s", comma(i));
        dlt_print_string(list->at[i].name, out);
        dlt_text_add(out, ": ");
        print_section(key, list->at[i].settings, out);
    }
    dlt_text_add(out, list->count < 0 ? "" : "}");
}

static print_value *printer_of(dlt_key_type type) {
    static print_value *const printers[] = {
        [DLT_KEY_BOOL] = print_bool,
        [DLT_KEY_INT] = print_int,
        [DLT_KEY_REAL] = print_real,
        [DLT_KEY_STRING] = print_string,
        [DLT_KEY_ENUM] = print_enum,
        [DLT_KEY_INTS] = print_ints,
        [DLT_KEY_REALS] = print_reals,
        [DLT_KEY_STRINGS] = print_strings,
        [DLT_KEY_SECTION] = print_section,
        [DLT_KEY_SELECTION] = print_selection,
        [DLT_KEY_SELECTIONS] = print_selections,
        [DLT_KEY_NAMED] = print_named,
    };
    return printers[type];
}

void dlt_print_value(const dlt_key *key, const void *field, dlt_text *out) {
    printer_of(key->type)(key, field, out);
}

static void print_block(const dlt_key *key, const dlt_selection_list *list, int indent,
                        dlt_text *out) {
    dlt_text_add(out, "%*s%s:\n", indent, "", key->name);
    for (int64_t i = 0; i < list->count; i++) {
        dlt_text_add(out, "%*s- ", indent + 2, "");
        print_item(key, &list->at[i], false, out);
        dlt_text_add(out, "\n");
    }
}

void dlt_config_print(const dlt_key *keys, const void *settings, int indent, dlt_text *out) {
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        const void *field = dlt_field_of(key, settings);
        if (key->type == DLT_KEY_SECTION) {
            dlt_text_add(out, "%*s%s:\n", indent, "", key->name);
            dlt_config_print(key->section, field, indent + 2, out);
        } else if (key->type == DLT_KEY_SELECTIONS && !is_single(key, field) &&
                   ((const dlt_selection_list *)field)->count > 0) {
            print_block(key, field, indent, out);
        } else {
            dlt_text_add(out, "%*s%s: ", indent, "", key->name);
            printer_of(key->type)(key, field, out);
            dlt_text_add(out, "\n");
        }
    }
}
