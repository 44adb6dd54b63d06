#!/bin/sh
# Usage: hangup.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# Closed terminals, killed launchers, closed pipes, full outputs: no rank trains on unwatched, all
# stop with a checkpoint, and a resumed run ends as an undisturbed one.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"

[ -d /proc/self ] || { echo "skipped: no /proc to find processes in" && exit 77; }
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM

# start COMMAND...: a run without an end, which prints next to nothing, in a session of its own; its
# process is $launcher.
start() {
    rm -rf run
    setsid env --default-signal=INT,QUIT,HUP "$@" train run.yaml --out run --set train.epochs=100000000 \
        --set log.every_steps=1000000 >out 2>err </dev/null &
    launcher=$!
    tries=0
    until [ -n "$(find run/checkpoints -name 'step-*.h5' 2>/dev/null)" ]; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || fail "the run did not begin"
        sleep 0.1
    done
}

# Nobody is there any more; the run has a checkpoint of its last update, and goes on.
expect_end() {
    expect_nobody "$1"
    [ "$(value stop_reason run)" = signal ] || fail "$1: the run did not stop in order"
    [ ! -e run/.lock ] || fail "$1: the run folder is still locked"
    last=$(value steps run)
    [ -e "$(printf 'run/checkpoints/step-%09d.h5' "$last")" ] || fail "$1: no checkpoint of update $last"
    set -- --set "train.epochs=$((last / 4 + 1))" --set checkpoint.every_epochs=0
    run_ranks 1 train run.yaml --out run --resume "$@"
    expect_code 0 "resuming"
    run_ranks 1 train run.yaml --out whole --overwrite "$@"
    [ "$(value state_hash run)" = "$(value state_hash whole)" ] || fail "the resumed run ends in another state"
}

hung_up() {
    for signal in HUP QUIT; do
        start "$dltrain"
        kill -$signal "$launcher"
        expect_end "SIG$signal to dltrain"
        start "$root/launch/mpirun" -np 2 "$dltrain"
        kill -$signal -"$launcher"
        expect_end "SIG$signal to launch/mpirun and its group"
    done
    start env --ignore-signal=HUP "$dltrain"
    kill -HUP "$launcher"
    sleep 0.5
    kill -0 "$launcher" || fail "a run that ignores SIGHUP has ended"
    kill -TERM "$launcher"
    expect_end "SIGTERM after an ignored SIGHUP"
}

# What holds the terminal's other side is killed, as a window or a connection is closed.
closed_terminal() {
    pty=$(dirname "$fault")/pty
    start "$pty" 80 "$dltrain"
    kill -KILL "$launcher"
    expect_end "closing the terminal of dltrain"
    start "$pty" 80 "$root/launch/mpirun" -np 2 "$dltrain"
    kill -KILL "$launcher"
    expect_end "closing the terminal of launch/mpirun"
}

killed() {
    start mpirun --oversubscribe -np 2 "$dltrain"
    kill -KILL "$launcher"
    expect_end "kill -9 of mpirun"
    start "$root/launch/mpirun" -np 2 "$dltrain"
    kill -KILL "$launcher"
    expect_end "kill -9 of launch/mpirun"
    start "$root/launch/mpirun" -np 2 "$dltrain"
    kill -KILL -"$launcher"
    expect_end "kill -9 of launch/mpirun and its group"
    start mpirun --oversubscribe -np 2 sh -c '"$@"; exit $?' between "$dltrain"
    kill -KILL "$launcher"
    expect_end "kill -9 of mpirun, a shell between it and the ranks"
}

supervised() {
    cat >job <<'JOB'
#!/bin/sh
shift
exec "$SUPERVISE" -np 2 "$@"
JOB
    chmod +x job
    SUPERVISE=$root/launch/supervise DLTRAIN=$dltrain
    export SUPERVISE DLTRAIN
    for signal in HUP KILL; do
        start ./job
        kill -$signal "$launcher"
        expect_end "SIG$signal to launch/supervise"
    done
}

# Before the first update there is nothing to be saved.
killed_while_starting() {
    for pause in 0.05 0.15 0.3 0.6; do
        mpirun --oversubscribe -np 3 "$dltrain" train run.yaml --out run --overwrite --set train.epochs=100000000 \
            >out 2>err </dev/null &
        launcher=$!
        sleep $pause
        kill -KILL $launcher
        expect_nobody "kill -9 of mpirun after $pause s"
        run_ranks 1 train run.yaml --out run --overwrite
        expect_code 0 "the next run"
    done
}

# As run_ranks, but its output is what the caller makes of it.
run_openly() {
    ranks=$1
    shift
    if [ "$ranks" = 1 ]; then
        "$dltrain" "$@" 2>err </dev/null
    else
        "$root/launch/mpirun" -np "$ranks" "$dltrain" "$@" 2>err </dev/null
    fi
}

# Who reads the output has seen enough. Training ends with a checkpoint, one sentence, and exit code
# 1.
closed_pipe() {
    for ranks in 1 3; do
        rm -rf run
        {
            run_openly $ranks train run.yaml --out run --set train.epochs=100000000 || echo $? >code
        } | head -n 1 >first
        [ "$(cat code)" = 1 ] || fail "np $ranks: exit code $(cat code)"
        [ -s first ] || fail "np $ranks: nothing was printed"
        [ "$(grep -c 'cannot print: the output is closed or full' err)" = 1 ] || fail "np $ranks: not one sentence"
        expect_end "a closed pipe at np $ranks"
        for words in help list "help train" "inspect run" "data info good.h5"; do
            # shellcheck disable=SC2086 # several words
            { run_openly $ranks $words || true; } | head -n 1 >first
            [ -s first ] || fail "np $ranks, $words: nothing was printed"
            ! grep -qi 'segmentation\|aborting' err || fail "np $ranks, $words: no quiet end"
        done
    done
}

full_output() {
    [ -c /dev/full ] || { echo "skipped: no /dev/full" && exit 77; }
    train_here 1
    mv run done
    for ranks in 1 3; do
        for words in "train run.yaml --out run --set train.epochs=100000000" "eval done --data good.h5" list \
            "verify run.yaml --steps 3 --out v" "predict done --data good.h5 --out scores-$ranks.h5"; do
            # shellcheck disable=SC2086 # several words
            code=0 && run_openly $ranks $words >/dev/full || code=$?
            expect_code 1 "np $ranks: $words"
            [ "$(grep -c 'cannot print' err)" = 1 ] || fail "np $ranks, $words: not one sentence"
        done
        expect_end "a full output at np $ranks"
        rm -rf run
    done
    for words in help --version --help "plan run.yaml" "inspect done" "data info good.h5" "help train" "train run.yaml --print-folder"; do
        # shellcheck disable=SC2086 # several words
        code=0 && run_openly 1 $words >/dev/full || code=$?
        expect_code 1 "$words"
        [ "$(grep -c 'cannot print' err)" = 1 ] || fail "$words: not one sentence"
    done
}

# Without any descriptor to read from or write to a run's own files must not take their place.
no_descriptors() {
    for ranks in 1 3; do
        code=0 && run_openly $ranks train run.yaml --out run-$ranks >&- <&- || code=$?
        expect_code 1 "np $ranks without an output"
        code=0 && run_openly $ranks train run.yaml --out run-$ranks --overwrite >out 2>&- <&- || code=$?
        expect_code 0 "np $ranks without a stderr"
        run_ranks 1 inspect run-$ranks/checkpoints/step-000000012.h5
        expect_code 0 "the checkpoint"
        grep -q 'checksums: all .* match' out || fail "the checkpoint is damaged"
    done
}

write_run_file
"$scenario"
