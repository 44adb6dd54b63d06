/* Usage: dltrain bench ... --json | read_output
 *        step|step_strong|compare|reduce|kernels|data|checkpoint RANKS dltrain plan ... --json |
 *        read_output plan 1; read_output scaling POINTS <scaling.json
 * Reads the last line of standard input strictly: a JSON object with exactly the keys that the
 * bench promises, each of its type, and figures that can be. JSON is YAML, so dltrain's own reader
 * of keys is what checks it. */
#include "base/error.h"
#include "config/config.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct step_output {
    const char *workload, *kernels, *precision, *blas_core;
    int64_t ranks, threads, batch, micro_batch, params, steps, reduced_bytes, needed_bytes,
        held_bytes, peak_memory_bytes;
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
    COUNT("reduced_bytes", reduced_bytes),
    COUNT("needed_memory_bytes", needed_bytes),
    COUNT("held_memory_bytes", held_bytes),
    COUNT("peak_memory_bytes", peak_memory_bytes),
    TEXT("kernels", kernels),
    TEXT("precision", precision),
    TEXT("blas_core", blas_core),
    {0},
};

static int complain(const char *what) {
    fprintf(stderr, "%s\n", what);
    return 1;
}

/* What a step holds beyond what it cannot do without: workspace, running state; the tables of an
 * open data set. */
static bool holds_too_much(const step_output *output) {
    const double most = 1.2;
    const double tables = 1 << 20;
    return (double)output->held_bytes > most * (double)output->needed_bytes + tables;
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
    if (holds_too_much(&output))
        return complain("the step holds more memory than 1.2 times what it needs");
    return 0;
}

/* The list's items are objects of several keys, which no table of keys describes; they are only
 * counted. */
static int check_list(const char *line, const char *item, int least) {
    int found = 0;
    for (const char *at = line; (at = strstr(at, item)) != NULL; at++)
        found++;
    return found >= least ? 0 : complain("there are fewer items than cases");
}

/* Of layouts in three orders each: in file order, over all, in windows. */
static int check_data(const char *line) {
    enum { CASES = 9 };
    const char *at = line;
    for (int i = 0; i < CASES; i++) {
        static const char key[] = "\"samples_per_s\": ";
        at = strstr(at, key);
        if (at == NULL)
            return complain("there are fewer cases than layouts in three orders");
        at += sizeof key - 1;
        if (!(strtod(at, NULL) > 0))
            return complain("a rate is not above 0");
    }
    return 0;
}

static int check(const char *kind, int64_t count, dlt_config *config, const char *text) {
    if (strncmp(kind, "step", 4) == 0)
        return check_step(config, count);
    if (strcmp(kind, "reduce") == 0)
        return check_list(text, "\"ratio\": ", 4);
    if (strcmp(kind, "compare") == 0)
        return check_list(text, "\"ratio\": ", 1);
    if (strcmp(kind, "data") == 0)
        return check_data(text);
    if (strcmp(kind, "checkpoint") == 0)
        return check_list(text, "_s\": {\"time_s\": ", 7);
    if (strcmp(kind, "plan") == 0)
        return check_list(text, "\"efficiency\": ", 1);
    if (strcmp(kind, "scaling") == 0)
        return check_list(text, "\"predicted_efficiency\": ", (int)count);
    return check_list(text, "\"limit_fraction\": ", 1);
}

int main(int argc, char **argv) {
    static char text[1 << 20];
    dlt_config *config = NULL;
    if (argc != 3)
        return complain("usage: read_output "
                        "step|step_strong|reduce|kernels|data|checkpoint|plan|scaling COUNT");
    bool whole = strcmp(argv[1], "scaling") == 0;
    if (whole)
        text[fread(text, 1, sizeof text - 1, stdin)] = '\0';
    while (!whole && fgets(text, sizeof text, stdin) != NULL)
        continue;
    if (text[0] != '{' || dlt_config_parse(text, "last line", NULL, 0, &config) != DLT_OK)
        return complain(text[0] == '{' ? dlt_error_message() : "the last line is no JSON object");
    int result = check(argv[1], strtoll(argv[2], NULL, 10), config, text);
    dlt_config_destroy(&config);
    return result;
}
