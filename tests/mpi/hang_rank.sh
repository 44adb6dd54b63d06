#!/bin/sh
# Usage: hang_rank.sh ROOT DLTRAIN SCENARIO
# --hang-rank: the rank waits for a debugger, nothing takes the job for hung meanwhile, and it ends
# as a run without it does.
set -eu
root=$1 dltrain=$2 scenario=$3
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
launcher=

write_run_file() {
    try "$dltrain" data synth blobs --samples 200 --test-samples 40 --seed 3 --out data
    expect_code 0 "data synth"
    cat >run.yaml <<END
name: hanging
seed: 3
data: {train: data/train}
model: [{dense: 8}, relu, {dense: 3}]
loss: cross_entropy
train: {epochs: 2, batch: 40, micro_batch: 10}
END
}

# start COMMAND RANK ARGUMENT...: two ranks in the background, with a limit that the wait exceeds;
# returns when the rank waits, with its process in $hanging.
start() {
    command=$1 rank=$2
    shift 2
    : >err
    sh "$root/launch/mpirun" -np 2 "$dltrain" "$command" run.yaml --out run --hang-rank "$rank" \
        --set train.watchdog_s=0.1 "$@" >out 2>err </dev/null &
    launcher=$!
    tries=0
    until grep -q 'waits for a debugger' err; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || fail "no rank waits"
        sleep 0.1
    done
    line="^dltrain: rank $rank waits for a debugger on $(uname -n):"
    line="$line gdb -p \([0-9]*\), .*-CONT \1)\$"
    [ "$(grep -c '^dltrain: ' err)" = 1 ] || fail "more than one line"
    hanging=$(sed -n "s/$line/\1/p" err)
    [ -n "$hanging" ] || fail "the line does not say rank, host and process"
    ranks_here | grep -qx "$hanging" || fail "$hanging is no rank here"
}

# ends WHY: the job is over with exit code 0 and the state of the undisturbed run.
ends() {
    code=0
    wait "$launcher" || code=$?
    expect_code 0 "$1"
    [ "$(value state_hash run)" = "$(value state_hash undisturbed)" ] || fail "$1: another state"
}

# Ten times the limit is what a rank that sets up is given.
released() {
    run_ranks 2 train run.yaml --out undisturbed
    expect_code 0
    start train 1
    sleep 2
    [ "$(ranks_here | wc -l)" = 2 ] || fail "a rank has not waited"
    [ ! -s run/metrics.jsonl ] || fail "training has begun"
    kill -CONT "$hanging"
    ends "after SIGCONT"
    rm -rf run
    start verify 0 --steps 3
    kill -CONT "$hanging"
    code=0
    wait "$launcher" || code=$?
    expect_code 0 "verify"
    grep -q '3 updates' out || fail "verify did not make its updates"
}

debugger() {
    command -v gdb >/dev/null 2>&1 || { echo "skipped: there is no gdb" && exit 77; }
    run_ranks 2 train run.yaml --out undisturbed
    expect_code 0
    start train 1
    gdb -batch -nx -ex 'set debuginfod enabled off' -p "$hanging" -ex continue >gdb.out 2>&1 \
        </dev/null || true
    if grep -qi 'not permitted' gdb.out; then
        kill "$launcher"
        echo "skipped: nothing may be traced here" && exit 77
    fi
    grep -q 'exited normally' gdb.out || fail "gdb: $(tail -n 5 gdb.out)"
    ends "under gdb"
}

stopped() {
    start train 0
    kill -TERM "$launcher"
    code=0
    wait "$launcher" || code=$?
    expect_code 75 "SIGTERM while a rank waits"
    expect_nobody "after SIGTERM"
}

refused() {
    for case in 1,-1 1,x 1,1.5 1, 1,99999999999999999999 1,1 4,x 4,4; do
        ranks=${case%%,*} wrong=${case#*,}
        run_ranks "$ranks" train run.yaml --out run --hang-rank "$wrong"
        expect_code 2 "--hang-rank '$wrong' at np $ranks"
        expect_sentence "'--hang-rank'" "$wrong"
        [ ! -e run ] || fail "--hang-rank '$wrong' left a run folder"
    done
}

write_run_file
"$scenario"
