# For test scripts that run dltrain: `. lib.sh` after setting root (the repository), dltrain (the program) and, where
# faults are injected, fault (the library of fault.c). Works in a folder of its own that is removed at the end.
# shellcheck shell=sh disable=SC2154

work=$(mktemp -d "${TMPDIR:-/tmp}/dltrain-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
code=0

# Ends the test with a sentence and what the last command printed.
fail() {
    echo "failed: $*" >&2
    for file in out err; do
        [ ! -s "$file" ] || sed "s/^/  $file: /" "$file" | tail -n 15 >&2
    done
    exit 1
}

# try COMMAND...: its output goes to the files out and err, its exit code to $code.
try() {
    code=0
    "$@" >out 2>err </dev/null || code=$?
}

# mpirun of Open MPI 4 gives the ranks of a failed job two seconds to end before it kills them.
# Where all ranks end by themselves, the test need not wait for that, and a rank that is late shows.
kill_late_ranks() {
    export OMPI_MCA_odls_base_sigkill_timeout=0
}

# run_ranks N ARGUMENT...: dltrain on N ranks; np 1 starts without mpirun.
run_ranks() {
    ranks=$1
    shift
    if [ "$ranks" = 1 ]; then
        try "$dltrain" "$@"
    else
        try "$root/launch/mpirun" -np "$ranks" "$dltrain" "$@"
    fi
}

# faulty N "FAULT_CALL=... ..." ARGUMENT...: the same with faults, see fault.c.
faulty() {
    ranks=$1 faults=$2
    shift 2
    # shellcheck disable=SC2086 # several assignments
    try "$root/launch/mpirun" -np "$ranks" env LD_PRELOAD="$fault" $faults "$dltrain" "$@"
}

# ranks_in FOLDER: the processes of dltrain that work there.
ranks_in() {
    for directory in /proc/[0-9]*; do
        [ "$(readlink "$directory/cwd")" = "$1" ] || continue
        [ "$(readlink "$directory/exe")" = "$(readlink -f "$dltrain")" ] || continue
        echo "${directory#/proc/}"
    done 2>/dev/null
}

ranks_here() {
    ranks_in "$PWD"
}

# expect_gone PID WHY: within 10 s the process has ended. A zombie, which
# some containers keep, has no program.
expect_gone() {
    tries=0
    while readlink "/proc/$1/exe" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || fail "$2: $(ps -o pid,ppid,stat,args -p "$1")"
        sleep 0.1
    done
}

# jobs_here: the ranks in this folder, and the launchers, which may be about to start some.
jobs_here() {
    ranks_here
    for directory in /proc/[0-9]*; do
        [ "$(readlink "$directory/cwd")" = "$PWD" ] || continue
        case "$(tr '\0' ' ' <"$directory/cmdline")" in
        mpirun\ * | */launch/mpirun\ * | */launch/supervise\ *) echo "${directory#/proc/}" ;;
        esac
    done 2>/dev/null
}

# expect_nobody WHEN: within 10 s nothing of a job in this folder is alive.
expect_nobody() {
    tries=0
    while [ -n "$(jobs_here)" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] ||
            fail "$1: alive after 10 s: $(jobs_here | xargs ps -o pid,ppid,stat,args -p)"
        sleep 0.1
    done
}

expect_code() {
    [ "$code" = "$1" ] || fail "exit code $code instead of $1${2:+: $2}"
}


# value KEY RUN: a value of RUN/summary.json, without quotes.
value() {
    sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$2/summary.json"
}

# expect_sentence WORDS...: dltrain failed and said one line on stderr, in which each of the words stands.
expect_sentence() {
    [ "$code" != 0 ] || fail "exit code 0 where an error was expected: $*"
    said=$(grep -c '^dltrain: ' err || true)
    [ "$said" = 1 ] || fail "$said sentences instead of one: $*"
    for words in "$@"; do
        grep '^dltrain: ' err | grep -qF -- "$words" || fail "the sentence lacks '$words'"
    done
}

# No temporary file and no summary anywhere below the folder.
expect_no_leftovers() {
    left=$(find . -name '*.tmp' -o -name 'summary.json')
    [ -z "$left" ] || fail "left behind: $left"
}

# Flips the bits of one byte: flip FILE OFFSET.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059 # an octal escape
    printf "\\$(printf %o $((255 - byte)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

make_digits() {
    try "$dltrain" data synth digits --out data --samples "$1" --test-samples 60 --seed 3 --shards 3
    expect_code 0 "data synth"
}
