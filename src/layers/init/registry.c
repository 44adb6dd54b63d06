/* The table of initialisers: X(name) declares dlt_initializer_name and adds its row. */
#include "config/registered.h"
#include "dltrain/extend/initializer.h"

#include <stddef.h>

/* The list of initialisers; Xavier and Glorot are one and the same person. */
#define INITIALIZERS(X)                                                                            \
    X(glorot_uniform)                                                                              \
    X(glorot_normal)                                                                               \
    X(xavier_uniform)                                                                              \
    X(xavier_normal)                                                                               \
    X(he_uniform)                                                                                  \
    X(he_normal)                                                                                   \
    X(lecun_uniform)                                                                               \
    X(lecun_normal)                                                                                \
    X(pytorch_uniform)                                                                             \
    X(normal)                                                                                      \
    X(truncated_normal)                                                                            \
    X(uniform)                                                                                     \
    X(constant)                                                                                    \
    X(zeros)                                                                                       \
    X(ones)

#define DECLARATION(name) extern const dlt_initializer_ops dlt_initializer_##name;
#define ROW(name)         &dlt_initializer_##name.entry,

INITIALIZERS(DECLARATION)

const dlt_registry_entry *const dlt_initializers[] = {INITIALIZERS(ROW) NULL};

dlt_status dlt_register_initializer(const dlt_initializer_ops *ops) {
    const bool is_whole = ops->fill != NULL;
    return dlt_registry_add(dlt_initializers, &ops->entry, "initializer", is_whole);
}
