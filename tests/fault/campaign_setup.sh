# What a campaign measures before its first fault: undisturbed runs, and where faults can strike. Read by
# tests/fault/campaign.
# shellcheck shell=sh disable=SC2154,SC2034

write_run_file() {
    try "$dltrain" data synth blobs --set features=16 --samples 240 --test-samples 40 --seed 3 --shards 3 --out data
    expect_code 0 "data synth"
    cat >run.yaml <<'END'
name: campaign
seed: 11
data: {train: data/train, test: data/test, validation: 0.2}
model: [{dense: 16}, batch_norm, relu, {dropout: 0.2}, {dense: 3}]
loss: cross_entropy
optimizer: adam
train: {epochs: 4, batch: 24, micro_batch: 6}
checkpoint: {every_steps: 5}
log: {every_steps: 1}
END
}

# The state in which an undisturbed run on one rank ends.
train_undisturbed() {
    rm -rf run
    train 1 '' "$1"
    expect_code 0 "the undisturbed run of $1 epochs"
    value state_hash run >"hash-$1"
}

# count_calls CALLS LOG: the calls on checkpoints in a short run.
count_calls() {
    rm -rf run
    train 1 "FAULT_CALL=$1 FAULT_PATH=run/checkpoints FAULT_NTH=0 FAULT_LOG=$work/$2" $short
    expect_code 0 "counting calls"
}

# find_calls LOG FROM BEFORE: in $first and $count the calls from the first that has the one text in its path up to the
# one before the first that has the other.
find_calls() {
    first=$(grep -m 1 -- "$2" "$1" | cut -d ' ' -f 1)
    count=$(($(grep -m 1 -- "$3" "$1" | cut -d ' ' -f 1) - first))
}

# The second epoch ends with update 16, whose checkpoint is written after the best state; then comes that of update 20.
find_write_calls() {
    count_calls "$changing_calls" changes
    find_calls changes 'checkpoints/step-000000015' '\.step-000000020'
    kill_first=$first kill_count=$count
    count_calls "$failing_calls" failures
    find_calls failures '\.step-000000016' '\.step-000000020'
    write_first=$first write_count=$count
    count_calls write writes
    find_calls writes '\.step-000000016' '\.step-000000020'
    flip_first=$first flip_count=$count
}

# Killed at the end of its second epoch, with three generations of checkpoints.
make_unfinished() {
    rm -rf run
    train 1 "FAULT_CALL=rename FAULT_PATH=checkpoints/step-000000016 FAULT_SIGNAL=$sigkill" $short
    [ "$(find run/checkpoints -name 'step-*.h5' | wc -l)" = 3 ] || fail "the unfinished run has other checkpoints"
    mv run unfinished
}

make_finished() {
    train 1 '' $short
    expect_code 0 "the finished run"
    mv run finished
}

run_new() {
    train "$1" "$2" $short
}

run_resumed() {
    cp -R unfinished run
    train "$1" "$2" $short --resume
}

run_inference() {
    with_faults "$1" "$2" predict finished --out predictions.h5 --overwrite
}

# count_at WHAT CALL PATH COMMAND: adds to the file counts a line "WHAT RANKS RANK NUMBER" for each rank of each number
# of ranks: how often it makes the call.
count_at() {
    # shellcheck disable=SC2086 # a list of words
    for on in $(echo $ranks_list $most_ranks | tr ' ' '\n' | sort -u); do
        rm -rf counted run
        "$4" "$on" "FAULT_CALL=$2 FAULT_PATH=$3 FAULT_NTH=0 FAULT_LOG=$work/counted"
        expect_code 0 "counting $2"
        awk -v what="$1" -v on="$on" '{ number[$2]++ } END { for (rank in number) print what, on, rank, number[rank] }' \
            counted >>counts
    done
}

# counted WHAT: the number for $ranks and $rank in $count.
counted() {
    count=$(awk -v what="$1" -v on="$ranks" -v rank="$rank" '$1 == what && $2 == on && $3 == rank { print $4 }' \
        "$work/counts")
    [ -n "$count" ] || fail "no $1 were counted for rank $rank of $ranks"
}

count_all() {
    : >counts
    count_at reads_of_data read data/ run_new
    count_at reads_of_checkpoint read run/checkpoints run_resumed
    count_at allocations_new alloc '' run_new
    count_at allocations_resumed alloc '' run_resumed
    count_at allocations_applied alloc '' run_inference
    rm -rf run
}

# How long a long run takes at the largest number of ranks, in ms, set-up included.
time_long_run() {
    at=$(date +%s%N)
    train "$most_ranks" '' $long
    long_ms=$((($(date +%s%N) - at) / 1000000))
    rm -rf run
}

prepare() {
    async=false
    most_ranks=$(echo "$ranks_list" | tr ' ' '\n' | sort -n | tail -n 1)
    [ "$most_ranks" -gt 1 ] || complain "at least one number of ranks must be above 1"
    write_run_file
    train_undisturbed $((short / 2))
    train_undisturbed $short
    train_undisturbed $long
    find_write_calls
    rm -rf run
    make_unfinished
    make_finished
    count_all
    time_long_run
}

# How many faults it takes to strike each write call of a checkpoint with every kind.
whole_campaign() {
    rounds=$(((kill_count + 1) / 2))
    [ $rounds -ge "$write_count" ] || rounds=$write_count
    kinds | awk -v rounds="$rounds" '{ faults += $2 * int((rounds + $3 - 1) / $3) } END { print faults }'
}
