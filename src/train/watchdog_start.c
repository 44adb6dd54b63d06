/* What a watchdog that starts before MPI knows of its job: from the run file, and from the
 * launcher's environment. */
#include "run/run.h"
#include "watchdog/watchdog.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES = 4096 };

/* Open MPI; several programs under launch/mpirun; MPICH and what descends from it; Slurm, whose own
 * come last because its variables are also there under mpirun. */
static const char *const rank_names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                         "SLURM_PROCID"};
static const char *const size_names[] = {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE",
                                         "SLURM_STEP_NUM_TASKS"};

enum { LAUNCHERS = sizeof rank_names / sizeof rank_names[0] };

static int number_in(const char *name) {
    const char *text = getenv(name);
    char *end = NULL;
    long number = text != NULL ? strtol(text, &end, 10) : -1;
    return end != text && number >= 0 && number < INT_MAX ? (int)number : -1;
}

static void find_place(dlt_watchdog_context *context) {
    for (int i = 0; i < LAUNCHERS && context->size == 0; i++) {
        int rank = number_in(rank_names[i]);
        int size = number_in(size_names[i]);
        if (rank < 0 || rank >= size)
            continue;
        context->rank = rank;
        context->size = size;
    }
}

/* What is the same on all ranks of a job and not in the next job; the first is Open MPI's random
 * number of 128 bits. */
static const char *find_job(char name[NAME_BYTES]) {
    static const char *const parts[] = {"OMPI_MCA_orte_precondition_transports", "PMIX_NAMESPACE",
                                        "SLURM_JOB_ID", "SLURM_STEP_ID"};
    int used = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *part = getenv(parts[i]);
        if (part != NULL && used >= 0 && used < NAME_BYTES)
            used += snprintf(name + used, (size_t)(NAME_BYTES - used), "%s ", part);
    }
    return used > 0 ? name : NULL;
}

static double limit_for(const dlt_run *run) {
    double asked = run != NULL ? run->settings.train.watchdog_s : NAN;
    return isnan(asked) ? DLT_WATCHDOG_LEAST_S : asked;
}

dlt_status dlt_watchdog_start(const dlt_watchdog_options *options, dlt_watchdog **out) {
    char job[NAME_BYTES];
    char folder[NAME_BYTES];
    dlt_watchdog_context context = {.folder = options->folder,
                                    .job = find_job(job),
                                    .limit_s = limit_for(options->run),
                                    .on_hang = options->on_hang,
                                    .on_orphan = options->on_orphan,
                                    .hang_context = options->hang_context};
    *out = NULL;
    find_place(&context);
    if (context.folder == NULL && options->run != NULL) {
        snprintf(folder, sizeof folder, "runs/%s", options->run->settings.name);
        context.folder = folder;
    }
    return dlt_watchdog_create(&context, out);
}

void dlt_watchdog_adopt(dlt_watchdog *watchdog, const dlt_run *run, const char *folder) {
    char job[NAME_BYTES];
    dlt_watchdog_context context = {.folder = folder, .job = find_job(job)};
    find_place(&context);
    dlt_watchdog_set_limit(watchdog, limit_for(run));
    dlt_watchdog_set_rendezvous(watchdog, &context);
}
