#!/bin/sh
# Usage: outputs.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# Output that cannot be written: one sentence, nothing half written, and checkpoints of before stay whole.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"

no_space=28
io_error=5

# Below a regular file nothing can be made, not even by root.
unwritable() {
    : >file
    for ranks in 1 4; do
        run_ranks $ranks train run.yaml --out file/run
        expect_sentence "cannot make the directory file: Not a directory"
        expect_no_leftovers
    done
}

# The run's first checkpoint: each write call of it in turn finds the disk full.
full_at_first_checkpoint() {
    for nth in 1 2 3 5 8 13; do
        faulty 2 "FAULT_CALL=write FAULT_PATH=checkpoints/.step FAULT_NTH=$nth+ FAULT_ERRNO=$no_space" \
            train run.yaml --out run
        expect_sentence "No space left on device"
        [ ! -e run ] || fail "write $nth left $(find run)"
    done
}

# A later one: what was there stays, can be resumed, and ends where an undisturbed run ends.
full_at_later_checkpoint() {
    train_here 1
    mv run whole
    faulty 3 "FAULT_CALL=write FAULT_PATH=checkpoints/.step-000000012 FAULT_NTH=2+ FAULT_ERRNO=$no_space" \
        train run.yaml --out run
    expect_sentence "No space left on device"
    expect_folder_of_two
    run_ranks 2 train run.yaml --out run --resume
    expect_code 0 "resuming"
    [ "$(value state_hash run)" = "$(value state_hash whole)" ] || fail "the resumed run ends elsewhere"
}

expect_folder_of_two() {
    [ -e run/checkpoints/step-000000004.h5 ] || fail "the first checkpoint is gone"
    [ -e run/checkpoints/step-000000008.h5 ] || fail "the second checkpoint is gone"
    [ ! -e run/summary.json ] || fail "a failed run has a summary"
    left=$(find run -name '*.tmp')
    [ -z "$left" ] || fail "left behind: $left"
}

failing_disk() {
    faulty 2 "FAULT_CALL=fsync FAULT_PATH=checkpoints/.step FAULT_NTH=all FAULT_ERRNO=$io_error" train run.yaml --out run
    expect_sentence "Input/output error"
    faulty 2 "FAULT_CALL=rename FAULT_PATH=checkpoints/step FAULT_NTH=all FAULT_ERRNO=$io_error" train run.yaml --out run
    expect_sentence "cannot rename" "Input/output error"
    faulty 2 "FAULT_CALL=write FAULT_PATH=config.yaml FAULT_ERRNO=$no_space" train run.yaml --out run
    expect_sentence "No space left on device"
    [ ! -e run ] || fail "left behind: $(find run)"
}

# A disk that takes nothing more, not even that a file is emptied. HDF5 must not stumble over it at the end of the job.
dead_disk() {
    for nth in 2 20 60; do
        for ranks in 1 2; do
            faulty $ranks "FAULT_CALL=open,write,fsync,truncate,rename FAULT_PATH=checkpoints/ FAULT_RANK=0 \
                FAULT_NTH=$nth+ FAULT_ERRNO=$io_error" train run.yaml --out run
            expect_code 1
            expect_sentence "checkpoints/" "Input/output error"
        done
    done
}

full_at_metrics() {
    faulty 2 "FAULT_CALL=write FAULT_PATH=metrics.jsonl FAULT_ERRNO=$no_space" train run.yaml --out run
    expect_sentence "cannot write run/metrics.jsonl: No space left on device"
    expect_no_leftovers
}

# The line of the very update whose checkpoint is due next: that is not written, so that the resumed run logs the update.
full_at_line_before_checkpoint() {
    set -- --set log.every_steps=1 --set checkpoint.every_steps=2
    faulty 2 "FAULT_CALL=write FAULT_PATH=metrics.jsonl FAULT_NTH=7 FAULT_ERRNO=$no_space" train run.yaml --out run "$@"
    expect_sentence "cannot write run/metrics.jsonl: No space left on device"
    run_ranks 2 train run.yaml --out run "$@" --resume
    expect_code 0
    logged=$(sed -n 's/^{"step": \([0-9]*\), .*"loss".*$/\1/p' run/metrics.jsonl | tr '\n' ' ')
    [ "$logged" = "$(seq -s ' ' 12) " ] || fail "the log has the updates $logged"
}

full_at_predictions() {
    train_here 1
    for nth in 1 2 4; do
        faulty 2 "FAULT_CALL=write FAULT_PATH=.scores.h5 FAULT_NTH=$nth FAULT_ERRNO=$no_space" \
            predict run --data good.h5 --out scores.h5
        expect_sentence "No space left on device"
        [ -z "$(find . -name '*scores.h5*')" ] || fail "left behind: $(find . -name '*scores.h5*')"
    done
}

full_at_synth() {
    for nth in 1 3; do
        faulty 1 "FAULT_CALL=write FAULT_PATH=made FAULT_NTH=$nth FAULT_ERRNO=$no_space" \
            data synth blobs --out made --samples 2000
        expect_sentence "No space left on device"
        [ -z "$(find . -path './made*' -type f)" ] || fail "left behind: $(find made -type f)"
    done
}

# Ctrl-C amid a set of gigabytes leaves nothing of it, and no empty folders.
stopped_synth() {
    # Half of what there is room for, which takes far longer than the signal.
    samples=$(df -Pk . | awk 'NR == 2 { count = $4 / 2; print int(count > 5e7 ? 5e7 : count) }')
    for signal in INT TERM; do
        env --default-signal=INT "$dltrain" data synth digits --out made/deep/set \
            --samples "$samples" >out 2>err &
        drawing=$!
        tries=0
        until [ -s made/deep/set/.train-00000-of-00001.h5.tmp ]; do
            tries=$((tries + 1))
            [ $tries -lt 100 ] || fail "nothing is drawn"
            sleep 0.1
        done
        kill -$signal $drawing
        code=0
        wait $drawing || code=$?
        expect_code 1 "SIG$signal"
        expect_sentence "stopped by a signal"
        [ ! -e made ] || fail "left behind: $(find made)"
    done
}

# A file system that is really full.
full_file_system() {
    mkdir small
    mount -t tmpfs -o size=48k tmpfs small 2>mount.err || {
        echo "skipped: no file system can be mounted here: $(cat mount.err)"
        exit 77
    }
    trap 'umount "$work/small"; rm -rf "$work"' EXIT
    for ranks in 1 4; do
        run_ranks $ranks train run.yaml --out small/run --set train.epochs=50 --set log.every_steps=1
        expect_sentence "small/run"
        [ -z "$(find small -name '*.tmp')" ] || fail "left behind: $(find small -name '*.tmp')"
        rm -rf small/run
    done
}

write_run_file
"$scenario"
