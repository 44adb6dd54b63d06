#!/bin/sh
# Usage: readme_commands.sh ROOT DLTRAIN MAKE_PICTURE
# The commands that READMEs show work. Those in a block of code without a language are run, all in
# one folder: it holds the run file of the top README, what its data is imported from, tables,
# pictures, and a finished run of each. Names in capitals stand for files of one's own. Of a block
# below `<!-- not run: REASON -->`, and of a command in backquotes, the program, the options and the
# keys of --set must exist.
set -eu
root=$1 dltrain=$2 make_picture=$3
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
DLTRAIN=$dltrain
export DLTRAIN
failed=0
ran=0

wrong() {
    echo "$readme shows '$command', but $*" >&2
    failed=1
}

# commands_of README: "run COMMAND" or "check COMMAND" a line.
commands_of() {
    awk '/^<!-- not run: .* -->$/ { checked = 1; next }
        /^```/ {
            if (!fenced)
                plain = $0 == "```"
            else
                checked = 0
            fenced = !fenced
            next
        }
        fenced && plain { sub(/ +#.*/, ""); print checked ? "check" : "run", $0 }
        fenced { next }
        checked && NF { print "stray", FILENAME }
        { text = text " " $0 }
        END { n = split(text, part, "`"); for (i = 2; i <= n; i += 2) print "check", part[i] }' "$1"
}

# has_options HELP WORD...: each option among the words is in the help, each key is in `help`.
has_options() {
    help=$1
    shift
    previous=
    for word in "$@"; do
        case $word in
        --*)
            printf '%s\n' "$help" | grep -qE -- "${word%%=*}([^a-z-]|\$)" ||
                wrong "there is no option ${word%%=*}"
            ;;
        esac
        case $previous$word in
        --set*=*)
            key=${word#--set=}
            "$dltrain" help "${key%%=*}" >/dev/null 2>&1 || wrong "there is no key ${key%%=*}"
            ;;
        esac
        previous=$word
    done
}

# check_preset cmake|ctest WORD...: the preset exists, and so does a test that -R names.
check_preset() {
    kind=configure
    case "$*" in ctest*) kind=test ;; 'cmake --build '*) kind=build ;; esac
    case "$*" in
    'ctest --list-presets' | 'cmake --list-presets')
        (cd "$root" && "$@" >/dev/null) || wrong "it fails"
        ;;
    *' --preset '*)
        name=$(printf '%s\n' "$*" | sed 's/.* --preset \([^ ]*\).*/\1/')
        (cd "$root" && cmake --list-presets=$kind) | grep -q "^  \"$name\"" ||
            wrong "there is no $kind preset $name"
        ;;
    esac
    case "$*" in
    'ctest '*' -R '*)
        (cd "$root" && "$@" -N | grep -q '^Total Tests: [1-9]') || wrong "it names no test"
        ;;
    esac
}

# A command in its words: what it names exists.
check() {
    case $1 in
    cmake | ctest) check_preset "$@" ;;
    launch/mpirun | mpirun)
        shift
        while [ $# -gt 0 ]; do
            case $1 in
            -np) shift 2 ;;
            -*) shift ;;
            *) break ;;
            esac
        done
        [ $# -eq 0 ] || check "$@"
        ;;
    launch/* | tests/*)
        script=$root/$1
        [ -e "$script" ] || wrong "there is no $1"
        # What is no program (a folder, a template) has no options.
        [ -f "$script" ] && [ -x "$script" ] || return 0
        shift
        has_options "$(sh "$script" --help 2>&1 </dev/null)" "$@"
        ;;
    dltrain | build/release/dltrain)
        subcommand=${2:-}
        "$dltrain" --help | grep -q "^  dltrain $subcommand\( \|\$\)" ||
            wrong "there is no subcommand $subcommand"
        shift 2
        has_options "$("$dltrain" "$subcommand" --help 2>&1)" "$@"
        ;;
    --set) has_options --set "$@" ;;
    esac
}

# What a command is given so that it can be run again and again, and takes no time.
more_for() {
    case "$*" in
    *--resume*) ;;
    *' train '* | *' data import '* | *' data synth '* | *' predict '*) echo --overwrite ;;
    *' bench step '* | *' bench compare '* | *' bench kernels '*) echo --seconds 0.02 ;;
    *' bench data '* | *' bench checkpoint '*) echo --rounds 1 ;;
    esac
}

run() {
    line=$(printf ' %s' "$@" | sed "s|FOLDER|source|g; s|runs/NAME|runs/mnist-cnn|g
        s|PREFIX|data/mnist/test|g; s| launch/| $root/launch/|g; s| tests/| $root/tests/|g
        s| \(build/release/\)*dltrain | $dltrain |")
    # shellcheck disable=SC2046,SC2086 # command lines
    try $line $(more_for "$line")
    ran=$((ran + 1))
    # What doctor finds is the machine's.
    case $code:$* in
    0:* | 1:*' doctor') ;;
    *) wrong "it ends with exit code $code: $(cat err)" ;;
    esac
}

# idx NAME MAGIC COUNT SIZES BYTES: an IDX file of zeros; MAGIC and SIZES as printf has them.
idx() {
    # shellcheck disable=SC2059 # octal escapes
    { printf "$2"; printf "$3$4"; head -c "$5" /dev/zero; } >"source/$1"
}

prepare() {
    mkdir -p source datasets flowers/rose flowers/daisy
    sed '/^samples:/d' "$root/datasets/mnist.yaml" >datasets/mnist.yaml
    idx train-images-idx3-ubyte '\0\0\10\3' '\0\0\1\0' '\0\0\0\34\0\0\0\34' 200704
    idx train-labels-idx1-ubyte '\0\0\10\1' '\0\0\1\0' '' 256
    idx t10k-images-idx3-ubyte '\0\0\10\3' '\0\0\0\100' '\0\0\0\34\0\0\0\34' 50176
    idx t10k-labels-idx1-ubyte '\0\0\10\1' '\0\0\0\100' '' 64
    for i in 1 2 3 4 5; do
        "$make_picture" flowers/rose/$i.png 12 10 $((10 * i))
        "$make_picture" flowers/daisy/$i.png 12 10 $((250 - 10 * i))
    done
    cp -r flowers photos
    tar -czf flowers.tar.gz flowers
    awk 'BEGIN { print "age,city,price"
        for (i = 0; i < 40; i++)
            print 20 + i "," (i % 3 ? "Rome" : "Oslo") "," i * 7 % 11 + 0.5 }' >table.csv
    head -n 9 table.csv >new.csv
    awk 'BEGIN { for (i = 0; i < 300; i++) print "to be or not to be" }' >book.txt
    cat >my-set.yaml <<'END'
name: my-set
format: {csv: {file: table.csv, target: price, target_kind: number, encode: [one_hot: city]}}
END
    cp table.csv source
    awk '/^```yaml/ { inside = 1; next } /^```/ { inside = 0 } inside' "$root/README.md" >run.yaml
    sed -i 's/epochs: 5/epochs: 1/' run.yaml
    for data in table flowers; do
        printf '%s\n' "name: $data" "data: {train: data/$data/train}" \
            'model: [flatten, {dense: OUT}]' 'loss: LOSS' 'optimizer: {sgd: 0.00001}' \
            'train: {epochs: 1, batch: 8}' >$data.yaml
    done
    sed -i 's/OUT/1/; s/LOSS/mse/; s/table$/my-run/' table.yaml
    sed -i 's/OUT/2/; s/LOSS/cross_entropy/' flowers.yaml
    for command in "dltrain data import mnist --source source --out data/mnist" \
        "dltrain train run.yaml" "dltrain data import table.csv --target price --out data/table" \
        "dltrain train table.yaml" "dltrain data import flowers --resize 8 --out data/flowers" \
        "dltrain train flowers.yaml"; do
        # shellcheck disable=SC2086 # a command line
        run $command
    done
}

readme="the preparation"
prepare
for path in "$root"/README.md "$root"/*/README.md "$root"/*/*/README.md \
    "$root"/.github/CONTRIBUTING.md; do
    case $path in "$root"/build/* | "$root"/runs/* | "$root"/data/*) continue ;; esac
    readme=${path#"$root"/}
    commands_of "$path" | sed -n -E 's#^stray#stray#p
        \#^(run|check) ((build/release/)?dltrain|(launch/)?mpirun|--set|cmake|ctest) [^ ]#p
        \#^(run|check) (launch|tests)/[a-z/.]+( [^ ]|$)#p' | awk '!seen[$0]++' >commands
    while read -r how command; do
        [ "$how" != stray ] || { wrong "no block follows a mark 'not run'" && continue; }
        # shellcheck disable=SC2086 # a command line
        check $command </dev/null
        # shellcheck disable=SC2086 # a command line
        [ "$how" != run ] || grep -qxF "$command" ran 2>/dev/null || run $command
        [ "$how" != run ] || echo "$command" >>ran
    done <commands
done
[ "$ran" -ge 20 ] || { echo "only $ran commands were run" >&2 && failed=1; }
exit $failed
