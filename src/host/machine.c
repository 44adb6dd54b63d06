/* Reads cores and caches through hwloc, and the file system's magic number by statfs. Every run
 * asks for its cores at the start, so dlt_machine_cores loads a topology without caches and without
 * hwloc's x86 discovery, which binds to each processor in turn. */
#include "host/machine.h"

#include "base/error.h"

#include <hwloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* Upwards from the first core; the last cache on the way is the largest. */
static void find_cache(hwloc_topology_t topology, dlt_machine *out) {
    out->cache_bytes = 0;
    out->cache_cores = 1;
    hwloc_obj_t at = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, 0);
    for (; at != NULL; at = at->parent) {
        if (!hwloc_obj_type_is_dcache(at->type))
            continue;
        int cores = hwloc_get_nbobjs_inside_cpuset_by_type(topology, at->cpuset, HWLOC_OBJ_CORE);
        out->cache_bytes = (int64_t)at->attr->cache.size;
        out->cache_cores = cores > 0 ? cores : 1;
    }
}

/* cores_only: as quickly as at the start of every run; the operating system's word for it is taken,
 * where hwloc otherwise asks each processor, bound to it. */
static dlt_status load(bool cores_only, hwloc_topology_t *out) {
    if (hwloc_topology_init(out) != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "hwloc cannot be initialised");
    if (cores_only) {
        hwloc_topology_set_components(*out, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
        hwloc_topology_set_cache_types_filter(*out, HWLOC_TYPE_FILTER_KEEP_NONE);
    }
    if (hwloc_topology_load(*out) == 0)
        return DLT_OK;
    hwloc_topology_destroy(*out);
    return dlt_fail(DLT_ERR_INTERNAL, "hwloc cannot read this machine's topology");
}

dlt_status dlt_machine_read(dlt_machine *out) {
    hwloc_topology_t topology;
    DLT_TRY(load(false, &topology));
    out->cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    out->threads = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
    find_cache(topology, out);
    hwloc_topology_destroy(topology);
    return DLT_OK;
}

static void mark_cores(hwloc_topology_t topology, hwloc_const_bitmap_t allowed,
                       uint64_t mark[DLT_CORES_MAX], int *count) {
    hwloc_obj_t core = NULL;
    while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) != NULL) {
        int first = hwloc_bitmap_first(core->complete_cpuset);
        if (first < 0 || first >= DLT_CORES_MAX || !hwloc_bitmap_intersects(core->cpuset, allowed))
            continue;
        mark[first] = 1;
        (*count)++;
    }
}

dlt_status dlt_machine_cores(uint64_t mark[DLT_CORES_MAX], int *count, int *all) {
    hwloc_topology_t topology;
    DLT_TRY(load(true, &topology));
    memset(mark, 0, DLT_CORES_MAX * sizeof *mark);
    *count = 0;
    *all = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    hwloc_bitmap_t bound = hwloc_bitmap_alloc();
    bool known = bound != NULL && hwloc_get_cpubind(topology, bound, HWLOC_CPUBIND_PROCESS) == 0;
    mark_cores(topology, known ? bound : hwloc_topology_get_topology_cpuset(topology), mark, count);
    hwloc_bitmap_free(bound);
    hwloc_topology_destroy(topology);
    return DLT_OK;
}

const char *dlt_file_system_name(const char *path, char *out, size_t bytes) {
    /* Magic numbers from statfs(2). */
    static const struct {
        unsigned long magic;
        const char *name;
    } known[] = {{0xEF53, "ext4"},       {0x58465342, "xfs"},     {0x9123683E, "btrfs"},
                 {0x01021994, "tmpfs"},  {0x6969, "nfs"},         {0x0BD00BD0, "lustre"},
                 {0x47504653, "gpfs"},   {0x794C7630, "overlay"}, {0x2FC12FC1, "zfs"},
                 {0x19830326, "beegfs"}, {0xAAD7AAEA, "panfs"},   {0xFF534D42, "cifs"}};
    struct statfs info;
    snprintf(out, bytes, "unknown");
    if (statfs(path, &info) != 0)
        return out;
    unsigned long magic = (unsigned long)info.f_type & 0xFFFFFFFFul;
    snprintf(out, bytes, "0x%lx", magic);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].magic == magic)
            snprintf(out, bytes, "%s", known[i].name);
    return out;
}
