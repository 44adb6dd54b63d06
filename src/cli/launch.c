/* A process that leaves without having met the others keeps them waiting in MPI_Init. So the
 * processes of a launch meet even where a single one has work to do, or where a command line is
 * wrong. */
#include "launch.h"

#include "build_id.h"
#include "cli_internal.h"
#include "ranks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MISTAKE_BYTES = 512 };

static char mistake[MISTAKE_BYTES];
static bool has_met;

int report_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(mistake, sizeof mistake, format, arguments);
    va_end(arguments);
    return EXIT_USAGE;
}

/* Before MPI_Init only the launcher's environment tells the ranks apart: Open MPI, MPICH, Slurm. */
bool is_first_process(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                        "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *rank = getenv(names[i]);
        if (rank != NULL)
            return strcmp(rank, "0") == 0;
    }
    return true;
}

static bool is_several(const char *name) {
    const char *size = getenv(name);
    return size != NULL && strtol(size, NULL, 10) > 1;
}

/* Slurm's own number counts only where Slurm gives the processes what MPI needs to find the others.
 */
static bool is_one_of_several(void) {
    return is_several("OMPI_COMM_WORLD_SIZE") || is_several("PMI_SIZE") ||
           (getenv("PMIX_RANK") != NULL && is_several("SLURM_STEP_NUM_TASKS"));
}

/* One fact; what would end a line is written out. */
static void add_fact(FILE *out, const char *name, const char *value) {
    fprintf(out, "%s\t", name);
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '\n')
            fputs("\\n", out);
        else
            fputc(*at, out);
    }
    fputc('\n', out);
}

static void add_program(FILE *out, const char *name) {
    char id[BUILD_ID_BYTES];
    find_build_id(id);
    add_fact(out, "the dltrain version", DLT_VERSION);
    add_fact(out, "the dltrain build", id);
    if (mistake[0] != '\0')
        add_fact(out, "the mistake", mistake);
    add_fact(out, "the subcommand", name);
}

static void add_words(FILE *out, const char *name, const char *const *words, int count) {
    fprintf(out, "%s\t", name);
    for (int i = 0; i < count; i++) {
        fputs(i > 0 ? " " : "", out);
        for (const char *at = words[i]; *at != '\0'; at++)
            fputc(*at == '\n' ? ' ' : *at, out);
    }
    fputc('\n', out);
}

static void add_option(FILE *out, const option_row *row) {
    if (row->flag != NULL && *row->flag)
        fprintf(out, "%s\n", row->name);
    if (row->value != NULL && *row->value != NULL)
        add_fact(out, row->name, *row->value);
    if (row->values != NULL && row->values->count > 0 && strcmp(row->name, "--set") != 0)
        add_words(out, row->name, row->values->at, row->values->count);
}

char *describe_command(const char *name, const option_row *rows, const char *argument_name,
                       const option_list *arguments) {
    char *facts = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&facts, &bytes);
    if (out == NULL)
        return NULL;
    add_program(out, name);
    for (const option_row *row = rows; row->name != NULL; row++)
        add_option(out, row);
    if (argument_name != NULL)
        add_words(out, argument_name, arguments->at, arguments->count);
    (void)fclose(out);
    return facts;
}

dlt_status start_ranks(char *facts, dlt_comm **comm) {
    has_met = true;
    dlt_status status = dlt_comm_start_alike(facts, comm);
    free(facts);
    return status;
}

int run_on_ranks(char *facts, int (*job)(const dlt_comm *comm, const void *context),
                 const void *context) {
    dlt_comm *comm = NULL;
    if (start_ranks(facts, &comm) != DLT_OK)
        return end_start_failure(&comm);
    int code = job(comm, context);
    dlt_comm_finish(&comm);
    return code;
}

static const option_row no_options = {.name = NULL};

option_list words_of(int argc, char **argv, int first) {
    option_list words = {.count = 0};
    for (int i = first; i < argc && words.count < OPTION_VALUES_MAX; i++)
        words.at[words.count++] = argv[i];
    return words;
}

bool meet_to_work_alone(const char *name, const option_list *words) {
    dlt_comm *comm = NULL;
    if (has_met || !is_one_of_several())
        return true;
    char *facts =
        describe_command(name, &no_options, words->count > 0 ? "the arguments" : NULL, words);
    bool alike = start_ranks(facts, &comm) == DLT_OK;
    if (!alike)
        (void)report_start_failure();
    dlt_comm_finish(&comm);
    return alike;
}

/* The first process speaks while the others are held by MPI_Finalize: mpirun ends all at the first
 * failure, and might do so before anything is said. */
int end_with_mistake(const char *name, int code) {
    dlt_comm *comm = NULL;
    bool alike = true;
    if (!has_met && is_one_of_several())
        alike = start_ranks(describe_command(name, &no_options, NULL, NULL), &comm) == DLT_OK;
    if (!alike)
        (void)report_start_failure();
    else if (is_first_process())
        fprintf(stderr, "dltrain: %s%s\n", mistake,
                code == EXIT_USAGE ? "; see `dltrain --help`" : "");
    dlt_comm_finish(&comm);
    if (!alike)
        return EXIT_FAILED;
    return is_first_process() ? code : EXIT_DONE;
}
