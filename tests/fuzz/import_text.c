/* Plain text as windows of characters, plain or gzip. */
#include "fuzz.h"
#include "import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const datasets[] = {"tokens", NULL};
    if (data == NULL)
        return 0;
    fuzz_begin();
    fuzz_import_prepare();
    fuzz_file("in/text", data, size);
    fuzz_import_fields("name: fuzz\nformat: {text: {file: text, length: 3, split: [0.7, 0.3]}}\n",
                       datasets);
    fuzz_end();
    return 0;
}
