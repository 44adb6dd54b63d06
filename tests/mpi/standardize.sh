#!/bin/sh
# Usage: standardize.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA
# `standardize` on data without statistics: the same bits on any number of ranks and after a resume, the numbers of the
# definition, and those of the training data in eval.
set -eu
root=$1 dltrain=$2 make_data=$4
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=../fault/common.sh
. "$root/tests/fault/common.sh"

write_run_file
data constant
set -- --set data.test=good.h5 --set 'data.transform=[{scale: 2}, standardize]'

for ranks in 1 2 3; do
    run_ranks $ranks train run.yaml --out run$ranks "$@"
    expect_code 0 "training at np $ranks"
    grep -q 'standardize: mean and deviation of 6 features, computed from the training samples$' out || fail "it is not said"
    [ "$(value state_hash run$ranks)" = "$(value state_hash run1)" ] || fail "np $ranks has other bits"
done

run_ranks 3 train run.yaml --out resumed "$@" --set train.epochs=1
run_ranks 2 train run.yaml --out resumed "$@" --resume
[ "$(value state_hash resumed)" = "$(value state_hash run1)" ] || fail "a resume has other bits"

# Also with a part of the samples held out.
run_ranks 2 train run.yaml --out held "$@" --set data.validation=0.2
expect_code 0 "with held-out samples"

# The definition, in awk's doubles, of the values of make_data.c: x = (37 i mod 101) / 101.
moments=$(awk 'BEGIN { for (i = 0; i < 360; i++) { x = 2 * (i * 37 % 101) / 101; sum[i % 6] += x; v[i] = x }
    for (f = 0; f < 6; f++) { m = sum[f] / 60; s = 0; for (i = f; i < 360; i += 6) s += (v[i] - m) ^ 2
    mean = mean (f ? ", " : "") sprintf("%.17g", m); std = std (f ? ", " : "") sprintf("%.17g", sqrt(s / 60)) }
    printf "{mean: [%s], std: [%s]}", mean, std }')
run_ranks 1 train run.yaml --out twin --set data.test=good.h5 --set "data.transform=[{scale: 2}, {normalize: $moments}]"
expect_code 0 "the twin with given statistics"
awk -v a="$(value test_loss run1)" -v b="$(value test_loss twin)" 'BEGIN { exit !(a > 0 && (a - b) ^ 2 < 1e-10) }' ||
    fail "test losses $(value test_loss run1) and $(value test_loss twin)"

# eval has the statistics of the checkpoint: other data gives what the twin gives.
for run in run2 twin; do
    run_ranks 2 eval $run --data constant.h5
    expect_code 0 "eval of $run"
    grep -o 'loss [0-9.]*' out >loss-$run
done
cmp loss-run2 loss-twin || fail "eval does not use the training data's statistics"

run_ranks 2 train run.yaml --out flat --set data.train=constant.h5 --set 'data.transform=[standardize]'
expect_code 0 "a constant feature"
grep -q '1 of them constant, divided by 1' out || fail "the constant feature is not said"
