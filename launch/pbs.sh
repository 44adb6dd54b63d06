#!/bin/sh
# A job for PBS Pro or OpenPBS: copy it, fill in the lines with <...>, and: qsub -v RUN_FILE=run.yaml pbs.sh
# PBS sends SIGTERM before it kills; dltrain then stops all ranks at the same step, writes a checkpoint and exits with
# 75, and the job asks to be run again (-r y) and goes on from there.
#PBS -N dltrain
#PBS -l select=<2>:ncpus=<16>:mpiprocs=<16>
#PBS -l walltime=<04:00:00>
#PBS -r y
#PBS -j oe
set -u
cd "$PBS_O_WORKDIR" || exit 1
: "${RUN_FILE:?usage: qsub -v RUN_FILE=run.yaml pbs.sh}"
run_folder=${RUN_FOLDER:-runs/$(basename "$RUN_FILE" .yaml)}
dltrain=${DLTRAIN:-build/release/dltrain}

# <module load openmpi hdf5 openblas>

resume=
[ ! -e "$run_folder" ] || resume=--resume

# The shell must outlive the signal that is meant for the ranks; mpirun passes it on to them.
trap 'kill -TERM "$job"' TERM USR1
# shellcheck disable=SC2086 # empty where there is nothing to resume
mpirun "$dltrain" train "$RUN_FILE" --out "$run_folder" $resume &
job=$!
wait "$job"
code=$?
# A trapped signal ends the first wait, not the job.
while kill -0 "$job" 2>/dev/null; do
    wait "$job"
    code=$?
done
[ "$code" -ne 75 ] || qrerun "$PBS_JOBID"
exit "$code"
