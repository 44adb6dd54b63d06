/* Images with label maps in a tar archive, plain or compressed. The first character says how label
 * maps are read: 'c' by colours, else as numbers. Checksums in PNG files and tar headers are made
 * right again after a mutation, which would otherwise get no further. */
#include "fuzz.h"
#include "images_checksums.h"
#include "import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const datasets[] = {"image", "labels", NULL};
    char description[256];
    if (size < 1)
        return 0;
    fuzz_begin();
    fuzz_import_prepare();
    fuzz_file("in/set.tar", data + 1, size - 1);
    snprintf(description, sizeof description,
             "name: fuzz\nclasses: [a, b, c]\nformat: {label_maps: {train: {path: set.tar}, "
             "ignored: 3, channels: 1%s}}\n",
             data[0] == 'c' ? ", colours: ['#010203', '#C86432', '#020202', '#FFFFFF']" : "");
    fuzz_import_fields(description, datasets);
    fuzz_end();
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    size = LLVMFuzzerMutate(data, size, most);
    /* One in eight stays as it is: wrong checksums are inputs too. */
    if (size > 1 && seed % 8 != 0) {
        fuzz_seal_tar(data + 1, size - 1);
        fuzz_seal_png(data + 1, size - 1);
    }
    return size;
}
