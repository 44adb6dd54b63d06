/* Every name is made once, from the root. */
#include "run/folder_layout.h"

#include "base/alloc.h"
#include "base/text.h"

static char *join(const char *folder, const char *name) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_text_add(&text, "%s/%s", folder, name);
    char *path = text.failed ? NULL : dlt_alloc_text(dlt_text_of(&text));
    dlt_text_destroy(&text);
    return path;
}

dlt_status dlt_folder_name(const char *root, dlt_folder *out) {
    *out = (dlt_folder){.root = dlt_alloc_text(root),
                        .config = join(root, "config.yaml"),
                        .metrics = join(root, "metrics.jsonl"),
                        .summary = join(root, "summary.json"),
                        .checkpoints = join(root, "checkpoints")};
    if (out->root != NULL && out->config != NULL && out->metrics != NULL && out->summary != NULL &&
        out->checkpoints != NULL)
        return DLT_OK;
    dlt_folder_destroy(out);
    return DLT_ERR_MEM;
}

void dlt_folder_destroy(dlt_folder *folder) {
    dlt_folder_lock_release(&folder->lock);
    dlt_free(folder->root);
    dlt_free(folder->config);
    dlt_free(folder->metrics);
    dlt_free(folder->summary);
    dlt_free(folder->checkpoints);
    *folder = (dlt_folder){0};
}
