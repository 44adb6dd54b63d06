#!/bin/sh
# Usage: balanced.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA
# class_weights: balanced is n / (k n_c) of the training samples, at any number of ranks, after a
# resume and in eval. Of uneven.h5's 60 labels, 40 are 0, 11 are 1 and 9 are 2: 1/2, 20/11 and 20/9
# (scikit-learn's compute_class_weight).
set -eu
root=$1 dltrain=$2 make_data=$4
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=../fault/common.sh
. "$root/tests/fault/common.sh"

write_run_file
data uneven
set -- --set data.train=uneven.h5 --set data.test=good.h5

for ranks in 1 2 3; do
    run_ranks $ranks train run.yaml --out run$ranks "$@" --set 'loss={cross_entropy: {class_weights: balanced}}'
    expect_code 0 "training at np $ranks"
    grep -q 'class_weights: balanced over the training samples: 0.5, 1.818, 2.222$' out || fail "the weights are not said"
    [ "$(value test_loss run$ranks)" = "$(value test_loss run1)" ] || fail "np $ranks has another loss"
    [ "$(value state_hash run$ranks)" = "$(value state_hash run1)" ] || fail "np $ranks has other bits"
done
grep -q 'class_weights: .*balanced' run1/config.yaml || fail "config.yaml does not read back"

run_ranks 1 train run.yaml --out twin "$@" \
    --set 'loss={cross_entropy: {class_weights: [0.5, 1.8181818181818181, 2.2222222222222223]}}'
expect_code 0 "the twin with given weights"
[ "$(value test_loss twin)" = "$(value test_loss run1)" ] || fail "given weights have another loss"

run_ranks 3 train run.yaml --out resumed "$@" --set 'loss={cross_entropy: {class_weights: balanced}}' --set train.epochs=1
run_ranks 2 train run.yaml --out resumed "$@" --set 'loss={cross_entropy: {class_weights: balanced}}' --resume
[ "$(value state_hash resumed)" = "$(value state_hash run1)" ] || fail "a resume has other bits"

# eval weighs by the training samples, not by its own.
for run in run2 twin; do
    run_ranks 2 eval $run --data good.h5
    expect_code 0 "eval of $run"
    grep -o 'loss [0-9.]*' out >loss-$run
done
cmp loss-run2 loss-twin || fail "eval does not use the training data's weights"

# plan destroys its own task before it measures others, and once more at its end.
try "$dltrain" plan run.yaml "$@" --ranks 1 --set 'loss={cross_entropy: {class_weights: balanced}}'
expect_code 0 "plan with balanced weights"
