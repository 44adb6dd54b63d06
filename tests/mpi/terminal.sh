#!/bin/sh
# Usage: terminal.sh ROOT DLTRAIN PTY SCENARIO
# What a person sees on a terminal: a bar that fits its width, also under mpirun and when that width changes, and no
# escape codes; plain lines where there is no terminal.
set -eu
root=$1 dltrain=$2 pty=$3 scenario=$4
. "$root/tests/support/lib.sh"
LC_ALL=C
TERM=xterm
export LC_ALL TERM

make_digits 3000
sed 's/^name:.*/name: parts/' "$root/launch/recipes/quickstart.yaml" >run.yaml
settings="--overwrite --set data.train=data/train --set data.test=data/test --set train.batch=32"

limit=
expected=0

# show WIDTHS EPOCHS [PREFIX...]: trains on a terminal; each line that was drawn is a line of the file drawn.
show() {
    widths=$1 epochs=$2
    shift 2
    # shellcheck disable=SC2086 # several options
    try "$pty" "$widths" "$@" "$dltrain" train run.yaml $settings --set train.epochs="$epochs" $limit
    expect_code $expected "training on a terminal of $widths columns"
    ! grep -q "$(printf '\033')" out || fail "escape codes on a terminal of $widths columns"
    # What stands between a carriage return and the next one was drawn over itself; blanks only clear the line.
    tr '\r' '\n' <out | grep '^epoch.*%' >drawn || true
    [ -s drawn ] || fail "no bar on a terminal of $widths columns"
}

widest() {
    awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }' "$1"
}

at_any_width() {
    for width in 20 40 70 80 100 200; do
        show $width 1
        [ "$(widest drawn)" -lt $width ] || fail "the bar is $(widest drawn) wide on $width columns"
        if [ $width -ge 40 ]; then
            grep -q '\[[#.]*\]' drawn || fail "no bar on $width columns"
        fi
        if [ $width -ge 70 ]; then
            grep -q 'loss .* left' drawn || fail "no loss and no time left on $width columns"
        fi
        if [ $width -ge 100 ]; then
            grep -q 'samples/s' drawn || fail "no rate on $width columns"
        fi
    done
}

of_the_whole_run() {
    show 130 3
    grep '^epoch 1/3' drawn | grep -q ' left, .* in all' || fail "the first epoch does not say how long the run takes"
    ! grep '^epoch 3/3' drawn | grep -q 'in all' || fail "the last epoch counts others"
}

# A wide terminal that becomes narrow in the middle of the run.
resized() {
    limit="--time-limit 5s" expected=75
    show 120,1.5,50 100000 "$@"
    [ "$(widest drawn)" -gt 60 ] || fail "the bar is narrow from the start"
    tail -n 3 drawn >late
    [ "$(widest late)" -lt 50 ] || fail "the bar is still $(widest late) wide on 50 columns"
}

resized_under_mpirun() {
    resized "$root/launch/mpirun" -np 2
}

# A terminal that can do nothing, and none at all: no carriage return and no bar.
without_bar() {
    TERM=dumb try "$pty" 80 "$dltrain" train run.yaml $settings --set train.epochs=1
    expect_code 0 "training on a dumb terminal"
    ! tr -d '\n' <out | sed 's/\r*$//' | grep -q '%' || fail "a bar on a dumb terminal"
    for ranks in 1 2; do
        # shellcheck disable=SC2086 # several options
        run_ranks $ranks train run.yaml $settings --set train.epochs=1
        expect_code 0 "training without a terminal"
        ! grep -q "$(printf '[\r\033]')" out || fail "control characters without a terminal"
    done
}

$scenario
