# For the scripts of this folder, which set here to their own folder and then read this file.
# shellcheck shell=sh disable=SC2154

# Prints the comment at the head of the script, which is its help.
print_help() {
    sed -n -e 1d -e '/^[^#]/q' -e '/^$/q' -e 's/^# \{0,1\}//p' "$0"
}

# print_help_if_asked ARGUMENT...: prints the help and ends the script if --help or -h is among the arguments.
print_help_if_asked() {
    for argument in "$@"; do
        case $argument in
        -h | --help)
            print_help
            exit 0
            ;;
        esac
    done
}

# Prints the path of dltrain: $DLTRAIN, else the one built here, the one installed beside this folder, or that in PATH.
find_dltrain() {
    if [ -n "${DLTRAIN:-}" ]; then
        echo "$DLTRAIN"
    elif [ ! -x "$here/../build/release/dltrain" ] && [ -x "$here/../../../bin/dltrain" ]; then
        (cd "$here/../../../bin" && echo "$PWD/dltrain")
    elif [ ! -x "$here/../build/release/dltrain" ] && command -v dltrain >/dev/null 2>&1; then
        command -v dltrain
    else
        echo "$here/../build/release/dltrain"
    fi
}

# Copies mpirun's stderr, each line as soon as it comes, and leaves out Open MPI's own report on a job that ended with
# an exit code where dltrain has explained it: by a line on stderr, or by exit code 75. A rank that dies without a word
# leaves the report standing. Open MPI 4 and 5 frame a report by rules of dashes. SIGALRM ends the
# copying where a process that has outlived mpirun, as one on a lost machine does, holds the pipe
# open.
without_trailer() {
    trap '' HUP INT QUIT PIPE TERM USR1 USR2
    trap 'over=yes' ALRM
    over=no
    rule=--------------------
    newline='
'
    place=outside held='' opening='' explained=no
    while [ $over = no ] && { IFS= read -r line || [ -n "$line" ]; }; do
        case $place-$line in
        *-"dltrain: "*) explained=yes ;;
        trailer-*"Exit code:"*" 75") explained=yes ;;
        esac
        case $place-$line in
        outside-"$rule"*) place=opened opening=$line ;;
        opened-"Primary job "* | opened-*" detected that one or more processes exited"* | \
            opened-*" has exited due to process rank "*)
            place=trailer held=$held$opening$newline$line$newline
            ;;
        opened-*) place=inside && printf '%s\n%s\n' "$opening" "$line" ;;
        inside-"$rule"*) place=outside && printf '%s\n' "$line" ;;
        trailer-"$rule"*) place=outside held=$held$line$newline ;;
        trailer-*) held=$held$line$newline ;;
        outside-*"run: Forwarding signal "*" to job") ;; # mpirun or prterun, for each that it got
        *) printf '%s\n' "$line" ;;
        esac
    done
    [ $place != opened ] || printf '%s\n' "$opening"
    [ $explained = yes ] || printf %s "$held"
}
