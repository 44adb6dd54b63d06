#!/bin/sh
# Usage: extension.sh ROOT COMPILER PREFIX LIBDIR
# A shared object with a layer, a loss and an optimizer of its own, built against the installed
# headers and named in a run file: the same bits at np 1 and 2 and when sharded, also where a run
# goes on, predicts, or is given another extension. What cannot be opened is refused with one
# sentence at np 1 and 4.
set -eu
root=$1 compiler=$2 prefix=$3 libdir=$4
. "$root/tests/support/lib.sh"
kill_late_ranks
dltrain=$prefix/bin/dltrain
consumer=$root/tests/install/consumer
PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
export PKG_CONFIG_PATH

# build SOURCE OUTPUT FLAG...: as the header says.
build() {
    source=$1 output=$2
    shift 2
    # shellcheck disable=SC2046 # several words are meant
    "$compiler" -std=c11 -shared -fPIC -Wall -Wextra -Werror "$@" "$source" -o "$output" \
        $(pkg-config --cflags dltrain)
}

# refused WORDS EXTENSION [RANKS]: at np 1 and np 4, or at some of both.
refused() {
    for ranks in ${3:-1 4}; do
        run_ranks $ranks train mine/run.yaml --out refused --set "extensions=[$2]"
        expect_sentence "$1"
        [ ! -e refused ] || fail "a refused run has left a folder"
    done
}

mkdir mine
build "$consumer/mine.c" mine/libmine.so
try "$dltrain" data synth line --out line
expect_code 0 "data synth"
cat >mine/run.yaml <<END
name: mine
extensions: [libmine.so]
data: {train: line/train, test: line/test}
model: [{dense: 4}, {swish: 1.5}, {dense: 1}]
loss: cauchy
optimizer: {trust: 0.02}
parameters: {"swish*": {lr_factor: 0.5}}
train: {epochs: 2, batch: 100, micro_batch: 8}
END
run_ranks 1 train mine/run.yaml --out one
expect_code 0 "np 1"
run_ranks 2 train mine/run.yaml --out two --set comm.strategy=sharded
expect_code 0 "np 2"
[ "$(value state_hash one)" = "$(value state_hash two)" ] || fail "other bits at np 2"
# A program that registers the same, and opens nothing.
sed '/^extensions/d' mine/run.yaml >own.yaml
# shellcheck disable=SC2046 # several words are meant
"$compiler" -std=c11 -Wall -Wextra -Werror "$consumer/registers.c" -o registers \
    $(pkg-config --cflags --libs dltrain) -lm
try env LD_LIBRARY_PATH="$prefix/$libdir" "$root/launch/mpirun" -np 2 ./registers own.yaml
expect_code 0 "the program"
[ "$(cat out)" = "$(value state_hash one)" ] || fail "other bits in a program: $(cat out)"
run_ranks 2 train mine/run.yaml --out one --resume --set train.epochs=3
expect_code 0 "resuming"
run_ranks 1 eval one
expect_code 0 "eval"
grep -q 'mae' out || fail "eval names no metric of the loss"

# Another build of it under the same name, from there on.
build "$consumer/mine.c" mine/libmine.so -O1
run_ranks 2 train mine/run.yaml --out one --resume --set train.epochs=4
expect_code 0 "resuming with another build"
grep -q 'libmine.so [0-9a-f]*, and here it is .*libmine.so [0-9a-f]*: from now on' err ||
    fail "no warning of another extension"

# Its self-tests, also with a planted defect of 2 % in a gradient.
try "$dltrain" verify --extension mine/libmine.so
expect_code 0 "verify --extension"
for entry in "layer        swish " "loss         cauchy " "optimizer    trust "; do
    grep -q "^$entry.*, 0 failures" out || fail "no line on $entry"
done
build "$consumer/mine.c" wrong.so -DGRADIENT_FACTOR=1.02f
try "$dltrain" verify --extension wrong.so
expect_sentence "2 self-test failures of extension wrong.so"
grep -q "layer 'swish', self-test 'images': the gradient of input 0 differs" out ||
    fail "verify does not name the gradient"

# Rank 1 finds another file under the name that rank 0 has opened.
cp mine/libmine.so mine/swapped.so
build "$consumer/mine.c" mine/other.so -O2
cat >rank.sh <<END
tries=0
while [ "\$OMPI_COMM_WORLD_RANK" = 1 ] && [ \$tries -lt 100 ] && [ -e mine/other.so ]; do
    tries=\$((tries + 1))
    sleep 0.05
    cat /proc/[0-9]*/maps 2>/dev/null | grep -q "$PWD/mine/swapped.so" || continue
    mv mine/other.so mine/swapped.so
done
exec "$dltrain" "\$@"
END
try "$root/launch/mpirun" -np 2 sh rank.sh train mine/run.yaml --out swapped \
    --set "extensions=[swapped.so]"
[ ! -e mine/other.so ] || fail "rank 1 never saw that rank 0 had opened the extension"
expect_sentence "rank 1 has the contents of extension $PWD/mine/swapped.so"

# Every sentence names the file that was meant.
refused "cannot read extension mine/absent.so: No such file or directory" absent.so
echo text >mine/text.so
refused "cannot load extension $PWD/mine/text.so" text.so 1
echo 'int nothing;' >nothing.c
build nothing.c mine/nothing.so
refused "mine/nothing.so has no entry point: DLT_EXTENSION in dltrain/extend/extension.h" nothing.so
build "$consumer/mine.c" mine/old.so -DDLT_EXTENSION_VERSION=0
refused "mine/old.so was built for another version of dltrain (interface 0, 4," old.so
sed 's/"swish"/"dense"/' "$consumer/mine.c" >dense.c
build dense.c mine/dense.so
refused "mine/dense.so cannot be used: there already is a layer 'dense'" dense.so
refused "mine/dense.so cannot be used: there already is a layer 'dense'" "libmine.so, dense.so" 1
cp mine/libmine.so mine/again.so
refused "again.so cannot be used: there already is a layer 'swish'" "libmine.so, again.so" 1
sed 's/\.forward = forward_swish,//' "$consumer/mine.c" >part.c
build part.c mine/part.so -Wno-unused-function
refused "mine/part.so cannot be used: the layer 'swish' lacks something that is required" part.so 1
