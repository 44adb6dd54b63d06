/* A builder is the document of a run file that grows call by call: what each call brings stands at
 * a position of its own, which messages name in the place of a line. */
#include "dltrain/builder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "config/config.h"
#include "run/run.h"

#include <stdio.h>

struct dlt_builder {
    dlt_config *config; /* owned */
    int64_t nodes;
};

/* Of one call; longer text is cut. */
enum { LABEL_BYTES = 160 };

dlt_status dlt_builder_create(dlt_builder **out) {
    dlt_builder *builder = NULL;
    *out = NULL;
    DLT_TRY(DLT_NEW(builder, 1));
    dlt_status status = dlt_config_parse("", "the run", NULL, 0, &builder->config);
    if (status != DLT_OK)
        dlt_builder_destroy(&builder);
    *out = builder;
    return status;
}

void dlt_builder_destroy(dlt_builder **builder) {
    if (builder == NULL || *builder == NULL)
        return;
    dlt_config_destroy(&(*builder)->config);
    dlt_free(*builder);
    *builder = NULL;
}

dlt_status dlt_builder_node(dlt_builder *builder, const char *layer, const char *name,
                            const char *from) {
    char label[LABEL_BYTES];
    const dlt_config_key keys[] = {{"name", name}, {"from", from}};
    snprintf(label, sizeof label, "node %lld (%.120s)", (long long)++builder->nodes, layer);
    return dlt_config_append(builder->config, "model", layer, label, keys, 2);
}

dlt_status dlt_builder_set(dlt_builder *builder, const char *key, const char *value) {
    char label[LABEL_BYTES];
    snprintf(label, sizeof label, "%.60s: %.80s", key, value);
    return dlt_config_put(builder->config, key, value, label);
}

dlt_status dlt_builder_finish(dlt_builder **builder, dlt_run **out) {
    dlt_config *config = (*builder)->config;
    (*builder)->config = NULL;
    dlt_builder_destroy(builder);
    return dlt_run_of_config(&config, out);
}
