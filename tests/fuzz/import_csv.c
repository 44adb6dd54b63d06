/* CSV tables, plain or gzip: the settings of the format as lines of YAML ("target: y"), then the
 * table. */
#include "fuzz.h"
#include "import.h"

#include <stdio.h>

enum { SETTINGS_BYTES = 1024 };

/* Four blanks before each line put the settings below `csv:`. */
static void make_description(const fuzz_part *settings, char *out, size_t bytes) {
    int used = snprintf(out, bytes, "name: fuzz\nformat:\n  csv:\n    file: table\n    ");
    for (size_t i = 0; i < settings->size && (size_t)used + 8 < bytes; i++) {
        out[used++] = (char)settings->data[i];
        if (settings->data[i] == '\n')
            used += snprintf(out + used, bytes - (size_t)used, "    ");
    }
    out[used] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char description[2 * SETTINGS_BYTES];
    fuzz_part rest = {data, size};
    fuzz_part part;
    if (data == NULL || !fuzz_next_part(&rest, &part))
        return 0;
    fuzz_begin();
    fuzz_import_prepare();
    make_description(&part, description, sizeof description);
    if (rest.data != NULL) {
        fuzz_file("in/table", rest.data, rest.size);
        fuzz_import(description);
    }
    fuzz_end();
    return 0;
}
