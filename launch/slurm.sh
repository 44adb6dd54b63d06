#!/bin/sh
# Usage: sbatch slurm.sh RUN.yaml [RUN_FOLDER]
# A job for Slurm: copy it, fill in the lines with <...>, and submit it from the folder that holds
# launch/. Two minutes before the time limit Slurm sends SIGUSR1. dltrain then stops all ranks at
# the same step, writes a checkpoint and exits with 75; the job requeues itself and continues,
# unless its last start made no progress. A lost rank or node costs the updates since the last
# checkpoint: launch/supervise continues on the other nodes.
# DLTRAIN_LAUNCH names the folder of the launch scripts, if it is not launch; DLTRAIN the program.
# Example: sbatch slurm.sh launch/recipes/quickstart.yaml
#SBATCH --job-name=dltrain
#SBATCH --nodes=<2>
#SBATCH --ntasks-per-node=<16>
#SBATCH --cpus-per-task=1
#SBATCH --time=<04:00:00>
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --no-kill
#SBATCH --open-mode=append
#SBATCH --output=dltrain-%j.log
set -u
case ${1:-} in
-h | --help)
    sed -n -e 1d -e '/^#[A-Z]/q' -e '/^[^#]/q' -e '/^$/q' -e 's/^# \{0,1\}//p' "$0"
    exit 0
    ;;
'' | -*)
    echo "slurm.sh: it takes a run file; see slurm.sh --help" >&2
    exit 2
    ;;
esac
run_file=$1
run_folder=${2:-runs/$(basename "$run_file" .yaml)}
# Slurm runs a copy of this file, so paths start where sbatch was called.
launch=${DLTRAIN_LAUNCH:-launch}

# <module load openmpi hdf5 openblas>

checkpoints() {
    ls "$run_folder/checkpoints" 2>/dev/null
}

before=$(checkpoints)
"$launch/supervise" "$run_file" --out "$run_folder"
code=$?
[ "$code" -eq 75 ] || exit "$code"
if [ "$(checkpoints)" = "$before" ]; then
    echo "slurm.sh: the run was stopped before it got further; a longer time limit is needed" >&2
    exit 75
fi
if ! scontrol requeue "$SLURM_JOB_ID"; then
    echo "slurm.sh: cannot requeue; submit it again to go on from the last checkpoint" >&2
    exit 75
fi
