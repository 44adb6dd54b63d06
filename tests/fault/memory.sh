#!/bin/sh
# Usage: memory.sh ROOT DLTRAIN FAULT_LIBRARY MAKE_DATA SCENARIO
# Memory that is read before it is written or after it was given back, in dltrain and in the
# libraries on its behalf: every command under valgrind and with malloc's memory poisoned; and with
# too little address space, one sentence.
set -eu
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
# shellcheck source=common.sh
. "$root/tests/fault/common.sh"

# Valgrind knows no AVX-512. What Open MPI itself leaves undefined is in the list that it comes with.
export OPENBLAS_CORETYPE=Haswell ONEDNN_MAX_CPU_ISA=AVX2

need_valgrind() {
    command -v valgrind >/dev/null 2>&1 || { echo "there is no valgrind" >&2 && exit 77; }
}

# checked N PROGRAM ARGUMENT...: a program on N ranks under valgrind; any error fails the test.
checked() {
    ranks=$1
    shift
    known=--suppressions=$root/tests/support/valgrind.supp
    more=
    for list in /usr/share/openmpi/openmpi-valgrind.supp; do
        [ ! -e "$list" ] || more=--suppressions=$list
    done
    set -- valgrind -q --error-exitcode=99 --log-file=valgrind.%p "$known" ${more:+"$more"} "$@"
    [ "$ranks" = 1 ] || set -- "$root/launch/mpirun" -np "$ranks" "$@"
    try "$@"
    if grep -q '^==' valgrind.*; then
        sed 's/^/  valgrind: /' valgrind.* | head -n 40 >&2
        fail "valgrind finds errors in $*"
    fi
    expect_code 0 "$*"
}

# use_all RUN N: each command that reads or writes HDF5, by the function RUN.
use_all() {
    "$1" "$2" train run.yaml --out run --set train.epochs=2
    "$1" "$2" train run.yaml --out run --set train.epochs=3 --resume
    "$1" "$2" eval run --data good.h5
    "$1" "$2" predict run --data good.h5 --out predictions.h5 --overwrite
}

valgrind_train() {
    need_valgrind
    checked 1 "$dltrain" train run.yaml --out run --set train.epochs=2
    checked 1 "$dltrain" train run.yaml --out run --set train.epochs=3 --resume
}

valgrind_apply() {
    need_valgrind
    train_here 1
    checked 1 "$dltrain" eval run --data good.h5
    checked 1 "$dltrain" predict run --data good.h5 --out predictions.h5
}

valgrind_make() {
    need_valgrind
    checked 1 "$dltrain" data synth blobs --samples 60 --test-samples 10 --out blobs
}

# A table with a missing value and two words; two pictures of 2 x 2 bytes with a label each.
write_files_to_import() {
    printf 'a,k,y\n1.5,u,0\n-2,w,1\n,u,2\n3, u ,3\n5,w,4\n' >t.csv
    cat >csv.yaml <<'END'
name: t
format: {csv: {file: t.csv, target: y, missing: mean, encode: [one_hot: k]}}
END
    printf '\0\0\10\3\0\0\0\2\0\0\0\2\0\0\0\2\1\2\3\4\5\6\7\10' >x.idx
    printf '\0\0\10\1\0\0\0\2\0\1' >y.idx
    printf 'name: i\nformat: {idx: {train: {x: x.idx, y: y.idx}}}\n' >idx.yaml
}

valgrind_import() {
    need_valgrind
    write_files_to_import
    for kind in csv idx; do
        checked 1 "$dltrain" data import $kind.yaml --source . --out $kind
    done
}

# Pictures, archives and tables of every kind, right and wrong, in one process each.
valgrind_odd_files() {
    need_valgrind
    for kind in png jpeg tar csv idx; do
        checked 1 "$(dirname "$dltrain")/tests/unit_ingest_odd_$kind"
    done
}

valgrind_two_ranks() {
    need_valgrind
    checked 2 "$dltrain" train run.yaml --out run --set train.epochs=2
}

poisoned_run() {
    run_ranks "$@"
    expect_code 0 "$* with poisoned memory"
}

# The bytes of fresh memory are 90 (hexadecimal 5a), those of memory given back 165: what is read there is no zero.
poisoned() {
    run_ranks 1 train run.yaml --out plain
    expect_code 0 "training"
    export MALLOC_PERTURB_=165
    for ranks in 1 2; do
        rm -rf run predictions.h5
        use_all poisoned_run "$ranks"
        [ "$(value state_hash run)" = "$(value state_hash plain)" ] || fail "another state at np $ranks"
    done
    poisoned_run 1 data synth blobs --samples 60 --test-samples 10 --out blobs
    write_files_to_import
    for kind in csv idx; do
        poisoned_run 1 data import $kind.yaml --source . --out $kind
    done
    for kind in png jpeg tar csv idx; do
        try "$(dirname "$dltrain")/tests/unit_ingest_odd_$kind"
        expect_code 0 "odd files of the kind $kind with poisoned memory"
    done
}

# From as little as MPI starts with (with less, it may itself crash) up to enough: it trains, or
# says one sentence. OpenBLAS makes no threads here: where it could not create one, it waits for it
# at the end of the process.
little_address_space() {
    export OPENBLAS_NUM_THREADS=1
    for kilobytes in 400000 430000 460000 490000 700000; do
        rm -rf run
        # shellcheck disable=SC3045 # dash and bash know -v
        try timeout 20 sh -c "ulimit -v $kilobytes; exec \"\$@\"" sh "$dltrain" train run.yaml --out run
        [ "$code" != 124 ] || fail "no end with $kilobytes KiB of address space"
        [ "$code" -lt 128 ] || fail "signal $((code - 128)) with $kilobytes KiB of address space"
        [ "$code" = 0 ] || [ "$(grep -c '^dltrain: ' err)" = 1 ] ||
            fail "no sentence, or several, with $kilobytes KiB of address space"
    done
    expect_code 0 "with 700000 KiB of address space"
}

write_run_file
"$scenario"
