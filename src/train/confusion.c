/* The confusion matrix of an evaluation, a row per true class and a column per predicted one: as a
 * table where it fits the console, else as a CSV file. */
#include "train/confusion.h"

#include "base/text.h"
#include "io/atomic_file.h"
#include "report/csv_field.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

enum { NAME_BYTES = 256, NAME_LEAST = 3, NAME_MOST = 12, GAP = 1, ROWS_MOST = 40 };

/* The nth of newline-separated names, or its number. */
static void class_name(const char *names, int64_t index, char out[NAME_BYTES]) {
    for (int64_t i = 0; names != NULL && i < index; i++) {
        names = strchr(names, '\n');
        names = names != NULL ? names + 1 : NULL;
    }
    if (names == NULL || *names == '\0')
        snprintf(out, NAME_BYTES, "%" PRId64, index);
    else
        snprintf(out, NAME_BYTES, "%.*s", (int)strcspn(names, "\n"), names);
}

static double count_at(const dlt_confusion *matrix, int64_t row, int64_t column) {
    return matrix->evaluation->matrix[row * matrix->evaluation->matrix_rows + column];
}

/* Columns that a count takes at most, and a name; the latter in bytes, so that no row is longer
 * than counted. */
static void measure(const dlt_confusion *matrix, int *count, int *name) {
    char text[NAME_BYTES];
    *count = 1;
    *name = 1;
    for (int64_t row = 0; row < matrix->evaluation->matrix_rows; row++) {
        class_name(matrix->class_names, row, text);
        int bytes = (int)strlen(text);
        *name = bytes > *name ? bytes : *name;
        for (int64_t column = 0; column < matrix->evaluation->matrix_rows; column++) {
            bytes = snprintf(text, sizeof text, "%.0f", count_at(matrix, row, column));
            *count = bytes > *count ? bytes : *count;
        }
    }
}

/* Prints the first `columns` columns of a name, right-aligned; never half a character of UTF-8. */
static void print_name(const char *name, int columns, FILE *out) {
    int bytes = 0;
    int shown = 0;
    while (name[bytes] != '\0') {
        if (((unsigned char)name[bytes] & 0xC0) != 0x80 && shown++ == columns) {
            shown = columns;
            break;
        }
        bytes++;
    }
    fprintf(out, "%*s%.*s", columns - shown, "", bytes, name);
}

bool dlt_confusion_print(const dlt_confusion *matrix, int columns, FILE *out) {
    char name[NAME_BYTES];
    int64_t rows = matrix->evaluation->matrix_rows;
    int count = 0;
    int longest = 0;
    if (rows > ROWS_MOST)
        return false;
    measure(matrix, &count, &longest);
    int row_name = longest < NAME_MOST ? longest : NAME_MOST;
    int room = (columns - row_name) / (int)rows - GAP;
    int width = row_name < room ? row_name : room;
    width = width > count ? width : count;
    if (width > room || (width < longest && width < NAME_LEAST))
        return false;
    fprintf(out, "confusion matrix, rows true, columns predicted\n%*s", row_name, "");
    for (int64_t column = 0; column < rows; column++) {
        class_name(matrix->class_names, column, name);
        fputc(' ', out);
        print_name(name, width, out);
    }
    for (int64_t row = 0; row < rows; row++) {
        class_name(matrix->class_names, row, name);
        fputc('\n', out);
        print_name(name, row_name, out);
        for (int64_t column = 0; column < rows; column++)
            fprintf(out, " %*.0f", width, count_at(matrix, row, column));
    }
    fputc('\n', out);
    return true;
}

dlt_status dlt_confusion_write(const dlt_confusion *matrix, const char *path) {
    char name[NAME_BYTES];
    dlt_status status;
    int64_t rows = matrix->evaluation->matrix_rows;
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_text_add(&text, "true class");
    for (int64_t column = 0; column < rows; column++) {
        class_name(matrix->class_names, column, name);
        dlt_text_add(&text, ",");
        dlt_csv_add_field(&text, name);
    }
    for (int64_t row = 0; row < rows; row++) {
        class_name(matrix->class_names, row, name);
        dlt_text_add(&text, "\n");
        dlt_csv_add_field(&text, name);
        for (int64_t column = 0; column < rows; column++)
            dlt_text_add(&text, ",%.0f", count_at(matrix, row, column));
    }
    dlt_text_add(&text, "\n");
    status = dlt_text_check(&text);
    if (status == DLT_OK)
        status = dlt_file_write(path, dlt_text_of(&text), text.used);
    dlt_text_destroy(&text);
    return status;
}
