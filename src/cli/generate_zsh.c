/* The completion function for zsh, which shows what each subcommand and option means. */
#include "generate.h"

#include "cli_internal.h"

#include <stdio.h>
#include <string.h>

/* Within the single quotes of a specification, where brackets and colons mean something. */
static void print_quoted(const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            printf("'\\''");
        else
            printf("%s%c", strchr("[]:\\", *text) != NULL ? "\\" : "", *text);
    }
}

static void print_action(completion kind) {
    switch (kind) {
    case COMPLETE_FILE:
        printf("_files");
        break;
    case COMPLETE_FOLDER:
        printf("_files -/");
        break;
    case COMPLETE_NOTHING:
        printf(" ");
        break;
    default:
        printf(" _dltrain_kind %s", name_of_completion(kind));
    }
}

static void print_option(const command_option *option) {
    const bool repeats = option->value != NULL && strstr(option->help, "repeated") != NULL;
    printf("        '%s%s%s[", repeats ? "*" : "", option->name, option->value != NULL ? "=" : "");
    print_quoted(option->help);
    printf("]");
    if (option->value != NULL) {
        printf(":");
        print_quoted(option->value);
        printf(":");
        print_action(option->value_completion);
    }
    printf("' \\\n");
}

static void print_form(const command_form *form) {
    printf("    '%s') _arguments \\\n", form->name);
    for (const command_option *option = form->options; option->name != NULL; option++)
        print_option(option);
    printf("        '--help[shows help]' '*:");
    print_quoted(form->arguments[0] != '\0' ? form->arguments : "no argument");
    printf(":");
    print_action(form->argument_completion);
    printf("' ;;\n");
}

static void print_second_words(void) {
    for (const subcommand *each = subcommands; each->name != NULL; each++) {
        const command_form *form = next_form(NULL, each->name);
        if (strchr(form->name, ' ') == NULL)
            continue;
        printf("    %s) second=(", each->name);
        for (; form != NULL; form = next_form(form, each->name)) {
            printf("'%s:", strchr(form->name, ' ') + 1);
            print_quoted(form->summary);
            printf("' ");
        }
        printf(") ;;\n");
    }
}

static void print_main(void) {
    printf("_dltrain() {\n"
           "    local program=$words[1] form=$words[2]\n"
           "    local -a first second\n"
           "    first=(\n");
    for (const subcommand *each = subcommands; each->name != NULL; each++) {
        printf("        '%s:", each->name);
        print_quoted(each->summary);
        printf("'\n");
    }
    printf("    )\n"
           "    if ((CURRENT == 2)); then\n"
           "        _describe subcommand first\n"
           "        compadd -- --help --version\n"
           "        return\n"
           "    fi\n"
           "    case $form in\n");
    print_second_words();
    printf("    esac\n"
           "    if ((${#second} > 0)); then\n"
           "        if ((CURRENT == 3)); then\n"
           "            _describe 'what to do' second\n"
           "            return\n"
           "        fi\n"
           "        form=\"$form $words[3]\"\n"
           "        shift words\n"
           "        ((CURRENT--))\n"
           "    fi\n"
           "    shift words\n"
           "    ((CURRENT--))\n"
           "    case $form in\n");
    for (const command_form *form = command_forms; form->name != NULL; form++)
        print_form(form);
    printf("    esac\n}\n\n");
}

dlt_status generate_zsh(void) {
    printf("#compdef dltrain\n"
           "# Completions of dltrain %s for zsh, printed by `dltrain generate zsh`.\n\n",
           DLT_VERSION);
    dlt_status status = print_word_functions();
    fputs("# _dltrain_key SET: KEY=, and behind it the names of its values.\n"
          "_dltrain_key() {\n"
          "    local key=${PREFIX%%=*}\n"
          "    if [[ $PREFIX == *=* ]]; then\n"
          "        compset -P '*='\n"
          "        compadd -- ${=\"$(_dltrain_values $1 $key)\"}\n"
          "    else\n"
          "        compadd -S = -- ${=\"$(_dltrain_words $1)\"}\n"
          "    fi\n"
          "}\n\n"
          "_dltrain_kind() {\n"
          "    case $1 in\n"
          "    run_file)\n"
          "        _files -g '*.yaml'\n"
          "        compadd -- ${(f)\"$(_dltrain_shared $program recipes launch/recipes)\"} ;;\n"
          "    dataset)\n"
          "        _files\n"
          "        compadd -- ${(f)\"$(_dltrain_shared_names $program datasets datasets)\"} ;;\n"
          "    workload)\n"
          "        _files -g '*.yaml'\n"
          "        compadd -- ${(f)\"$(_dltrain_shared_names $program bench tests/bench)\"} ;;\n"
          "    run_key | import_key | synth_key) _dltrain_key $1 ;;\n"
          "    *) compadd -- ${=\"$(_dltrain_words $1)\"} ;;\n"
          "    esac\n"
          "}\n\n",
          stdout);
    print_main();
    printf("if [ \"$funcstack[1]\" = _dltrain ]; then\n"
           "    _dltrain \"$@\"\n"
           "else\n"
           "    compdef _dltrain dltrain\n"
           "fi\n");
    return status;
}
