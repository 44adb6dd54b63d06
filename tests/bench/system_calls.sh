#!/bin/sh
# Usage: system_calls.sh ROOT DLTRAIN
# A steady step makes no system call: strace watches whole training runs, with loader, watchdog and
# log as they are, and what stands between two lines of metrics.jsonl in the same epoch must be
# nothing on the thread that takes the steps; on several ranks nothing but sched_yield, with which a
# rank that waits for another offers its core. A machine that is busy lets a step wait for its data
# now and then, so of the many intervals between two lines the quietest one counts: what is called
# regularly is in all of them. Left out: sharded with clipping by norm, for which MPI adds, and MPI
# looks at its sockets while it waits. Exit code 77, with the reason, where nothing may be traced.
set -eu
root=$1 dltrain=$2
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
every=50

skip() {
    echo "skipped: $*"
    exit 77
}

# watch RANKS ARGUMENT...: a run of ten epochs of 100 updates; the system calls of each thread are in trace-RANK.THREAD.
watch() {
    ranks=$1
    shift
    rm -f trace-* windows
    # shellcheck disable=SC2016 # the rank's own variable
    try "$root/launch/mpirun" -np "$ranks" sh -c \
        'exec strace -ttt -s 64 -ff -o "trace-$OMPI_COMM_WORLD_RANK" "$@"' traced \
        "$dltrain" train "$root/tests/bench/mlp.yaml" --set data.train=digits/train --set train.epochs=10 \
        --set "log.every_steps=$every" --set checkpoint.every_epochs=0 --overwrite --out run "$@"
    expect_code 0 "training on $ranks ranks under strace"
}

# stepping_thread RANK: the file of the thread that takes the steps, the first one of its process.
stepping_thread() {
    grep -l '^[0-9.]* execve(' "trace-$1".* | head -n 1
}

# From rank 0's trace: when one line of an epoch was written and when the next one began.
find_intervals() {
    awk '/ write\([0-9]*, "\{\\"step\\": / {
        split($0, part, /[:,]/)
        step = part[3] + 0
        epoch = part[5] + 0
        if (epoch == last_epoch && step > last_step)
            print last, $1
        last = $1
        last_step = step
        last_epoch = epoch
    }' "$(stepping_thread 0)" >windows
    [ "$(wc -l <windows)" -ge 10 ] || fail "the log lines are not in the trace: are they still written one by one?"
}

# quietest RANKS FILE: the fewest calls of any window, and which they are.
quietest() {
    awk -v ranks="$1" 'FNR == NR {
        from[++count] = $1
        to[count] = $2
        next
    }
    $2 ~ /^(---|\+\+\+)/ || (ranks > 1 && $2 ~ /^sched_yield\(/) { next }
    {
        for (i = 1; i <= count; i++)
            if ($1 > from[i] && $1 < to[i]) {
                calls[i]++
                name = $2
                sub(/\(.*/, "", name)
                names[i] = names[i] " " name
            }
    }
    END {
        best = 1
        for (i = 2; i <= count; i++)
            if (calls[i] < calls[best])
                best = i
        print calls[best] + 0, substr(names[best], 1, 300)
    }' windows "$2"
}

# none RANKS ARGUMENT...
none() {
    watch "$@"
    find_intervals
    rank=0
    while [ "$rank" -lt "$1" ]; do
        found=$(quietest "$1" "$(stepping_thread "$rank")")
        [ "${found%% *}" = 0 ] || fail "rank $rank of $1 makes system calls in every $every updates: $found"
        rank=$((rank + 1))
    done
}

command -v strace >/dev/null 2>&1 || skip "there is no strace"
strace -o /dev/null true >/dev/null 2>&1 || skip "nothing may be traced here"
try "$dltrain" data synth digits --samples 6400 --test-samples 1 --out digits
expect_code 0 "data synth"

none 1
none 2
none 2 --set comm.strategy=sharded --set train.micro_batch=16
