/* Run files: one to be read, and overrides `KEY=VALUE` behind it, a part each. A run file that is
 * accepted prints as one that reads back to the same run. The text is also read as the description
 * of a data set. */
#include "fuzz.h"

#include "ingest/description.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { OVERRIDES_MAX = 4, OVERRIDE_BYTES = 256 };

static void check_printed(const dlt_run *run) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_text again_text = DLT_TEXT_EMPTY;
    dlt_run *again = NULL;
    fuzz_require(dlt_run_print(run, &text) == DLT_OK, "an accepted run file prints");
    const char *path = fuzz_file("printed.yaml", dlt_text_of(&text), text.used);
    fuzz_require(dlt_run_load(path, NULL, 0, &again) == DLT_OK, "a printed run file reads back");
    fuzz_require(dlt_run_print(again, &again_text) == DLT_OK, "a run file prints again");
    fuzz_require(strcmp(dlt_text_of(&text), dlt_text_of(&again_text)) == 0,
                 "a printed run file reads back to the same values");
    fuzz_require(dlt_config_hash(0, dlt_run_keys, &run->settings) ==
                     dlt_config_hash(0, dlt_run_keys, &again->settings),
                 "a printed run file has the same identity");
    dlt_text_destroy(&text);
    dlt_text_destroy(&again_text);
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
