#!/bin/sh
# Usage: launch_curves.sh ROOT
# launch/curves draws what metrics.jsonl holds, no more, and the same each time.
set -eu
root=$1
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

mkdir run
cat >run/metrics.jsonl <<'END'
{"step": 50, "epoch": 1, "samples": 500, "loss": 2.0, "lr": 0.1}
{"step": 100, "epoch": 1, "samples": 1000, "train_loss": 1.0, "train_f1": 0.25, "train_accuracy": 0.5, "val_loss": 1.5, "val_accuracy": 0.4}
{"step": 150, "epoch": 2, "samples": 1500, "loss": NaN, "lr": 0.1}
{"step": 200, "epoch": 2, "samples": 2000, "train_loss": 0.01, "train_f1": 0.75, "train_accuracy": 1, "val_loss": 1e-2, "val_accuracy": 0.8}
END
# has COUNT TEXT: lines of the picture.
has() {
    [ "$(grep -cF -- "$2" run/curves.svg)" = "$1" ] || fail "not $1 lines have '$2'"
}

try "$root/launch/curves" run
expect_code 0
grep -qx 'run/curves.svg' out || fail "it does not name the picture"
has 1 '>loss</text>'
has 1 '>f1</text>'
has 1 '>validation</text>'
# Two epochs end at half and at all of the width; the legend has one dot more of each class.
has 2 'cx="245.0"'
has 2 'cx="410.0"'
has 5 'class="measured dot"'
has 3 'class="validation dot"'
# The loss spans more than a factor of 20, f1 does not.
has 1 '>0.1</text>'
has 1 '>0.4</text>'
! grep -qi 'nan\|inf' run/curves.svg || fail "a number that is none"
cp run/curves.svg first.svg
try "$root/launch/curves" run --metric accuracy --out second.svg
expect_code 0
grep -qF '>accuracy</text>' second.svg || fail "no accuracy"
[ "$(grep -cF 'class="validation dot"' second.svg)" = 5 ] || fail "validation of accuracy is missing"
try "$root/launch/curves" run
cmp -s run/curves.svg first.svg || fail "the same run gives another picture"

# One line, and a loss that stays.
printf '{"step": 7, "loss": 0.5}\n{"step": 9, "loss": 0.5}\n' >run/metrics.jsonl
try "$root/launch/curves" run
expect_code 0
has 0 'nan'

refused() {
    code_expected=$1 words=$2
    shift 2
    try "$root/launch/curves" "$@"
    expect_code "$code_expected"
    [ "$(cat err)" = "launch/curves: $words" ] || fail "$*"
}
refused 1 "the run has no metric 'auc'" run --metric auc
refused 1 "there is no nowhere/metrics.jsonl, or nothing in it" nowhere
refused 2 "unknown option --metrics; see launch/curves --help" run --metrics auc
refused 2 "one run folder is expected, not run and run" run run
printf '{"epoch": 1}\n' >run/metrics.jsonl
refused 1 "no update has been logged yet" run
