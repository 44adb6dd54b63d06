/* Images of one size in class folders. The first character says what follows: 't' a tar archive,
 * plain or compressed; 'd' the same, with the class folders below "test"; 'f' the files of a
 * folder, a part each, the first line of which is CLASS/NAME. Capitals ask for colour. Checksums in
 * PNG files and tar headers are made right again after a mutation, which would otherwise get no
 * further. */
#include "fuzz.h"
#include "images_checksums.h"
#include "import.h"

#include "support/scratch.h"

#include <ctype.h>
#include <string.h>

enum { NAME_BYTES = 48, FILES_MAX = 8 };

/* CLASS/NAME with nothing in it that leads out of the folder; false if it is not of this form. */
static bool take_name(const fuzz_part *part, char out[NAME_BYTES]) {
    size_t length = 0;
    int slashes = 0;
    for (; length < part->size && length < NAME_BYTES - 1 && part->data[length] != '\n'; length++) {
        unsigned char c = part->data[length];
        slashes += c == '/';
        out[length] = (char)(isalnum(c) || c == '/' || c == '.' || c == '_' ? c : '-');
    }
    out[length] = '\0';
    return length > 0 && slashes <= 1 && out[0] != '/' && strstr(out, "..") == NULL &&
           strncmp(out, "./", 2) != 0 && out[length - 1] != '/' && length < part->size;
}

/* What is there already stays: a file may stand where a folder is asked for. */
static void put_file(const fuzz_part *part) {
    char name[NAME_BYTES];
    char path[NAME_BYTES + 16];
    struct stat facts;
    if (!take_name(part, name))
        return;
    const size_t line = strlen(name) + 1;
    const size_t class_bytes = strcspn(name, "/");
    snprintf(path, sizeof path, "in/set/%.*s", (int)class_bytes, name);
    if (name[class_bytes] == '/') {
        (void)mkdir(fuzz_path(path), 0700);
        if (stat(fuzz_path(path), &facts) != 0 || !S_ISDIR(facts.st_mode))
            return;
    }
    snprintf(path, sizeof path, "in/set/%s", name);
    if (stat(fuzz_path(path), &facts) != 0)
        fuzz_file(path, part->data + line, part->size - line);
}

static void put_folder(fuzz_part rest) {
    fuzz_part part;
    scratch_remove_tree(fuzz_path("in/set"));
    (void)mkdir(fuzz_path("in/set"), 0700);
    for (int i = 0; i < FILES_MAX && fuzz_next_part(&rest, &part); i++)
        put_file(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char description[128];
    if (size < 1)
        return 0;
    const bool folder = tolower(data[0]) == 'f';
    const fuzz_part content = {data + 1, size - 1};
    fuzz_begin();
    fuzz_import_prepare();
    snprintf(description, sizeof description,
             "name: fuzz\nformat: {images: {train: {path: %s, folder: \"%s\"}, channels: %d}}\n",
             folder ? "set" : "set.tar", tolower(data[0]) == 'd' ? "test" : "",
             isupper(data[0]) ? 3 : 1);
    if (folder)
        put_folder(content);
    else
        fuzz_file("in/set.tar", content.data, content.size);
    fuzz_import(description);
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
