/* Rank 0 makes the checks, one row each, and numbers the remedies. The collective parts come before
 * and after: all ranks first read their machine and find the placement, and in the end get rank 0's
 * status and the number of findings. A fault that a check finds is a finding, not an error. */
#include "dltrain/doctor.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "dltrain/extend/kernels.h"
#include "dltrain/kernels_info.h"
#include "engine/precision.h"
#include "host/machine.h"
#include "io/atomic_file.h"
#include "io/h5.h"
#include "io/positioned.h"
#include "report/format.h"
#include "report/table.h"
#include "run/placement.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_MAX = 16, TEXT_BYTES = 512 };

/* What is being put together: a row per check, a remedy per finding. */
typedef struct report {
    dlt_table *table;
    int findings;
    char remedies[FINDINGS_MAX][TEXT_BYTES];
} report;

__attribute__((format(printf, 3, 4))) static void add_fact(report *self, const char *check,
                                                           const char *format, ...) {
    char found[TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found, sizeof found, format, arguments);
    va_end(arguments);
    dlt_table_cell(self->table, "%s", check);
    dlt_table_cell(self->table, "%s", found);
}

static void add_good(report *self) {
    dlt_table_cell(self->table, "ok");
}

__attribute__((format(printf, 2, 3))) static void add_remedy(report *self, const char *format,
                                                             ...) {
    if (self->findings < FINDINGS_MAX) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(self->remedies[self->findings], TEXT_BYTES, format, arguments);
        va_end(arguments);
        self->findings++;
    }
    dlt_table_cell(self->table, "see %d", self->findings);
}

static void check_mpi(report *self, const dlt_comm *comm) {
    char name[128];
    dlt_mpi_name(name, sizeof name);
    add_fact(self, "MPI", "%s, %d rank%s, %d on this node", name, dlt_comm_size(comm),
             dlt_comm_size(comm) == 1 ? "" : "s", dlt_comm_node_size(comm));
    add_good(self);
}

/* With one thread per rank, as runs have unless they ask for more. */
static void check_cores(report *self, const dlt_machine *machine, const dlt_placement *placement) {
    char problem[TEXT_BYTES];
    add_fact(self, "cores", "%d cores, %d hardware threads; %d rank%s x %d thread on %d core%s",
             machine->cores, machine->threads, placement->ranks, placement->ranks == 1 ? "" : "s",
             placement->threads, placement->cores, placement->cores == 1 ? "" : "s");
    if (dlt_placement_problem(placement, problem, sizeof problem)[0] != '\0')
        add_remedy(self, "%s; launch/mpirun lets waiting ranks yield", problem);
    else
        add_good(self);
    add_fact(self, "binding", "%s; each rank may use %d core%s",
             dlt_binding_name(placement->binding), placement->allowed,
             placement->allowed == 1 ? "" : "s");
    if (placement->binding == DLT_UNBOUND && placement->ranks > placement->machines &&
        placement->surplus == 0)
        add_remedy(self, "ranks are not bound and may move between cores: start with "
                         "`mpirun --bind-to core`");
    else
        add_good(self);
}

static void check_variables(report *self, const dlt_placement *placement) {
    const char *names[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"};
    for (int i = 0; i < 2; i++) {
        const char *value = getenv(names[i]);
        add_fact(self, names[i], "%s", value != NULL ? value : "not set");
        if (value != NULL && strtol(value, NULL, 10) > placement->allowed)
            add_remedy(self,
                       "%s is above what a rank may use; dltrain ignores it, other programs do "
                       "not: unset it, "
                       "and choose threads with `train.threads`",
                       names[i]);
        else
            add_good(self);
    }
}

/* No remedy where bf16 is slow or missing: the machine is as it is, and fp32 is the default. */
static dlt_status check_precision(report *self) {
    dlt_precision_rates rates;
    DLT_TRY(dlt_kernels_threads("onednn", 1));
    DLT_TRY(dlt_precision_measure(&rates));
    double ratio = rates.bf16 / rates.fp32;
    if (rates.bf16 == 0)
        add_fact(self, "precision",
                 "%.0f GFLOP/s in fp32; no products in bf16 here: a run with "
                 "`precision: bf16` computes in fp32",
                 1e-9 * rates.fp32);
    else
        add_fact(self, "precision",
                 "%.0f GFLOP/s in fp32, %.0f in bf16: `precision: bf16` %s (%.2f times)",
                 1e-9 * rates.fp32, 1e-9 * rates.bf16,
                 dlt_precision_pays(&rates) ? "makes products faster" : "gains little here", ratio);
    add_good(self);
    return DLT_OK;
}

static void check_runtimes(report *self) {
    char names[TEXT_BYTES / 2];
    int count = dlt_openmp_runtimes(names, sizeof names);
    add_fact(self, "thread pools", "OpenMP: %s; OpenBLAS: %s", count > 0 ? names : "none",
             dlt_blas_threading());
    if (count > 1)
        add_remedy(
            self,
            "several OpenMP runtimes are loaded (%s), each with threads of its own that work "
            "against the other's: take them out of LD_PRELOAD, and use an OpenBLAS and a "
            "oneDNN that were built with the same one",
            names);
    else
        add_good(self);
}

static dlt_status check_kernels(report *self) {
    const char *better = NULL;
    bool too_low = dlt_blas_core_too_low(&better);
    add_fact(self, "OpenBLAS core", "%s on a processor of level %s", dlt_blas_core_name(),
             dlt_cpu_level());
    if (too_low)
        add_remedy(self,
                   "OpenBLAS runs below the processor: unset DLTRAIN_BLAS_CORE, or set it to %s",
                   better);
    else
        add_good(self);
    DLT_TRY(check_precision(self));
    dlt_kernels kernels;
    DLT_TRY(dlt_kernels_select("auto", &kernels));
    add_fact(self, "kernel table", "%s", kernels.name);
    if (strcmp(kernels.name, "onednn") != 0)
        add_remedy(self, "this build has no oneDNN, so convolutions are slower: install it "
                         "(Debian: libdnnl-dev) and build again");
    else
        add_good(self);
    return DLT_OK;
}

static void check_hdf5(report *self) {
    const char *locking = getenv("HDF5_USE_FILE_LOCKING");
    char version[64];
    dlt_h5_version(version, sizeof version);
    add_fact(self, "HDF5", "%s, file locking %s", version,
             locking != NULL ? locking : "off for dltrain");
    add_good(self);
}

/* Writes, syncs and removes a small file, as a checkpoint does. */
static dlt_status time_write(const char *folder, double *seconds) {
    char path[4096];
    char data[4096] = {0};
    snprintf(path, sizeof path, "%s/.dltrain-doctor", folder);
    double began = dlt_clock_s();
    DLT_TRY(dlt_file_write(path, data, sizeof data));
    *seconds = dlt_clock_s() - began;
    dlt_file_remove(path);
    return DLT_OK;
}

static void check_file_system(report *self, const char *folder) {
    char kind[32];
    char space[DLT_FORMAT_BYTES];
    double seconds = 0;
    const long long scarce = 1000000000;
    const double slow_s = 1;
    long long bytes = dlt_free_bytes(folder);
    add_fact(self, "file system", "%s, %s free in %s",
             dlt_file_system_name(folder, kind, sizeof kind), dlt_format_bytes(bytes, space),
             folder);
    if (bytes >= 0 && bytes < scarce)
        add_remedy(self, "little space is left in %s: checkpoints may not fit", folder);
    else
        add_good(self);
    if (time_write(folder, &seconds) != DLT_OK) {
        add_fact(self, "writing", "%s", dlt_error_message());
        add_remedy(self, "runs cannot write to %s: choose another folder with --out", folder);
        return;
    }
    add_fact(self, "writing", "a synchronised write takes %.1f ms", 1e3 * seconds);
    if (seconds > slow_s)
        add_remedy(self, "synchronised writes are slow: checkpoint less often");
    else
        add_good(self);
}

static dlt_status print_report(const report *self, FILE *out) {
    DLT_TRY(dlt_table_print(self->table, 0, out));
    fprintf(out, "\n%s\n", self->findings == 0 ? "nothing to remedy" : "what to do");
    for (int i = 0; i < self->findings; i++)
        fprintf(out, "%3d  %s\n", i + 1, self->remedies[i]);
    return ferror(out) ? dlt_fail(DLT_ERR_IO, "cannot print the report") : DLT_OK;
}

static dlt_status examine(const dlt_comm *comm, const char *folder, const dlt_machine *machine,
                          const dlt_placement *placement, report *self) {
    static const dlt_table_column columns[] = {
        {"check", DLT_LEFT}, {"found", DLT_LEFT}, {"verdict", DLT_LEFT}};
    DLT_TRY(dlt_table_create(columns, 3, &self->table));
    check_mpi(self, comm);
    check_cores(self, machine, placement);
    check_variables(self, placement);
    check_runtimes(self);
    DLT_TRY(check_kernels(self));
    check_hdf5(self);
    check_file_system(self, folder);
    return DLT_OK;
}

dlt_status dlt_doctor(const dlt_comm *comm, const char *folder, FILE *out, int *findings) {
    dlt_machine machine = {0};
    DLT_TRY(dlt_agree(comm, dlt_machine_read(&machine)));
    dlt_placement placement;
    DLT_TRY(dlt_placement_find(comm, 1, &placement));
    dlt_status status = DLT_OK;
    *findings = 0;
    if (dlt_comm_rank(comm) == 0) {
        report *self = NULL;
        status = DLT_NEW(self, 1);
        if (status == DLT_OK)
            status = examine(comm, folder, &machine, &placement, self);
        if (status == DLT_OK)
            status = print_report(self, out);
        if (self != NULL) {
            *findings = self->findings;
            dlt_table_destroy(&self->table);
        }
        dlt_free(self);
    }
    DLT_TRY(dlt_agree_first(comm, status));
    return dlt_broadcast(comm, findings, (int64_t)sizeof *findings);
}
