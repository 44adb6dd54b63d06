/* `dltrain generate`: the manual page and the completions of shells, from the table of commands,
 * the registries and the tables of keys. The build calls it, so that what is installed cannot
 * differ from the program. */
#include "generate.h"

#include "cli_internal.h"

#include <stdio.h>
#include <string.h>

const char *name_of_completion(completion kind) {
    static const char *const names[COMPLETION_COUNT] = {
        [COMPLETE_NOTHING] = "nothing",     [COMPLETE_FILE] = "file",
        [COMPLETE_FOLDER] = "folder",       [COMPLETE_RUN_FILE] = "run_file",
        [COMPLETE_DATASET] = "dataset",     [COMPLETE_WORKLOAD] = "workload",
        [COMPLETE_RUN_KEY] = "run_key",     [COMPLETE_IMPORT_KEY] = "import_key",
        [COMPLETE_SYNTH_KEY] = "synth_key", [COMPLETE_SYNTH_KIND] = "synth_kind",
        [COMPLETE_LIST_KIND] = "list_kind", [COMPLETE_TOPIC] = "topic",
        [COMPLETE_SHELL] = "shell",
    };
    return names[kind];
}

static void print_name(void *context, const dlt_catalog_name *name) {
    (void)context;
    printf("%s\n", name->name);
}

static void print_values(void *context, const dlt_catalog_name *name) {
    if (name->values[0] != '\0')
        printf("    %s:%s) echo '%s' ;;\n", *(const char **)context, name->name, name->values);
}

/* A function of the script prints the words of each set, one a line. */
static dlt_status print_set(const char *name, dlt_catalog_set set) {
    printf("    %s) cat <<'END' ;;\n", name);
    dlt_status status = dlt_catalog_each(set, print_name, NULL);
    printf("END\n");
    return status;
}

static dlt_status print_topics(void) {
    printf("    topic) cat <<'END' ;;\nlaunch\nimport\n");
    for (const subcommand *each = subcommands; each->name != NULL; each++)
        printf("%s\n", each->name);
    dlt_status status = dlt_catalog_each(DLT_CATALOG_KINDS, print_name, NULL);
    if (status == DLT_OK)
        status = dlt_catalog_each(DLT_CATALOG_ENTRIES, print_name, NULL);
    if (status == DLT_OK)
        status = dlt_catalog_each(DLT_CATALOG_RUN_KEYS, print_name, NULL);
    printf("END\n");
    return status;
}

dlt_status print_word_functions(void) {
    static const struct {
        completion kind;
        dlt_catalog_set set;
    } sets[] = {{COMPLETE_LIST_KIND, DLT_CATALOG_KINDS},
                {COMPLETE_RUN_KEY, DLT_CATALOG_RUN_KEYS},
                {COMPLETE_IMPORT_KEY, DLT_CATALOG_IMPORT_KEYS},
                {COMPLETE_SYNTH_KEY, DLT_CATALOG_SYNTH_KEYS},
                {COMPLETE_SYNTH_KIND, DLT_CATALOG_SYNTH_KINDS}};
    enum { SETS = sizeof sets / sizeof sets[0] };
    dlt_status status = DLT_OK;
    printf("# _dltrain_words SET: its words, one a line.\n_dltrain_words() {\n    case $1 in\n");
    for (int i = 0; i < SETS && status == DLT_OK; i++)
        status = print_set(name_of_completion(sets[i].kind), sets[i].set);
    if (status == DLT_OK)
        status = print_topics();
    printf("    shell) echo 'man bash zsh' ;;\n    esac\n}\n\n"
           "# _dltrain_values SET KEY: the names that the key may be set to.\n"
           "_dltrain_values() {\n    case $1:$2 in\n");
    for (int i = 0; i < SETS && status == DLT_OK; i++) {
        const char *name = name_of_completion(sets[i].kind);
        status = dlt_catalog_each(sets[i].set, print_values, &name);
    }
    /* Files that are beside the program: installed in share/dltrain, or in its source tree. */
    printf("    esac\n}\n\n"
           "# _dltrain_shared PROGRAM INSTALLED SOURCE: the YAML files of a folder of dltrain.\n"
           "_dltrain_shared() {\n"
           "    local program folder file\n"
           "    program=$(command -v -- \"$1\") || return 0\n"
           "    program=$(readlink -f -- \"$program\" 2>/dev/null) || return 0\n"
           "    for folder in \"${program%%/*/*}/share/dltrain/$2\" \"${program%%/*/*/*}/$3\"; do\n"
           "        [ -d \"$folder\" ] || continue\n"
           "        for file in \"$folder\"/*.yaml; do\n"
           "            echo \"$file\"\n"
           "        done\n"
           "        return 0\n"
           "    done\n"
           "}\n\n"
           "_dltrain_shared_names() {\n"
           "    local file\n"
           "    _dltrain_shared \"$@\" | while read -r file; do\n"
           "        file=${file##*/}\n"
           "        echo \"${file%%.yaml}\"\n"
           "    done\n"
           "}\n\n");
    return status;
}

int run_generate(int argc, char **argv) {
    static const struct {
        const char *name;
        dlt_status (*generate)(void);
    } kinds[] = {{"man", generate_man}, {"bash", generate_bash}, {"zsh", generate_zsh}};
    if (argc != 2)
        return report_usage("'generate' takes one of man, bash and zsh");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            return kinds[i].generate() == DLT_OK ? EXIT_DONE : report_failure();
    return report_usage("'generate' knows man, bash and zsh, not '%s'", argv[1]);
}
