#!/bin/sh
# Usage: readme_commands.sh ROOT DLTRAIN
# Every command in code of a README works. Those of dltrain that a folder with the README's own run file and a small data
# set suffices for are run there, in their order. Of all others, and of launch scripts, the command and each option must be
# known to --help, and each key of --set to `dltrain help`.
set -eu
root=$1 dltrain=$2
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
failed=0
ran=0

wrong() {
    echo "$readme shows '$command', but $*" >&2
    failed=1
}

# commands_of README: a line each: what stands in blocks of code without a language, and in backquotes.
commands_of() {
    awk '/^```/ { if (!fenced) plain = ($0 == "```"); fenced = !fenced; next }
        fenced && plain { sub(/ +#.*/, ""); print }
        !fenced { text = text " " $0 }
        END { n = split(text, part, "`"); for (i = 2; i <= n; i += 2) print part[i] }' "$1" |
        grep -E '^((build/release/)?dltrain|(launch/)?mpirun|launch/[a-z.]+|tests/[a-z/]+|--set) [^ ]|^(launch|tests)/[a-z/]+$' || true
}

# has_options HELP WORD...: each option among the words is in the help.
has_options() {
    help=$1
    shift
    previous=
    for word in "$@"; do
        case $word in
        --*) printf '%s\n' "$help" | grep -qE -- "${word%%=*}([^a-z-]|\$)" || wrong "there is no option ${word%%=*}" ;;
        esac
        case $previous$word in
        --set*=*) "$dltrain" help "$(printf %s "$word" | sed 's/^--set=//; s/=.*//')" >/dev/null 2>&1 || wrong "there is no key in $word" ;;
        esac
        previous=$word
    done
}

# check_dltrain SUBCOMMAND WORD...
check_dltrain() {
    subcommand=$1
    "$dltrain" --help | grep -q "^  dltrain $subcommand\( \|\$\)" || wrong "there is no subcommand $subcommand"
    shift
    has_options "$("$dltrain" "$subcommand" --help 2>&1)" "$@"
}

# run_dltrain WORD...: with the names that stand for one's own.
run_dltrain() {
    line=$(printf '%s ' "$@" | sed 's|FOLDER|source|g; s|runs/NAME|runs/mnist-cnn|g; s|PREFIX|data/mnist/test|g; s|run\.yaml|own.yaml|g')
    # shellcheck disable=SC2086 # a command line
    try "$dltrain" $line
    ran=$((ran + 1))
    [ "$code" = 0 ] || wrong "it ends with exit code $code: $(cat err)"
}

check() {
    case $1 in
    --set)
        has_options --set "$@"
        [ ! -e own.yaml ] || run_dltrain train run.yaml --out tried --overwrite "$@" --set train.epochs=1
        return
        ;;
    launch/mpirun | mpirun)
        shift
        while [ $# -gt 0 ]; do
            case $1 in
            -np) shift 2 ;;
            -*) shift ;;
            *) break ;;
            esac
        done
        [ $# -gt 0 ] || return 0
        check "$@"
        return
        ;;
    launch/* | tests/*)
        script=$root/$1
        [ -f "$script" ] || [ -d "$script" ] || wrong "there is no $1"
        # What is no program (a folder, a template) has no options.
        if [ -f "$script" ] && [ -x "$script" ]; then
            shift
            has_options "$(sh "$script" --help 2>&1 </dev/null)" "$@"
        fi
        return
        ;;
    esac
    shift
    check_dltrain "$@"
    case "$*" in
    'data import mnist'* | 'data synth '*' --out '*) run_dltrain "$@" --overwrite ;;
    'data info data/'* | help* | list*) run_dltrain "$@" ;;
    'train run.yaml'*--resume) [ ! -e own.yaml ] || run_dltrain "$@" ;;
    'train run.yaml'*) [ ! -e own.yaml ] || run_dltrain "$@" --overwrite ;;
    *' new.csv'*) ;; # a table like that of a run on a table; fault_predictions tries it
    'eval runs'* | 'predict runs'* | 'inspect runs'*) [ ! -e own.yaml ] || run_dltrain "$@" ;;
    esac
}

# idx NAME MAGIC COUNT SIZES BYTES: an IDX file of zeros; MAGIC and SIZES as printf has them.
idx() {
    # shellcheck disable=SC2059 # octal escapes
    { printf "$2"; printf "$3$4"; head -c "$5" /dev/zero; } >"source/$1"
}

for path in "$root"/README.md "$root"/*/README.md "$root"/include/dltrain/README.md; do
    readme=${path#"$root"/}
    scratch=$work/$(printf %s "$readme" | tr / -)
    mkdir -p "$scratch/source" "$scratch/datasets"
    cd "$scratch"
    sed '/^samples:/d' "$root/datasets/mnist.yaml" >datasets/mnist.yaml
    idx train-images-idx3-ubyte '\0\0\10\3' '\0\0\1\0' '\0\0\0\34\0\0\0\34' 200704
    idx train-labels-idx1-ubyte '\0\0\10\1' '\0\0\1\0' '' 256
    idx t10k-images-idx3-ubyte '\0\0\10\3' '\0\0\0\100' '\0\0\0\34\0\0\0\34' 50176
    idx t10k-labels-idx1-ubyte '\0\0\10\1' '\0\0\0\100' '' 64
    awk '/^```yaml/ { inside = 1; next } /^```/ { inside = 0 } inside' "$path" >own.yaml
    if [ -s own.yaml ]; then
        "$dltrain" data import mnist --source source --out data/mnist >/dev/null
        "$dltrain" train own.yaml --set train.epochs=1 >/dev/null
    else
        rm own.yaml
    fi
    commands_of "$path" | awk '!seen[$0]++' >commands
    while read -r command; do
        # shellcheck disable=SC2086 # a command line
        check $command </dev/null
    done <commands
done
[ "$ran" -ge 8 ] || { echo "only $ran commands were run" >&2 && failed=1; }
exit $failed
