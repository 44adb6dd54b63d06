#!/bin/sh
# Usage: plan.sh ROOT DLTRAIN READ_OUTPUT
# `dltrain plan`: figures of a model that is worked out by hand, predictions for the numbers of ranks that were asked for,
# with and without a data set; nothing is written, and what cannot be planned is one sentence.
set -eu
root=$1 dltrain=$2 reader=$3
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

# has TEXT: the JSON object of the last plan has it.
has() {
    tail -n 1 out | grep -qF -- "$1" || fail "the plan lacks $1"
}

# plan ARGUMENT...: a plan that must succeed.
plan() {
    try "$dltrain" plan "$@" --json
    expect_code 0 "plan $*"
    "$reader" plan 1 <out || fail "the last line of plan $* is no such object"
}

# linreg: 32 samples of 10 features, one output with bias: 32 * (2 * 10 + 1) operations forward, as many for the gradient.
plan linreg --ranks 1,2,5 --ranks-per-node 2 --net 3us,10Gbit/s
has '"node": "dense_1", "layer": "dense", "output": "[1]", "params": 11, "flops": 1344,'
has '"scaling": "strong", "strategy": "replicated"'
has '"latency_s": 3e-06, "net_bytes_per_s": 1.25e+09'
has '{"ranks": 1, "nodes": 1, "batch": 32, "micro_batch": 32, "micro_batches_per_rank": 1, "idle_ranks": 0,'
has '{"ranks": 5, "nodes": 3, "batch": 32, "micro_batch": 7, "micro_batches_per_rank": 1, "idle_ranks": 0,'
# Parameters and gradients: 11 numbers, rounded up to a cache line per tensor: 10 and 1 take 16 each.
has '"params": 128, "gradients": '

# Rounded ones leave something out in each of the four micro-batches.
plan linreg --ranks 1 --set train.micro_batch=8 --set comm.compression=bf16
has '"error_feedback": 512, "optimizer_states": '

plan linreg --ranks 1,4 --weak --set train.batch=8
has '"scaling": "weak"'
has '{"ranks": 4, "nodes": '
has '"batch": 32, "micro_batch": 8,'

# More ranks than micro-batches.
plan linreg --ranks 64 --set train.micro_batch=8
has '"micro_batches_per_rank": 1, "idle_ranks": 60,'

# A run file of one's own: its data set says the shape, or the command line.
printf 'name: own\ndata: {train: data/train}\nmodel: [flatten, {dense: 4}]\nloss: mse\ntrain: {batch: 8}\n' >own.yaml
before=$(find . | sort)
plan own.yaml --ranks 2 --input 3,5
has '"samples": "[3, 5]"'
try "$dltrain" plan own.yaml
expect_code 1
expect_sentence "data/train" "--input 28,28,1"
try "$dltrain" plan own.yaml --input 3,5 --set train.batch=all
expect_code 1
expect_sentence "train.batch"
try "$root/launch/mpirun" -np 2 "$dltrain" plan linreg
expect_code 1
expect_sentence "one rank"
for wrong in "--net 2us" "--net 2us,3" "--net 0us,1GB/s" "--ranks 0" "--ranks 1,x" "--input 28x28" "--ranks-per-node 0"; do
    # shellcheck disable=SC2086 # an option and its value
    try "$dltrain" plan linreg $wrong
    expect_code 2 "$wrong"
done
rm -f out err
[ "$(find . | sort)" = "$(printf '%s\n' "$before" | grep -v -e '^./out$' -e '^./err$')" ] || fail "a plan has written files"

# figure KEY: of the last line of out, every one that has it.
figure() {
    tail -n 1 out | grep -o "\"$1\": [0-9]*" | grep -o '[0-9]*$'
}

# agrees BATCH ARGUMENT...: the memory of a rank that a plan predicts is what its step then holds, within 5 %, on 1, 2 and 4
# ranks of one node, or on those in $on. What the plan leaves out is dltrain's own structures, some tens of kilobytes, hence the batch: it
# makes for some megabytes.
agrees() {
    size=$1
    shift
    plan keras_mlp --ranks 1,2,4 --ranks-per-node 4 --set "train.batch=$size" "$@"
    for ranks in 1 2 4; do
        figure memory_bytes | sed -n "$((ranks / 2 + 1))p" >"planned-$ranks"
    done
    for ranks in ${on:-1 2 4}; do
        try "$root/launch/mpirun" -np "$ranks" "$dltrain" bench step keras_mlp --strong --batch "$size" --seconds 0.01 \
            --json "$@"
        expect_code 0 "bench step on $ranks ranks"
        planned=$(cat "planned-$ranks") held=$(figure held_memory_bytes)
        off=$(((planned - held) * 100 / held))
        [ "${off#-}" -lt 5 ] || fail "$planned bytes are planned and $held held on $ranks ranks with $*"
    done
    rm planned-*
}

agrees 512 --set comm.strategy=replicated
agrees 512 --set comm.strategy=sharded
# Several micro-batches wait for others.
on=4
agrees 512 --set comm.strategy=sharded --set train.micro_batch=24 --set optimizer=sgd

make_digits 64
plan own.yaml --ranks 1 --set 'loss=cross_entropy' --set model.1.dense=10
has '"samples": "[28, 28, 1]"'
