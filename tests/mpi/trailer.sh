#!/bin/sh
# Usage: trailer.sh ROOT DLTRAIN FAULT_LIBRARY SCENARIO
# Open MPI's report on a failed job stands only where dltrain has not explained the failure.
set -eu
root=$1 dltrain=$2 fault=$3 scenario=$4
. "$root/tests/support/lib.sh"
here=$root/launch
. "$root/launch/common.sh"

rule=--------------------------------------------------------------------------

# The report of Open MPI 4 (mpirun) and 5 (prterun) on a job that ended with exit code $2.
report() {
    [ "$1" = prterun ] || printf '%s\n' $rule 'Primary job  terminated normally, but 1 process returned' \
        'a non-zero exit code. Per user-direction, the job has been aborted.' $rule
    printf '%s\n' $rule "$1 detected that one or more processes exited with non-zero status, thus causing" \
        'the job to be terminated. The first process to do so was:' '' '   Process name: [[14195,1],0]' \
        "   Exit code:    $2" $rule
}

# expect_filtered INPUT EXPECTED: two files.
expect_filtered() {
    (without_trailer) <"$1" >out
    cmp out "$2" >err 2>&1 || fail "filtered wrongly: $(cat "$1")"
}

# A sentence of dltrain, and exit code 75, explain the report; nothing else does; other texts pass as they are.
texts() {
    echo "dltrain: no such file" >sentence
    echo "Segmentation fault" >word
    printf '%s\n' $rule 'mpirun was unable to launch the specified application' $rule >other
    printf '%s\nPrimary' $rule >short
    : >empty
    for launcher in mpirun prterun; do
        (cat sentence && report $launcher 1) >input
        expect_filtered input sentence
        (report $launcher 1 && cat sentence) >input
        expect_filtered input sentence
        report $launcher 75 >input
        expect_filtered input empty
        (cat word && report $launcher 139) >input
        expect_filtered input input
        (cat other sentence && report $launcher 2 && cat other) >input
        cat other sentence other >wanted
        expect_filtered input wanted
    done
    cat other word >input
    expect_filtered input input
    (cat short && echo) >wanted
    expect_filtered short wanted
    printf 'no newline at the end' >input
    (cat input && echo) >wanted
    expect_filtered input wanted
    expect_filtered empty empty
}

# Lines come through at once, not when the job is over.
at_once() {
    mkfifo slow
    (without_trailer) <slow >out &
    filter=$!
    exec 4>slow
    echo "first line" >&4
    waited=0
    until grep -q 'first line' out || [ $waited = 50 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    [ $waited -lt 50 ] || fail "a line waits for the end of the job"
    exec 4>&-
    wait $filter
}

# One line on stderr and the exit code of dltrain, for errors of each exit code.
jobs() {
    make_digits 240
    sed 's/^name:.*/name: parts/' "$root/launch/recipes/quickstart.yaml" >run.yaml
    echo 'nonsense: 1' >>run.yaml
    for ranks in 1 4; do
        try "$root/launch/mpirun" -np $ranks "$dltrain" train run.yaml
        expect_code 1
        [ "$(wc -l <err)" = 1 ] || fail "more than one line on stderr at np $ranks"
        try "$root/launch/mpirun" -np $ranks "$dltrain" train --no-such-option
        expect_code 2
        [ "$(wc -l <err)" = 1 ] || fail "more than one line on stderr at np $ranks"
        sed '/^nonsense/d' run.yaml >good.yaml
        try "$root/launch/mpirun" -np $ranks "$dltrain" train good.yaml --set data.train=data/train \
            --set data.test=data/test --set train.epochs=100000 --time-limit 1s --overwrite
        expect_code 75
        [ ! -s err ] || fail "a stopped run complains at np $ranks"
    done
    # A rank that is killed has said nothing, so mpirun reports.
    try "$root/launch/mpirun" -np 2 sh -c "\"$dltrain\" list layers >/dev/null; kill -KILL \$\$"
    [ "$code" != 0 ] || fail "a killed job ends with exit code 0"
    grep -q 'Primary job\|exited on\|detected that' err ||
        fail "nothing is said about a killed rank"
}

$scenario
