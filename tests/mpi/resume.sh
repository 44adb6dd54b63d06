#!/bin/sh
# Usage: resume.sh REPOSITORY DLTRAIN FAULT MAKE_DATA SCENARIO
# What a resumed run makes of stored values when its run file has changed: each is still what it was, or begins anew with a
# word, or the change is refused.
set -u
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
. "$root/tests/support/lib.sh"
. "$root/tests/fault/common.sh"
kill_late_ranks

# go_on N SETTING...: resumes with --set for each.
go_on() {
    ranks=$1
    shift
    sets=
    for each in "$@"; do
        sets="$sets --set $each"
    done
    # shellcheck disable=SC2086
    run_ranks "$ranks" train run.yaml --out run --resume $sets
}

begin() {
    rm -rf run
    # shellcheck disable=SC2086
    run_ranks 1 train run.yaml --out run "$@"
    expect_code 0 "the first run"
}

says() {
    grep -qF -- "$1" out || fail "the run does not say '$1'"
}

is_silent() {
    ! grep -q '^changed\|^anew' out || fail "the run says something: $(grep '^changed\|^anew' out)"
}

# epoch KEY N: a value of the line of epoch N.
epoch() {
    sed -n "s/.*\"epoch\": *$2,.*\"$1\": *\([^,}]*\).*/\1/p" run/metrics.jsonl | tail -n 1
}

# The other monitor's best is that of later epochs alone.
other_monitor() {
    for ranks in 1 2; do
        begin --set data.validation=0.25 --set early_stopping.monitor=val_loss --set early_stopping.restore_best=true
        go_on $ranks data.validation=0.25 early_stopping.restore_best=true early_stopping.monitor=val_accuracy train.epochs=5
        expect_code 0
        says "changed    early_stopping.monitor was val_loss and is val_accuracy from here on"
        says "anew       the best value and patience begin anew: early_stopping.monitor"
        step=$(value restored_step run)
        [ -z "$step" ] || [ "$step" -gt 9 ] || fail "the best is of update $step, before the monitor changed"
    done
}

# The default's own name is no other monitor.
same_monitor_by_name() {
    begin --set data.validation=0.25
    go_on 2 data.validation=0.25 early_stopping.monitor=val_loss
    is_silent
    begin
    go_on 1 early_stopping.monitor=train_loss
    is_silent
    go_on 1 data.validation=good.h5 train.epochs=4
    says "changed    early_stopping.monitor was train_loss and is val_loss from here on"
    says "anew       the best value and patience begin anew: early_stopping.monitor"
}

other_loss_and_metrics() {
    begin --set metrics=[accuracy]
    go_on 2 metrics=[accuracy] train.epochs=4 loss.cross_entropy.label_smoothing=0.1
    expect_code 0
    says "changed    loss.cross_entropy.label_smoothing was 0 and is 0.1 from here on"
    says "anew       the best value and patience begin anew: loss.cross_entropy.label_smoothing"
    begin --set metrics=[accuracy]
    go_on 1 "metrics=[accuracy,f1]" train.epochs=4
    expect_code 0
    says "changed    metrics was 1 item and is 2 items from here on"
    ! grep -q '^anew' out || fail "the loss is the monitor, and other metrics begin it anew"
}

# In the middle of an epoch, where the sums of the first metric are part of the state.
other_metrics_in_mid_epoch() {
    for ranks in 1 2; do
        begin --set metrics=[accuracy] --set checkpoint.every_steps=6 --set checkpoint.every_epochs=0 --set checkpoint.keep=9
        rm run/checkpoints/step-000000012.h5
        go_on $ranks "metrics=[f1,accuracy]" checkpoint.every_epochs=0
        expect_code 0
        says "anew       loss and metric of epoch 2 are those of its rest"
        grep -q train_f1 run/metrics.jsonl || fail "no train_f1"
    done
}

other_validation_data() {
    for seed in 1 2; do
        try "$dltrain" data synth blobs --set features=6 --set classes=3 --samples 60 --test-samples 0 --seed $seed --out set$seed
        expect_code 0 "data synth"
    done
    begin --set data.validation=set1/train
    mv set1 moved
    go_on 2 data.validation=moved/train train.epochs=4
    expect_code 0
    ! grep -q "^anew" out || fail "another way to the same data begins something anew"
    go_on 1 data.validation=set2/train train.epochs=5
    expect_code 0
    says "anew       the best value and patience begin anew: other validation data"
    # Without an importer's fingerprint another name may be another set.
    cp good.h5 other.h5
    begin --set data.validation=good.h5
    go_on 1 data.validation=other.h5 train.epochs=4
    says "anew       the best value and patience begin anew: other validation data"
}

# By other data of the same name, shape, first and last sample, without an importer's fingerprint.
replaced_data() {
    data uneven constant
    begin --set data.validation=0.25
    cp good.h5 before.h5
    for other in uneven constant; do
        cp $other.h5 good.h5
        go_on 2 data.validation=0.25 train.epochs=4
        expect_code 4 "data replaced by $other"
        expect_sentence "another training data set"
    done
    cp before.h5 good.h5
    cp before.h5 held.h5
    begin --set data.validation=held.h5
    cp uneven.h5 held.h5
    go_on 1 data.validation=held.h5 train.epochs=4
    says "anew       the best value and patience begin anew: other validation data"
}

# A run that stopped early.
more_patience() {
    stop="--set optimizer.sgd.lr=1e-30 --set early_stopping.patience=1 --set train.epochs=5"
    for change in early_stopping.patience=9 early_stopping.patience=off; do
        # shellcheck disable=SC2086
        begin $stop
        [ "$(value stop_reason run)" = early_stopping ] || fail "the run has not stopped early"
        [ "$(value epochs run)" -lt 5 ] || fail "the run has not stopped early"
        cp run/config.yaml before.yaml
        go_on 2 optimizer.sgd.lr=1e-30 train.epochs=5 early_stopping.patience=1
        cmp -s run/config.yaml before.yaml || fail "a resume that did nothing has changed config.yaml"
        go_on 2 optimizer.sgd.lr=1e-30 train.epochs=5 $change
        expect_code 0
        [ "$(value epochs run)" = 5 ] || fail "$change: ended after epoch $(value epochs run)"
        says "goes on    it had stopped after"
    done
    # shellcheck disable=SC2086
    begin $stop
    go_on 1 optimizer.sgd.lr=1e-30 train.epochs=5 early_stopping.patience=1 early_stopping.min_delta=0.5
    says "anew       patience is counted anew: early_stopping.min_delta"
}

# Nothing is left to train: what is asked for does not become the run's.
nothing_to_do() {
    begin
    cp run/config.yaml before.yaml
    for ranks in 1 2; do
        go_on $ranks optimizer.sgd.lr=0.5
        expect_code 0
        cmp -s run/config.yaml before.yaml || fail "config.yaml was written"
        says "nothing is left to train"
    done
    go_on 1 optimizer.sgd.lr=0.5 train.epochs=4
    grep -q 'lr: 0.5' run/config.yaml || fail "config.yaml was not written"
}

refused_changes() {
    begin
    ranks=4
    for change in train.batch=15 optimizer=adam train.micro_batch=3 seed=3 optimizer.sgd.momentum=0 data.shuffle=false \
        "model.0.dense.units=9" "model.1=tanh" train.ema=0.9 precision=bf16; do
        go_on $ranks train.epochs=4 "$change"
        expect_code 4 "$change"
        expect_sentence "run/checkpoints/step-000000012.h5"
        [ "$change" != optimizer=adam ] || ranks=1
    done
    go_on 1 train.epochs=4 train.ema=0.9
    expect_sentence "train.ema was null and is 0.9"
    go_on 1 train.epochs=4 optimizer.sgd.momentum=0
    expect_sentence "optimizer.sgd.momentum was 0.9 and is 0"
    go_on 1 train.epochs=4 loss.cross_entropy.class_weights=balanced
    expect_sentence "loss.cross_entropy.class_weights was null and is [balanced]"
    go_on 2
    expect_code 0 "after refusals"
}

free_changes() {
    begin
    go_on 2 name=other checkpoint.keep=7 log.every_steps=3 comm.strategy=sharded comm.hierarchy=false train.check_every=1 \
        train.watchdog_s=100 data.prefetch=9
    expect_code 0
    is_silent
}

# What the run file says of single parameters may change, and the run says so.
other_groups() {
    begin --set "parameters={'*/bias':{'lr_factor':2}}"
    go_on 2 "parameters={'*/bias':{'lr_factor':2}}" train.epochs=4
    expect_code 0
    ! grep -q 'changed    parameters' out || fail "the same groups are said to be others"
    go_on 2 "parameters={'*/bias':{'lr_factor':3,'freeze':true}}" train.epochs=5
    expect_code 0
    says "changed    parameters.*/bias.lr_factor was 2 and is 3 from here on"
    says "changed    parameters.*/bias.freeze was null and is true from here on"
    go_on 1 train.epochs=6
    expect_code 0
    says "changed    parameters was */bias and is "
}

# A verification shows nothing on its console.
without_console() {
    run_ranks 2 verify run.yaml --out run --steps 10 --stop-after 5
    run_ranks 2 verify run.yaml --out run --steps 10 --resume --set optimizer.sgd.lr=0.2
    grep -qF "optimizer.sgd.lr was 0.1 and is 0.2 from here on" err || fail "not a word of another rate"
}

# The schedule's own state.
other_schedule() {
    begin --set schedule.plateau.patience=0 --set optimizer.sgd.lr=1e-30
    go_on 2 optimizer.sgd.lr=1e-30 schedule=constant train.epochs=4
    expect_code 0
    says "changed    schedule was plateau and is constant from here on"
    says "anew       the schedule's state begins anew"
    begin --set schedule.plateau.patience=0 --set optimizer.sgd.lr=1e-10
    rate=$(epoch lr 3)
    go_on 1 optimizer.sgd.lr=1e-10 schedule.plateau.patience=0 schedule.plateau.factor=0.5 train.epochs=4 \
        early_stopping.monitor=train_loss
    expect_code 0
    # The rate that the plateau had reached stays, whatever is compared from here on.
    awk -v a="$rate" -v b="$(epoch lr 4)" 'BEGIN { exit !(b <= a) }' || fail "the rate was $rate and became $(epoch lr 4)"
}

# Killed after other validation data began judging anew, and before there was a new best: the old best.h5 no longer counts.
old_best_is_not_the_best() {
    begin --set early_stopping.restore_best=true
    cp run/checkpoints/best.h5 old.h5
    go_on 2 early_stopping.restore_best=true data.validation=good.h5 train.epochs=5 train.validate_every=9 \
        checkpoint.every_epochs=0 checkpoint.every_steps=13 checkpoint.keep=9
    expect_code 0
    cp old.h5 run/checkpoints/best.h5
    rm run/checkpoints/step-000000020.h5
    run_ranks 2 eval run --data good.h5
    expect_code 0
    cp out chosen
    run_ranks 2 eval run --data good.h5 --checkpoint run/checkpoints/step-000000013.h5
    cmp -s out chosen || fail "eval takes weights other than those of the newest checkpoint"
    run_ranks 2 eval run --data good.h5 --checkpoint run/checkpoints/best.h5
    ! cmp -s out chosen || fail "both have the same weights, so that nothing was tried"
}

# The best weights are asked for only now.
best_that_is_not_there() {
    begin --set checkpoint.best=false
    go_on 2 checkpoint.best=false early_stopping.restore_best=true train.epochs=5
    expect_code 0
    says "anew       the best value begins anew: best.h5 is not there"
}

write_run_file
"$scenario"
