/* The keys that stand beside every layer in a list of nodes: in the run file's `model:` and in the
 * lists of composites. src/model gives them their meaning. */
#include "layers/layers_internal.h"

const dlt_key dlt_node_keys[] = {
    {.name = "name",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_node_settings, name),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Name of the node, for `from` and for /params/<node>/...; by default its kind and a "
             "running number: dense_1, dense_2."},
    {.name = "from",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_node_settings, from),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help =
         "Names of the earlier nodes that feed this one, or of fields of the data ('input' is "
         "the first); by default the node before. NODE.1 is the second output of a node. Inside a "
         "composite `previous` is what feeds it."},
    {.name = "share",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_node_settings, share),
     .default_value = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Name of an earlier node: of the parameters that both have under the same name there "
             "is only that node's, which both use and train. Their shapes must be equal."},
    {0}};
