#!/bin/sh
# Usage: supervise.sh ROOT DLTRAIN FAULT_LIBRARY SCENARIO
# launch/supervise and the job for Slurm: lost ranks and machines, limits, signals.
set -eu
root=$1 dltrain=$2 fault=$3 scenario=$4
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"

write_run_file() {
    make_digits 150
    cat >run.yaml <<END
name: bits
data:
  train: data/train
  transform: [{scale: 0.00392156862745098}]
model: [flatten, {dense: 16}, relu, {dropout: 0.5}, {dense: 10}]
loss: cross_entropy
optimizer: adam
train: {epochs: 2, batch: 15, micro_batch: 5}
checkpoint: {every_steps: 4, every_epochs: 0}
END
}

# write_program FAULTS: ./program is dltrain, whose rank 0 meets the faults; with `once` in front only at first.
write_program() {
    guard=true
    [ "$1" != once ] || { guard='mkdir struck 2>/dev/null' && shift; }
    cat >program <<END
#!/bin/sh
case "\$*" in *--print-folder*) exec '$dltrain' "\$@" ;; esac
if [ "\$2" = run.yaml ] && [ "\${OMPI_COMM_WORLD_RANK:-0}" = 0 ] && $guard; then
    exec env LD_PRELOAD='$fault' $1 '$dltrain' "\$@"
fi
exec '$dltrain' "\$@"
END
    chmod +x program
}

supervise() {
    DLTRAIN=$PWD/program try "$root/launch/supervise" --pause 0 "$@"
}

# says WORDS: how many lines of the supervisor have them.
says() {
    grep '^launch/supervise: ' err | grep -c -- "$1" || true
}

same_state() {
    try "$dltrain" train run.yaml --out whole
    expect_code 0
    [ "$(value state_hash whole)" = "$(value state_hash "$1")" ] || fail "$1 ends in another state than the undisturbed run"
}

# Rank 0 is killed when its second checkpoint, of update 8, is in place.
lost_rank() {
    write_program once 'FAULT_CALL=rename FAULT_PATH=checkpoints/step- FAULT_NTH=2 FAULT_SIGNAL=9'
    supervise -np 2 run.yaml --out parts
    expect_code 0 "the supervised run"
    [ "$(says 'exit code 137, its newest checkpoint is of update 8; starting it again')" = 1 ] || fail "no restart"
    [ "$(says 'going on with parts from update 8 with np 2')" = 1 ] || fail "not gone on from update 8"
    same_state parts
}

# Each start gets four updates further and is killed: no limit ends that.
progress_is_no_failure() {
    write_program 'FAULT_CALL=rename FAULT_PATH=checkpoints/step- FAULT_NTH=1 FAULT_SIGNAL=9'
    supervise --attempts 1 -np 2 run.yaml --out parts
    expect_code 0 "the supervised run"
    [ "$(says 'starting it again')" = 5 ] || fail "$(says 'starting it again') restarts instead of 5"
    same_state parts
}

gives_up() {
    write_program 'FAULT_CALL=open FAULT_PATH=metrics.jsonl FAULT_SIGNAL=9'
    supervise --attempts 3 -np 2 run.yaml --out parts
    expect_code 137
    [ "$(says 'starting it again')" = 2 ] || fail "$(says 'starting it again') restarts instead of 2"
    [ "$(says 'gave up: 3 starts in a row have brought no checkpoint newer than update 0')" = 1 ] || fail "no last word"
}

# What no restart can mend is not tried again.
refused() {
    write_program once ''
    supervise -np 2 run.yaml --out parts --set data.train=absent
    expect_code 1
    expect_sentence "no data set 'absent'"
    [ "$(says .)" = 0 ] || fail "the supervisor has something to say"
    supervise -np 2 run.yaml --out parts --set optimizer.adam.lr=1e30
    expect_code 3
    try "$dltrain" train run.yaml --out begun --set train.epochs=1
    for change in train.batch=30 model.1.dense.units=9 data.train=data/test; do
        supervise -np 2 run.yaml --out begun --set "$change"
        expect_code 4 "$change"
        [ "$(says 'starting it again')" = 0 ] || fail "$change: tried again"
    done
    supervise -np 2 run.yaml --overwrite
    expect_code 2
    [ "$(says 'overwrite would replace the run')" = 1 ] || fail "--overwrite is not refused"
}

# A machine that does not answer is left out; the run goes on where it was.
lost_host() {
    write_program once ''
    try "$dltrain" train run.yaml --out parts --set train.epochs=1
    printf '# two machines\nlocalhost slots=1\nabsent.invalid slots=4\n' >hosts
    DLTRAIN_BIND_TO=none supervise --hostfile hosts run.yaml --out parts
    expect_code 0
    [ "$(says 'absent.invalid does not answer and is left out')" = 1 ] || fail "the absent machine is not reported"
    [ "$(says 'going on with parts from update 10 with np 1')" = 1 ] || fail "not gone on with the one that is there"
    same_state parts
}

# SIGTERM stops the run with a checkpoint, and nothing is started again.
stopped() {
    write_program once ''
    DLTRAIN=$PWD/program "$root/launch/supervise" --pause 0 -np 2 run.yaml --out parts --set train.epochs=100000 \
        >out 2>err </dev/null &
    job=$!
    tries=0
    until ls parts/checkpoints/step-*.h5 >/dev/null 2>&1 || [ $tries -ge 600 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    kill -TERM $job
    code=0
    wait $job || code=$?
    [ $tries -lt 600 ] || fail "no checkpoint within a minute"
    expect_code 75
    [ "$(value stop_reason parts)" = signal ] || fail "stopped for another reason"
    [ "$(says .)" = 0 ] || fail "the supervisor has something to say"
}

# stand_in NAME LINE...: a program of that name in ./bin.
stand_in() {
    mkdir -p bin
    printf '#!/bin/sh\n' >"bin/$1"
    chmod +x "bin/$1"
    shift
}

# An mpirun that does not end although it has no ranks is ended.
lingering_mpirun() {
    stand_in mpirun
    cat >>bin/mpirun <<'END'
[ "$1" != --version ] || exec echo 'mpirun (Open MPI) 4.1.4'
exec sleep 60
END
    PATH="$PWD/bin:$PATH" DLTRAIN_LINGER_S=2 try "$root/launch/mpirun" -np 2 true
    expect_code 70
    grep -qx 'launch/mpirun: the ranks of this machine have ended 2 s ago, but mpirun has not: ended' err ||
        fail "the launcher gives no reason"
}

# Slurm's programs are stood in for: srun starts one rank; of the nodes n1 and n2 the second is down.
slurm() {
    write_program once ''
    for name in srun scontrol sinfo; do
        stand_in $name
    done
    cat >>bin/srun <<'END'
echo "srun $*" >>calls
while [ "${1#--}" != "$1" ]; do
    shift
done
exec "$@"
END
    cat >>bin/scontrol <<'END'
echo "scontrol $*" >>calls
[ "$1" = requeue ] || printf 'n1\nn2\n'
END
    cat >>bin/sinfo <<'END'
case $* in *n2*) echo 'down*' ;; *) echo allocated ;; esac
END
    export PATH="$PWD/bin:$PATH" SLURM_JOB_ID=42 SLURM_JOB_NODELIST='n[1-2]' SLURM_TASKS_PER_NODE='3(x2)'
    export DLTRAIN="$PWD/program" DLTRAIN_LAUNCH="$root/launch"
    now=$(date +%s)

    SLURM_JOB_END_TIME=$((now + 10)) try sh "$root/launch/slurm.sh" long.yaml
    expect_code 0
    [ "$(grep -c '^scontrol requeue 42$' calls)" = 1 ] || fail "the job was not put back into the queue"
    grep -q '^srun --ntasks=3 --nodes=1 --nodelist=n1 ' calls || fail "the node that is down is used"
    rm calls
    SLURM_JOB_END_TIME=$((now + 3600)) try sh "$root/launch/slurm.sh" run.yaml runs/long
    expect_code 0
    [ "$(says 'going on with runs/long from update ')" = 1 ] || fail "the requeued job does not go on"
    ! grep -q requeue calls || fail "a finished job was put back into the queue"
}

write_run_file
sed 's/epochs: 2/epochs: 100000/' run.yaml >long.yaml
"$scenario"
