#!/bin/sh
# Usage: qsub -v RUN_FILE=run.yaml[,RUN_FOLDER=runs/name] pbs.sh
# A job for PBS Pro or OpenPBS: copy it, fill in the lines with <...>, and submit it from the folder
# of the project. PBS sends SIGTERM before it kills a job. dltrain then stops all ranks at the same
# step, writes a checkpoint and exits with 75; the job asks to be run again (-r y) and continues.
# DLTRAIN names the program, if it is not build/release/dltrain.
# Example: qsub -v RUN_FILE=launch/recipes/quickstart.yaml pbs.sh
#PBS -N dltrain
#PBS -l select=<2>:ncpus=<16>:mpiprocs=<16>
#PBS -l walltime=<04:00:00>
#PBS -r y
#PBS -j oe
set -u
case ${1:-} in
-h | --help)
    sed -n -e 1d -e '/^#[A-Z]/q' -e '/^[^#]/q' -e '/^$/q' -e 's/^# \{0,1\}//p' "$0"
    exit 0
    ;;
-*)
    echo "pbs.sh: it takes no options; see pbs.sh --help" >&2
    exit 2
    ;;
esac
cd "$PBS_O_WORKDIR" || exit 1
[ -n "${RUN_FILE:-}" ] || { echo "pbs.sh: RUN_FILE names no run file; see pbs.sh --help" >&2 && exit 2; }
run_folder=${RUN_FOLDER:-runs/$(basename "$RUN_FILE" .yaml)}
dltrain=${DLTRAIN:-build/release/dltrain}
[ -x "$dltrain" ] || dltrain=dltrain

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
