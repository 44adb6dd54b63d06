# The runs of a campaign, and what is expected of each that had a fault. Read by tests/fault/campaign.
# shellcheck shell=sh disable=SC2154

# A run that is not over by then hangs. It takes a second, but machines for tests are
# oversubscribed.
limit_s=90

# Open MPI 4.1 itself may not end after a rank was killed amid MPI_Init; launch/mpirun then ends it so much later.
DLTRAIN_LINGER_S=10
export DLTRAIN_LINGER_S

# Epochs of 8 updates: few for faults at a certain call, many for faults at a moment.
short=4
long=16

# limited COMMAND...: it is over within the limit.
limited() {
    start_s=$(date +%s)
    try timeout -k 5 $limit_s "$@"
    [ $(($(date +%s) - start_s)) -lt $limit_s ] || fail "it hangs: not over after $limit_s s"
}

# with_faults N FAULTS ARGUMENT...: dltrain on N ranks; the file `struck` tells whether the fault has struck.
with_faults() {
    on=$1 faulty=$2
    shift 2
    rm -f struck
    # shellcheck disable=SC2086 # several assignments
    set -- env LD_PRELOAD="$fault" FAULT_ONCE="$PWD/struck" $faulty "$dltrain" "$@"
    [ "$on" = 1 ] || set -- "$root/launch/mpirun" -np "$on" "$@"
    limited "$@"
}

# train N FAULTS EPOCHS ARGUMENT...: the run of a case, in the folder `run`.
train() {
    on=$1 faulty=$2
    set_epochs "$3"
    shift 3
    # shellcheck disable=SC2086 # overrides are several words
    with_faults "$on" "$faulty" train run.yaml --out run --set train.epochs="$epochs" \
        --set checkpoint.async="$async" $overrides "$@"
}

set_epochs() {
    epochs=$1
}

# end_strays CASE: processes of a job that hangs, by the folder they work in.
end_strays() {
    for directory in /proc/[0-9]*; do
        case $(readlink "$directory/cwd" 2>/dev/null) in
        "$work/$1") kill -9 "${directory#/proc/}" 2>/dev/null || true ;;
        esac
    done
}

# An outcome of the fault, for the table.
note() {
    echo "$kind $1" >>"$work/tally"
}

has_struck() {
    [ -e struck ]
}

# Lines of dltrain that are no warnings.
count_sentences() {
    grep '^dltrain: ' err | grep -vc '^dltrain: warning: ' || true
}

expect_no_temporaries() {
    left=$(find run -name '*.tmp')
    [ -z "$left" ] || fail "$1: left behind: $left"
}

# Each update and each epoch stands in the log once.
expect_log() {
    updates=$((epochs * 8))
    sed -n 's/^{"step": \([0-9]*\), .*"loss": .*}$/\1/p' run/metrics.jsonl >logged
    seq $updates | cmp -s logged - || fail "$1: metrics.jsonl has not each update once"
    [ "$(wc -l <run/metrics.jsonl)" = $((updates + epochs)) ] || fail "$1: metrics.jsonl has not each epoch once"
}

# The run is done, without complaint, in the state in which the undisturbed one ends.
expect_end() {
    expect_code 0 "$1"
    [ "$(count_sentences)" = 0 ] || fail "$1: it complains"
    [ "$(value state_hash run)" = "$(cat "$work/hash-$epochs")" ] || fail "$1: it ends in another state"
    expect_no_temporaries "$1"
    expect_log "$1"
}

# What is called a checkpoint is whole.
expect_whole_checkpoints() {
    for file in run/checkpoints/*.h5; do
        [ -e "$file" ] || continue
        try "$dltrain" inspect "$file"
        grep -q 'checksums: all .* match' out || fail "$file is not whole"
    done
}

# The run was not stopped.
expect_undisturbed() {
    expect_end "going on at np $ranks"
    expect_whole_checkpoints
    if has_struck; then
        note went_on
    else
        note nothing
    fi
}

# The command failed with one sentence, which has the words, and nothing half-written stays.
expect_failure() {
    [ "$code" = 1 ] || fail "exit code $code where 1 was expected"
    said=$(count_sentences)
    [ "$said" = 1 ] || fail "$said sentences instead of one"
    for words in "$@"; do
        grep '^dltrain: ' err | grep -qi -- "$words" || fail "the sentence lacks '$words'"
    done
    [ "$ranks" != 1 ] || [ "$(grep -vc '^dltrain: ' err || true)" = 0 ] || fail "more than a sentence is said"
    [ ! -e run ] || expect_no_temporaries "a failed run"
    [ ! -e run/summary.json ] || fail "a failed run has a summary"
    note sentence
}

# Goes on as a user would, at the other number of ranks, and ends where the undisturbed run ends.
resume() {
    set_epochs "$1"
    set -- "$dltrain" train run.yaml --out run --set train.epochs="$epochs" --set checkpoint.async="$async"
    [ ! -e run/config.yaml ] || set -- "$@" --resume
    [ "$other_ranks" = 1 ] || set -- "$root/launch/mpirun" -np "$other_ranks" "$@"
    # shellcheck disable=SC2086 # several words
    limited "$@" $overrides
    cp err resumed-err
    expect_end "resuming at np $other_ranks"
    note same
}

# After a fault that ends the job with a sentence, or does not end it.
expect_failure_or_end() {
    if [ "$code" = 0 ]; then
        expect_undisturbed
    else
        expect_failure "$@"
        expect_whole_checkpoints
        resume "$epochs"
    fi
}

# After kill -9, or a run that was over before it.
expect_killed_or_end() {
    if [ "$code" = 0 ]; then
        expect_undisturbed
    else
        has_struck || fail "exit code $code without a kill"
        note killed
        expect_whole_checkpoints
        resume "$epochs"
    fi
}
