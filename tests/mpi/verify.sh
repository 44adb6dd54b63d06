#!/bin/sh
# Usage: verify.sh ROOT DLTRAIN SCENARIO
# `dltrain verify` and launch/verify: what is the same passes, what is not is named.
set -eu
root=$1 dltrain=$2 scenario=$3
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
kill_late_ranks

# 243 samples are left for training: 5 batches of 44 and one of 23, so 8 updates go past the end of an epoch.
write_run_file() {
    make_digits 270
    cat >run.yaml <<END
name: bits
seed: 11
data:
  train: data/train
  validation: 0.1
  transform: [{scale: 0.00392156862745098}, {random_crop: {padding: 2}}, horizontal_flip]
model:
  - conv2d: {name: stem, filters: 3, kernel: 3, stride: 3, bias: false}
  - batch_norm
  - relu
  - flatten
  - dropout: 0.25
  - dense: {name: head, units: 10}
loss: cross_entropy
optimizer: {adam: {lr: 0.004}}
train: {epochs: 3, batch: 44, micro_batch: 5}
END
}

# launch_verify OPTION...: eight updates at each number of ranks, and what else launch/verify tries.
launch_verify() {
    DLTRAIN=$dltrain try "$root/launch/verify" "$@" run.yaml --steps 8 --out runs
}

# states: how many different ones the table shows.
states() {
    awk '$NF == "reference" || $NF == "same" || $NF == "DIFFERENT" { print $(NF - 1) }' out | sort -u | wc -l
}

same_at_any_np() {
    launch_verify --np 1,2,3
    expect_code 0 "launch/verify"
    [ "$(grep -c ' same$' out)" = 12 ] || fail "twelve runs should be the same as the first"
    [ "$(states)" = 1 ] || fail "$(states) states"
    grep -q '3,1  stopped after 4, resumed ' out || fail "no run was interrupted"
    grep -q '1,3  stopped after 4, resumed sharded ' out || fail "no run was interrupted and then sharded"
}

different_is_named() {
    launch_verify --np 1,2 --variant seed=12 --variant "optimizer.adam.lr=0.005 comm.strategy=sharded"
    expect_code 1 "launch/verify of runs that differ"
    [ "$(grep -c ' DIFFERENT$' out)" = 2 ] || fail "two runs should differ"
    [ "$(grep -c ' same$' out)" = 3 ] || fail "three runs should be the same"
    grep -q 'before the first update: node head, tensor weight (/params/head/weight)' out ||
        fail "another seed is not found in the initial weights"
    grep -q 'first at update 1: node head, tensor weight (/params/head/weight); .* the loss does not' out ||
        fail "another learning rate is not found in the first update"
}

# A single hash of a trace that is changed is found where it stands: gradient of the stem, update 6.
place_is_exact() {
    try "$dltrain" verify run.yaml --steps 8 --out whole
    expect_code 0
    column=$(sed '1,3d' whole/trace.txt | grep -n '^/gradients/stem/weight$' | cut -d: -f1)
    columns=$(sed -n 's/^columns //p' whole/trace.txt)
    awk -v row=$((3 + columns + 7)) -v column="$column" \
        'NR == row { $column = "0123456789abcdef" } { print }' whole/trace.txt >changed.txt
    try "$dltrain" verify --compare whole changed.txt
    expect_code 1
    grep -qx "the runs differ first at update 6: node stem, tensor weight (/gradients/stem/weight); 1 of $columns \
hashes differ there, the loss does not" out || fail "the changed hash is not named"
    try "$dltrain" verify --compare whole whole/trace.txt
    expect_code 0
}

interrupted() {
    run_ranks 2 verify run.yaml --steps 8 --out whole
    expect_code 0
    run_ranks 3 verify run.yaml --steps 8 --out parts --stop-after 5
    expect_code 75 "stopped after 5 updates"
    [ "$(value steps parts)" = 5 ] || fail "stopped after $(value steps parts) updates"
    run_ranks 1 verify run.yaml --steps 8 --out parts --resume
    expect_code 0
    try "$dltrain" verify --compare whole parts
    expect_code 0 "an interrupted run is the same"
}

refusals() {
    try "$dltrain" train run.yaml --out real --set train.epochs=1
    expect_code 0
    try "$dltrain" verify run.yaml --out real
    expect_code 1
    expect_sentence 'real holds a run that `dltrain verify` did not make'
    [ -e real/summary.json ] || fail "the run was touched"
    try "$dltrain" verify run.yaml --steps 0
    expect_code 2
    expect_sentence "'--steps' takes a number of updates"
    try "$dltrain" verify --compare run.yaml run.yaml
    expect_code 1
    expect_sentence "run.yaml is not a trace"
    try "$dltrain" verify run.yaml --steps 2 --out whole
    head -n 10 whole/trace.txt >cut.txt
    try "$dltrain" verify --compare whole cut.txt
    expect_code 1
    expect_sentence "cut.txt is damaged or cut short"
    try "$dltrain" verify run.yaml --steps 2 --out other --set optimizer=sgd
    try "$dltrain" verify --compare whole other
    expect_code 1
    expect_sentence "different models or optimizers"
    try "$dltrain" verify run.yaml --out none --set data.train=absent
    expect_code 1
    [ ! -e none ] || fail "a run that failed has left a folder"
}

write_run_file
"$scenario"
