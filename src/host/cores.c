/* Binds the calling thread through hwloc. A core is represented by the number of its first hardware
 * thread (host/machine.h), and a thread is bound to that one alone. A failure to bind is ignored,
 * because binding only makes a measurement steadier. */
#include "host/cores.h"

#include "base/alloc.h"
#include "base/error.h"
#include "host/machine.h"

#include <hwloc.h>

struct dlt_cores {
    hwloc_topology_t topology; /* owned */
    int count;
    uint64_t allowed[DLT_CORES_MAX]; /* 1: this process may use the core */
};

dlt_status dlt_cores_open(dlt_cores **out) {
    dlt_cores *self = NULL;
    int all = 0;
    *out = NULL;
    DLT_TRY(DLT_NEW(self, 1));
    dlt_status status = dlt_machine_cores(self->allowed, &self->count, &all);
    if (status == DLT_OK && hwloc_topology_init(&self->topology) != 0)
        status = dlt_fail(DLT_ERR_INTERNAL, "hwloc cannot be initialised");
    if (status == DLT_OK && hwloc_topology_load(self->topology) != 0)
        status = dlt_fail(DLT_ERR_INTERNAL, "hwloc cannot read this machine's topology");
    if (status != DLT_OK)
        dlt_cores_close(&self);
    *out = self;
    return status;
}

void dlt_cores_close(dlt_cores **cores) {
    if (*cores == NULL)
        return;
    if ((*cores)->topology != NULL)
        hwloc_topology_destroy((*cores)->topology);
    dlt_free(*cores);
    *cores = NULL;
}

/* number -1: all that are allowed. */
static void bind_thread(const dlt_cores *self, int number) {
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    int seen = 0;
    for (unsigned core = 0; set != NULL && core < DLT_CORES_MAX; core++)
        if (self->allowed[core] != 0 && (seen++ == number || number < 0))
            hwloc_bitmap_set(set, core);
    if (set != NULL && !hwloc_bitmap_iszero(set))
        (void)hwloc_set_cpubind(self->topology, set, HWLOC_CPUBIND_THREAD);
    hwloc_bitmap_free(set);
}

void dlt_cores_take(const dlt_cores *cores, int number) {
    if (cores->count > 0)
        bind_thread(cores, number % cores->count);
}

void dlt_cores_leave(const dlt_cores *cores) {
    bind_thread(cores, -1);
}
