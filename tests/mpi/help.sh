#!/bin/sh
# Usage: help.sh ROOT DLTRAIN PTY
# `dltrain`, `help`, `list` and --help: everything is found by its bare name, unknown words have a suggestion, and lines
# are as wide as the terminal.
set -eu
root=$1 dltrain=$2 pty=$3
. "$root/tests/support/lib.sh"
TERM=xterm
export TERM

# explains WORDS ARGUMENT...: the program says so on stdout, and nothing on stderr.
explains() {
    words=$1
    shift
    try "$dltrain" "$@"
    expect_code 0 "dltrain $*"
    grep -qF -- "$words" out || fail "dltrain $* does not say '$words'"
    [ ! -s err ] || fail "dltrain $* complains"
}

explains 'dltrain train run.yaml'
explains 'train.epochs: ' help epochs
explains 'cross_entropy.class_weights: ' help class_weights
explains 'optimizer.adam.lr' help lr
explains 'digits (formats)' help digits
explains 'conv2d' help layers
explains 'mse' help losses
explains 'accuracy' help metrics
explains 'csv' help formats
explains 'launch/supervise' help launch
explains 'target: label' help import
# What it shows can be imported.
sed -n '/^name: /,/^ *encode/p' out >my-set.yaml
printf 'age,city,label\n31,Paris,yes\n,Rome,no\n22,Rome,yes\n51,Paris,no\n38,Oslo,yes\n29,Oslo,no\n' >table.csv
explains 'data/my-set/train' data import my-set.yaml --source . --out data/my-set
explains '--time-limit' help train
explains 'train.epochs' help train.epochs
for command in train plan eval predict data inspect list help verify doctor bench; do
    explains "dltrain $command" "$command" --help
done

# suggests WORD NEAREST
suggests() {
    try "$dltrain" help "$1"
    expect_code 1 "help $1"
    expect_sentence "did you mean '$2'"
}
suggests epohcs epochs
suggests class_wieghts class_weights
suggests pading padding
suggests relou relu

# No line is wider than the terminal, where no word is; 100 columns without one.
widest() {
    tr -d '\r' <out | awk -v most="$1" 'length($0) > most { print; wide = 1 } END { exit wide }' ||
        fail "lines wider than $1 columns: $2"
}
for columns in 60 80 100; do
    for words in 'help' '--help' 'list' 'help train' 'help conv2d' 'help launch'; do
        # shellcheck disable=SC2086 # several words
        try "$pty" $columns "$dltrain" $words
        expect_code 0 "dltrain $words on $columns columns"
        widest $columns "$words"
    done
done
try "$dltrain" plan cnn --ranks 1,2,4096
expect_code 0 plan
sed '/^{/d' out >text && mv text out
widest 100 plan
awk '/^ranks  / { inside = 1 } /^$/ { inside = 0 } inside && length($0) > 80 { exit 1 }' out || fail "the tables of plan are wider than 80 columns"
for words in 'help' '--help' 'list'; do
    try "$dltrain" $words
    widest 100 "$words"
done
