#!/bin/sh
# A job for Slurm: copy it, fill in the lines with <...>, and: sbatch slurm.sh run.yaml
# Two minutes before the time limit Slurm sends SIGUSR1; dltrain then stops all ranks at the same step, writes a
# checkpoint and exits with 75, and the job puts itself back into the queue to go on from there. It does not where the
# last start has brought nothing new. A rank or a node that is lost costs the updates since the last checkpoint:
# launch/supervise goes on with the nodes that are left.
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
run_file=${1:?usage: sbatch slurm.sh RUN.yaml [RUN_FOLDER]}
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
