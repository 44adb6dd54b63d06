/* A field is quoted where a reader would else split it, or drop the blanks at its ends. */
#include "report/csv_field.h"

#include <string.h>

void dlt_csv_add_field(dlt_text *out, const char *field) {
    const size_t length = strlen(field);
    const bool has_blanks =
        length > 0 && (strchr(" \t", field[0]) != NULL || strchr(" \t", field[length - 1]) != NULL);
    if (strpbrk(field, ",\"\r\n") == NULL && !has_blanks) {
        dlt_text_add(out, "%s", field);
        return;
    }
    dlt_text_add(out, "\"");
    for (const char *c = field; *c != '\0'; c++)
        dlt_text_add(out, "%s%c", *c == '"' ? "\"" : "", *c);
    dlt_text_add(out, "\"");
}
