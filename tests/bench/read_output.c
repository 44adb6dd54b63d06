/* Usage: dltrain bench ... --json | read_output step|reduce|kernels RANKS
 * Reads the last line of standard input strictly: a JSON object with exactly the keys that the bench promises, each
 * of its type, and figures that can be. JSON is YAML, so dltrain's own reader of keys is what checks it. */
#include "base/error.h"
#include "config/config.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct step_output {
    const char *workload, *kernels, *blas_core;
    int64_t ranks, threads, batch, micro_batch, params, steps, peak_memory_bytes;
    double samples_per_s, median, p95, flops, bytes, flops_per_s, bytes_per_s, limit, comm;
} step_output;

#define TEXT(key, field)                                                                           \
    { .name = key, .type = DLT_KEY_STRING, .offset = offsetof(step_output, field), .help = "." }
#define COUNT(key, field)                                                                          \
    {                                                                                              \
        .name = key, .type = DLT_KEY_INT, .offset = offsetof(step_output, field), .minimum = 1,    \
        .maximum = 1e15, .help = "."                                                               \
    }
#define FIGURE(key, field, open)                                                                   \
    {                                                                                              \
        .name = key, .type = DLT_KEY_REAL, .offset = offsetof(step_output, field),                 \
        .maximum = 1e30, .flags = (open), .help = "."                                              \
    }

static const dlt_key step_keys[] = {
    TEXT("workload", workload),
    COUNT("ranks", ranks),
    COUNT("threads_per_rank", threads),
    COUNT("batch", batch),
    COUNT("micro_batch", micro_batch),
    COUNT("params", params),
    COUNT("steps", steps),
    FIGURE("samples_per_s", samples_per_s, DLT_KEY_OPEN_LOW),
    FIGURE("step_time_s_median", median, DLT_KEY_OPEN_LOW),
    FIGURE("step_time_s_p95", p95, DLT_KEY_OPEN_LOW),
    FIGURE("flops", flops, DLT_KEY_OPEN_LOW),
    FIGURE("bytes", bytes, 0),
    FIGURE("flops_per_s", flops_per_s, DLT_KEY_OPEN_LOW),
    FIGURE("bytes_per_s", bytes_per_s, DLT_KEY_OPEN_LOW),
    FIGURE("limit_fraction", limit, DLT_KEY_OPEN_LOW),
    FIGURE("comm_fraction", comm, 0),
    COUNT("peak_memory_bytes", peak_memory_bytes),
    TEXT("kernels", kernels),
    TEXT("blas_core", blas_core),
    {0},
};

static int complain(const char *what) {
    fprintf(stderr, "%s\n", what);
    return 1;
}

static int check_step(dlt_config *config, int64_t ranks) {
    step_output output;
    if (dlt_config_read(config, step_keys, &output) != DLT_OK)
        return complain(dlt_error_message());
    if (output.ranks != ranks || output.batch != output.micro_batch * ranks)
        return complain("batch and ranks do not fit: one micro-batch per rank is expected");
    if (output.p95 < output.median || output.comm > 1)
        return complain(
            "the 95th percentile is below the median, or the reduction takes longer than the step");
    return 0;
}

/* The list's items are objects of several keys, which no table of keys describes; they are only counted. */
static int check_list(const char *line, const char *item, int least) {
    int found = 0;
    for (const char *at = line; (at = strstr(at, item)) != NULL; at++)
        found++;
    return found >= least ? 0 : complain("there are fewer items than sizes or kernels");
}

int main(int argc, char **argv) {
    static char line[1 << 20];
    dlt_config *config = NULL;
    if (argc != 3)
        return complain("usage: read_output step|reduce|kernels RANKS");
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    if (line[0] != '{' || dlt_config_parse(line, "last line", NULL, 0, &config) != DLT_OK)
        return complain(line[0] == '{' ? dlt_error_message() : "the last line is no JSON object");
    int result = 0;
    if (strcmp(argv[1], "step") == 0)
        result = check_step(config, strtoll(argv[2], NULL, 10));
    else if (strcmp(argv[1], "reduce") == 0)
        result = check_list(line, "\"ratio\": ", 4);
    else
        result = check_list(line, "\"limit_fraction\": ", 1);
    dlt_config_destroy(&config);
    return result;
}
