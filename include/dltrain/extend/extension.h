/** A shared object with layers, losses, optimizers, schedules, metrics, transforms or initializers
 *  of a user's own, which a run file names:
 *
 *      extensions: [libmine.so]        # relative to the folder of the run file
 *
 *  It registers what it adds when it is opened:
 *
 *      DLT_EXTENSION(host) {
 *          dlt_status status = host->register_layer(&swish);
 *          return status == DLT_OK ? host->register_loss(&cauchy) : status;
 *      }
 *
 *  Build it with `cc -shared -fPIC mine.c -o libmine.so $(pkg-config --cflags dltrain)`; it finds
 *  the functions of these headers in the program that opens it, and stays open until that ends.
 */
#ifndef DLTRAIN_EXTEND_EXTENSION_H
#define DLTRAIN_EXTEND_EXTENSION_H

#include "dltrain/extend/initializer.h"
#include "dltrain/extend/layer.h"
#include "dltrain/extend/loss.h"
#include "dltrain/extend/metric.h"
#include "dltrain/extend/optimizer.h"
#include "dltrain/extend/schedule.h"
#include "dltrain/extend/transform.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an extension was compiled against; all of it must be that of the program. The number
 * changes with every change of these headers, the sizes catch a change that forgot it. */
#ifndef DLT_EXTENSION_VERSION
#define DLT_EXTENSION_VERSION 1
#endif

typedef struct dlt_extension_abi {
    unsigned version;
    unsigned real_bytes;
    unsigned ops_bytes;
} dlt_extension_abi;

#define DLT_EXTENSION_ABI                                                                          \
    {                                                                                              \
        DLT_EXTENSION_VERSION, (unsigned)sizeof(dlt_real),                                         \
            (unsigned)(sizeof(dlt_layer_ops) + sizeof(dlt_layer_spec) + sizeof(dlt_layer_call) +   \
                       sizeof(dlt_kernels) + sizeof(dlt_loss_ops) + sizeof(dlt_loss_call) +        \
                       sizeof(dlt_optimizer_ops) + sizeof(dlt_update) + sizeof(dlt_schedule_ops) + \
                       sizeof(dlt_metric_ops) + sizeof(dlt_metric_call) +                          \
                       sizeof(dlt_transform_ops) + sizeof(dlt_transform_call) +                    \
                       sizeof(dlt_initializer_ops) + sizeof(dlt_key))                              \
    }

/** What the program offers to an extension that it opens: each function as the one of the same name
 * with dlt_ before it. */
typedef struct dlt_extension_host {
    const char *version; /* of the program, "0.1.0" */
    dlt_status (*register_layer)(const dlt_layer_ops *ops);
    dlt_status (*register_loss)(const dlt_loss_ops *ops);
    dlt_status (*register_optimizer)(const dlt_optimizer_ops *ops);
    dlt_status (*register_schedule)(const dlt_schedule_ops *ops);
    dlt_status (*register_metric)(const dlt_metric_ops *ops);
    dlt_status (*register_transform)(const dlt_transform_ops *ops);
    dlt_status (*register_initializer)(const dlt_initializer_ops *ops);
} dlt_extension_host;

#ifdef __cplusplus
#define DLT_EXTENSION_LINKAGE extern "C"
#else
#define DLT_EXTENSION_LINKAGE extern
#endif

/** The entry point of an extension and, beside it, what it was compiled against. */
/* NOLINTBEGIN(bugprone-macro-parentheses): the name of a parameter has none. */
#define DLT_EXTENSION(host)                                                                        \
    DLT_EXTENSION_LINKAGE __attribute__((visibility("default")))                                   \
    const dlt_extension_abi dlt_extension_built_for;                                               \
    const dlt_extension_abi dlt_extension_built_for = DLT_EXTENSION_ABI;                           \
    DLT_EXTENSION_LINKAGE __attribute__((visibility("default"))) dlt_status dlt_extension_open(    \
        const dlt_extension_host *host);                                                           \
    dlt_status dlt_extension_open(const dlt_extension_host *host)
/* NOLINTEND(bugprone-macro-parentheses) */

#ifdef __cplusplus
}
#endif
#endif
