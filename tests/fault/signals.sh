#!/bin/sh
# Usage: signals.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# SIGINT, SIGTERM and SIGUSR1, to the launcher or to one rank: all ranks stop at the same update and write a
# checkpoint, and the exit code is 75.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"

# start N: a run without an end, in the background; its process is $launcher. A shell's background jobs ignore
# SIGINT, which a program started from a terminal does not.
start() {
    set -- "$1" "$dltrain" train run.yaml --out run --set train.epochs=100000000
    rm -rf run
    ranks=$1
    shift
    [ "$ranks" = 1 ] || set -- sh "$root/launch/mpirun" -np "$ranks" "$@"
    env --default-signal=INT "$@" >out 2>err </dev/null &
    launcher=$!
    tries=0
    until [ -n "$(find run/checkpoints -name 'step-*.h5' 2>/dev/null)" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || fail "the run did not begin"
        sleep 0.1
    done
}

# The process of a rank, by the environment that the launcher gave it.
process_of_rank() {
    for directory in /proc/[0-9]*; do
        [ "$(readlink "$directory/cwd")" = "$work" ] || continue
        [ "$(readlink "$directory/exe")" = "$(readlink -f "$dltrain")" ] || continue
        if tr '\0' '\n' <"$directory/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then
            echo "${directory#/proc/}"
            return
        fi
    done
}

expect_stopped() {
    code=0
    wait "$launcher" || code=$?
    expect_code 75 "$1"
    [ "$(value stop_reason run)" = signal ] || fail "$1: stopped for another reason"
    last=$(value steps run)
    [ -e "$(printf 'run/checkpoints/step-%09d.h5' "$last")" ] || fail "$1: no checkpoint of update $last"
    [ -z "$(find run -name '*.tmp')" ] || fail "$1: left behind: $(find run -name '*.tmp')"
    run_ranks 1 train run.yaml --out run --resume --set train.epochs=$((last / 4 + 1))
    expect_code 0 "$1: resuming"
}

launcher() {
    for signal in INT TERM USR1; do
        start 3
        kill -$signal "$launcher"
        expect_stopped "SIG$signal to the launcher"
    done
}

one_rank() {
    [ -d /proc/self ] || { echo "skipped: no /proc to find a rank's process in" && exit 77; }
    for signal in INT TERM USR1; do
        start 3
        kill -$signal "$(process_of_rank 2 2>/dev/null)"
        expect_stopped "SIG$signal to rank 2"
    done
}

without_launcher() {
    for signal in INT TERM USR1; do
        start 1
        kill -$signal "$launcher"
        expect_stopped "SIG$signal to a run of one rank"
    done
}

write_run_file
"$scenario"
