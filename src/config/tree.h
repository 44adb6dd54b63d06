/* A YAML document as a tree of nodes that know where they stand. */
#ifndef DLT_CONFIG_TREE_H
#define DLT_CONFIG_TREE_H

#include "config/memory.h"
#include "dltrain/extend/keys.h"

#include <stdbool.h>

enum { DLT_TREE_BYTES_MAX = 1 << 20, DLT_TREE_DEPTH_MAX = 32, DLT_TREE_KEYS_MAX = 1024 };

typedef enum dlt_node_kind {
    DLT_NODE_NULL,
    DLT_NODE_SCALAR,
    DLT_NODE_SEQUENCE,
    DLT_NODE_MAPPING
} dlt_node_kind;

/** All memory of a node belongs to the configuration. */
typedef struct dlt_node {
    dlt_node_kind kind;
    bool quoted;      /* a scalar in quotes or a block: always text */
    const char *text; /* of scalars, and as written for null */
    dlt_position position;
    const char *key; /* the node's name in its mapping; NULL in a sequence */
    dlt_position key_position;
    int64_t count;
    struct dlt_node *first; /* children, in the document's order */
    struct dlt_node *last;
    struct dlt_node *next;
    /* The scalar or sequence that stood here before an override reached into it: `dense: 10` with
     * `--set model.0.dense.bias=false`. Only reading knows which key it stands for. */
    struct dlt_node *shorthand;
} dlt_node;

/** Reads one document; file stands in positions. With fixed, every node has that
 *  position instead of its line and column (overrides, defaults).
 *  Errors: CONFIG with the position; MEM
 */
DLT_CHECKED dlt_status dlt_tree_parse(dlt_config *config, const char *text, const char *file,
                                      const dlt_position *fixed, dlt_node **out);

/** Appends a child to a sequence, or to a mapping after its key has been set. */
void dlt_node_append(dlt_node *parent, dlt_node *child);

/** The child of a mapping by key, or of a sequence by decimal index; NULL if there is none. */
dlt_node *dlt_node_find(const dlt_node *parent, const char *name);

/** The node at a dotted path; keys that are missing on the way are made. position: of what is made,
 * and of failures. CONFIG if the path leads nowhere; MEM. */
DLT_CHECKED dlt_status dlt_tree_reach(dlt_config *config, const char *path,
                                      const dlt_position *position, dlt_node **out);
/** Parses text as the value of a node, in the place of the one that it has. CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_tree_replace(dlt_config *config, dlt_node *target, const char *text,
                                        const dlt_position *position);

/** Applies "a.b.0.c=VALUE" to the configuration's tree. CONFIG if the text or the path is wrong. */
DLT_CHECKED dlt_status dlt_tree_override(dlt_config *config, const char *override_text);

#endif
