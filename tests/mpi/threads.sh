#!/bin/sh
# Usage: threads.sh ROOT DLTRAIN COUNT_TASKS SECOND_OPENMP SCENARIO
# Ranks, threads and cores: how many threads there are, what is chosen, kept, and reported. Exit code 77 where the
# system does not list threads or cannot keep a process to a core.
set -eu
root=$1 dltrain=$2 count_tasks=$3 second_openmp=$4 scenario=$5
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

skip() {
    echo "skipped: $*"
    exit 77
}

[ -d /proc/self/task ] || skip "threads are not listed in /proc"
taskset -c 0 true 2>/dev/null || skip "no process can be kept to the first core"

# Large enough products for the libraries to share out; five micro-batches in a batch.
write_run_file() {
    make_digits 250
    cat >run.yaml <<END
name: threads
data: {train: data/train, transform: [{scale: 0.00392156862745098}]}
model: [{conv2d: {filters: 8, kernel: 3}}, relu, flatten, {dense: 128}, relu, {dense: 10}]
loss: cross_entropy
optimizer: adam
train: {epochs: 2, batch: 100, micro_batch: 20}
checkpoint: {every_steps: 2, every_epochs: 0}
END
}

# Fills $ours with the names of the threads that dltrain has named in a running rank, $others with how many more
# there are, as soon as all of its own are there.
list_threads() {
    tries=0
    until [ -e run/checkpoints ] && ls run/checkpoints/step-*.h5 >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || fail "no checkpoint within 30 s"
        sleep 0.1
    done
    ours=$(cat "/proc/$1/task/"*/comm | grep '^dltrain-' | sort | paste -sd ' ' -)
    others=$(cat "/proc/$1/task/"*/comm | grep -vc '^dltrain-')
}

# counted THREADS: a rank that computes with so many has the threads of MPI, those of its own, and no further pool.
counted() {
    "$dltrain" train run.yaml --out run --overwrite --set train.epochs=1000000 --set train.threads="$1" >out 2>err &
    list_threads $!
    kill -KILL $!
    wait $! 2>/dev/null || true
    rm -r run
    [ "$ours" = 'dltrain-lock dltrain-read dltrain-save dltrain-watch' ] || fail "the threads are $ours"
    [ "$others" -le $((idle + $1 - 1)) ] || fail "$1 threads compute, and there are $others where MPI alone has $idle"
}

# With two there is one pool of threads, not one for each library.
no_second_thread() {
    idle=$("$count_tasks") || fail "$count_tasks failed"
    counted 1
    counted 2
    [ "$others" -gt "$idle" ] || fail "two threads were asked for, and there is one"
}

# fitted_on CORES BINDING N COMMAND...: N ranks, started by the command, get their share of so many cores as threads.
fitted_on() {
    on=$1 binding=$2 ranks=$3
    shift 3
    try "$@" "$root/launch/mpirun" -np "$ranks" "$dltrain" train run.yaml --out run --overwrite --set train.threads=auto
    expect_code 0 "$ranks ranks on $on cores"
    want=$((on / ranks > 0 ? on / ranks : 1))
    [ "$(value threads_per_rank run)" = $want ] || fail "$(value threads_per_rank run) threads on $on cores at np $ranks"
    [ "$(value cores run)" = "$on" ] || fail "$(value cores run) cores seen instead of $on"
    [ "$(value binding run)" = "$binding" ] || fail "on $on cores: $(value binding run)"
}

# The cores divided by the ranks, at least one. A core may have several of the processors that nproc counts.
fitted() {
    try "$dltrain" train run.yaml --out run
    expect_code 0
    cores=$(value cores run) unkept=$(value binding run)
    [ "$cores" -ge 1 ] && [ "$cores" -le "$(nproc)" ] || fail "$cores cores on $(nproc) processors"
    for ranks in 1 2 3; do
        fitted_on "$cores" "$unkept" $ranks env
        [ "$cores" = 1 ] || fitted_on 1 "bound to cores" $ranks taskset -c 0
    done
}

# A resumed run keeps the threads that were chosen at first; where told others, it says what that means.
kept() {
    set -- --set train.threads=auto
    try "$dltrain" train run.yaml --out whole --set train.threads=1
    expect_code 0
    try taskset -c 0 "$dltrain" train run.yaml --out run --set train.epochs=1 "$@"
    expect_code 0
    try "$dltrain" train run.yaml --out run --resume "$@"
    expect_code 0
    [ "$(value threads_per_rank run)" = 1 ] || fail "$(value threads_per_rank run) threads after a resume"
    [ "$(value state_hash run)" = "$(value state_hash whole)" ] || fail "the states differ"
    ! grep -q 'the bits may differ' out || fail "a note where the threads are the same"
    try "$dltrain" train run.yaml --out run --resume --set train.threads=3 --set train.epochs=3
    expect_code 0
    grep -q '^note .* computed with 1 thread per rank, and this run has 3: the bits may differ' out ||
        fail "nothing says that the bits may differ"
}

oversubscribed() {
    try taskset -c 0 "$root/launch/mpirun" -np 3 "$dltrain" train run.yaml --out run
    expect_code 0
    grep -q '^cores      3 ranks x 1 thread on 1 core' out || fail "the heading does not count"
    grep -q '^note .* 2 more threads than cores that its ranks may use' out ||
        fail "no warning of oversubscribed cores"
    try taskset -c 0 "$dltrain" train run.yaml --out run --overwrite --set train.threads=2
    grep -q '^note .* has 2 threads and may use only 1 core,.*slot:PE=2' out || fail "no warning of a narrow binding"
    try taskset -c 0 "$root/launch/mpirun" -np 2 "$dltrain" doctor
    expect_code 1
    grep -q '1  a machine has 1 more thread than cores' out || fail "doctor sees nothing"
}

second_runtime() {
    try "$dltrain" doctor
    grep -q '^thread pools ' out || fail "doctor does not say what pools there are"
    ! grep -q 'several OpenMP runtimes' out || fail "doctor sees several runtimes"
    runtimes=$(grep -c 'OpenMP: lib' out || true)
    try env LD_PRELOAD="$second_openmp" "$dltrain" doctor
    grep -q "OpenMP: .*$(basename "$second_openmp")" out || fail "doctor does not see the second runtime"
    [ "$runtimes" = 0 ] && return
    expect_code 1
    grep -q 'several OpenMP runtimes are loaded (.*, .*)' out || fail "doctor finds nothing wrong with two runtimes"
    try env LD_PRELOAD="$second_openmp" "$dltrain" train run.yaml --out run
    expect_code 0
    grep -q '^note .*several OpenMP runtimes' out || fail "a run does not say that there are two runtimes"
}

write_run_file
"$scenario"
