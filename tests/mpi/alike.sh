#!/bin/sh
# Usage: alike.sh REPOSITORY DLTRAIN FAULT MAKE_DATA SCENARIO
# Processes of one launch that were started differently end within 10 s with one sentence that names the first difference.
set -u
root=$1 dltrain=$2 fault=$3 make_data=$4 scenario=$5
. "$root/tests/support/lib.sh"
. "$root/tests/fault/common.sh"
kill_late_ranks

# start_two "COMMAND OF RANK 0" "COMMAND OF RANK 1": each with words that are split at blanks.
start_two() {
    # shellcheck disable=SC2086 # lists of words
    try "$root/launch/mpirun" -np 1 $1 : -np 1 $2
}

# differs "COMMAND OF RANK 0" "COMMAND OF RANK 1" WORDS...: words of the command line are split at blanks.
differs() {
    first=$1 second=$2
    shift 2
    began=$(date +%s)
    start_two "$dltrain $first" "$dltrain $second"
    [ $(($(date +%s) - began)) -le 10 ] || fail "'$first' : '$second' took $(($(date +%s) - began)) s"
    expect_code 1 "'$first' : '$second'"
    expect_sentence "$@"
    [ ! -e run ] || fail "'$first' : '$second' left a run folder"
}

alike() {
    start_two "$dltrain $1" "$dltrain $2"
    expect_code 0 "'$1' : '$2'"
}

options() {
    differs "train run.yaml --out run" "train run.yaml --out run --resume" "rank 1 was started with --resume, rank 0 without it"
    differs "train run.yaml --out run --overwrite" "train run.yaml --out run" "rank 0 was started with --overwrite, rank 1 without it"
    differs "train run.yaml --out run" "train run.yaml --out other" "rank 1 was started with --out other, rank 0 with run"
    differs "train run.yaml --out run" "train run.yaml" "rank 0 was started with --out run, rank 1 without it"
    differs "train run.yaml --out run --time-limit 1h" "train run.yaml --out run --time-limit 2h" "--time-limit 2h"
}

# Both with the option at other places and other words for the same: nothing differs.
same_in_other_words() {
    cp run.yaml copy.yaml
    alike "train run.yaml --out run --set train.epochs=1" "train --set train.epochs=1 --out=run copy.yaml"
    alike "--version" "--version"
    alike "help loss" "help loss"
}

subcommands() {
    differs "train run.yaml --out run" "verify run.yaml --out run" "the subcommand verify, rank 0 with train"
    differs "train run.yaml --out run" "--version" "the subcommand --version, rank 0 with train"
    differs "help" "train run.yaml --out run" "the subcommand train, rank 0 with help"
    differs "data info good.h5" "train run.yaml --out run" "the subcommand train, rank 0 with data"
    differs "help loss" "help model" "the arguments model, rank 0 with loss"
    differs "train --help" "train run.yaml --out run" "the subcommand train, rank 0 with train --help"
    differs "train run.yaml --out run" "train run.yaml --out run --print-folder" \
        "the subcommand train --print-folder, rank 0 with train"
    differs "eval run" "predict run --out p.h5" "the subcommand predict, rank 0 with eval"
    differs "eval run" "eval other" "the run folder other, rank 0 with run"
}

mistakes() {
    differs "train run.yaml --out run" "train run.yaml --out run --bogus" "rank 1 was started with the mistake" "'--bogus'"
    differs "train --out run" "train run.yaml --out run" "rank 0 was started with the mistake" "one run file"
    differs "train run.yaml --out run" "" "the subcommand none, rank 0 with train"
    differs "trian run.yaml" "train run.yaml --out run" "the subcommand train, rank 0 with trian"
    differs "train run.yaml --out run" "train nowhere.yaml --out run" "rank 1: cannot read nowhere.yaml"
    try "$root/launch/mpirun" -np 2 "$dltrain" train run.yaml --bogus
    expect_code 2
    expect_sentence "'train' has no option '--bogus'"
}

keys() {
    differs "train run.yaml --out run" "train run.yaml --out run --set train.epochs=5" "rank 1 was started with train.epochs 5, rank 0 with 3"
    differs "train run.yaml --out run" "train run.yaml --out run --set checkpoint.every_steps=1" "checkpoint.every_steps 1, rank 0 with 0"
    differs "train run.yaml --out run" "train run.yaml --out run --set comm.strategy=sharded" "comm.strategy sharded, rank 0 with replicated"
    differs "train run.yaml --out run" "train run.yaml --out run --set model.0.dense.units=9" "model.0.dense.units 9, rank 0 with 8"
    differs "verify run.yaml --out run" "verify run.yaml --out run --set comm.hierarchy=false" "comm.hierarchy false, rank 0 with true"
    differs "bench step run.yaml" "bench step run.yaml --set train.batch=8" "train.batch 8, rank 0 with 16"
}

# Another program in all but its name.
builds() {
    cp "$dltrain" other
    objcopy --remove-section .note.gnu.build-id other 2>/dev/null || exit 77
    start_two "$dltrain train run.yaml --out run" "./other train run.yaml --out run"
    expect_code 1
    expect_sentence "the dltrain build"
}

# differ_in "VARIABLE=VALUE" WORDS...: the second rank has a variable that lowers what a library uses of the processor.
differ_in() {
    variable=$1
    shift
    start_two "$dltrain train run.yaml --out run" "env $variable $dltrain train run.yaml --out run"
    expect_code 1 "'$variable' on rank 1"
    expect_sentence "rank 1" "the libraries" "$@"
    rm -rf run
}

# The ranks of a cluster of unlike nodes: other bits, and no word about it.
libraries() {
    "$dltrain" doctor 2>/dev/null | grep 'OpenBLAS core' | grep -q 'level x86-64-v[34]' || exit 77
    differ_in DLTRAIN_BLAS_CORE=Nehalem "for Nehalem"
    differ_in OPENBLAS_BLOCK_FACTOR=50 "with OPENBLAS_BLOCK_FACTOR=50"
    "$dltrain" doctor 2>/dev/null | grep 'kernel table' | grep -q onednn || exit 0
    differ_in DNNL_MAX_CPU_ISA=SSE41 "for sse41"
    differ_in ONEDNN_MAX_CPU_ISA=AVX "for avx"
    differ_in ONEDNN_DEFAULT_FPMATH_MODE=BF16 "with lower precision for fp32"
    ldd --version 2>/dev/null | grep -q GLIBC || exit 0
    differ_in GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2 "libm"
}

# A resume with other libraries goes on, and says so; with the same ones it has nothing to say.
other_libraries_on_resume() {
    "$dltrain" doctor 2>/dev/null | grep 'OpenBLAS core' | grep -q 'level x86-64-v[34]' || exit 77
    try "$dltrain" train run.yaml --out run
    expect_code 0
    grep -q '"libraries": "OpenBLAS .* for ' run/summary.json || fail "summary.json does not name the libraries"
    try "$dltrain" train run.yaml --out run --resume --set train.epochs=4
    expect_code 0
    ! grep -q 'was computed with' err || fail "nothing has changed, but it is said"
    try env DLTRAIN_BLAS_CORE=Nehalem "$root/launch/mpirun" -np 2 "$dltrain" train run.yaml --out run --resume \
        --set train.epochs=5
    expect_code 0
    [ "$(grep -c 'was computed with OpenBLAS .* here it is OpenBLAS .* for Nehalem' err)" = 1 ] ||
        fail "other libraries are not said once"
}

# table FOLDER "SED SCRIPT": the same rows as a data set of FOLDER, the text changed first.
table() {
    mkdir -p "$1"
    awk 'BEGIN {
        print "a,b,y"
        for (i = 0; i < 40; i++)
            print (i * 7) % 16 "," (i * 5) % 8 "," (i % 3 ? "low" : "high")
    }' | sed "$2" >"$1/rows.csv"
    target=$(head -n 1 "$1/rows.csv" | sed "s/.*,//")
    cat >"$1/t.yaml" <<ENDTABLE
name: t
format: {csv: {file: rows.csv, target: $target, target_kind: class, standardize: true}}
ENDTABLE
    try "$dltrain" data import "$1/t.yaml" --source "$1" --out "$1/set"
    expect_code 0 "importing $1"
    cp table.yaml "$1"
}

# in_folders NP ARGUMENT...: rank 0 works in the folder node0, all others in node1, as with files
# local to nodes.
in_folders() {
    ranks=$1
    shift
    echo "cd node\$((\${OMPI_COMM_WORLD_RANK:-\${PMI_RANK:-0}} > 0)) && exec $dltrain $*" >rank
    began=$(date +%s)
    try "$root/launch/mpirun" -np "$ranks" sh rank
    [ $(($(date +%s) - began)) -le 10 ] || fail "'$*' took $(($(date +%s) - began)) s"
}

# other_data NP WORDS "SED SCRIPT": the data of ranks 1 and up are changed, and refused with the
# words.
other_data() {
    ranks=$1 words=$2
    rm -rf node1
    table node1 "$3"
    in_folders "$ranks" train table.yaml --out run
    expect_code 1 "$words"
    expect_sentence "$words" "all ranks need the same"
    [ ! -e node0/run ] || fail "$words: left a run folder"
}

write_table_run() {
    cat >table.yaml <<'ENDRUN'
name: t
data: {train: set/train, validation: set/train, test: set/train}
model: [{dense: 2}]
loss: cross_entropy
optimizer: {sgd: {lr: 0.1}}
train: {epochs: 2, batch: 8, micro_batch: 2}
checkpoint: {best: true}
ENDRUN
}

# Names, and statistics by which other numbers become the same ones, are in no fingerprint of
# samples.
data_of_nodes() {
    write_table_run
    table node0 ''
    other_data 2 "the class names of the training data high, mid, rank 0 has high, low" 's/low/mid/'
    other_data 4 "rank 1 has the column names of the training data a, c, rank 0 has a, b" '1s/b/c/'
    other_data 2 "rank 1 has the target name of the training data z, rank 0 has y" '1s/y/z/'
    other_data 4 "the statistics of the columns of the training data" '2,$s/^\([0-9]*\),/\10,/'
    other_data 2 "the fingerprint of the training data" '3{h;d;};4G'
    other_data 4 "a number of samples in the training data of 31, rank 0 has 32" '9d'
    other_data 2 "inputs in the training data [3] float32, rank 0 has [2] float32" \
        '1s/b/b,c/;2,$s/,/,1,/'
}

# other_files NP WORDS COMMAND...: what rank 0 reads from its folder is not what the others read
# from theirs.
other_files() {
    ranks=$1 words=$2
    shift 2
    in_folders "$ranks" "$@"
    # A resume is not refused for good: a network file system may show another file in a while.
    expect_code 1 "$*"
    expect_sentence "$words" "all ranks need the same"
}

# Checkpoints of the same name, each whole, of two runs.
checkpoints_of_nodes() {
    write_table_run
    for node in 0 1; do
        table node$node ''
        rate=optimizer.sgd.lr=0.$((node + 1))
        (cd node$node && "$dltrain" train table.yaml --out run --set $rate) >out 2>err ||
            fail "training for node $node"
        cp node$node/run/checkpoints/best.h5 node$node/start.h5
    done
    cp node0/run/config.yaml node1/run/config.yaml
    checkpoint="checkpoint run/checkpoints/step-000000008.h5 with the checksum"
    other_files 2 "rank 1 has $checkpoint" train table.yaml --out run --resume --set train.epochs=3
    other_files 4 "rank 1 has $checkpoint" train table.yaml --out run --resume \
        --set comm.strategy=sharded
    sed -i 's/batch: 8/batch: 16/' node1/table.yaml
    other_files 2 "rank 1 was started with train.batch 16, rank 0 with 8" train table.yaml --out run --resume
    sed -i 's/batch: 16/batch: 8/' node1/table.yaml
    # One that only rank 1 refuses is like that; one that all refuse lasts.
    for node in 0 1; do
        mv node$node/run node$node/kept
        (cd node$node && "$dltrain" train table.yaml --out run \
            --set "model=[{dense: {units: 4, name: d$node}}, {dense: 2}]") >out 2>err ||
            fail "training another model for node $node"
    done
    cp node0/run/config.yaml node1/run/config.yaml
    set -- train table.yaml --out run --resume --set train.epochs=3 --set
    in_folders 2 "$@" "'model=[{dense: {units: 4, name: d0}}, {dense: 2}]'"
    expect_code 1 "a checkpoint that only rank 1 refuses"
    expect_sentence "d0"
    in_folders 4 "$@" "'model=[{dense: {units: 4, name: d2}}, {dense: 2}]'"
    expect_code 4 "checkpoints that all refuse"
    expect_sentence "checkpoint"
    for node in 0 1; do
        rm -r node$node/run
        mv node$node/kept node$node/run
    done
    other_files 2 "rank 1 has $checkpoint" eval run
    other_files 4 "rank 1 has $checkpoint" predict run --out predictions.h5
    other_files 2 "initial values of dense_1/weight with the checksum" train table.yaml \
        --out fine --set train.init_from=start.h5
    [ ! -e node0/predictions.h5 ] || fail "predictions are left"
    [ ! -e node0/fine ] || fail "a run folder is left"
}

write_run_file
"$scenario"
