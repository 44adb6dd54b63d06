#!/bin/sh
# Usage: scaling.sh ROOT DLTRAIN READ_OUTPUT SCENARIO
# launch/scaling: what it writes is complete and can be read, on this machine and through stand-ins of batch systems.
# Speed is not looked at.
set -eu
root=$1 dltrain=$2 reader=$3 scenario=$4
# shellcheck source=../support/lib.sh
. "$root/tests/support/lib.sh"
export DLTRAIN="$dltrain"

rounds=1

# run_scaling ARGUMENT...: an experiment in the folder result that must succeed.
run_scaling() {
    try "$root/launch/scaling" linreg --rounds $rounds --seconds 0.05 --out result "$@"
    expect_code 0 "launch/scaling $*"
}

# check RANKS...: the results are of these numbers of ranks.
check() {
    for file in scaling.csv scaling.json scaling.svg; do
        [ -s "result/$file" ] || fail "there is no $file"
    done
    [ "$(wc -l <result/scaling.csv)" = $((1 + rounds * $#)) ] || fail "not one line per measurement"
    [ "$(awk -F, 'NF != 13' result/scaling.csv | wc -l)" = 0 ] || fail "a line of the CSV file has other columns"
    "$reader" scaling $# <result/scaling.json || fail "scaling.json cannot be read"
    for ranks in "$@"; do
        grep -q "^ *$ranks " out || fail "the table lacks $ranks ranks"
        grep -q "\"ranks\": $ranks," result/scaling.json || fail "scaling.json lacks $ranks ranks"
        # Two panels.
        [ "$(grep -c ">$ranks</text>" result/scaling.svg)" = 2 ] || fail "the picture lacks $ranks ranks"
    done
    [ "$(grep -c 'class="disc"' result/scaling.svg)" = $((2 * $# + 1)) ] || fail "the picture lacks measurements"
    [ "$(grep -c 'class="diamond"' result/scaling.svg)" = $((2 * $# + 1)) ] || fail "the picture lacks predictions"
    ! grep -q 'nan\|inf' result/scaling.svg result/scaling.json || fail "something is not a number"
    ! command -v xmllint >/dev/null 2>&1 || xmllint --noout result/scaling.svg || fail "the picture is no XML"
}

here() {
    rounds=2
    run_scaling --here --np 2,1 --strong
    check 1 2
    grep -q '^linreg,strong,2,1,32,16,' result/scaling.csv || fail "the batch does not stay 32"
    try "$root/launch/scaling" linreg --here --np 1 --weak --out result
    expect_code 2 "an experiment that is there"
    grep -q 'exists already; replace it with --overwrite' err || fail "another sentence"
    [ -s result/scaling.csv ] || fail "what was there is gone"
    rounds=1
    run_scaling --here --np 1,3 --weak --set train.batch=8 --overwrite
    check 1 3
    grep -q '^linreg,weak,3,1,24,8,' result/scaling.csv || fail "the batch does not grow to 24"
    rm result/scaling.*
    run_scaling --np 1,3 --weak --collect
    check 1 3
    try "$root/launch/scaling" linreg --here --np 1 --strong --rounds 1 --out failing --set model=7
    expect_code 1
    grep -q '^dltrain: ' err || fail "no sentence about the failure"
    try "$root/launch/scaling" linreg --np 1,0 --strong
    expect_code 2
    try "$root/launch/scaling" linreg --np 1
    expect_code 2
}

# Nobody's files are removed, and least of all the run file.
replaces_no_input() {
    for name in scaling.yaml plan.yaml np-1-round-1.yaml; do
        cp "$root/tests/bench/linreg.yaml" $name
    done
    cp "$root/tests/bench/linreg.yaml" plan.txt
    ln -s plan.txt link.yaml
    for run in plan.txt link.yaml; do
        try "$root/launch/scaling" $run --here --np 1 --strong --rounds 1 --out . --overwrite
        expect_code 2 "$run"
        grep -q 'plan.txt is the run file, and is not replaced' err || fail "another sentence"
    done
    rm plan.txt link.yaml
    sums=$(cksum ./*.yaml)
    try "$root/launch/scaling" scaling.yaml --here --np 1 --strong --rounds 1 --seconds 0.05 --out .
    expect_code 1 "data that is not there"
    [ "$(cksum ./*.yaml)" = "$sums" ] || fail "files that are no results are gone: $(ls)"
}

# A program in ./bin that notes its call and runs the job: the last argument.
stand_in() {
    mkdir -p bin
    cat >"bin/$1" <<END
#!/bin/sh
echo "$1 \$*" >>calls
for job; do true; done
$2=7 sh "\$job"
END
    chmod +x "bin/$1"
    PATH="$PWD/bin:$PATH"
}

slurm() {
    stand_in sbatch SLURM_JOB_ID
    run_scaling --np 1,2 --strong --job-options '--partition=short --time=5'
    check 1 2
    [ "$(grep -c '^sbatch --wait --job-name=scaling-[12] --ntasks=[12] .*--partition=short --time=5 ' calls)" = 2 ] ||
        fail "not one job per number of ranks: $(cat calls)"
}

pbs() {
    stand_in qsub PBS_JOBID
    run_scaling --np 1,4 --weak --ranks-per-node 2 --net 1us,10GB/s
    check 1 4
    grep -q '^qsub -W block=true -N scaling-4 .*-l select=2:ncpus=2:mpiprocs=2 ' calls || fail "wrong nodes: $(cat calls)"
    grep -q '"latency_s": 1e-06' result/plan.json || fail "the network did not reach the prediction"
}

# A job that fails is named, and nothing is collected.
failed_job() {
    stand_in sbatch SLURM_JOB_ID
    try "$root/launch/scaling" linreg --np 1,2 --strong --rounds 1 --out result --set model=7
    expect_code 1
    grep -q 'the job of 2 ranks failed' err || fail "the failed job is not named"
    [ ! -e result/scaling.svg ] || fail "a picture of nothing"
}

"$scenario"
