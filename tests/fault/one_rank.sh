#!/bin/sh
# Usage: one_rank.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# What fails on one rank alone while the ranks set up ends all of them within 10 s, with a sentence.
# The places are a sample; ALL=1 in the environment tries each of them, which takes an hour. Some of
# these do no harm: what a command can do without.
set -u
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"

run_command() {
    case $1 in
    train) echo train run.yaml --out run --set train.epochs=1 ;;
    resume) echo train run.yaml --out run --resume --set train.epochs=2 ;;
    eval) echo eval run --data good.h5 ;;
    predict) echo predict run --data good.h5 --out predictions.h5 --overwrite ;;
    esac
}

# try_on_rank COMMAND "FAULT_...": with the fault on rank 2 of 4.
try_on_rank() {
    rm -rf run
    [ "$1" = train ] || cp -r trained run
    # shellcheck disable=SC2046 # words
    faulty 4 "FAULT_RANK=2 $2" $(run_command "$1")
}

count_calls() {
    try_on_rank "$1" "FAULT_CALL=$2 FAULT_PATH=$3 FAULT_NTH=0 FAULT_LOG=$work/log"
    expect_code 0 "$1"
    wc -l <log
    rm -f log
}

# each_place COMMAND CALL PATH PLACES: the call fails at some of the places where it is made.
each_place() {
    command=$1 call=$2 part=$3 places=$4
    [ -z "${ALL-}" ] || places=$(seq "$(count_calls "$command" "$call" "$part")")
    for place in $places; do
        began=$(date +%s)
        try_on_rank "$command" "FAULT_CALL=$call FAULT_PATH=$part FAULT_NTH=$place FAULT_ERRNO=5"
        [ $(($(date +%s) - began)) -le 10 ] || fail "$command: $call $place: no end within 10 s"
        [ "$code" -le 1 ] || fail "$command: $call $place: exit code $code"
        [ "$code" = 0 ] && [ -n "${ALL-}" ] || expect_sentence "rank 2: "
    done
}

prepare() {
    train_here 1
    mv run trained
}

opens() {
    prepare
    each_place train open good.h5 "1"
    each_place resume open checkpoints "1 2"
    each_place eval open run/ "1"
}

reads() {
    prepare
    each_place resume read checkpoints "1 100"
    each_place predict read checkpoints "150"
}

allocations() {
    prepare
    each_place train alloc '' "100"
    each_place resume alloc '' "300 900"
    each_place eval alloc '' "1200"
}

# While a checkpoint is listed: HDF5 1.10 crashes over five reads in a row where it sorts the list.
lists_of_checkpoints() {
    train_here 1
    checkpoint=$(echo run/checkpoints/step-*8.h5)
    try env LD_PRELOAD="$fault" FAULT_CALL=read FAULT_NTH=0 FAULT_PATH=step- FAULT_LOG="$work/log" \
        "$dltrain" inspect "$checkpoint"
    expect_code 0 "inspect"
    count=$(wc -l <log)
    [ "$count" -gt 20 ] || fail "only $count reads of a checkpoint"
    for place in $(seq 1 5 "$count"); do
        try env MALLOC_PERTURB_=165 LD_PRELOAD="$fault" FAULT_CALL=read FAULT_NTH="$place" \
            FAULT_PATH=step- FAULT_ERRNO=5 "$dltrain" inspect "$checkpoint"
        [ "$code" -le 1 ] || fail "read $place of $count: exit code $code"
        [ "$code" = 0 ] || expect_sentence "Input/output error"
    done
}

write_run_file
"$scenario"
