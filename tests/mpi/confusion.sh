#!/bin/sh
# Usage: confusion.sh ROOT DLTRAIN PTY
# A confusion matrix that fits is shown; one of many classes is a file in the run folder, of which the console tells.
set -eu
root=$1 dltrain=$2 pty=$3
. "$root/tests/support/lib.sh"

# train CLASSES RANKS: one epoch on blobs; the run is in run-CLASSES.
train() {
    classes=$1
    "$dltrain" data synth blobs --out "data-$classes" --samples 1200 --test-samples 600 --set classes="$classes" --overwrite >/dev/null
    cat >"run-$classes.yaml" <<END
name: run-$classes
data: {train: data-$classes/train, test: data-$classes/test}
model: [{dense: $classes}]
loss: cross_entropy
metrics: [accuracy, confusion_matrix]
END
    run_ranks "$2" train "run-$classes.yaml" --out "run-$classes" --overwrite
    expect_code 0 "training on $classes classes"
}

# expect_file CLASSES PART: as many rows and columns as classes, all counts together the samples.
expect_file() {
    file=run-$1/confusion-$2.csv
    [ -f "$file" ] || fail "no $file"
    grep -qF "matrix of $1 classes in $file" out || fail "the console does not name $file"
    awk -F , -v classes="$1" 'NF != classes + 1 { exit 1 } NR > 1 { for (i = 2; i <= NF; i++) sum += $i }
        END { exit !(NR == classes + 1 && sum == 600) }' "$file" || fail "$file is not the matrix"
    ! grep -q 'rows true' out || fail "the matrix is on screen, too"
}

for ranks in 1 3; do
    train 4 $ranks
    grep -q 'rows true' out || fail "a small matrix is not shown"
    [ ! -e run-4/confusion-test.csv ] || fail "a small matrix is a file"
    train 120 $ranks
    expect_file 120 test
done
try "$dltrain" eval run-120
expect_code 0 eval
expect_file 120 evaluate

# As wide as the terminal, by which 20 classes fit or do not.
train 20 1
for columns in 50 80 120; do
    try "$pty" $columns "$dltrain" eval run-20
    expect_code 0 "eval on $columns columns"
    tr -d '\r' <out | awk -v most=$columns '/rows true/ { inside = 1 } inside && length($0) > most { exit 1 }' ||
        fail "a matrix wider than $columns columns"
done
grep -q 'rows true' out || fail "20 classes are not shown on 120 columns"
