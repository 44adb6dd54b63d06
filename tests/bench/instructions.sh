#!/bin/sh
# Usage: instructions.sh ROOT DLTRAIN WORKLOAD BATCH STEPS BUILD
# Counts the instructions of the last of so many updates of a workload, under valgrind's callgrind, and compares them
# with the figures in instructions.txt: more than 5 % above them is a failure, which prints the line to keep there if
# the growth is meant. Elapsed time does not matter, so that a busy machine can tell.
# Valgrind shows every program the same processor, one of AVX2, but computes fused multiply-adds slowly; so oneDNN is
# limited to AVX. Figures hold for one compiler and one version of each library, BUILD and what is added to it below;
# exit code 77, with the reason, where instructions.txt has none for them.
set -eu
root=$1 dltrain=$2 workload=$3 batch=$4 steps=$5 build=$6
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
kept=$root/tests/bench/instructions.txt

skip() {
    echo "skipped: $*"
    exit 77
}

# The step stands between two dumps: the profile without a number is of the last one.
count() {
    samples=$((batch * steps))
    try "$dltrain" data synth digits --samples $samples --test-samples 1 --out digits
    expect_code 0 "data synth"
    LD_BIND_NOW=1 ONEDNN_MAX_CPU_ISA=AVX try valgrind --tool=callgrind --callgrind-out-file=profile \
        --toggle-collect=dlt_step --dump-before=dlt_step \
        "$dltrain" train "$root/tests/bench/$workload.yaml" --set data.train=digits/train \
        --set "train.batch=$batch" --set train.watchdog_s=0 --set checkpoint.every_epochs=0 --out run
    expect_code 0 "training under valgrind"
    [ "$(value steps run)" = "$steps" ] || fail "$(value steps run) updates instead of $steps"
    [ "$(find . -name 'profile.*' | wc -l)" = "$steps" ] || fail "the updates were not counted: is dlt_step still there?"
    awk -v program="$(basename "$dltrain")" -f "$root/tests/bench/objects.awk" profile
}

# judge NAME COUNTED KEPT
judge() {
    [ "$2" -gt 0 ] || fail "no instructions of $1 were counted"
    [ $(($2 * 100)) -le $(($3 * 105)) ] ||
        fail "an update of $workload takes $2 instructions of $1 instead of $3, $(($2 * 100 / $3 - 100)) % more; is that" \
            "meant? Then keep this line in $kept: $line"
}

command -v valgrind >/dev/null 2>&1 || skip "there is no valgrind"
counted=$(count) || exit 1
setting="$build, $(getconf GNU_LIBC_VERSION), $(valgrind --version), kernels $(value kernels run), OpenBLAS core \
$(value blas_core run)"
line="$workload batch $batch $counted | $setting"
figures=$(grep -F "| $setting" "$kept" | grep "^$workload batch $batch ") || skip "no figures are kept for: $line"
# shellcheck disable=SC2086 # words: WORKLOAD batch BATCH ours N libraries N
set -- $figures
ours_kept=$5 libraries_kept=$7
# shellcheck disable=SC2086
set -- $counted
judge dltrain "$2" "$ours_kept"
judge libraries "$4" "$libraries_kept"
