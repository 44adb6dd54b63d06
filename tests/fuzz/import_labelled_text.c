/* Lines of labelled text, plain or gzip: those of the training split, then those of the test split,
 * a part each. */
#include "fuzz.h"
#include "import.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const datasets[] = {"tokens/values", "tokens/offsets", "y", NULL};
    static const char *const names[] = {"in/train", "in/test"};
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
    fuzz_import_fields("name: fuzz\nformat: {labelled_text: {train: {file: train}, test: {file: "
                       "test}, text: text, target: label, minimum_count: 2, longest: 5}}\n",
                       datasets);
    fuzz_end();
    return 0;
}
