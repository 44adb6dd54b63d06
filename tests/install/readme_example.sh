#!/bin/sh
# Usage: readme_example.sh REPOSITORY COMPILER PREFIX LIBDIR SCRATCH
# The program in include/dltrain/README.md compiles without a warning against the installed library, computes what the
# command computes, whatever OpenBLAS chose when it was loaded, and fails with one message and an exit code.
set -eu
repository=$1 compiler=$2 prefix=$3 libdir=$4 scratch=$5
dltrain=$prefix/bin/dltrain
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

fail() {
    echo "failed: $*" >&2
    cat out err >&2 || true
    exit 1
}

value() {
    sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$2/summary.json"
}

awk '/^```c$/ { inside = ++programs == 1; next } /^```/ { inside = 0 } inside' \
    "$repository/include/dltrain/README.md" >example.c
[ -s example.c ] || fail "no program in the README"
PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
LD_LIBRARY_PATH=$prefix/$libdir
export PKG_CONFIG_PATH LD_LIBRARY_PATH
# shellcheck disable=SC2046 # several words are meant
"$compiler" -std=c11 -Wall -Wextra -Werror example.c $(pkg-config --cflags --libs dltrain) -o example

"$dltrain" data synth digits --out data --samples 120 --test-samples 20 >out 2>err
cat >run.yaml <<'END'
name: example
data: {train: data/train, test: data/test}
model: [{conv2d: {filters: 4, kernel: 3}}, relu, flatten, {dense: 10}]
loss: cross_entropy
optimizer: {sgd: 0.1}
train: {epochs: 1, batch: 40}
END

# The same bits as the command, with what OpenBLAS takes by itself, with its poorest kernels, and with unknown ones.
for core in "" Prescott Nehalem Abacus; do
    env ${core:+OPENBLAS_CORETYPE=$core} ./example >out 2>err || fail "the example fails with '$core'"
    hash=$(value state_hash runs/example) core_of_example=$(value blas_core runs/example)
    env -u OPENBLAS_CORETYPE "$dltrain" train run.yaml --out command --overwrite >out 2>err || fail "the command fails"
    [ -n "$hash" ] && [ "$hash" = "$(value state_hash command)" ] || fail "other bits than the command's with '$core'"
    [ "$core_of_example" = "$(value blas_core command)" ] || fail "other kernels than the command's with '$core'"
done

# refuses N WORDS: on N ranks one line of ours says so.
refuses() {
    ranks=$1 words=$2
    if [ "$ranks" = 1 ]; then
        ! ./example >out 2>err || fail "exit code 0: $words"
    else
        ! "$repository/launch/mpirun" -np "$ranks" ./example >out 2>err || fail "exit code 0 on $ranks ranks: $words"
    fi
    [ "$(grep -cF "$words" err)" = 1 ] || fail "not said once on $ranks ranks: $words"
}

for ranks in 1 3; do
    sed 's/dense: 10/dense: -1/' run.yaml >wrong && mv run.yaml right && mv wrong run.yaml
    refuses $ranks "units"
    sed 's|data/train|nowhere/train|' right >run.yaml
    refuses $ranks "nowhere/train"
    rm run.yaml
    refuses $ranks "run.yaml"
    mv right run.yaml
done
