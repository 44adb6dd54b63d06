#!/bin/sh
# Usage: network.sh ROOT DLTRAIN SCENARIO
# Runs between hosts that are ones to the kernel, to Open MPI and to dltrain: network namespaces with an address, a
# host name and a /dev/shm each, joined by cables (veth) and a switch (bridge), slowed down by tc. Everything is in
# namespaces of this script's own, which the kernel takes away with its last process, however that ends.
# Exit code 77, with the reason, where that is not permitted.
set -eu
root=$1 dltrain=$2 scenario=$3
PATH=$PATH:/usr/sbin:/sbin # ip and tc

skip() {
    echo "skipped: $*"
    exit 77
}

# Root needs no user namespace; others become root in one, where the system lets them.
if [ -z "${DLTRAIN_TEST_INSIDE:-}" ]; then
    for program in ip tc unshare setsid; do
        command -v $program >/dev/null 2>&1 || skip "there is no program $program"
    done
    become=--map-root-user
    [ "$(id -u)" != 0 ] || become=
    isolate="unshare $become --net --uts --ipc --mount --pid --fork --kill-child --mount-proc"
    why=$($isolate true 2>&1) || skip "namespaces are not permitted: $why"
    export DLTRAIN_TEST_INSIDE=1
    exec $isolate sh "$0" "$@"
fi

# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

hosts=3

need() {
    why=$("$@" 2>&1) || skip "not permitted here: $*: $why"
}

# A gigabit a second and half a millisecond each way; without the delay where the kernel has no netem.
choose_link() {
    link='netem delay 500us rate 1gbit'
    # shellcheck disable=SC2086 # words
    if ! tc qdisc add dev lo root $link 2>/dev/null; then
        echo "note: links have a rate and no delay: this kernel has no netem"
        link='tbf rate 1gbit burst 256kb latency 50ms'
    fi
    tc qdisc del dev lo root 2>/dev/null || true
}

build_network() {
    need mount -t tmpfs tmpfs /run
    need ip link set lo up
    need ip link add switch type bridge
    need ip link set switch up
    choose_link
    echo '127.0.0.1 localhost' >names
    for number in $(seq $hosts); do
        host=host$number
        need ip netns add $host
        need ip link add "port$number" type veth peer name wire netns $host
        need ip link set "port$number" master switch up
        need ip -n $host address add "10.77.0.$number/24" dev wire
        need ip -n $host link set lo up
        need ip -n $host link set wire up
        # shellcheck disable=SC2086 # words
        need tc qdisc add dev "port$number" root $link
        # shellcheck disable=SC2086
        need tc -n $host qdisc add dev wire root $link
        echo "10.77.0.$number $host" >>names
    done
    need mount --bind names /etc/hosts
}

# `on HOST COMMAND...` runs on a host; `ssh [-o OPTION]... HOST COMMAND...` too, if its cable is plugged in. Open MPI
# and launch/supervise find this one before the real one.
write_programs() {
    mkdir bin
    cat >bin/on <<'END'
#!/bin/sh
host=$1
shift
exec ip netns exec "$host" unshare --uts sh -c '
    mount -t tmpfs tmpfs /dev/shm && hostname "$0" && exec "$@"' "$host" "$@"
END
    cat >bin/ssh <<'END'
#!/bin/sh
while [ "${1#-}" != "$1" ]; do
    [ "$1" != -o ] || shift
    shift
done
host=$1
shift
if ! ip -n "$host" link show wire | grep -q LOWER_UP; then
    echo "ssh: $host does not answer" >&2
    exit 255
fi
exec on "$host" sh -c "$*"
END
    chmod +x bin/on bin/ssh
    export PATH="$work/bin:$PATH"
    need on host1 true
    export OMPI_MCA_orte_tmpdir_base="$work" OMPI_MCA_pml=ob1 OMPI_MCA_btl=tcp,self,vader
    export OMPI_MCA_btl_tcp_if_include=10.77.0.0/24 OMPI_MCA_oob_tcp_if_include=10.77.0.0/24
}

write_run_file() {
    make_digits 270
    cat >run.yaml <<END
name: network
seed: 11
data:
  train: data/train
  test: data/test
  transform: [{scale: 0.00392156862745098}]
model: [flatten, {dense: 48}, batch_norm: {sync: true}, relu, {dropout: 0.25}, {dense: 10}]
loss: cross_entropy
optimizer: {adam: {lr: 0.004}}
train: {epochs: 3, batch: 44, micro_batch: 5, clip_norm: 1.0}
checkpoint: {every_epochs: 0, every_steps: 10}
END
}

# between HOST:RANKS,... RANKS ARGUMENT...: a run between hosts, started on the first.
between() {
    where=$1 ranks=$2
    shift 2
    try on host1 "$root/launch/mpirun" -np "$ranks" --host "$where" --map-by node "$dltrain" "$@"
}

same_state() {
    first=$(value state_hash "$1") second=$(value state_hash "$2")
    [ -n "$first" ] && [ "$first" = "$second" ] || fail "$1 ends in state $first, $2 in $second"
}

# Ranks are dealt out to the hosts in turn.
same_bits() {
    run_ranks 1 train run.yaml --out one
    expect_code 0
    for case in "2 2 host1:1,host2:1" "2 4 host1:2,host2:2" "3 3 host1:1,host2:1,host3:1" "2 3 host1:2,host3:1"; do
        # shellcheck disable=SC2086 # three words
        set -- $case
        for hierarchy in true false; do
            between "$3" "$2" train run.yaml --out many --overwrite --set comm.hierarchy=$hierarchy
            expect_code 0 "$3"
            [ "$(value nodes many)" = "$1" ] || fail "dltrain sees $(value nodes many) nodes in $3"
            grep -q "^run .* on $2 ranks of $1 nodes" out || fail "the heading does not say $2 ranks of $1 nodes"
            same_state one many
        done
    done
}

# The cable of host2 is pulled out in the middle, at least three seconds before the end: the sum of
# each update is 150 KB, and the link takes a gigabit a second. The watchdog ends the run, launch/mpirun does not wait for what does
# not answer, and the supervisor goes on with the host that is left.
lost_machine() {
    set -- --set train.epochs=400 --set train.watchdog_s=2 --set checkpoint.every_steps=50
    run_ranks 1 train run.yaml --out whole "$@"
    expect_code 0
    printf 'host1 slots=1\nhost2 slots=1\n' >hosts
    {
        waited=0
        until ls run/checkpoints/step-*.h5 >/dev/null 2>&1 || [ $waited -ge 200 ]; do
            sleep 0.1
            waited=$((waited + 1))
        done
        ip link set port2 down
    } &
    began=$(date +%s)
    DLTRAIN=$dltrain DLTRAIN_LINGER_S=3 try on host1 "$root/launch/supervise" --hostfile hosts --pause 0 \
        run.yaml --out run "$@"
    expect_code 0 "the supervised run"
    grep -q '^run .* on 2 ranks of 2 nodes' out || fail "the slots of both hosts were not used"
    [ $(($(date +%s) - began)) -le 90 ] || fail "the job took $(($(date +%s) - began)) s"
    for words in '^dltrain: nothing was finished for .* after update [0-9]' '^  rank 0: .*updates* [0-9]' \
        '^  rank 1: .*updates* [0-9]' '^launch/mpirun: .* out of reach: ended' 'ended with exit code 70' \
        'host2 does not answer and is left out' 'going on with run from update [1-9][0-9]* with np 1'; do
        grep -q "$words" err || fail "nothing says '$words'"
    done
    same_state whole run
}

build_network
write_programs
write_run_file
"$scenario"
