#!/bin/sh
# Usage: import.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# A folder of data takes one import at a time, and a killed one leaves nothing that the next does not remove.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

# begin ARGUMENT...: a synthetic set that takes long, in the background, once its first temporary file is there; its
# process is $first.
begin() {
    "$dltrain" data synth digits --out data --samples 4000000 --test-samples 10 "$@" >first.out 2>first.err </dev/null &
    first=$!
    tries=0
    until [ -n "$(find data -name '.*.tmp' 2>/dev/null)" ]; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || fail "the import did not begin: $(cat first.err)"
        sleep 0.05
    done
}

kill_first() {
    kill -KILL "$first"
    wait "$first" 2>/dev/null || true
}

# Only the shards named are in data/.
expect_files() {
    found=$(cd data && find . -type f | sort | tr '\n' ' ')
    [ "$found" = "$1" ] || fail "data/ holds '$found' instead of '$1'"
}

killed_synth_is_cleared() {
    begin --shards 3
    kill_first
    [ -n "$(find data -name '.*.tmp')" ] || fail "the killed import left no temporary file to test with"
    touch data/.mine-00000-of-00001.h5.tmp
    try "$dltrain" data synth digits --out data --samples 40 --test-samples 10 --shards 2
    expect_code 0 "an import after a killed one"
    expect_files "./.mine-00000-of-00001.h5.tmp ./test-00000-of-00002.h5 ./test-00001-of-00002.h5 \
./train-00000-of-00002.h5 ./train-00001-of-00002.h5 "
}

killed_overwrite_keeps_what_was_there() {
    try "$dltrain" data synth digits --out data --samples 40 --test-samples 10 --shards 2
    cp -R data before
    for shards in 1 2 4; do
        begin --overwrite --shards $shards
        kill_first
        for file in before/*; do
            cmp -s "$file" "data/${file#before/}" || fail "$file has changed"
        done
    done
    try "$dltrain" data synth digits --out data --samples 30 --test-samples 10 --overwrite
    expect_code 0 "an import after three killed ones"
    expect_files "./test-00000-of-00001.h5 ./train-00000-of-00001.h5 "
}

second_is_refused() {
    begin
    for how in "" --overwrite; do
        # shellcheck disable=SC2086 # an option or none
        try "$dltrain" data synth line --out data $how
        expect_code 1 "a second import $how"
        expect_sentence "is in use by process $first"
    done
    kill -TERM "$first"
    wait "$first" || true
    [ ! -e data ] || fail "the stopped import left $(find data)"
    try "$dltrain" data synth line --out data
    expect_code 0 "after the first one's end"
}

# What the unit tests of odd files see of the library, once more of the command: its exit code, its
# one sentence and what it leaves.
odd_files_are_refused() {
    printf 'name: t\nformat: {csv: {file: t.csv, target: y, test: 0}}\n' >t.yaml
    printf 'name: p\nformat: {images: {train: {path: p}, channels: 1}}\n' >p.yaml
    mkdir -p p/ant
    for flaw in 'a,y\n1e999,0\n' 'a,a,y\n1,2,0\n' 'a,y\n1,0,2\n' '\377\376a\0' ''; do
        # shellcheck disable=SC2059 # octal escapes
        printf "$flaw" >t.csv
        try "$dltrain" data import t.yaml --source . --out data
        expect_code 1 "a table of '$flaw'"
        expect_sentence t.csv
        [ ! -e data ] || fail "a table of '$flaw' left $(find data)"
    done
    for flaw in '\211PNG\r\n\032\n' '\377\330\377\340' 'words' ''; do
        # shellcheck disable=SC2059 # octal escapes
        printf "$flaw" >p/ant/1.png
        try "$dltrain" data import p.yaml --source . --out data
        expect_code 1 "a picture of '$flaw'"
        expect_sentence 1.png
        [ ! -e data ] || fail "a picture of '$flaw' left $(find data)"
    done
}

# Data without a description that could be taken in two ways, or would be something else in silence.
doubtful_data_is_refused() {
    for flaw in 'a;y\n0,5;1\n1,5;2\n:a decimal or thousands comma' 'a,y\n2024-01-05,1\n:a date or time' \
        '0,1,y\n4,5,2\n:--set header=true or --set header=false' '1,2\n3,5\n:its numbers ascend' \
        'a,NA\n1,2\n:--set header=true'; do
        # shellcheck disable=SC2059 # line ends
        printf "${flaw%%:*}" >t.csv
        try "$dltrain" data import t.csv --target 1 --out data
        expect_code 1 "a table of '$flaw'"
        expect_sentence t.csv "${flaw#*:}"
        [ ! -e data ] || fail "a table of '$flaw' left $(find data)"
    done
    for folders in 'train test' 'Train eval' 'dev'; do
        rm -rf p
        for folder in $folders; do
            mkdir -p "p/$folder"
            : >"p/$folder/1.png"
        done
        try "$dltrain" data import p --out data
        expect_code 1 "pictures in $folders"
        expect_sentence "named like splits" "the names of splits are train,"
        [ ! -e data ] || fail "pictures in $folders left $(find data)"
    done
}

"$scenario"
