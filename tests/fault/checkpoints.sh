#!/bin/sh
# Usage: checkpoints.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# Damaged checkpoints, checkpoints of other models, and runs that diverge.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"
kill_late_ranks

newest=run/checkpoints/step-000000012.h5

# damage FILE: flips a byte in the middle.
damage() {
    flip "$1" $(($(wc -c <"$1") / 2))
}

# The one before is used, said once, and the run ends as if nothing had been.
damaged_newest() {
    for ranks in 1 4; do
        rm -rf run
        train_here 1
        whole=$(value state_hash run)
        damage $newest
        run_ranks $ranks train run.yaml --out run --resume
        expect_code 0 "resuming beside a damaged checkpoint"
        [ "$(grep -c '^dltrain: ' err)" = 1 ] || fail "not one sentence"
        grep -q "^dltrain: warning: .*step-000000012.h5.*; the checkpoint before it is used" err ||
            fail "the damaged file is not named"
        grep -q "resumed *update 8" out || fail "not resumed from the checkpoint before"
        [ "$(value state_hash run)" = "$whole" ] || fail "the resumed run ends elsewhere"
    done
}

truncated_newest() {
    train_here 1
    whole=$(value state_hash run)
    head -c 3000 $newest >cut && mv cut $newest
    run_ranks 3 train run.yaml --out run --resume
    expect_code 0
    grep -q "resumed *update 8" out || fail "not resumed from the checkpoint before"
    [ "$(value state_hash run)" = "$whole" ] || fail "the resumed run ends elsewhere"
}

all_damaged() {
    train_here 1
    rm -f run/summary.json
    for file in run/checkpoints/step-*.h5; do
        damage "$file"
    done
    for ranks in 1 4; do
        run_ranks $ranks train run.yaml --out run --resume
        [ "$code" = 1 ] || fail "exit code $code"
        expect_sentence "none of the 3 checkpoints in run/checkpoints is intact"
        expect_no_leftovers
    done
}

# Wherever the byte is: the file is refused, or the byte means nothing.
any_byte() {
    train_here 1
    cp $newest good.step
    bytes=$(wc -c <good.step)
    run_ranks 1 predict run --data good.h5 --out expected.csv --overwrite --checkpoint good.step
    expect_code 0
    for k in 0 1 2 3 4 5 6 7 8 9 10 11; do
        cp good.step bad.step
        flip bad.step $((k * (bytes - 1) / 11))
        rm -f found.csv
        run_ranks 1 predict run --data good.h5 --out found.csv --overwrite --checkpoint bad.step
        if [ "$code" = 0 ]; then
            cmp found.csv expected.csv ||
                fail "a flipped byte at $((k * (bytes - 1) / 11)) changed the predictions"
        else
            expect_sentence "bad.step"
        fi
    done
}

damaged_for_eval_and_predict() {
    train_here 1
    damage run/checkpoints/best.h5
    for ranks in 1 4; do
        run_ranks $ranks predict run --data good.h5 --out scores.h5 --overwrite --checkpoint run/checkpoints/best.h5
        expect_sentence "best.h5"
        run_ranks $ranks eval run --data good.h5 --checkpoint run/checkpoints/best.h5
        expect_sentence "best.h5"
    done
    [ -z "$(find . -name '*scores*')" ] || fail "a file of predictions was left"
}

another_model_to_resume() {
    train_here 1
    for ranks in 1 4; do
        run_ranks $ranks train run.yaml --out run --resume --set "model=[{dense: 3, name: scores}]"
        expect_sentence "run/checkpoints/step-000000012.h5"
    done
}

another_run_to_resume() {
    train_here 1
    for change in train.batch=15 seed=3 data.validation=0.5 precision=bf16; do
        run_ranks 2 train run.yaml --out run --resume --set $change
        expect_sentence "resume with the run file that began the run"
    done
    # What was refused has not changed the run.
    run_ranks 2 train run.yaml --out run --resume
    expect_code 0
}

another_model_to_begin_from() {
    train_here 1
    rm run/summary.json
    refused "run/checkpoints/best.h5" "/params/wide/" -- --set train.init_from=run/checkpoints/best.h5 \
        --set "model=[{dense: 8, name: wide}, {dense: 3, name: scores}]"
    refused "run/checkpoints/best.h5" "[8, 3]" "[9, 3]" -- --set train.init_from=run/checkpoints/best.h5 \
        --set "model=[{dense: 9, name: hidden}, {dense: 3, name: scores}]"
    refused "absent.h5" -- --set train.init_from=absent.h5
}

# What a batch norm has learnt of its inputs goes with its parameters. What begins afresh is said.
begun_with_running_statistics() {
    layers="[{dense: 8, name: hidden}, {batch_norm: {}, name: bn}, {dense: 3, name: scores}]"
    run_ranks 1 train run.yaml --out normed --set "model=$layers"
    expect_code 0 "training a batch norm"
    run_ranks 2 train run.yaml --out again --set "model=$layers" --set train.epochs=1 \
        --set train.init_from=normed/checkpoints/best.h5
    expect_code 0 "beginning from a batch norm"
    grep -q ' 2 of 2 running statistics$' out || fail "running statistics are not taken"
    run_ranks 1 train run.yaml --out afresh --set "model=[{dense: 8, name: hidden}, \
{batch_norm: {}, name: other}, {dense: 3, name: scores}]" --set train.strict=false \
        --set train.init_from=normed/checkpoints/best.h5
    expect_code 0 "another batch norm"
    grep -q ' 0 of 2 running statistics; the others begin afresh$' out ||
        fail "what begins afresh is not said"
    rm -r normed again afresh
}

# Another number of classes: the body is taken, the head is begun anew, and both are said, once.
partly_another_model_to_begin_from() {
    train_here 1
    rm run/summary.json
    for ranks in 1 2; do
        # A run folder stands for its weights.
        from=run/checkpoints/best.h5
        [ $ranks = 1 ] || from=run
        run_ranks $ranks train run.yaml --out fine --overwrite --set train.init_from=$from \
            --set train.strict=false --set optimizer.sgd.lr=0 \
            --set "model=[{dense: 8, name: hidden}, relu, {dense: 4, name: scores}]"
        expect_code 0 "fine-tuning with 4 classes at np $ranks"
        [ "$(grep -c 'init_from  2 of 4 parameters .*/params/hidden/weight' out)" = 1 ] || fail "what was taken is not said"
        [ "$(grep -c '/params/scores/weight \[8, 3\], this run needs \[8, 4\]' out)" = 1 ] || fail "what was not is not said"
    done
    rm -r fine
    begun_with_running_statistics
    refused "no parameter that fits" -- --set train.init_from=run/checkpoints/best.h5 --set train.strict=false \
        --set "model=[{dense: 3, name: other}]"
}

nothing_to_apply() {
    for ranks in 1 4; do
        run_ranks $ranks eval absent --data good.h5
        expect_sentence "absent"
        run_ranks $ranks predict absent --data good.h5 --out scores.h5
        expect_sentence "absent"
    done
}

predict_without_targets() {
    data unlabelled wide
    train_here 1
    for ranks in 1 4; do
        run_ranks $ranks predict run --data unlabelled.h5 --out scores.h5 --overwrite
        expect_code 0 "predicting without targets"
        [ -s scores.h5 ] || fail "no predictions"
        run_ranks $ranks eval run --data unlabelled.h5
        expect_sentence "unlabelled.h5 has no dataset 'y'"
        run_ranks $ranks eval run --data wide.h5
        expect_sentence "[7]" "[6]"
        run_ranks $ranks predict run --data wide.h5 --out wide_scores.h5
        expect_sentence "[7]" "[6]"
        [ ! -e wide_scores.h5 ] || fail "a file of predictions was left"
    done
}

# The loss leaves the range of numbers after a good first epoch, whose checkpoint is kept and good.
not_finite() {
    set -- --set "schedule={multi_step: {milestones: [2], gamma: 1e30}}"
    for ranks in 1 4; do
        run_ranks $ranks train run.yaml --out run --overwrite "$@"
        expect_code 3
        expect_sentence "the loss is no longer finite after update"
        [ "$(value stop_reason run)" = nonfinite ] || fail "the summary does not say so"
        last=$(find run/checkpoints -name 'step-*.h5' | sort | tail -n 1)
        [ "$last" = run/checkpoints/step-000000008.h5 ] || fail "the last checkpoint is $last"
        run_ranks 1 eval run --data good.h5
        expect_code 0 "the last good checkpoint"
    done
}

not_finite_at_once() {
    run_ranks 4 train run.yaml --out run --set optimizer.sgd.lr=1e30
    expect_code 3
    [ "$(value stop_reason run)" = nonfinite ] || fail "the summary does not say so"
    [ -z "$(find run/checkpoints -name '*.h5')" ] || fail "a checkpoint of a diverged state"
}

# Killed between the two files of an epoch's end: the best state is there before a checkpoint that knows of it.
killed_before_checkpoint() {
    set -- --set early_stopping='{min_delta: 1000, restore_best: true}'
    run_ranks 1 train run.yaml --out whole "$@"
    expect_code 0
    faulty 2 "FAULT_CALL=rename FAULT_PATH=checkpoints/ FAULT_RANK=0 FAULT_NTH=2 FAULT_SIGNAL=9" \
        train run.yaml --out run "$@"
    [ "$code" != 0 ] || fail "the run was not killed"
    [ -e run/checkpoints/best.h5 ] || fail "there is no best state"
    run_ranks 2 train run.yaml --out run "$@" --resume
    expect_code 0
    [ "$(value state_hash run)" = "$(value state_hash whole)" ] || fail "the resumed run ends elsewhere"
}

# Killed at the end of an epoch, after the log has its line: the resumed run does not log it again.
killed_at_epoch_end() {
    set -- --set data.validation=0.2 --set train.batch=12 --set checkpoint='{every_steps: 4, every_epochs: 0}'
    faulty 2 "FAULT_CALL=rename FAULT_PATH=checkpoints/best FAULT_RANK=0 FAULT_NTH=2 FAULT_SIGNAL=9" \
        train run.yaml --out run "$@"
    [ "$code" != 0 ] || fail "the run was not killed"
    run_ranks 2 train run.yaml --out run "$@" --resume
    expect_code 0
    logged=$(sed -n 's/^.*"epoch": \([0-9]*\),.*"train_loss".*$/\1/p' run/metrics.jsonl | tr '\n' ' ')
    [ "$logged" = '1 2 3 ' ] || fail "the log has the epochs $logged"
}

write_run_file
"$scenario"
