/** A run built in C: the keys of a run file, one call each, without a file. Values are the YAML
 *  text that would stand in one, read through the same tables, so keys, defaults and messages are
 *  those of run files.
 */
#ifndef DLTRAIN_BUILDER_H
#define DLTRAIN_BUILDER_H

#include "dltrain/run.h"
#include "dltrain/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dlt_builder dlt_builder;

/** Begins a run without any key.
 *  Collective: Not collective
 *  Owns:       caller owns *out (dlt_builder_destroy, or dlt_builder_finish)
 *  Errors:     MEM
 */
DLT_CHECKED dlt_status dlt_builder_create(dlt_builder **out);

/** Releases a builder; NULL-safe.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_builder_destroy(dlt_builder **builder);

/** Adds a node to the model. layer: "relu", "dense: {units: 10}". name: NULL for the default one
 *  (dense_1). from: "conv_1", "[left, right]"; NULL for the node before.
 *  Collective: Not collective
 *  Owns:       copies all text
 *  Errors:     CONFIG for text that is not YAML; MEM. Layers and their settings are checked by
 *              dlt_builder_finish
 */
DLT_CHECKED dlt_status dlt_builder_node(dlt_builder *builder, const char *layer, const char *name,
                                        const char *from);

/** Sets a key, or a section as a whole: "optimizer" to "adam: {lr: 0.01}", "train.batch" to "64",
 *  "loss" to "mse".
 *  Collective: Not collective
 *  Owns:       copies all text
 *  Errors:     CONFIG for text that is not YAML, or a key without a name; MEM
 */
DLT_CHECKED dlt_status dlt_builder_set(dlt_builder *builder, const char *key, const char *value);

/** Makes the run. The builder is released, also after a failure.
 *  Collective: Not collective
 *  Owns:       caller owns *out (dlt_run_destroy)
 *  Errors:     CONFIG naming the call, "node 2 (dense: {unit: 10}): unknown key …"; MEM
 */
DLT_CHECKED dlt_status dlt_builder_finish(dlt_builder **builder, dlt_run **out);

#ifdef __cplusplus
}
#endif
#endif
