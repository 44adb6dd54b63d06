/* `dltrain plan`: reads the network's latency and bandwidth with their units, numbers of ranks and
 * the shape of a sample, and calls dlt_plan on all ranks. The default network has 100 Gbit/s. */
#include "dltrain/plan.h"
#include "cli_internal.h"
#include "dltrain/comm.h"
#include "launch.h"
#include "options.h"
#include "ranks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A network of today's clusters, where none is given: 100 Gbit/s. */
#define DEFAULT_NET "2us,12.5GB/s"

typedef struct unit {
    const char *name;
    double factor;
} unit;

/* A number above 0 and one of the units, up to `end`. */
static bool read_quantity(const char *text, const unit *units, const char *end, double *out) {
    char *rest = NULL;
    double number = strtod(text, &rest);
    if (rest == text || rest > end || !(number > 0) || !isfinite(number))
        return false;
    size_t length = (size_t)(end - rest);
    for (; units->name != NULL; units++)
        if (strlen(units->name) == length && strncmp(units->name, rest, length) == 0) {
            *out = number * units->factor;
            return true;
        }
    return false;
}

static bool read_net(const char *text, dlt_plan_options *options) {
    static const unit times[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {NULL, 0}};
    static const unit rates[] = {{"MB/s", 1e6},       {"GB/s", 1e9},       {"TB/s", 1e12},
                                 {"Mbit/s", 1e6 / 8}, {"Gbit/s", 1e9 / 8}, {NULL, 0}};
    const char *comma = strchr(text, ',');
    if (comma != NULL && read_quantity(text, times, comma, &options->latency_s) &&
        read_quantity(comma + 1, rates, comma + strlen(comma), &options->net_bytes_per_s))
        return true;
    (void)report_usage("'--net' takes latency and bandwidth as in 2us,12GB/s (ns, us, ms, s; MB/s, "
                       "GB/s, TB/s, Mbit/s, Gbit/s), found '%s'",
                       text);
    return false;
}

/* Numbers from 1 to most, with commas between them; returns how many, 0 if it is no such list. */
static int read_numbers(const char *text, long long most, int room, long long *out) {
    int count = 0;
    for (const char *at = text;; at++) {
        char *end = NULL;
        errno = 0;
        long long number = *at >= '0' && *at <= '9' ? strtoll(at, &end, 10) : 0;
        if (end == NULL || errno != 0 || number < 1 || number > most || count == room ||
            (*end != ',' && *end != '\0'))
            return 0;
        out[count++] = number;
        if (*end == '\0')
            return count;
        at = end;
    }
}

static bool read_ranks(const char *text, dlt_plan_options *options) {
    long long numbers[DLT_PLAN_RANKS_MAX];
    const long long most = 1 << 20;
    if (text == NULL)
        return true;
    options->rank_count = read_numbers(text, most, DLT_PLAN_RANKS_MAX, numbers);
    for (int i = 0; i < options->rank_count; i++)
        options->ranks[i] = (int)numbers[i];
    if (options->rank_count > 0)
        return true;
    (void)report_usage("'--ranks' takes up to %d numbers of ranks as in 1,2,4,8, found '%s'",
                       (int)DLT_PLAN_RANKS_MAX, text);
    return false;
}

static bool read_ranks_per_node(const char *text, dlt_plan_options *options) {
    long long number = 0;
    if (text == NULL)
        return true;
    if (read_numbers(text, 1 << 20, 1, &number) == 1) {
        options->ranks_per_node = number;
        return true;
    }
    (void)report_usage("'--ranks-per-node' takes a number of ranks, at least 1, found '%s'", text);
    return false;
}

static bool read_input(const char *text, dlt_shape *shape, dlt_plan_options *options) {
    long long numbers[DLT_SHAPE_MAX];
    if (text == NULL)
        return true;
    shape->rank = read_numbers(text, 1LL << 40, DLT_SHAPE_MAX, numbers);
    for (int i = 0; i < shape->rank; i++)
        shape->dim[i] = numbers[i];
    options->samples = shape;
    if (shape->rank > 0)
        return true;
    (void)report_usage("'--input' takes the shape of a sample as in 28,28,1, found '%s'", text);
    return false;
}

static int make_plan(const dlt_comm *comm, const void *options) {
    return dlt_plan(comm, options) == DLT_OK ? EXIT_DONE : report_agreed_failure(comm);
}

int run_plan(int argc, char **argv) {
    option_list arguments = {.count = 0};
    option_list overrides = {.count = 0};
    dlt_plan_options options = {.out = stdout};
    dlt_shape shape = {.rank = 0};
    const char *net = DEFAULT_NET;
    const char *ranks = NULL;
    const char *per_node = NULL;
    const char *input = NULL;
    const option_row rows[] = {{.name = "--net", .value = &net},
                               {.name = "--ranks", .value = &ranks},
                               {.name = "--ranks-per-node", .value = &per_node},
                               {.name = "--input", .value = &input},
                               {.name = "--weak", .flag = &options.weak},
                               {.name = "--set", .values = &overrides},
                               {.name = "--json", .flag = &options.json},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) || !read_net(net, &options) ||
        !read_ranks(ranks, &options) || !read_ranks_per_node(per_node, &options) ||
        !read_input(input, &shape, &options))
        return EXIT_USAGE;
    if (arguments.count != 1)
        return report_usage("'plan' takes one run file, or a workload of 'bench step'");
    options.workload = arguments.at[0];
    options.overrides = overrides.at;
    options.override_count = overrides.count;
    return run_on_ranks(describe_command(argv[0], rows, NULL, NULL), make_plan, &options);
}
