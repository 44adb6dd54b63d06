/* Shared objects that a run file names, opened once in a process. */
#ifndef DLT_RUN_EXTENSION_H
#define DLT_RUN_EXTENSION_H

#include "config/config.h"
#include "dltrain/status.h"

#include <stdint.h>

/** Opens an extension, which stays open until the process ends; one that is open already is left as
 * it is. path: absolute. hash: of the bytes of the file; may be NULL.
 *  Collective: Not collective
 *  Errors:     IO if it cannot be read; CONFIG if it cannot be loaded, has no entry point, was
 *              built for another version, registers a taken name or has changed meanwhile
 */
DLT_CHECKED dlt_status dlt_extension_load(const char *path, uint64_t *hash);

/** Opens the extensions that a document names, before the rest of it is read. Relative paths start
 * from the folder of its file. paths: absolute ones, which live as long as config.
 *  Collective: Not collective
 *  Errors:     CONFIG and IO with the place in the run file; MEM
 */
DLT_CHECKED dlt_status dlt_extensions_load(dlt_config *config, dlt_strings *paths);

/** The hash of an extension that is open; 0 if it is not. Not collective. */
uint64_t dlt_extension_hash(const char *path);

#endif
