#!/bin/sh
# Usage: survive.sh ROOT DLTRAIN FAULT_LIBRARY SCENARIO
# Runs that meet trouble in the middle: how they end, what they say, and what they leave.
set -eu
root=$1 dltrain=$2 fault=$3 scenario=$4
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

sigstop=19
eio=5
enospc=28

write_run_file() {
    try "$dltrain" data synth blobs --samples 400 --test-samples 40 --seed 3 --out data
    expect_code 0 "data synth"
    cat >run.yaml <<END
name: survive
seed: 3
data: {train: data/train}
model: [{dense: 16}, relu, {dense: 3}]
loss: cross_entropy
train: {epochs: 1000000, batch: 40, micro_batch: 10}
checkpoint: {every_epochs: 0, every_steps: 10, best: false}
END
}

# The checkpoint of the last update is there, and intact.
expect_last_checkpoint() {
    steps=$(value steps "$1")
    try "$dltrain" inspect "$(printf '%s/checkpoints/step-%09d.h5' "$1" "$steps")"
    expect_code 0 "the checkpoint of update $steps"
    grep -q 'checksums: all .* match' out || fail "the checkpoint of update $steps is damaged"
}

time_limit() {
    began=$(date +%s)
    run_ranks 2 train run.yaml --out run --time-limit 3s
    took=$(($(date +%s) - began))
    expect_code 75
    [ "$(value stop_reason run)" = time_limit ] || fail "stopped for $(value stop_reason run)"
    [ "$took" -le 10 ] || fail "a limit of 3 s took $took s"
    expect_last_checkpoint run
    SLURM_JOB_END_TIME=$(($(date +%s) + 3)) run_ranks 1 train run.yaml --out run --resume
    expect_code 75 "at the end of the Slurm job"
    [ "$(value steps run)" -gt "$steps" ] || fail "the resumed run did not go on"
    expect_last_checkpoint run
    for wrong in 1x 30m1h -5 0; do
        run_ranks 1 train run.yaml --out other --time-limit $wrong
        expect_code 2 "--time-limit $wrong"
    done
}

# The disk fills while the thread writes: the run ends by itself, with one sentence.
failed_checkpoint() {
    for async in true false; do
        faulty 2 "FAULT_CALL=rename FAULT_PATH=checkpoints/step- FAULT_NTH=3+ FAULT_RANK=0 FAULT_ERRNO=$enospc" \
            train run.yaml --out run --overwrite --set checkpoint.async=$async
        expect_code 1
        expect_sentence 'checkpoints/step-000000030.h5' 'No space left on device'
        [ -e run/checkpoints/step-000000020.h5 ] || fail "the checkpoint before is gone"
        expect_no_leftovers
    done
}

# An error that passes costs an attempt, not the run.
passing_failure() {
    set -- --set train.epochs=5
    run_ranks 1 train run.yaml --out undisturbed "$@"
    expect_code 0
    for call in open write fsync; do
        faulty 2 "FAULT_CALL=$call FAULT_PATH=checkpoints/.step FAULT_RANK=0 FAULT_NTH=2 FAULT_ERRNO=$eio" \
            train run.yaml --out run --overwrite "$@"
        expect_code 0 "an error of $call"
        grep -q 'warning: .*Input/output error; another attempt succeeded' err || fail "no word of the error of $call"
        [ "$(value state_hash run)" = "$(value state_hash undisturbed)" ] || fail "the error of $call changed the run"
        [ "$(value checkpoint_count run)" = 5 ] || fail "$(value checkpoint_count run) checkpoints instead of 5"
    done
}

# The disk stores something else than it was given, in a tensor or in HDF5's own structures, which come last and whose
# damage HDF5 may not survive, or in the seal: noticed, and written again.
flipped_on_the_way() {
    set -- train run.yaml --out run --overwrite --set train.epochs=1
    faulted="LD_PRELOAD=$fault FAULT_CALL=write FAULT_PATH=checkpoints/.step FAULT_FLIP=1"
    # shellcheck disable=SC2086 # several assignments
    try env $faulted FAULT_NTH=0 FAULT_LOG="$work/writes" "$dltrain" "$@"
    expect_code 0
    hash=$(value state_hash run)
    : >said
    writes=$(wc -l <writes)
    for nth in 1 2 $(seq $((writes - 16)) "$writes"); do
        # shellcheck disable=SC2086
        try env $faulted FAULT_NTH="$nth" "$dltrain" "$@"
        expect_code 0 "a flipped bit in write $nth"
        [ "$(value state_hash run)" = "$hash" ] || fail "write $nth changed the run"
        grep 'another attempt succeeded' err >>said || fail "write $nth is not noticed"
        expect_last_checkpoint run
    done
    for part in '/[a-z].* differs when it is read back' 'tmp: Input/output error' 'checksum of its seal does not match'; do
        grep -q "warning: .*$part.*another attempt succeeded" said || fail "nothing says '$part'"
    done
}

# hang_rank N FOLDER: stops that rank of the job that writes to the folder, once the job is on its way.
hang_rank() {
    waited=0
    until [ -e "$2/checkpoints/step-000000010.h5" ] || [ -e "$2/checkpoints/step-000000100.h5" ] ||
        [ "$(cat "$2/metrics.jsonl" 2>/dev/null | wc -l)" -gt 2 ]; do
        sleep 0.2
        waited=$((waited + 1))
        [ $waited -lt 100 ] || fail "the run does not begin"
    done
    for pid in $(pgrep -x dltrain); do
        if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$2" &&
            tr '\0' '\n' <"/proc/$pid/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then
            kill -STOP "$pid"
            return
        fi
    done
    fail "rank $1 is not running"
}

expect_hang_message() {
    expect_hang 'after update' "$@"
}

# expect_hang WORDS LINE...
expect_hang() {
    expect_code 70 "a hang"
    expect_sentence 'nothing was finished for' "$1"
    shift
    for line in "$@"; do
        grep -q "^  $line" err || fail "the message lacks '$line'"
    done
}

hung_rank() {
    hang_rank 1 "$work/run" &
    run_ranks 3 train run.yaml --out "$work/run" --set train.watchdog_s=2
    wait
    expect_hang_message 'rank 0: [a-z]* .*update [0-9]' 'rank 1: no answer' 'rank 2: [a-z]* .*update [0-9]'
}

# Rank 0 stops in the middle of a checkpoint: another one speaks.
hung_first_rank() {
    faulty 2 "FAULT_CALL=rename FAULT_PATH=checkpoints/step- FAULT_NTH=2 FAULT_RANK=0 FAULT_SIGNAL=$sigstop" \
        train run.yaml --out run --set train.watchdog_s=2 --set checkpoint.async=true
    expect_hang_message 'rank 0: no answer' 'rank 1: [a-z]* .*update [0-9]'
}

# Rank 1 stops before the first update or after the last one. Each case waits most of its time, so all run beside each
# other, each in a folder of its own.
hung_outside_updates() {
    run_ranks 1 train run.yaml --out finished --set train.epochs=2
    expect_code 0
    DLTRAIN_LINGER_S=3
    export DLTRAIN_LINGER_S
    cases=
    for hangs in in_mpi_init while_opening_data in_mpi_finalize while_predicting after_mpi; do
        mkdir $hangs
        (cd $hangs && ln -s ../data ../run.yaml . && cp -R ../finished . && stops_$hangs) &
        cases="$cases $!"
    done
    for each in $cases; do
        wait "$each" || failed=yes
    done
    [ -z "${failed:-}" ] || exit 1
}

# stops FAULTS ARGUMENT...: rank 1 is stopped by the faults.
stops() {
    faults="$1 FAULT_RANK=1 FAULT_SIGNAL=$sigstop"
    shift
    faulty 2 "$faults" "$@"
}

stops_in_mpi_init() {
    stops 'FAULT_CALL=time FAULT_AFTER_MS=1' train run.yaml --out run --set train.watchdog_s=0.5
    expect_hang '' 'rank 0: starting MPI, for' 'rank 1: no answer'
}

stops_while_opening_data() {
    stops 'FAULT_CALL=open FAULT_PATH=data/train' train run.yaml --out run --set train.watchdog_s=0.5
    expect_hang '' 'rank 0: waiting until all ranks have data' 'rank 1: no answer'
}

# The run is complete then, and goes on as one that is.
stops_in_mpi_finalize() {
    stops 'FAULT_CALL=finalize' train run.yaml --out run --set train.watchdog_s=2 \
        --set train.epochs=2
    expect_hang 'after update 20' 'rank 0: done, and leaving MPI' 'rank 1: no answer'
    run_ranks 1 train run.yaml --out run --resume --set train.epochs=2
    expect_code 0 "after a hang at the end"
    [ "$(value state_hash run)" = "$(value state_hash finished)" ] || fail "the states differ"
}

stops_while_predicting() {
    sed -i 's/watchdog_s: .*/watchdog_s: 0.5/' finished/config.yaml
    stops 'FAULT_CALL=open FAULT_PATH=data/train' predict finished --data data/train --out predictions.h5
    expect_hang '' 'rank 0: waiting until all ranks have data' 'rank 1: no answer'
}

# When the others have gone there is nobody left to notice, but for the launcher.
stops_after_mpi() {
    cat >later.sh <<'END'
echo $$ >>pids
"$@"
[ "$OMPI_COMM_WORLD_RANK" != 1 ] || kill -STOP $$
END
    try "$root/launch/mpirun" -np 2 sh "$PWD/later.sh" "$dltrain" train run.yaml --out run --set train.epochs=2
    expect_code 70 "stopped after the end"
    grep -q '^launch/mpirun: the ranks .* have ended 3 s ago, but for those that are stopped' err || fail "no word of it"
    for pid in $(cat pids); do
        expect_gone "$pid" "a rank is left"
    done
}

# The checks of every update find nothing and change nothing.
checked_replicas() {
    set -- --set train.epochs=3 --set optimizer=adam
    run_ranks 1 train run.yaml --out one "$@"
    expect_code 0
    run_ranks 3 train run.yaml --out many "$@" --set train.check_every=1
    expect_code 0
    [ "$(value state_hash one)" = "$(value state_hash many)" ] || fail "the states differ"
}

write_run_file
"$scenario"
