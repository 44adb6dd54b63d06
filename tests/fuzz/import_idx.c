/* IDX files, plain or gzip: the samples, then the labels, a part each. */
#include "fuzz.h"
#include "import.h"

#include <unistd.h>

static const char description[] = "name: fuzz\n"
                                  "format: {idx: {train: {x: x, y: y}}}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"in/x", "in/y"};
    fuzz_part rest = {data, size};
    fuzz_part part;
    if (data == NULL)
        return 0;
    fuzz_begin();
    fuzz_import_prepare();
    for (int i = 0; i < 2; i++) {
        if (fuzz_next_part(&rest, &part))
            fuzz_file(names[i], part.data, part.size);
        else
            (void)unlink(fuzz_path(names[i]));
    }
    fuzz_import(description);
    fuzz_end();
    return 0;
}
