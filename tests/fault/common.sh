# What the scripts of this folder share, after lib.sh: a run of a moment on 60 samples [6] in 3 classes.
# shellcheck shell=sh disable=SC2154

# data KIND...: writes KIND.h5, see make_data.c.
data() {
    for kind in "$@"; do
        "$make_data" "$kind" "$kind.h5" || exit 1
    done
}

write_run_file() {
    data good
    cat >run.yaml <<'END'
name: bad
data: {train: good.h5}
model:
  - dense: {units: 8}
    name: hidden
  - relu
  - dense: {units: 3}
    name: scores
loss: cross_entropy
optimizer: {sgd: {lr: 0.1, momentum: 0.9}}
train: {epochs: 3, batch: 16, micro_batch: 2}
checkpoint: {keep: 3}
END
}

# refused WORDS -- ARGUMENT...: at np 1 and np 4 the run is refused within 10 s with one sentence that has the words
# (one argument, or several before the --), and leaves nothing behind.
refused() {
    : >words
    while [ "$1" != -- ]; do
        printf '%s\n' "$1" >>words
        shift
    done
    shift
    for ranks in 1 4; do
        began=$(date +%s)
        run_ranks $ranks train run.yaml --out refused "$@"
        [ $(($(date +%s) - began)) -le 10 ] || fail "np $ranks took $(($(date +%s) - began)) s"
        expect_sentence
        while read -r each; do
            expect_sentence "$each"
        done <words
        [ ! -e refused ] || fail "np $ranks left a run folder: $(find refused)"
        expect_no_leftovers
    done
}

train_here() {
    run_ranks "$1" train run.yaml --out run
    expect_code 0 "training at np $1"
}
