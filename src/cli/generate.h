/* What `dltrain generate` prints, each on stdout. Errors: MEM. */
#ifndef DLT_CLI_GENERATE_H
#define DLT_CLI_GENERATE_H

#include "commands.h"
#include "dltrain/catalog.h"

dlt_status generate_man(void);
dlt_status generate_bash(void);
dlt_status generate_zsh(void);

/* The name of a completion in both scripts: "run_key". */
const char *name_of_completion(completion kind);
/* Sets of words that both scripts have as the function _dltrain_words, and values of keys as
 * _dltrain_values. */
dlt_status print_word_functions(void);

#endif
