/* What somebody adds to dltrain in C++: all public headers, and every function and registry that the
 * headers for extensions declare, which are found under their names of C. */
#include <dltrain/dltrain.h>
#include <dltrain/extend/extension.h>
#include <dltrain/extend/initializer.h>
#include <dltrain/extend/kernels.h>
#include <dltrain/extend/keys.h>
#include <dltrain/extend/layer.h>
#include <dltrain/extend/loss.h>
#include <dltrain/extend/metric.h>
#include <dltrain/extend/optimizer.h>
#include <dltrain/extend/schedule.h>
#include <dltrain/extend/transform.h>

#include <cstdio>
#include <cstring>

DLT_EXTENSION(host) {
    return host != nullptr ? DLT_OK : DLT_ERR_ARG;
}

static const dlt_registry_entry *find(const dlt_registry_entry *const *registry, const char *name) {
    while (*registry != nullptr && std::strcmp((*registry)->name, name) != 0)
        registry++;
    return *registry;
}

/* Volatile, so that the program needs the functions though it does not call them. */
using function = void (*)();
static const volatile function functions[] = {reinterpret_cast<function>(dlt_param_init),
                                              reinterpret_cast<function>(dlt_register_layer),
                                              reinterpret_cast<function>(dlt_register_loss),
                                              reinterpret_cast<function>(dlt_register_optimizer),
                                              reinterpret_cast<function>(dlt_register_schedule),
                                              reinterpret_cast<function>(dlt_register_metric),
                                              reinterpret_cast<function>(dlt_register_transform),
                                              reinterpret_cast<function>(dlt_register_initializer),
                                              reinterpret_cast<function>(dlt_metric_check),
                                              reinterpret_cast<function>(dlt_schedule_factor),
                                              reinterpret_cast<function>(dlt_transform_error),
                                              reinterpret_cast<function>(dlt_train),
                                              reinterpret_cast<function>(dlt_watchdog_start)};

int main() {
    dlt_kernels kernels;
    bool complete = find(dlt_layers, "dense") && find(dlt_initializers, "glorot_uniform") &&
                    find(dlt_losses, "mse") && find(dlt_metrics, "accuracy") &&
                    find(dlt_optimizers, "adam") && find(dlt_schedules, "cosine") &&
                    find(dlt_transforms, "scale");
    for (const volatile function &each : functions)
        complete = complete && each != nullptr;
    if (complete && dlt_kernels_select("ref", &kernels) == DLT_OK)
        return 0;
    std::fprintf(stderr, "incomplete: %s\n", dlt_error_message());
    return 1;
}
