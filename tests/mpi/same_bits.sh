#!/bin/sh
# Usage: same_bits.sh ROOT DLTRAIN FAULT_LIBRARY SCENARIO
# Whole runs that must end in the same state: at any number of ranks, interrupted or not.
set -eu
root=$1 dltrain=$2 fault=$3 scenario=$4
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

sigterm=15
sigkill=9

# 243 samples are left for training: 5 batches of 44 and one of 23, in micro-batches of 5 with short last ones.
write_run_file() {
    make_digits 270
    cat >run.yaml <<END
name: bits
seed: 11
data:
  train: data/train
  test: data/test
  validation: 0.1
  transform: [{scale: 0.00392156862745098}, {random_crop: {padding: 2}}, horizontal_flip]
model:
  - conv2d: {filters: 3, kernel: 3, stride: 3, bias: false}
  - batch_norm
  - relu
  - flatten
  - dropout: 0.25
  - dense: 10
loss: cross_entropy
optimizer: {adam: {lr: 0.004}}
schedule: {cosine: {warmup_steps: 4}}
train: {epochs: 2, batch: 44, micro_batch: 5, clip_norm: 1.0}
log: {every_steps: 1}
checkpoint: {every_steps: 4, async: false} # a signal at a checkpoint then stops at the next update
END
}

# complete NAME N ARGUMENT...: a run to its end.
complete() {
    name=$1 ranks=$2
    shift 2
    run_ranks "$ranks" train run.yaml --out "$name" "$@"
    expect_code 0 "$name at np $ranks"
    [ "$(value stop_reason "$name")" = finished ] || fail "$name did not finish"
}

# interrupt NAME N SIGNAL NTH ARGUMENT...: rank 0 gets the signal when its NTH checkpoint by steps is in place.
interrupt() {
    name=$1 ranks=$2 signal=$3 nth=$4
    shift 4
    faulty "$ranks" "FAULT_CALL=rename FAULT_PATH=checkpoints/step- FAULT_NTH=$nth FAULT_RANK=0 FAULT_SIGNAL=$signal" \
        train run.yaml --out "$name" "$@"
    [ "$signal" = $sigkill ] || expect_code 75 "$name stopped at np $ranks"
    [ "$code" != 0 ] || fail "$name was not stopped"
}

same_state() {
    first=$(value state_hash "$1") second=$(value state_hash "$2")
    [ -n "$first" ] && [ "$first" = "$second" ] || fail "$1 ends in state $first, $2 in $second"
}

# The losses that the run wrote down, in full.
losses() {
    sed -n 's/.*"step": \([0-9]*\),.*\("[a-z_]*loss": [^,]*\),.*/\1 \2/p' "$1/metrics.jsonl"
    for key in train_loss val_loss val_accuracy test_loss test_accuracy; do
        value $key "$1"
    done
}

same_losses() {
    losses "$1" >first
    losses "$2" >second
    [ "$(wc -l <first)" -ge 15 ] || fail "$1 has only $(wc -l <first) losses"
    cmp first second || fail "the losses of $1 and $2 differ"
}

any_number_of_ranks() {
    complete one 1
    for ranks in 2 3 4; do
        complete many $ranks --overwrite
        same_state one many
        same_losses one many
    done
}

# Attention without parameters of its own, gated, over the rows of enlarged images.
layers_of_tensors() {
    set -- --set train.epochs=1 --set "model=[
        {conv2d: {filters: 4, kernel: 3, stride: 3}},
        {conv2d_transpose: {filters: 2, kernel: 2, stride: 2}},
        {slice: {axis: 1, start: -1, step: -2}},
        {transpose: [1, 0, 2]},
        {reshape: [9, 36], name: rows},
        {transpose: [1, 0], name: columns},
        {matmul: {}, from: [rows, columns]},
        {softmax: {}, name: weights},
        {matmul: {}, from: [weights, rows], name: mixed},
        {reduce: {op: max, axes: 1, keep_dims: true}, from: rows, name: gate},
        {mul: {}, from: [mixed, gate]},
        {reduce: {op: mean, axes: 0}},
        {dense: 10}]"
    complete one 1 "$@"
    for ranks in 2 3 4; do
        complete many $ranks --overwrite "$@"
        same_state one many
    done
}

more_ranks_than_micro_batches() {
    set -- --set train.micro_batch=40
    complete one 1 "$@"
    complete many 4 "$@"
    grep -q '2 of 4 ranks have nothing to compute' out || fail "idle ranks were not reported"
    same_state one many
    same_losses one many
}

stopped_in_mid_epoch() {
    complete whole 1
    interrupt parts 3 $sigterm 1
    [ "$(value steps parts)" = 5 ] || fail "stopped after $(value steps parts) updates instead of 5"
    [ "$(value stop_reason parts)" = signal ] || fail "the stop has another reason"
    complete parts 2 --resume
    same_state whole parts
    same_losses whole parts
}

resumed_twice() {
    complete whole 2
    interrupt parts 4 $sigterm 1
    interrupt parts 1 $sigterm 1 --resume
    complete parts 3 --resume
    same_state whole parts
    same_losses whole parts
}

killed() {
    complete whole 1
    for async in false true; do
        interrupt parts 3 $sigkill 2 --overwrite --set checkpoint.async=$async
        [ ! -e parts/summary.json ] || fail "a killed run has a summary"
        complete parts 2 --resume --set checkpoint.async=$async
        same_state whole parts
        same_losses whole parts
    done
}

# A run that has come to its end stays what it is.
resumed_at_the_end() {
    complete whole 2
    cp -R whole before
    complete whole 3 --resume
    same_state before whole
    same_losses before whole
    cmp whole/summary.json before/summary.json || fail "the figures of the run are lost"
    # What is evaluated anew is written anew, and a summary of another state is none of this one's.
    sed -i 's/"test_loss": .*,/"test_loss": 7,/' whole/summary.json
    complete whole 1 --resume
    same_losses before whole
    sed -i 's/"state_hash": ".*"/"state_hash": "0123456789abcdef"/' whole/summary.json
    complete whole 1 --resume
    [ "$(value train_loss whole)" = null ] || fail "the figures are those of another run"
}

# Longer training of a finished run is the longer run, where the schedule does not depend on the length.
extended() {
    set -- --set schedule=constant
    complete whole 1 "$@"
    complete parts 3 "$@" --set train.epochs=1
    complete parts 2 "$@" --resume
    same_state whole parts
}

file_order() {
    set -- --set data.shuffle=false
    complete one 1 "$@"
    complete many 3 "$@"
    same_state one many
    complete other 1
    [ "$(value state_hash one)" != "$(value state_hash other)" ] || fail "shuffling makes no difference"
}

batch_all() {
    set -- --set train.batch=all --set train.epochs=5
    complete one 1 "$@"
    [ "$(value steps one)" = 5 ] || fail "one update per epoch was expected"
    complete many 3 "$@"
    same_state one many
}

batch_one() {
    set -- --set train.batch=1 --set train.micro_batch=1 --set train.epochs=1 --set checkpoint.every_steps=100
    complete one 1 "$@"
    [ "$(value steps one)" = 243 ] || fail "one update per sample was expected"
    complete many 2 "$@"
    same_state one many
}

# per_rank is fixed at the first launch: at another number of ranks it goes on with what it began with.
per_rank() {
    set -- --set train.micro_batch=per_rank
    complete whole 3 "$@"
    [ "$(value micro_batch whole)" = 15 ] || fail "the micro-batch is not a third of the batch"
    interrupt parts 3 $sigterm 1 "$@"
    complete parts 2 "$@" --resume
    [ "$(value micro_batch parts)" = 15 ] || fail "the micro-batch changed with the number of ranks"
    same_state whole parts
}

# Products in bf16: the same at any number of ranks, interrupted or not, and not what fp32 gives; where the processor
# has none, a sentence, and fp32.
bf16() {
    set -- --set precision=bf16
    complete one 1 "$@"
    for ranks in 2 3 4; do
        complete many $ranks "$@" --overwrite
        same_state one many
        same_losses one many
    done
    interrupt parts 3 $sigterm 1 "$@"
    complete parts 2 "$@" --resume
    same_state one parts
    complete fp32 2
    [ "$(value precision fp32)" = fp32 ] || fail "fp32 is not the default"
    if [ "$(value precision one)" = bf16 ]; then
        [ "$(value kernels one)" = onednn-bf16 ] || fail "bf16 with the kernels $(value kernels one)"
        [ "$(value state_hash one)" != "$(value state_hash fp32)" ] || fail "bf16 makes no difference"
    else
        same_state one fp32
    fi
}

# A build without oneDNN gives another reason.
bf16_elsewhere() {
    export ONEDNN_MAX_CPU_ISA=AVX2
    complete fp32 1
    for kernels in auto blas; do
        run_ranks 2 train run.yaml --out elsewhere --overwrite --set precision=bf16 --set train.kernels=$kernels
        expect_code 0
        [ "$(grep -c "warning: precision bf16 was asked for, but .*: computing in fp32" err)" = 1 ] ||
            fail "computing in fp32 was not said once"
        [ "$(value precision elsewhere)" = fp32 ] || fail "computed in $(value precision elsewhere)"
        [ $kernels != auto ] || same_state fp32 elsewhere
    done
}

# Best weights, early stopping and plateau decide by reduced values.
decisions() {
    set -- --set train.epochs=6 --set schedule='{plateau: {patience: 1}}' \
        --set early_stopping='{patience: 2, restore_best: true, monitor: val_accuracy}'
    run_ranks 1 train run.yaml --out one "$@"
    expect_code 0
    run_ranks 3 train run.yaml --out many "$@"
    expect_code 0
    same_state one many
    same_losses one many
}

optimizers() {
    for optimizer in "{sgd: {lr: 0.01, momentum: 0.9, nesterov: true}}" "{adamw: {lr: 0.004}}" \
        "{rmsprop: {centered: true, momentum: 0.5}}" adagrad; do
        set -- --set "optimizer=$optimizer" --set train.epochs=1 --overwrite
        complete whole 1 "$@"
        interrupt parts 3 $sigterm 1 "$@"
        complete parts 2 --set "optimizer=$optimizer" --set train.epochs=1 --resume
        same_state whole parts
    done
}

# Sharded state, and the EMA of the weights, which decides what is best.
sharded() {
    set -- --set train.ema=0.9 \
        --set early_stopping='{patience: 5, restore_best: true, monitor: val_loss}'
    complete whole 1 "$@"
    for ranks in 1 2 4; do
        complete shards 3 "$@" --overwrite --set comm.strategy=sharded --set comm.ranks_per_node=$((ranks - 1))
        same_state whole shards
        same_losses whole shards
    done
    interrupt shards 4 $sigterm 2 "$@" --overwrite --set comm.strategy=sharded
    complete shards 3 "$@" --resume
    same_state whole shards
    interrupt shards 2 $sigkill 1 "$@" --overwrite
    complete shards 3 "$@" --resume --set comm.strategy=sharded --set comm.ranks_per_node=2
    same_state whole shards
    # eval takes the EMA as the run itself did.
    run_ranks 2 eval shards
    expect_code 0 "eval of an averaged run"
    expected=$(printf 'loss %.4f' "$(value test_loss shards)")
    grep -q "$expected" out || fail "eval says $(cat out), the run itself $expected"
}

# Rows of tables, of which each update changes those that its batch uses: with every optimizer, on
# emulated nodes, sharded and not, interrupted, and in two tables beside synchronised nodes.
row_sparse() {
    fields="data.fields={pixels: {dataset: x, dtype: int32}, y: {}}"
    set -- --set "$fields" --set data.transform=[] --set train.epochs=1
    model() {
        echo "model=[{embedding: {vocabulary: 256, features: 3, sparse: $1}}, {flatten: {}},
            {batch_norm: {}}, {dense: 10}]"
    }
    # Where the semantics agree, the bits are those of a dense gradient.
    complete dense 1 "$@" --set "$(model false)" --set "optimizer={sgd: 0.05}"
    complete rows 3 "$@" --set "$(model true)" --set "optimizer={sgd: 0.05}" \
        --set comm.strategy=sharded
    same_state dense rows
    for optimizer in "{sgd: {lr: 0.01, momentum: 0.9}}" "{adamw: {lr: 0.004}}" \
        "{rmsprop: {centered: true, momentum: 0.5}}" adagrad; do
        complete whole 1 "$@" --set "$(model true)" --set "optimizer=$optimizer" --overwrite
        interrupt rows 4 $sigterm 1 "$@" --set "$(model true)" --set "optimizer=$optimizer" \
            --overwrite --set comm.strategy=sharded --set comm.ranks_per_node=2
        complete rows 2 "$@" --set "$(model true)" --set "optimizer=$optimizer" --resume
        same_state whole rows
    done
    set -- "$@" --set train.ema=0.9 --set "optimizer={adam: 0.004}" --set "model=[
        {embedding: {vocabulary: 256, features: 3, sparse: true}, name: a},
        {embedding: {vocabulary: 300, features: 3, sparse: true}, from: pixels, name: b},
        {add: {}, from: [a, b]}, {flatten: {}}, {dense: 10}]"
    complete whole 1 "$@" --overwrite
    for ranks in 1 2 4; do
        complete rows 3 "$@" --overwrite --set comm.strategy=sharded \
            --set comm.ranks_per_node=$((ranks - 1))
        same_state whole rows
    done
    complete rows 4 "$@" --overwrite --set comm.hierarchy=false --set train.check_every=2
    same_state whole rows
}

# Groups of parameters: frozen for good, frozen in the first epoch, and with rates and decays of
# their own, also interrupted before they thaw and sharded.
parameters() {
    set -- --set "parameters={'*': {weight_decay: 0.1}, 'conv*': {freeze: true}, \
        'batch_norm*': {freeze: 1}, role:bias: {lr_factor: 2, weight_decay: 0}}"
    complete whole 1 "$@"
    interrupt parts 3 $sigterm 1 "$@" --set comm.strategy=sharded
    complete parts 2 "$@" --resume
    same_state whole parts
    # One weight in three uses, one of them transposed, and part of it frozen for an epoch.
    set -- --set "model=[{flatten: {}}, {dense: 12}, {dense: 12, name: a}, {tanh: {}},
        {dense: 12, share: a}, {dense: {units: 12, transposed: true}, share: a}, {dense: 10}]" \
        --set "parameters={'a/bias': {freeze: 1}}"
    complete whole 1 "$@" --overwrite
    interrupt parts 3 $sigterm 1 "$@" --overwrite
    complete parts 2 "$@" --resume --set comm.strategy=sharded
    same_state whole parts
    run_ranks 1 inspect parts/checkpoints/step-000000012.h5
    grep -q "dense_3/weight is a/weight, dense_3/bias is a/bias" out ||
        fail "inspect does not name shared parameters"
}

# Gradients in bf16 between nodes, with what rounding leaves out kept for the next update, also by whoever goes on: six
# updates to each of the two epochs, the last of them short.
compression() {
    set -- --set comm.compression=bf16
    complete one 1 "$@"
    for strategy in replicated sharded; do
        complete two 2 "$@" --overwrite --set comm.strategy=$strategy --set comm.ranks_per_node=1
        same_state one two
        same_losses one two
        complete four 4 "$@" --overwrite --set comm.strategy=$strategy --set comm.ranks_per_node=2
        same_state one four
    done
    interrupt parts 3 $sigterm 1 "$@" --set comm.ranks_per_node=2
    interrupt parts 1 $sigkill 1 "$@" --resume
    # A checkpoint belongs to its gradient compression.
    for other in comm.compression=fp32 comm.error_feedback=false; do
        run_ranks 2 train run.yaml --out parts --resume "$@" --set $other
        expect_code 4
        expect_sentence "${other%=*} was " "was written and is ${other#*=} now"
    done
    complete parts 4 "$@" --resume --set comm.strategy=sharded
    same_state one parts
    same_losses one parts
    run_ranks 2 eval parts
    expect_code 0 "eval of a run with residuals"
    # Each of the two keys makes a difference, and fewer ranks than micro-batches none.
    complete fp32 1
    complete plain 1 "$@" --set comm.error_feedback=false
    complete plain_three 3 "$@" --set comm.error_feedback=false --set comm.ranks_per_node=2
    same_state plain plain_three
    for other in fp32 plain; do
        [ "$(value state_hash one)" != "$(value state_hash $other)" ] || fail "bf16 makes no difference to $other"
    done
}

# last NAME RUN: a number of the run's last epoch.
last() {
    sed -n "s/.*\"$1\": \([0-9.e-]*\).*/\1/p" "$2/metrics.jsonl" | tail -n 1
}

# Statistics of a batch in many micro-batches are those of a batch in one, so the metrics counted
# in training agree.
metrics_of_synchronised_batches() {
    while IFS="|" read -r np metric key before behind; do
        set -- --overwrite --set "metrics=[$metric]" --set train.epochs=8
        complete plain 1 "$@" --set "model=[flatten, $before {batch_norm: {sync: false}}, $behind]" \
            --set train.micro_batch=44
        complete synchronised "$np" "$@" \
            --set "model=[flatten, $before {batch_norm: {sync: true}}, $behind]"
        one=$(last "train_$key" plain) other=$(last "train_$key" synchronised)
        [ -n "$one" ] && [ "$one" != 0 ] || fail "$key was not counted"
        [ "$one" = "$other" ] || fail "$key is $other at np $np, and $one of whole batches"
    done <<END
3|accuracy|accuracy|{dense: 48},|relu, {dense: 10}
1|top_k|top5_accuracy|{dense: 20}, relu,|{dense: 10}
1|accuracy|accuracy|{dense: 30},|{dense: 16}, relu, {dense: 10}
END
}

write_run_file
"$scenario"
