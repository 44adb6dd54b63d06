/* The completion script for bash. bash breaks words at "=", so the script puts them together again,
 * and completes what follows the last of them. */
#include "generate.h"

#include "cli_internal.h"

#include <stdio.h>
#include <string.h>

static void print_options(void) {
    printf("# _dltrain_form FORM: sets its options and the kind of its argument.\n"
           "_dltrain_form() {\n    options= argument=nothing\n    case $1 in\n");
    for (const command_form *form = command_forms; form->name != NULL; form++) {
        printf("    '%s') argument=%s options='--help", form->name,
               name_of_completion(form->argument_completion));
        for (const command_option *option = form->options; option->name != NULL; option++)
            printf(" %s", option->name);
        printf("' ;;\n");
    }
    printf("    esac\n}\n\n"
           "# _dltrain_option FORM OPTION: the kind of its value; false for a flag.\n"
           "_dltrain_option() {\n    case \"$1 $2\" in\n");
    for (const command_form *form = command_forms; form->name != NULL; form++)
        for (const command_option *option = form->options; option->name != NULL; option++)
            if (option->value != NULL)
                printf("    '%s %s') echo %s ;;\n", form->name, option->name,
                       name_of_completion(option->value_completion));
    printf("    *) return 1 ;;\n    esac\n}\n\n");
}

/* The second words of subcommands that have them: "data import". */
static void print_second_words(void) {
    printf("# _dltrain_second SUBCOMMAND: the words that may follow it; false if none need to.\n"
           "_dltrain_second() {\n    case $1 in\n");
    for (const subcommand *each = subcommands; each->name != NULL; each++) {
        const command_form *form = next_form(NULL, each->name);
        if (strchr(form->name, ' ') == NULL)
            continue;
        printf("    %s) echo '", each->name);
        for (; form != NULL; form = next_form(form, each->name))
            printf("%s ", strchr(form->name, ' ') + 1);
        printf("--help' ;;\n");
    }
    printf("    *) return 1 ;;\n    esac\n}\n\n");
}

static void print_kinds(void) {
    static const char text[] =
        "_dltrain_reply() {\n"
        "    local IFS=$'\\n'\n"
        "    COMPREPLY+=($(compgen \"$@\" -- \"$current\"))\n"
        "}\n\n"
        "# _dltrain_key SET: KEY=, and behind it the names of its values.\n"
        "_dltrain_key() {\n"
        "    local key=${current%%=*} prefix=\n"
        "    if [[ $current == *=* ]]; then\n"
        "        current=${current#*=}\n"
        "        _dltrain_reply -W \"$(_dltrain_values \"$1\" \"$key\" | tr ' ' '\\n')\"\n"
        "        [[ $COMP_WORDBREAKS == *=* ]] || prefix=$key=\n"
        "        COMPREPLY=(\"${COMPREPLY[@]/#/$prefix}\")\n"
        "    else\n"
        "        _dltrain_reply -S = -W \"$(_dltrain_words \"$1\")\"\n"
        "        compopt -o nospace 2>/dev/null\n"
        "    fi\n"
        "}\n\n"
        "# _dltrain_kind KIND: words of that kind that begin with $current.\n"
        "_dltrain_kind() {\n"
        "    case $1 in\n"
        "    nothing) ;;\n"
        "    file | folder | run_file | dataset | workload)\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        _dltrain_reply -d\n"
        "        case $1 in\n"
        "        file) _dltrain_reply -f ;;\n"
        "        run_file) _dltrain_reply -f -X '!*.yaml'\n"
        "            _dltrain_reply -W \"$(_dltrain_shared \"$program\" recipes launch/recipes)\" "
        ";;\n"
        "        dataset) _dltrain_reply -f\n"
        "            _dltrain_reply -W \"$(_dltrain_shared_names \"$program\" datasets datasets)\" "
        ";;\n"
        "        workload) _dltrain_reply -f -X '!*.yaml'\n"
        "            _dltrain_reply -W \"$(_dltrain_shared_names \"$program\" bench tests/bench)\" "
        ";;\n"
        "        esac ;;\n"
        "    run_key | import_key | synth_key) _dltrain_key \"$1\" ;;\n"
        "    *) _dltrain_reply -W \"$(_dltrain_words \"$1\" | tr ' ' '\\n')\" ;;\n"
        "    esac\n"
        "}\n\n";
    fputs(text, stdout);
}

static void print_main(void) {
    static const char text[] =
        "_dltrain() {\n"
        "    local program=${COMP_WORDS[0]} word current form first options argument kind second\n"
        "    local -a words=()\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
        "        if [[ ${#words[@]} -gt 0 && ($word == = || ${words[${#words[@]} - 1]} == *=) ]]; "
        "then\n"
        "            words[${#words[@]} - 1]+=$word\n"
        "        else\n"
        "            words+=(\"$word\")\n"
        "        fi\n"
        "    done\n"
        "    COMPREPLY=()\n"
        "    current=${words[${#words[@]} - 1]} form=${words[0]} first=1\n"
        "    if [ ${#words[@]} -le 1 ]; then\n"
        "        _dltrain_reply -W \"$(_dltrain_subcommands)\"\n"
        "        return\n"
        "    fi\n"
        "    if second=$(_dltrain_second \"$form\"); then\n"
        "        if [ ${#words[@]} -eq 2 ]; then\n"
        "            _dltrain_reply -W \"${second// /$'\\n'}\"\n"
        "            return\n"
        "        fi\n"
        "        form=\"$form ${words[1]}\" first=2\n"
        "    fi\n"
        "    _dltrain_form \"$form\"\n"
        "    word=\n"
        "    [ ${#words[@]} -le $((first + 1)) ] || word=${words[${#words[@]} - 2]}\n"
        "    if kind=$(_dltrain_option \"$form\" \"$word\"); then\n"
        "        _dltrain_kind \"$kind\"\n"
        "    elif [[ $current == --*=* ]] && kind=$(_dltrain_option \"$form\" \"${current%%=*}\"); "
        "then\n"
        "        current=${current#*=}\n"
        "        _dltrain_kind \"$kind\"\n"
        "    elif [[ $current == -* ]]; then\n"
        "        _dltrain_reply -W \"${options// /$'\\n'}\"\n"
        "    else\n"
        "        _dltrain_kind \"$argument\"\n"
        "    fi\n"
        "}\n\n"
        "complete -F _dltrain dltrain\n";
    fputs(text, stdout);
}

dlt_status generate_bash(void) {
    printf("# Completions of dltrain %s for bash, printed by `dltrain generate bash`.\n"
           "# shellcheck shell=bash disable=SC2207\n\n",
           DLT_VERSION);
    dlt_status status = print_word_functions();
    print_options();
    print_second_words();
    printf("_dltrain_subcommands() {\n    cat <<'END'\n--help\n--version\n");
    for (const subcommand *each = subcommands; each->name != NULL; each++)
        printf("%s\n", each->name);
    printf("END\n}\n\n");
    print_kinds();
    print_main();
    return status;
}
