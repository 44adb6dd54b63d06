/* Run files: one to be read, and overrides `KEY=VALUE` behind it, a part each. A run file that is accepted prints as
 * one that reads back to the same run. The text is also read as the description of a data set. */
#include "fuzz.h"

#include "ingest/description.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { OVERRIDES_MAX = 4, OVERRIDE_BYTES = 256 };

/* As `dltrain train` prints it into the run folder; the caller frees. */
static char *print_run(const dlt_run *run, size_t *bytes) {
    char *text = NULL;
    FILE *stream = open_memstream(&text, bytes);
    fuzz_require(stream != NULL, "memory can be had");
    fuzz_require(dlt_run_print(run, stream) == DLT_OK, "an accepted run file prints");
    fclose(stream);
    return text;
}

static void check_printed(const dlt_run *run) {
    size_t bytes = 0;
    size_t again_bytes = 0;
    dlt_run *again = NULL;
    char *text = print_run(run, &bytes);
    const char *path = fuzz_file("printed.yaml", text, bytes);
    fuzz_require(dlt_run_load(path, NULL, 0, &again) == DLT_OK, "a printed run file reads back");
    char *again_text = print_run(again, &again_bytes);
    fuzz_require(bytes == again_bytes && memcmp(text, again_text, bytes) == 0,
                 "a printed run file reads back to the same values");
    fuzz_require(dlt_config_hash(0, dlt_run_keys, &run->settings) ==
                     dlt_config_hash(0, dlt_run_keys, &again->settings),
                 "a printed run file has the same identity");
    free(text);
    free(again_text);
    dlt_run_destroy(&again);
}

static void read_description(const char *path) {
    dlt_config *config = NULL;
    dlt_description description;
    if (fuzz_accepted(dlt_config_load(path, NULL, 0, &config)))
        (void)fuzz_accepted(dlt_config_read(config, dlt_description_keys, &description));
    dlt_config_destroy(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char texts[OVERRIDES_MAX][OVERRIDE_BYTES];
    const char *overrides[OVERRIDES_MAX];
    int count = 0;
    fuzz_part rest = {data, size};
    fuzz_part part;
    dlt_run *run = NULL;
    if (data == NULL || !fuzz_next_part(&rest, &part))
        return 0;
    fuzz_begin();
    const char *path = fuzz_file("run.yaml", part.data, part.size);
    for (; count < OVERRIDES_MAX && fuzz_next_part(&rest, &part); count++) {
        fuzz_text(&part, texts[count], OVERRIDE_BYTES);
        overrides[count] = texts[count];
    }
    if (fuzz_accepted(dlt_run_load(path, overrides, count, &run)))
        check_printed(run);
    dlt_run_destroy(&run);
    if (count == 0)
        read_description(path);
    fuzz_end();
    return 0;
}
